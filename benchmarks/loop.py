"""Claims: a crash is a signed message in 15 s (p95), and one of Alertmanager in 60 s, all of it with real processes.

In: `--rounds N` (20). Out: seconds from the start of a program that crashes under panicwatch to the message: by our
notifier, whose signature is verified; by Prometheus (scrape and evaluation each 5 s) and Alertmanager with the rules,
routes and waits of ops/ as they are. Each program crashes by a bug of its own. Exit 1 when a claim does not hold.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final

from streams.core.webhooks.signature import refusal
from streams.model.instant import Instant
from tests.ops.monitoring import Server, alertmanager, prometheus, serving
from tests.panicwatch import built
from tests.receiver import Receiver, Reply, Request, receiving
from tests.symbolize.toolchains import GO

_ROUNDS: Final = 20
# Alertmanager sends 30 s after the first alert of a cluster: these run side by side.
_BUGS: Final = 12
_APART: Final = 3.7
_SCRAPED: Final = 12.0
_MINUTE_NS: Final = 60 * 10**9
_SERVICE: Final = "shop"
_OFTEN: Final = "5s"
_NOTIFIED_SECONDS: Final = 15.0
_ALERTED_SECONDS: Final = 60.0
_GIVEN_UP: Final = 120.0
_SECRET: Final = "a secret of this benchmark"  # noqa: S105 - of a process that lives for one run


_MAIN: Final = """package main

import (
	"os"
	"strconv"
)

type order struct{ total int }

func main() {
	number, _ := strconv.Atoi(os.Args[1])
	bugs[number](map[string]*order{})
}
"""
_BUG: Final = """
//go:noinline
func bug%(n)d(orders map[string]*order) int {
	return orders["%(n)d"].total + %(n)d
}
"""


def _program(folder: Path, bugs: int) -> Path:
    """A program that crashes by the bug with a number."""
    names = ", ".join(f"bug{n}" for n in range(bugs))
    functions = "".join(_BUG % {"n": n} for n in range(bugs))
    all_of_them = f"\nvar bugs = []func(map[string]*order) int{{{names}}}\n"
    (folder / "main.go").write_text(_MAIN + all_of_them + functions)
    (folder / "go.mod").write_text("module example.com/loop\n\ngo 1.21\n")
    subprocess.run(
        [GO, "build", "-o", "loop", "."],
        cwd=folder,
        env={**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "", "GOWORK": "off"},
        check=True,
    )
    return folder / "loop"


class _Arrivals:
    """When messages came, by what they are about."""

    def __init__(self, about: Callable[[Request], Sequence[str]]) -> None:
        self.at: dict[str, float] = {}
        self._about = about
        self._came = threading.Condition()

    def take(self, _number: int, request: Request) -> Reply:
        """A message: what it says first of something counts."""
        now = time.monotonic()
        with self._came:
            for name in self._about(request):
                self.at.setdefault(name, now)
            self._came.notify_all()
        return Reply()

    def wait(self, name: str) -> float:
        """When it came. Raises TimeoutError at the limit."""
        with self._came:
            if not self._came.wait_for(lambda: name in self.at, _GIVEN_UP):
                raise TimeoutError(name)
            return self.at[name]


def _verified(request: Request) -> Mapping[str, Any]:
    """A message of ours. Raises ValueError where its signature does not hold."""
    at = Instant(int(request.headers["webhook-timestamp"]) * 10**9)
    wrong = refusal("plain", _SECRET, request.headers, request.body, at)
    if wrong is not None:
        raise ValueError(wrong)
    return request.json


def _bug(message: Mapping[str, Any]) -> str:
    return str(message["title"]).rpartition(".")[2]


def _clusters(request: Request) -> list[str]:
    return [
        alert["labels"]["cluster_id"]
        for alert in request.json["alerts"]
        if alert["status"] == "firing" and alert["labels"]["alertname"] == "PanictrailNewCluster"
    ]


def _crash(watch: Path, program: Path, spool: Path, bug: int) -> float:
    """Run it to its end; when it was started."""
    began = time.monotonic()
    done = subprocess.run(
        [watch, "--spool", spool, "--", program, str(bug)],
        stderr=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode != 2:  # noqa: PLR2004 - of a program that panicked
        message = f"the program ended with {done.returncode}"
        raise RuntimeError(message)
    return began


def _row(name: str, seconds: Sequence[float], bar: float) -> bool:
    ordered = sorted(seconds)
    p95 = ordered[math.ceil(0.95 * len(ordered)) - 1]
    good = p95 <= bar
    print(
        f"{name:34} {len(ordered):4} crashes  median {ordered[len(ordered) // 2]:5.1f} s  p95 {p95:5.1f} s  "
        f"(<= {bar:g} s)  {'ok' if good else 'MISSED'}",
        flush=True,
    )
    return good


def _notified(folder: Path, watch: Path, program: Path, rounds: int) -> bool:
    arrivals = _Arrivals(lambda request: [_bug(_verified(request))])
    folder.mkdir()
    (folder / "spool").mkdir()
    with receiving(arrivals.take) as receiver, _serving(folder, receiver):
        seconds = []
        for bug in range(rounds):
            began = _crash(watch, program, folder / "spool", bug)
            seconds.append(arrivals.wait(f"bug{bug}") - began)
    return _row("panicwatch, serve, signed webhook", seconds, _NOTIFIED_SECONDS)


def _serving(folder: Path, receiver: Receiver) -> AbstractContextManager[Server]:
    return serving(
        folder,
        *("--spool", folder / "spool"),
        PANICTRAIL_NOTIFY_WEBHOOK_URL=receiver.url,
        PANICTRAIL_NOTIFY_WEBHOOK_SECRET=_SECRET,
        PANICTRAIL_SERVICE=_SERVICE,
    )


def _alerted(folder: Path, watch: Path, program: Path) -> bool:
    arrivals = _Arrivals(_clusters)
    clusters = _Arrivals(lambda request: [_bug(_verified(request))])
    named: dict[str, str] = {}

    def note(number: int, request: Request) -> Reply:
        named[_bug(request.json)] = request.json["cluster"]
        return clusters.take(number, request)

    folder.mkdir()
    (folder / "spool").mkdir()
    with (
        receiving(arrivals.take) as people,
        receiving(note) as told,
        _serving(folder, told) as serve,
        alertmanager(folder, people.url, shipped=True) as manager,
        prometheus(folder, serve.port, manager.port, often=_OFTEN, shipped=True),
    ):
        deploy = {"kind": "deploy", "service": _SERVICE, "env": "prod", "batch": "b-1"}
        deploy |= {"phase": "complete", "occurred_at": str(Instant(time.time_ns() - _MINUTE_NS))}
        serve.post("/webhooks/plain", json.dumps(deploy).encode(), "application/json")
        # The deploy is known to Prometheus before anything crashes.
        time.sleep(_SCRAPED)

        def one(bug: int) -> float:
            time.sleep(bug * _APART)
            began = _crash(watch, program, folder / "spool", bug)
            clusters.wait(f"bug{bug}")
            return arrivals.wait(named[f"bug{bug}"]) - began

        with ThreadPoolExecutor(_BUGS) as pool:
            seconds = list(pool.map(one, range(_BUGS)))
    return _row("by Prometheus and Alertmanager", seconds, _ALERTED_SECONDS)


def main() -> int:
    """Measure, print, judge."""
    rounds = int(sys.argv[sys.argv.index("--rounds") + 1]) if "--rounds" in sys.argv else _ROUNDS
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "program").mkdir()
        program = _program(folder / "program", max(rounds, _BUGS))
        watch = built(folder, "panicwatch")
        good = _notified(folder / "notified", watch, program, rounds)
        return 0 if _alerted(folder / "alerted", watch, program) and good else 1


if __name__ == "__main__":
    sys.exit(main())

"""Claim: a webhook endpoint takes 1,000 deliveries and more per second of one core, durable before the answer.

In: signed pushes as GitHub sends them. Out: a table of deliveries per CPU second of the server, ours beside a bare
aiohttp handler that appends and syncs each body, and `panictrail serve` with its pipeline; what kill -9 lost. Exit 1
when a claim does not hold. `--quick`: fewer deliveries, for a look.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from benchmarks._process import cpu_seconds
from benchmarks._webhook_load import SECRET, VARIABLE, post, request
from streams.drivers.http.delivered import events_in, names_in
from streams.drivers.inbox import kept

_BAR: Final = 1000
_WARM: Final = 300
PANICTRAIL: Final = str(Path(sys.executable).with_name("panictrail"))


@contextmanager
def server(name: str, folder: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A process and its port; killed at the end, where it still runs."""
    if name == "serve":
        words = [PANICTRAIL, "serve", "--listen", "127.0.0.1:0", "--state", str(folder / "state")]
    else:
        words = [sys.executable, "-m", "benchmarks._webhook_servers", name, str(folder)]
    environment = {**os.environ, VARIABLE: SECRET}
    process = subprocess.Popen(
        words,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if name == "serve" else None,
    )
    try:
        stdout = process.stdout
        if stdout is None:
            raise AssertionError
        yield process, int(stdout.readline().rpartition(":")[2])
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def measure(name: str, requests: Sequence[bytes]) -> tuple[float, float]:
    """Deliveries per CPU second of the server, and per second of the clock."""
    with tempfile.TemporaryDirectory() as place, server(name, Path(place)) as (process, port):
        asyncio.run(post(port, 0, requests[:_WARM]))
        began, used = time.monotonic(), cpu_seconds(process.pid)
        answered = asyncio.run(post(port, _WARM, requests[_WARM:]))
        took = time.monotonic() - began
        # What a pipeline has yet to do is its work too: an orderly end does all of it.
        whole = end(process) if name == "serve" else cpu_seconds(process.pid)
    used = whole - used
    if len(answered) != len(requests) - _WARM:
        message = f"{name}: {len(requests) - _WARM - len(answered)} were not answered with 200"
        raise SystemExit(message)
    return len(answered) / used, len(answered) / took


def end(process: subprocess.Popen[str]) -> float:
    """CPU seconds of a server that was told to stop, until it ended."""
    process.send_signal(signal.SIGTERM)
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    return usage.ru_utime + usage.ru_stime


def killed(requests: Sequence[bytes]) -> tuple[int, int]:
    """Deliveries that were answered before kill -9 in the midst of them, and how many of those are not in the inbox."""

    async def kill_in_the_midst(process: subprocess.Popen[str], port: int) -> set[int]:
        posting = asyncio.create_task(post(port, 0, requests))
        await asyncio.sleep(0.5)
        process.kill()
        return await posting

    with tempfile.TemporaryDirectory() as place:
        with server("endpoint", Path(place)) as (process, port):
            answered = asyncio.run(kill_in_the_midst(process, port))
        found = set()
        for payload in kept(Path(place) / "inbox"):
            if events_in(payload):
                found.add(int(names_in(payload)[0].removeprefix("github ")))
    return len(answered), len(answered - found)


def main() -> int:
    """Measure, print, judge."""
    count = 1500 if "--quick" in sys.argv else 6000
    requests = [request(number) for number in range(count + _WARM)]
    size = sum(map(len, requests)) / len(requests)
    print(f"{count} pushes of {size:,.0f} bytes, 32 connections; signature checked by ours only")
    rows = (
        ("peer", "aiohttp, append and sync each body"),
        ("endpoint", "panictrail, answered when durable"),
        ("serve", "panictrail serve, pipeline included"),
    )
    print(f"{'':40}{'per CPU second':>16}{'per second':>12}")
    speeds = {}
    for name, words in rows:
        speeds[name], wall = measure(name, requests)
        print(f"{words:40}{speeds[name]:16,.0f}{wall:12,.0f}")
    answered, lost = killed(requests)
    print(f"kill -9 in the midst: {answered} answered, {lost} lost   bar 0")
    good = speeds["endpoint"] >= _BAR and lost == 0 and answered > 0
    print(f"bar {_BAR} per CPU second: {'ok' if good else 'MISSED'}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

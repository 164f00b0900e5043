"""Crashes: a process each, checked against what it was to be.

In: a plan, builds, where the crashing statements are. Out: labelled traces, and what went wrong.
"""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Final

from benchmarks.clusters.builds import Build
from benchmarks.clusters.names import NOUNS, STRINGS, chance, dice
from benchmarks.clusters.render import Source
from benchmarks.clusters.template import LOGGED, Call, shape
from benchmarks.clusters.world import Path, World

_DRIVERS: Final = {
    **{route: route for route in ("cli", "group", "worker", "wlog", "joblog")},
    **dict.fromkeys(("http", "mw", "slog", "log", "hquit"), "http"),
    "zlog": "worker",
    "wquit": "worker",
    "quit": "cli",
    "race": "race",
}
# A dump is asked for when the goroutines of a route should be where they wait; on a busy machine they may not be there
# yet. So such a process is run again with more patience; one that still says something else is a fault of its set.
_ATTEMPTS: Final = 3
_LONGEST: Final = 30.0


@dataclass(frozen=True)
class Task:
    """One process to come."""

    path: Path
    build: int
    id: int
    n: str
    s: str
    traceback: str


@dataclass(frozen=True)
class Trace:
    """What came of it."""

    task: Task
    text: str
    fault: str


def tasks(world: World, builds: list[Build], each: float) -> list[Task]:
    """About that many per bug and build."""
    rng = dice(f"{world.seed}/tasks")
    by_label: dict[str, list[Path]] = {}
    for path in world.paths:
        by_label.setdefault(path.label, []).append(path)
    found: list[Task] = []
    for paths in by_label.values():
        race = paths[0].route == "race"
        first, last = rng.choice(((1, 5), (1, 5), (1, 5), (2, 5), (3, 5), (1, 3), (1, 4), (2, 4)))
        for number, build in enumerate(builds):
            had = [path for path in paths if path.since <= build.release]
            if build.race != race or not had or (not race and not first <= build.release <= last):
                continue
            times = 3 if race else int(each) + (chance(rng, each % 1))
            found += [_task(rng, path, number) for path in rng.sample(had, min(times, len(had)))]
            found += [_task(rng, rng.choice(had), number) for _ in range(times - len(had))]
    return found


def _task(rng: random.Random, path: Path, build: int) -> Task:
    attributes = shape(path.instance.template, "")[1][path.call].attributes
    n, s = (
        attributes.get("n", "1"),
        attributes.get("s", f"{rng.choice(STRINGS)}-{rng.choice(NOUNS).lower()}"),
    )
    if ".." in n:
        low, high = n.split("..")
        n = str(rng.randint(int(low), int(high)))
    traceback = rng.choice(("single", "single", "single", "all"))
    return Task(path, build, rng.randint(100, 99999), n, s.replace(" ", "_"), traceback)


def crash(
    builds: list[Build], sources: list[Source], bins: Mapping[int, FilePath], todo: list[Task]
) -> list[Trace]:
    """All of them, three at a time."""

    def one(task: Task) -> Trace:
        build = builds[task.build]
        text, fault = "", ""
        for attempt in range(_ATTEMPTS):
            text = _run(build, bins[task.build], task, 0.15 * 3**attempt)
            fault = _fault(sources[build.release - 1], build, task, text)
            if not fault:
                break
        return Trace(task, text, fault)

    with ThreadPoolExecutor(3) as pool:
        return list(pool.map(one, todo))


def _run(build: Build, folder: FilePath, task: Task, patience: float) -> str:
    route = task.path.route
    arguments = [str(task.id), task.n, task.s]
    if route in {"test", "timeout"}:
        name = f"^Test{task.path.names[build.release - 1]}$"
        # With the verbose flag no other test of the binary says anything either: only this one runs.
        limit = f"{patience + 0.2:.2f}s" if route == "timeout" else "20s"
        command = [str(folder / "regress"), f"-test.run={name}", f"-test.timeout={limit}"]
    else:
        program = "race" if build.race else "svc"
        command = [str(folder / program), "run", task.path.slug, _DRIVERS[route], *arguments]
    environment = {
        **os.environ,
        "GOTRACEBACK": task.traceback,
        "INPUT": " ".join(arguments),
        "GORACE": "exitcode=0",
    }
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        env=environment,
        cwd=folder,
    ) as process:
        if route.endswith("quit"):
            # Nothing says that it hangs: it has this long to come there. `_fault` sees when it was too short.
            with suppress(subprocess.TimeoutExpired):
                process.wait(patience)
            process.send_signal(signal.SIGQUIT)
        try:
            said, _ = process.communicate(timeout=_LONGEST)
        except subprocess.TimeoutExpired:
            process.kill()
            said, _ = process.communicate()
            return f"did not end\n{said.decode(errors='replace')[:2000]}"
    return said.decode(errors="replace") or f"ended without a word: {process.returncode}, {command}"


def _fault(source: Source, build: Build, task: Task, text: str) -> str:
    """Why the text is not the crash that it was to be; nothing when it is."""
    state = task.path.instance.at(build.release)
    call: Call = shape(task.path.instance.template, state.variant)[1][task.path.call]
    expect = call.attributes.get("expect", "")
    if task.path.route == "timeout":
        expect = "test timed out"
    elif task.path.route.endswith("quit"):
        expect = "SIGQUIT|all goroutines are asleep"
    if not re.search(expect, text):
        return f"not {expect!r}"
    if task.path.route in LOGGED:
        return ""
    mark = call.attributes.get("at", call.bug)
    lines = source.marks.get((task.path.instance.id, mark), [])
    if not any(re.search(rf"{re.escape(line)}\b", text) for line in lines):
        return f"none of {lines}"
    return ""

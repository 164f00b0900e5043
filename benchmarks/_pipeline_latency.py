"""From a crash to its report at 50 crashes a second: as an event, as log lines, and with a worker killed amid.

In: a broker. Out: percentiles of the delays. All stages in one worker; nothing is pinned to a core. No report is held
back for its second: a bug comes again after five seconds at the earliest, or never.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Final

from benchmarks._pipeline_bugs import Bug, bugs
from benchmarks._pipeline_delays import Delayed, Delays
from benchmarks._pipeline_members import until_settled
from benchmarks._pipeline_place import (
    PARTITIONS,
    PIPELINE,
    Bench,
    Place,
    Worker,
    launched,
    place,
    worker,
)
from benchmarks._pipeline_table import Figure
from benchmarks._pipeline_traffic import RAW, exact, reports
from streams.drivers.kafka.names import partition_of
from streams.drivers.kafka.records import Outgoing
from streams.model.events import RawPanic
from streams.model.instant import Instant
from streams.model.message import encode
from tests.shipping import Container, vector

LINES: Final = "logs.lines"
_PER_SECOND: Final = 50
_SECONDS: Final = 60
_QUICK_SECONDS: Final = 8
_BUGS: Final = 250
_SESSION_SECONDS: Final = 6.0
_P50_BAR: Final = 0.4
_P99_BAR: Final = 2.0
_LINES_BAR: Final = 4.0
_KILL_BAR: Final = 15.0
_P50: Final = 49
_P99: Final = 98


def _count(*, quick: bool) -> int:
    return _PER_SECOND * (_QUICK_SECONDS if quick else _SECONDS)


def _as_event(at: Place, bug: Bug, number: int) -> Delayed:
    def records() -> Sequence[Outgoing]:
        event = RawPanic(
            text=bug.text,
            at=Instant(time.time_ns()),
            service=f"service-{number % 5}",
            container=f"c{number:012d}",
        )
        return [Outgoing(at.topic(RAW), number % PARTITIONS, None, encode(event))]

    return Delayed(bug.cluster, records)


def _as_lines(at: Place, bug: Bug, number: int) -> Delayed:
    who = Container(f"{number:064x}", pod=f"checkout-{number}")
    partition = partition_of(who.id, PARTITIONS)
    key = who.id.encode()

    def records() -> Sequence[Outgoing]:
        return [
            Outgoing(at.topic(LINES), partition, key, vector(who, line, number).encode())
            for line in bug.text.split("\n")
        ]

    return Delayed(bug.cluster, records)


def _percentiles(
    label: str, seconds: Sequence[float], p50: float | None, p99: float
) -> list[Figure]:
    cuts = statistics.quantiles(seconds, n=100)
    half = f"{label}, p50"
    return [
        Figure(half, cuts[_P50], "s")
        if p50 is None
        else Figure(half, cuts[_P50], "s", "at most", p50),
        Figure(f"{label}, p99", cuts[_P99], "s", "at most", p99),
        Figure(f"{label}, longest of {len(seconds)}", max(seconds), "s"),
    ]


async def _delays(
    at: Place,
    workers: Sequence[Worker],
    crashes: Sequence[Delayed],
    halfway: Callable[[], None] = lambda: None,
) -> list[float]:
    async with reports(at) as follower:
        delays = Delays(at, follower)
        await delays.run(crashes, _PER_SECOND, workers, halfway)
        await exact(at, follower, workers, len(crashes), *PIPELINE)
    return delays.seconds


async def measure(bench: Bench, *, quick: bool) -> list[Figure]:
    """From the send on panics.raw."""
    known = bugs(_BUGS)
    async with place(bench) as at, worker(at, "worker", *PIPELINE) as one:
        count = _count(quick=quick)
        crashes = [_as_event(at, known[n % len(known)], n) for n in range(count)]
        seconds = await _delays(at, [one], crashes)
    return _percentiles("panics.raw to report", seconds, _P50_BAR, _P99_BAR)


async def measure_lines(bench: Bench, *, quick: bool) -> list[Figure]:
    """From the send of a crash's last line on logs.lines; its container is silent afterwards."""
    known = bugs(_BUGS)
    async with (
        place(bench) as at,
        worker(at, "worker", *PIPELINE) as one,
        launched(at, "collector", "collect", "lines") as collector,
    ):
        await collector.until_ready()
        count = _count(quick=quick)
        crashes = [_as_lines(at, known[n % len(known)], n) for n in range(count)]
        seconds = await _delays(at, [one, collector], crashes)
    return _percentiles("last line to report", seconds, None, _LINES_BAR)


async def measure_kill(bench: Bench, *, quick: bool) -> list[Figure]:
    """One of two workers is killed in the middle of the run; every crash is a bug of its own."""
    count = _count(quick=quick)
    known = bugs(count)
    async with (
        place(bench) as at,
        worker(at, "one", *PIPELINE, session=_SESSION_SECONDS) as one,
        worker(at, "other", *PIPELINE, session=_SESSION_SECONDS) as other,
    ):
        await until_settled(at, [one, other], "symbolize", "fingerprint", "cluster", "attribute")
        crashes = [_as_event(at, bug, n) for n, bug in enumerate(known)]
        seconds = await _delays(at, [one, other], crashes, other.kill)
    return _percentiles("one of two workers killed: to report", seconds, None, _KILL_BAR)

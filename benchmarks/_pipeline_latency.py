"""From a crash to its report at 50 crashes a second: as an event, as log lines, and with a worker killed amid.

In: a broker. Out: percentiles of the delays. All stages in one worker; nothing is pinned to a core. No report is held
back for its second: a bug comes again after five seconds at the earliest, or never.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from benchmarks._pipeline_backlog import Stopwatch
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
_WARM: Final = 100
_SESSION_SECONDS: Final = 6.0
_P50_BAR: Final = 0.4
_P99_BAR: Final = 2.0
_LINES_BAR: Final = 4.0
_KILL_BAR: Final = 15.0
_P50: Final = 49
_P99: Final = 98


def _count(*, quick: bool) -> int:
    return _WARM + _PER_SECOND * (_QUICK_SECONDS if quick else _SECONDS)


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


class Outcome(msgspec.Struct, frozen=True):
    """What a run gave: the delays, and the share of a core that the first worker took meanwhile."""

    seconds: list[float]
    share: float

    def figures(self, label: str, p99: float, p50: float | None = None) -> list[Figure]:
        """The percentiles with their bars."""
        cuts = statistics.quantiles(self.seconds, n=100)
        half = Figure(f"{label}, p50", cuts[_P50], "s")
        if p50 is not None:
            half = msgspec.structs.replace(half, sense="at most", bar=p50)
        return [
            half,
            Figure(f"{label}, p99", cuts[_P99], "s", "at most", p99),
            Figure(f"{label}, longest of {len(self.seconds)}", max(self.seconds), "s"),
            Figure("the (first) worker took meanwhile", self.share * 100, "% of core"),
        ]


async def _delays(
    at: Place,
    workers: Sequence[Worker],
    crashes: Sequence[Delayed],
    halfway: Callable[[], None] = lambda: None,
) -> Outcome:
    """The first `_WARM` crashes see that every partition is owned; they are not measured."""
    async with reports(at) as follower:
        delays = Delays(at, follower)
        await delays.run(crashes[:_WARM], _PER_SECOND, workers)
        watch = Stopwatch(workers[:1])
        await delays.run(crashes[_WARM:], _PER_SECOND, workers, halfway)
        spent = watch.spent()
        await exact(at, follower, workers, len(crashes), *PIPELINE)
    return Outcome(delays.seconds[_WARM:], spent.total / spent.seconds)


async def measure(bench: Bench, *, quick: bool) -> list[Figure]:
    """From the send on panics.raw."""
    known = bugs(_BUGS)
    async with place(bench) as at, worker(at, "worker", *PIPELINE) as one:
        count = _count(quick=quick)
        crashes = [_as_event(at, known[n % len(known)], n) for n in range(count)]
        outcome = await _delays(at, [one], crashes)
    return outcome.figures("panics.raw to report", _P99_BAR, _P50_BAR)


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
        outcome = await _delays(at, [one, collector], crashes)
    return outcome.figures("last line to report", _LINES_BAR)


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
        outcome = await _delays(at, [one, other], crashes, other.kill)
    return outcome.figures("one of two workers killed: to report", _KILL_BAR)

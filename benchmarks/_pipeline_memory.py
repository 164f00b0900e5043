"""Memory of one worker with all stages between its 200,000th and its 1,000,000th crash, each read from panics.raw.

In: a broker. Out: resident memory at both, and the ratio: each the median of five readings, 20,000 crashes apart, as
what batches leave free in the heap differs from one to the next. Texts are short: a million of them take some minutes.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from itertools import islice
from typing import Final

import msgspec

from benchmarks._pipeline_place import PIPELINE, Bench, place, worker
from benchmarks._pipeline_prefill import PER_SECOND, START_SECONDS
from benchmarks._pipeline_table import Figure
from benchmarks._pipeline_traffic import exact, feed, raw, reports, until_counted
from streams.model.events import RawPanic
from streams.model.instant import Instant
from tests.kafka.crashes import mixed

_BAR: Final = 1.05
_LONGEST: Final = 600
_CRASHES_FOR_TEXTS: Final = 4000
_SLICE: Final = 20_000
_READINGS: Final = 5


class Size(msgspec.Struct, frozen=True):
    """At how many crashes memory is looked at."""

    some: int
    many: int


FULL: Final = Size(200_000, 1_000_000)
QUICK: Final = Size(400, 2_000)


def _short(count: int) -> Iterator[RawPanic]:
    """So many different crashes with short texts."""
    short = [crash for crash in mixed(_CRASHES_FOR_TEXTS) if len(crash.text) <= _LONGEST]
    for number in range(count):
        yield msgspec.structs.replace(
            short[number % len(short)],
            at=Instant((START_SECONDS + number // PER_SECOND) * 10**9),
            container=f"c{number:012d}",
            event_id=None,
        )


async def measure(bench: Bench, *, quick: bool) -> list[Figure]:
    """Slice after slice, each counted before the next is written."""
    size = QUICK if quick else FULL
    memory: dict[int, float] = {}
    readings: list[float] = []
    crashes, fed = _short(size.many), 0
    async with (
        place(bench) as at,
        worker(at, "worker", *PIPELINE) as one,
        reports(at) as follower,
    ):
        for goal in (size.some, size.many):
            while fed < goal:
                part = raw(at, islice(crashes, min(_SLICE, goal - fed)))
                await feed(at, part)
                fed += len(part)
                await until_counted(follower, [one], fed)
                readings.append(one.resident_mib)
            memory[goal] = statistics.median(readings[-_READINGS:])
        await exact(at, follower, [one], size.many, *PIPELINE)
    some, many = memory.values()
    return [
        Figure(f"memory after {size.some} crashes", some, "MiB"),
        Figure(f"memory after {size.many} crashes", many, "MiB"),
        Figure("in proportion", many / some, "", "at most", _BAR),
    ]

"""A storm: very many crashes of one bug, hence one block, one partition, one worker of `cluster`.

In: a broker. Out: crashes per CPU second of that worker, whether the final report counts them exactly, what the
changelog of the stage took for each. A hundredth of the crashes is sent twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

import msgspec

from benchmarks._pipeline_backlog import Stopwatch, paused
from benchmarks._pipeline_place import PIPELINE, Bench, Place, place, worker
from benchmarks._pipeline_table import Figure
from benchmarks._pipeline_traffic import exact, feed, raw, read, reports, until_counted
from streams.model.events import RawPanic
from streams.model.instant import Instant
from tests.kafka.crashes import mixed

_BAR: Final = 3000
_HOSTS: Final = 500
_START_NS: Final = 1_795_420_800 * 10**9
_WITHIN_NS: Final = 120 * 10**9
_TWICE_EVERY: Final = 100
_TEXT_CHARS: Final = (1200, 1700)


class Size(msgspec.Struct, frozen=True):
    """How many crashes; `warm` before them are not measured."""

    crashes: int
    warm: int


FULL: Final = Size(100_000, 1_000)
QUICK: Final = Size(2_000, 200)


def storm(crashes: int) -> Iterator[RawPanic]:
    """Crashes of one bug: goroutine, host and time are each one's own."""
    low, high = _TEXT_CHARS
    text = next(e.text for e in mixed(10_000) if low < len(e.text) < high)
    for number in range(crashes):
        yield RawPanic(
            text=text.replace("goroutine 1 ", f"goroutine {number + 1} "),
            at=Instant(_START_NS + number * _WITHIN_NS // crashes),
            service=f"service-{number % 5}",
            host=f"host-{number % _HOSTS}",
        )


def twice(crashes: Iterator[RawPanic]) -> Iterator[RawPanic]:
    """The same with every so many sent again, by a producer that did not hear the answer."""
    for number, crash in enumerate(crashes, 1):
        yield crash
        if number % _TWICE_EVERY == 0:
            yield crash


async def measure(bench: Bench, *, quick: bool) -> list[Figure]:
    """Three workers: what comes before `cluster`, `cluster`, what comes after it."""
    size = QUICK if quick else FULL
    whole = size.warm + size.crashes
    async with (
        place(bench) as at,
        worker(at, "before", *PIPELINE[:2]) as before,
        worker(at, "cluster", "cluster") as cluster,
        worker(at, "after", *PIPELINE[3:]) as after,
        reports(at) as follower,
    ):
        workers = [before, cluster, after]
        crashes = storm(whole)
        await feed(at, raw(at, islice(crashes, size.warm)))
        await until_counted(follower, workers, size.warm)
        backlog = raw(at, twice(crashes))
        with paused(workers):
            await feed(at, backlog)
            watch = Stopwatch(workers)
        await until_counted(follower, workers, whole)
        spent = watch.spent()
        await exact(at, follower, workers, whole, *PIPELINE)
        clusters = len(follower.newest)
        kept = await _changelog_bytes(at)
    return [
        Figure("cluster", size.crashes / spent.cpu[1], "crashes/s", "at least", _BAR),
        Figure("symbolize and fingerprint", size.crashes / spent.cpu[0], "crashes/s"),
        Figure("link and attribute, CPU of the whole storm", spent.cpu[2], "s"),
        Figure(f"counted ({clusters} cluster)", follower.total, "crashes", "exactly", whole),
        Figure("changelog of cluster", kept / whole, "B/crash"),
    ]


async def _changelog_bytes(at: Place) -> int:
    """Keys and values of the changelog of `cluster`, as they are read back."""
    total = 0
    async for record in read(at, at.names.changelog("cluster")):
        total += len(record.key or b"") + len(record.value or b"")
    return total

"""The cost of a crash with 10^3 and with 10^6 crashes stored, and the memory of the worker that stores them.

In: a broker. Out: CPU per crash of the worker of `cluster` and of all stages, before and after, as ratios; its memory
at 200,000 and at 1,000,000 stored crashes. The crashes between are sent to crashes.fingerprinted, folded.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from benchmarks._pipeline_backlog import Spent, work_off
from benchmarks._pipeline_place import PIPELINE, Bench, Place, Worker, place, worker
from benchmarks._pipeline_prefill import PER_SECOND, stored
from benchmarks._pipeline_table import Figure
from benchmarks._pipeline_traffic import Reports, exact, feed, raw, reports, until_counted
from streams.model.events import RawPanic
from streams.model.instant import Instant
from tests.kafka.crashes import mixed

_COST_BAR: Final = 1.2
_MEMORY_BAR: Final = 1.05
# Prefilled in slices, so that the broker's page cache and ours hold what is under way.
_SLICE: Final = 50_000


class Size(msgspec.Struct, frozen=True):
    """How much is stored at the first, at the second and at the last look; how much is measured, how often."""

    few: int
    some: int
    many: int
    crashes: int
    warm: int
    rounds: int


FULL: Final = Size(1_000, 200_000, 1_000_000, 3_000, 500, 3)
QUICK: Final = Size(200, 2_000, 10_000, 200, 100, 1)


class _Run:
    """One pipeline in two workers; `stored` goes on, and time with it."""

    def __init__(self, at: Place, workers: Sequence[Worker], follower: Reports) -> None:
        self._at = at
        self._workers = workers
        self._follower = follower
        self.stored = 0

    def _crashes(self, number: int) -> Iterator[RawPanic]:
        """New crashes of the known bugs, later than all that are stored."""
        shift_ns = (self.stored // PER_SECOND + 1) * 10**9
        for crash in mixed(number, seed=self.stored + 1):
            at = None if crash.at is None else Instant(crash.at.ns + shift_ns)
            yield msgspec.structs.replace(crash, at=at, event_id=None)
        self.stored += number

    async def cost(self, size: Size) -> list[Spent]:
        """CPU for crashes from panics.raw on, several times."""
        found = []
        for _ in range(size.rounds):
            crashes = raw(self._at, self._crashes(size.warm + size.crashes))
            warm, rest = crashes[: size.warm], crashes[size.warm :]
            found.append(await work_off(self._at, self._workers, self._follower, warm, rest))
        return found

    async def fill(self, up_to: int) -> None:
        """Store crashes until there are so many."""
        while self.stored < up_to:
            count = min(_SLICE, up_to - self.stored)
            await feed(self._at, stored(self._at, count, self.stored))
            self.stored += count
            await until_counted(self._follower, self._workers, self.stored)


async def measure(bench: Bench, *, quick: bool) -> list[Figure]:
    """Few stored crashes, some, many: one pipeline grows."""
    size = QUICK if quick else FULL
    async with (
        place(bench) as at,
        worker(at, "others", *(s for s in PIPELINE if s != "cluster")) as others,
        worker(at, "cluster", "cluster") as cluster,
        reports(at) as follower,
    ):
        workers = [others, cluster]
        run = _Run(at, workers, follower)
        await run.fill(size.few)
        before = await run.cost(size)
        await run.fill(size.some)
        memory = [cluster.resident_mib, others.resident_mib]
        await run.fill(size.many)
        memory += [cluster.resident_mib, others.resident_mib]
        after = await run.cost(size)
        await exact(at, follower, workers, run.stored, *PIPELINE)
    return [
        *_cost("cluster", size, [s.cpu[1] for s in before], [s.cpu[1] for s in after]),
        *_cost("all stages", size, [s.total for s in before], [s.total for s in after]),
        *_memory("cluster", size, memory[0], memory[2]),
        *_memory("the other stages", size, memory[1], memory[3]),
    ]


def _cost(
    label: str, size: Size, before: Sequence[float], after: Sequence[float]
) -> Iterator[Figure]:
    few, many = (statistics.median(part) / size.crashes * 1e6 for part in (before, after))
    yield Figure(f"{label}, {size.few} crashes stored", few, "us/crash")
    yield Figure(f"{label}, {size.many} crashes stored", many, "us/crash")
    yield Figure(f"{label}, many to few", many / few, "", "at most", _COST_BAR)


def _memory(label: str, size: Size, some: float, many: float) -> Iterator[Figure]:
    yield Figure(f"memory of {label}, {size.some} crashes stored", some, "MiB")
    yield Figure(
        f"memory of {label}, {size.many} to {size.some}", many / some, "", "at most", _MEMORY_BAR
    )

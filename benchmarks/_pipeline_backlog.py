"""A backlog worked off by workers that are warm: what it cost each of them.

In: workers that are ready, records for warm-up, the backlog. Out: CPU seconds per worker. The workers are stopped while
the backlog is written, so that all of it waits when they begin.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence

import msgspec

from benchmarks._pipeline_place import Place, Worker
from benchmarks._pipeline_traffic import Reports, feed, until_counted
from streams.drivers.kafka.records import Outgoing


class Spent(msgspec.Struct, frozen=True):
    """What a backlog cost: CPU seconds of each worker, and how long it took."""

    cpu: tuple[float, ...]
    seconds: float

    @property
    def total(self) -> float:
        """CPU seconds of all workers."""
        return sum(self.cpu)


class Stopwatch:
    """CPU of workers since it was made."""

    def __init__(self, workers: Sequence[Worker]) -> None:
        self._workers = workers
        self._before = [each.cpu_seconds for each in workers]
        self._began = time.monotonic()

    def spent(self) -> Spent:
        """Up to now."""
        cpu = (w.cpu_seconds - b for w, b in zip(self._workers, self._before, strict=True))
        return Spent(tuple(cpu), time.monotonic() - self._began)


@contextlib.contextmanager
def paused(workers: Sequence[Worker]) -> Iterator[None]:
    """Inside the block the workers stand still."""
    for each in workers:
        each.pause()
    try:
        yield
    finally:
        for each in workers:
            each.go_on()


async def work_off(
    at: Place,
    workers: Sequence[Worker],
    follower: Reports,
    warm: Sequence[Outgoing],
    backlog: Sequence[Outgoing],
) -> Spent:
    """From the warm state until every crash of the backlog is in a report: one record is one new crash."""
    before = follower.total
    await feed(at, warm)
    await until_counted(follower, workers, before + len(warm))
    with paused(workers):
        await feed(at, backlog)
        watch = Stopwatch(workers)
    await until_counted(follower, workers, before + len(warm) + len(backlog))
    return watch.spent()

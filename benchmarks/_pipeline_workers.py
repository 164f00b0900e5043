"""The same backlog for 1, 2 and 4 workers on 8 partitions: what scaling out costs, and whether all have as much to do.

In: a broker. Out: CPU per crash of all workers together, in proportion to that of one in the same round; how evenly
partitions are given out and filled. The workers share a core, so that their CPU is comparable: each of four then pays
for four times the seconds that one would, which is more than workers with cores of their own do.
"""

from __future__ import annotations

import statistics
from collections import Counter
from contextlib import AsyncExitStack
from typing import Final

import msgspec

from benchmarks._pipeline_backlog import Spent, work_off
from benchmarks._pipeline_members import partitions_of, until_settled
from benchmarks._pipeline_place import PARTITIONS, PIPELINE, Bench, Place, place, worker
from benchmarks._pipeline_table import Figure
from benchmarks._pipeline_traffic import RAW, exact, raw, read, reports
from streams.drivers.kafka.batch import is_batch
from streams.model.message import rows
from tests.kafka.crashes import mixed

_WORKERS: Final = (1, 2, 4)
# `link` reads topics of one partition: one worker has it, whoever that is.
_SPREAD: Final = ("symbolize", "fingerprint", "cluster", "attribute")
_BAR: Final = 1.15
# Crashes of a partition in proportion to the mean: ids are spread evenly, blocks as the bugs have it.
_EVEN_BAR: Final = 1.2
# Longer than the backlog takes to write; short enough for workers to notice in seconds that others join.
_SESSION_SECONDS: Final = 30.0


class Size(msgspec.Struct, frozen=True):
    """How much is run; `warm` of the crashes are not measured."""

    crashes: int
    warm: int
    rounds: int


FULL: Final = Size(24_000, 4_000, 5)
QUICK: Final = Size(600, 200, 1)


class Run(msgspec.Struct, frozen=True):
    """One run: CPU per crash, partitions of each member by stage, crashes of each partition by topic."""

    spent: Spent
    micros: float
    given: dict[str, tuple[int, ...]]
    filled: dict[str, tuple[int, ...]]


async def measure(bench: Bench, *, quick: bool) -> list[Figure]:
    """All runs, in turn."""
    size = QUICK if quick else FULL
    runs: dict[int, list[Run]] = {count: [] for count in _WORKERS}
    for number in range(size.rounds):
        # A machine that grows slower or faster meanwhile is no merit of either.
        for count in _WORKERS if number % 2 == 0 else reversed(_WORKERS):
            runs[count].append(await _run(bench, size, count))
    return [*_costs(runs), *_evenness(runs[_WORKERS[-1]][-1])]


async def _run(bench: Bench, size: Size, count: int) -> Run:
    async with place(bench) as at, AsyncExitStack() as stack:
        workers = [
            await stack.enter_async_context(
                worker(at, f"worker{n}", *PIPELINE, session=_SESSION_SECONDS)
            )
            for n in range(count)
        ]
        follower = await stack.enter_async_context(reports(at))
        await until_settled(at, workers, *_SPREAD)
        crashes = raw(at, mixed(size.crashes))
        spent = await work_off(at, workers, follower, crashes[: size.warm], crashes[size.warm :])
        await exact(at, follower, workers, size.crashes, *PIPELINE)
        given = {stage: await partitions_of(at, stage) for stage in _SPREAD}
        filled = {
            t: await _filled(at, t) for t in (RAW, "crashes.symbolized", "crashes.fingerprinted")
        }
    micros = spent.total / (size.crashes - size.warm) * 1e6
    return Run(spent, micros, given, filled)


async def _filled(at: Place, topic: str) -> tuple[int, ...]:
    """Crashes in each partition of a topic."""
    found = Counter[int](dict.fromkeys(range(PARTITIONS), 0))
    async for record in read(at, at.topic(topic)):
        if is_batch(record.headers):
            events = (event for _, event in rows(record.value))
            found[record.partition] += sum(1 + _folded(event) for event in events)
        else:
            found[record.partition] += 1
    return tuple(found.values())


def _folded(event: object) -> int:
    folded = event.get("folded") if isinstance(event, dict) else None
    return len(folded) if isinstance(folded, list) else 0


def _costs(runs: dict[int, list[Run]]) -> list[Figure]:
    medians = {count: statistics.median(r.micros for r in done) for count, done in runs.items()}
    figures = [Figure(f"{n} worker(s)", value, "us/crash") for n, value in medians.items()]
    return figures + [
        Figure(f"{n} workers, in proportion to one", _ratio(done, runs[1]), "", "at most", _BAR)
        for n, done in runs.items()
        if n > 1
    ]


def _ratio(these: list[Run], those: list[Run]) -> float:
    """The median of the rounds' ratios: the machine's speed changes from round to round."""
    return statistics.median(a.micros / b.micros for a, b in zip(these, those, strict=True))


def _evenness(run: Run) -> list[Figure]:
    given = [
        Figure(
            f"{stage}: partitions of a worker, most less fewest",
            max(parts) - min(parts),
            "",
            "exactly",
            0,
        )
        for stage, parts in run.given.items()
    ]
    filled = [_even(topic, parts) for topic, parts in run.filled.items()]
    share = max(run.spent.cpu) / statistics.mean(run.spent.cpu)
    return [*given, *filled, Figure("CPU of the busiest worker, to the mean", share, "")]


def _even(topic: str, parts: tuple[int, ...]) -> Figure:
    name, share = f"{topic}: fullest partition, to the mean", max(parts) / statistics.mean(parts)
    if topic == "crashes.fingerprinted":
        return Figure(f"{name} (150 bugs)", share, "")
    return Figure(name, share, "", "at most", _EVEN_BAR)

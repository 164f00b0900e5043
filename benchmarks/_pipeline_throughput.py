"""panics.raw to reports on known clusters: one worker with all stages under a backlog, and each stage alone.

In: a broker. Out: crashes per CPU second of the worker; CPU per event of every stage in a worker of its own.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from benchmarks._pipeline_backlog import Stopwatch, paused, work_off
from benchmarks._pipeline_place import PIPELINE, Bench, Place, place, worker
from benchmarks._pipeline_table import Figure
from benchmarks._pipeline_traffic import (
    exact,
    feed,
    raw,
    read,
    reports,
    stages_of,
    until_caught_up,
)
from streams.drivers.kafka.batch import is_batch
from streams.drivers.kafka.records import Outgoing
from streams.model.message import rows
from streams.topology import Stage
from tests.kafka.crashes import mixed

_BAR = 1500
_WARM_SHARE = 0.1


class Size(msgspec.Struct, frozen=True):
    """How much is run; `warm` of the crashes make the clusters known and are not measured."""

    crashes: int
    warm: int
    rounds: int


FULL = Size(20_000, 2_000, 3)
QUICK = Size(600, 200, 1)


def _size(*, quick: bool) -> Size:
    return QUICK if quick else FULL


async def measure(bench: Bench, *, quick: bool) -> list[Figure]:
    """One worker with all stages; median of the rounds."""
    size, rates = _size(quick=quick), []
    for _ in range(size.rounds):
        async with (
            place(bench) as at,
            worker(at, "worker", *PIPELINE) as one,
            reports(at) as follower,
        ):
            crashes = raw(at, mixed(size.crashes))
            spent = await work_off(at, [one], follower, crashes[: size.warm], crashes[size.warm :])
            await exact(at, follower, [one], size.crashes, *PIPELINE)
            rates.append((size.crashes - size.warm) / spent.total)
    text = ", ".join(f"{rate:.0f}" for rate in rates)
    name = f"panics.raw to reports, one worker (rounds: {text})"
    return [Figure(name, statistics.median(rates), "crashes/s", "at least", _BAR)]


async def measure_stages(bench: Bench, *, quick: bool) -> list[Figure]:
    """Each stage in a worker of its own, on what the stages before it made of the same crashes."""
    size, figures = _size(quick=quick), []
    async with place(bench) as at:
        await _work_out(at, size)
        for stage in stages_of(*PIPELINE):
            inputs = await _inputs(at, stage)
            figures.append(await _alone(bench, stage, inputs))
    return figures


async def _work_out(at: Place, size: Size) -> None:
    """Have every topic filled, by one worker under a backlog."""
    async with worker(at, "all", *PIPELINE) as one, reports(at) as follower:
        with paused([one]):
            await feed(at, raw(at, mixed(size.crashes)))
        await exact(at, follower, [one], size.crashes, *PIPELINE)


class _Input(msgspec.Struct, frozen=True):
    """A record of a stage's input, by the plain name of its topic, and how many events it holds."""

    topic: str
    record: Outgoing
    events: int


async def _inputs(at: Place, stage: Stage) -> list[_Input]:
    """What the stage was given, in order per partition."""
    found = []
    for topic in stage.reads:
        async for record in read(at, at.topic(topic)):
            value, headers = record.value or b"", tuple(record.headers)
            copied = Outgoing(topic, record.partition, record.key, record.value, headers)
            found.append(_Input(topic, copied, len(rows(value)) if is_batch(headers) else 1))
    return found


def _split(found: Iterable[_Input]) -> tuple[list[_Input], list[_Input]]:
    """The first tenth of every partition, and the rest."""
    parts: dict[tuple[str, int], list[_Input]] = defaultdict(list)
    for each in found:
        parts[each.topic, each.record.partition].append(each)
    warm, rest = [], []
    for part in parts.values():
        cut = max(1, int(len(part) * _WARM_SHARE))
        warm += part[:cut]
        rest += part[cut:]
    return warm, rest


def _on(at: Place, found: Sequence[_Input]) -> list[Outgoing]:
    return [msgspec.structs.replace(e.record, topic=at.topic(e.topic)) for e in found]


async def _alone(bench: Bench, stage: Stage, inputs: Sequence[_Input]) -> Figure:
    warm, rest = _split(inputs)
    events = sum(each.events for each in rest)
    async with place(bench) as at, worker(at, stage.name, stage.name) as one:
        await feed(at, _on(at, warm))
        await until_caught_up(at, [one], [stage])
        with paused([one]):
            await feed(at, _on(at, rest))
            watch = Stopwatch([one])
        await until_caught_up(at, [one], [stage])
        spent = watch.spent()
    name = f"{stage.name} alone ({events} events in {len(rest)} records)"
    return Figure(name, spent.total / max(events, 1) * 1e6, "us/event")

"""Recovery of a table of 10^6 rows by one worker that has no local copy of it, and then one that has.

In: a broker. Out: seconds from the start of the process until it owns every partition; stated, without a bar.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator
from typing import Final

import msgspec

from benchmarks._pipeline_place import PARTITIONS, Bench, Place, Worker, launched, place, until
from benchmarks._pipeline_table import Figure
from benchmarks._pipeline_traffic import feed
from streams.core.cluster.state import FACETS, SEPARATOR, Facet
from streams.drivers.kafka.exact import encode_key
from streams.drivers.kafka.records import Outgoing
from streams.model.message import encode

_OWNED: Final = re.compile(r"cluster/\d+ is owned: (\d+) changelog records in")
_LOOK_SECONDS: Final = 0.05

FULL: Final = 1_000_000
QUICK: Final = 20_000


class Recovery(msgspec.Struct, frozen=True):
    """How long until every partition was owned, from the start and since it was ready; CPU since the start."""

    whole_seconds: float
    cpu_seconds: float
    records: int
    memory_mib: float


def _rows(at: Place, count: int) -> Iterator[Outgoing]:
    """Rows of the size and kind that the stage writes most of."""
    topic, value = at.names.changelog("cluster"), encode(Facet(count=1))
    for number in range(count):
        key = SEPARATOR.join((f"{number % 1000:032x}", "host", f"host-{number}"))
        place_ = encode_key((FACETS.name, key))
        yield Outgoing(topic, number % PARTITIONS, place_, value)


async def _recovered(at: Place, count: int) -> Recovery:
    async with launched(at, "cluster", "worker", "cluster") as worker:
        owned = await _until_owned(worker)
        whole = time.monotonic() - worker.started
        records = sum(owned)
        if records not in (0, count):
            raise RuntimeError(f"{records} changelog records were read, {count} were written")
        cpu, memory = worker.cpu_seconds, worker.resident_mib
        await worker.until_ready()
    return Recovery(whole, cpu, records, memory)


async def _until_owned(worker: Worker) -> list[int]:
    """Changelog records that each partition read, once all are owned."""
    found: list[int] = []

    async def progress() -> float:
        nonlocal found
        await asyncio.sleep(_LOOK_SECONDS)
        found = [int(number) for number in _OWNED.findall(worker.said())]
        return len(found)

    await until(progress, PARTITIONS, [worker], "partitions that are owned", still=600)
    return found


async def measure(bench: Bench, *, quick: bool) -> list[Figure]:
    """A fresh data folder, then the same one again."""
    count = QUICK if quick else FULL
    async with place(bench) as at:
        await feed(at, _rows(at, count))
        fresh = await _recovered(at, count)
        again = await _recovered(at, count)
    if fresh.records != count or again.records != 0:
        raise RuntimeError(f"read {fresh.records} records, then {again.records}: want {count}, 0")
    return [
        Figure(f"{count} rows, no local copy: all owned after", fresh.whole_seconds, "s"),
        Figure("of these, CPU", fresh.cpu_seconds, "s"),
        Figure("memory then", fresh.memory_mib, "MiB"),
        Figure("with the local copy: all owned after", again.whole_seconds, "s"),
        Figure("of these, CPU", again.cpu_seconds, "s"),
    ]

"""What goes to the broker and what comes from it: crashes as a backlog, reports as a consumer of the product sees them.

In: a place, events. Out: records on topics; the newest report of every cluster, and when each was read.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Final

import msgspec
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from benchmarks._pipeline_place import PARTITIONS, Place, Worker, until
from streams.drivers.kafka.caught_up import CatchUp, input_ends
from streams.drivers.kafka.records import Outgoing
from streams.drivers.kafka.snapshot import parts_of, records
from streams.model.events import RawPanic
from streams.model.message import encode
from streams.topology import STAGES, Stage

RAW: Final = "panics.raw"
REPORTS: Final = "reports.root_cause"
_POLL_MS: Final = 100
_IN_FLIGHT: Final = 10_000
_BATCH_BYTES: Final = 1024 * 1024
_LOOK_SECONDS: Final = 0.3


def raw(at: Place, crashes: Iterable[RawPanic]) -> list[Outgoing]:
    """Crashes as producers without keys send them: all partitions in turn."""
    topic = at.topic(RAW)
    return [
        Outgoing(topic, number % PARTITIONS, None, encode(crash))
        for number, crash in enumerate(crashes)
    ]


async def feed(at: Place, sent: Iterable[Outgoing]) -> None:
    """Write records; returns when the broker has all of them."""
    producer = at.cluster.producer(
        linger_ms=20, max_batch_size=_BATCH_BYTES, max_request_size=16 * _BATCH_BYTES
    )
    async with at.cluster.running(producer):
        waiting = []
        for each in sent:
            waiting.append(
                await producer.send(
                    each.topic, each.value, each.key, each.partition, headers=list(each.headers)
                )
            )
            if len(waiting) >= _IN_FLIGHT:
                await asyncio.gather(*waiting)
                waiting.clear()
        await asyncio.gather(*waiting)


class Report(msgspec.Struct, frozen=True):
    """What is looked at of a report."""

    cluster: str
    occurrences: int
    generation: int
    revision: int


class Seen(msgspec.Struct, frozen=True):
    """A report, and when it was read (time.time())."""

    report: Report
    read: float


class Reports:
    """Follows reports.root_cause from its beginning, read_committed."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer
        self.newest: dict[str, Report] = {}
        self.total = 0

    async def poll(self) -> list[Seen]:
        """What has come, after a short wait at most."""
        found = await self._consumer.getmany(timeout_ms=_POLL_MS)
        now = time.time()
        seen = [
            Seen(msgspec.json.decode(record.value, type=Report), now)
            for part in found.values()
            for record in part
            if record.value is not None
        ]
        for each in seen:
            self._keep(each.report)
        return seen

    def _keep(self, report: Report) -> None:
        known = self.newest.get(report.cluster)
        if known is not None:
            if (known.generation, known.revision) >= (report.generation, report.revision):
                return
            self.total -= known.occurrences
        self.newest[report.cluster] = report
        self.total += report.occurrences

    async def counted(self) -> float:
        """How many crashes the newest reports count."""
        await self.poll()
        return self.total


@asynccontextmanager
async def reports(at: Place) -> AsyncIterator[Reports]:
    """A reader that is connected."""
    consumer = at.cluster.consumer(
        isolation_level="read_committed", auto_offset_reset="earliest", enable_auto_commit=False
    )
    async with at.cluster.running(consumer):
        consumer.assign([TopicPartition(at.topic(REPORTS), n) for n in range(PARTITIONS)])
        await consumer.seek_to_beginning()
        yield Reports(consumer)


async def until_counted(follower: Reports, workers: Sequence[Worker], crashes: int) -> None:
    """Until the reports count so many crashes. Raises RuntimeError where they do not get there."""
    await until(follower.counted, crashes, workers, "crashes in the newest reports")


async def until_caught_up(
    at: Place, workers: Sequence[Worker], stages: Sequence[Stage] = STAGES
) -> None:
    """Until these stages have worked out everything. Raises RuntimeError where they do not get there."""
    catching = CatchUp(at.cluster, at.names, stages, await input_ends(at.cluster, at.names, stages))
    passed = 0.0

    async def progress() -> float:
        nonlocal passed
        behind = await catching.behind()
        if behind is None:
            return float("inf")
        await asyncio.sleep(_LOOK_SECONDS)
        passed = behind.total - behind.records
        return passed

    await until(progress, float("inf"), workers, "records that were worked out")


async def exact(
    at: Place, follower: Reports, workers: Sequence[Worker], crashes: int, *stages: str
) -> None:
    """Until nothing is left to do; raises RuntimeError where more or less than `crashes` are counted then."""
    await until_caught_up(at, workers, stages_of(*stages))
    while await follower.poll():
        pass
    if follower.total != crashes:
        raise RuntimeError(f"not exact: {follower.total} crashes are counted, {crashes} were fed")


def stages_of(*names: str) -> tuple[Stage, ...]:
    """Stages of the pipeline by name, in its order."""
    return tuple(stage for stage in STAGES if stage.name in names)


async def read(at: Place, *names: str) -> AsyncIterator[ConsumerRecord]:
    """Every record of topics (by their names on the broker) up to now."""
    parts = await parts_of(at.cluster, *names)
    async with aclosing(records(at.cluster, parts)) as batches:
        async for batch in batches:
            for record in batch:
                yield record

"""Topics of a run as any consumer of Kafka sees them: read_committed, whole, by JSON alone.

In: the broker's address. Out: records, events, the rows of a changelog. Uses none of the product's code.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final, TypeAlias

import msgspec
import orjson
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

Record: TypeAlias = "ConsumerRecord[bytes | None, bytes | None]"
Event: TypeAlias = dict[str, Any]
Place: TypeAlias = tuple[str, str]

_BATCH: Final = b"application/vnd.panictrail.batch+json;v=1"
_SEPARATOR: Final = b"\x1f"
_FETCH_BYTES: Final = 8 * 1024 * 1024
_LOOK_AGAIN_SECONDS: Final = 0.5


class Topic(msgspec.Struct, frozen=True):
    """A topic on the broker."""

    name: str
    partitions: int

    def parts(self) -> tuple[TopicPartition, ...]:
        """Its partitions."""
        return tuple(TopicPartition(self.name, number) for number in range(self.partitions))


def _consumer(bootstrap: str, isolation: str = "read_committed") -> AIOKafkaConsumer:
    return AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        isolation_level=isolation,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        max_partition_fetch_bytes=_FETCH_BYTES,
    )


async def records(bootstrap: str, topic: Topic) -> AsyncIterator[Record]:
    """Everything that is committed, partition by partition, in order."""
    consumer = _consumer(bootstrap)
    await consumer.start()
    try:
        for part in topic.parts():
            consumer.assign([part])
            end = (await consumer.end_offsets([part]))[part]
            await consumer.seek_to_beginning(part)
            last = -1
            while await consumer.position(part) < end:
                found = await consumer.getmany(part, timeout_ms=200)
                for record in found.get(part, ()):
                    # What was fetched before the seek may come once more: the same offset is the same record.
                    if record.offset > last:
                        last = record.offset
                        yield record
    finally:
        await consumer.stop()


async def ends(
    bootstrap: str, topics: Sequence[Topic], isolation: str = "read_committed"
) -> dict[TopicPartition, int]:
    """Where the partitions end: for read_committed before the first open transaction."""
    consumer = _consumer(bootstrap, isolation)
    await consumer.start()
    try:
        parts = [part for topic in topics for part in topic.parts()]
        found: dict[TopicPartition, int] = await consumer.end_offsets(parts)
        return found
    finally:
        await consumer.stop()


async def settled(bootstrap: str, topics: Sequence[Topic], within: float) -> list[str]:
    """Partitions that still have an open transaction after so many seconds."""
    open_: list[TopicPartition] | None = None
    try:
        async with asyncio.timeout(within):
            while True:
                committed = await ends(bootstrap, topics)
                everything = await ends(bootstrap, topics, "read_uncommitted")
                open_ = [p for p, end in everything.items() if committed[p] != end]
                if open_:
                    await asyncio.sleep(_LOOK_AGAIN_SECONDS)
                    continue
                return []
    except TimeoutError:
        if open_ is None:
            raise  # nothing is known of any
        return [f"{part.topic}/{part.partition}" for part in open_]


def entries(record: Record) -> list[tuple[str, Event | None]]:
    """Keys and events of a record: one, or those of a micro-batch."""
    if record.value is None:
        return [((record.key or b"").decode(), None)]
    found = orjson.loads(record.value)
    if ("content-type", _BATCH) in tuple(record.headers):
        return [(key, event) for key, event in found]
    return [((record.key or b"").decode(), found)]


class Row(msgspec.Struct, frozen=True):
    """A record of a changelog; `value` None removes the row."""

    offset: int
    place: Place
    value: bytes | None


async def changelog(bootstrap: str, topic: Topic) -> list[list[Row]]:
    """The rows of each partition, in order."""
    found: list[list[Row]] = [[] for _ in range(topic.partitions)]
    async for record in records(bootstrap, topic):
        table, _, key = (record.key or b"").partition(_SEPARATOR)
        row = Row(record.offset, (table.decode(), key.decode()), record.value)
        found[record.partition].append(row)
    return found


def table(rows: Sequence[Row], begin: dict[Place, bytes] | None = None) -> dict[Place, bytes]:
    """What the rows leave behind, upon what was there before."""
    found = dict(begin or {})
    for row in rows:
        if row.value is None:
            found.pop(row.place, None)
        else:
            found[row.place] = row.value
    return found

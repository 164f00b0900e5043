"""What is committed in a topic at this moment, read once from its beginning to its end.

In: a Cluster, partitions. Out: records in batches, in order within a partition; tables as their changelogs have them.
Joins no group, commits nothing. Raises what Cluster.running raises.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from typing import Final

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from streams.drivers.kafka.client import Cluster
from streams.drivers.kafka.exact import decode_key
from streams.drivers.kafka.names import Names
from streams.model.message import decode
from streams.model.step import Table, V

_WAIT_MS: Final = 200
_RECORDS: Final = 5000
_FETCH_BYTES: Final = 8 * 1024 * 1024
# Nothing for so long: either the broker is slow or it is away.
_ASK_SECONDS: Final = 5.0

Records = Sequence[ConsumerRecord]


async def partitions(cluster: Cluster, topics: Iterable[str]) -> dict[str, int]:
    """How many partitions the topics of these names on the broker have; those that are not there are left out."""
    wanted = set(topics)
    async with cluster.admin() as admin:
        rows = await admin.describe_topics()
    return {row["topic"]: len(row["partitions"]) for row in rows if row["topic"] in wanted}


async def parts_of(cluster: Cluster, *topics: str) -> list[TopicPartition]:
    """Every partition of the topics that are there."""
    found = await partitions(cluster, topics)
    return [TopicPartition(topic, n) for topic, count in found.items() for n in range(count)]


async def ends(cluster: Cluster, parts: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
    """The offset after the last record that a read_committed reader may see now."""
    if not parts:
        return {}
    async with cluster.running(_reader(cluster)) as consumer:
        consumer.assign(parts)
        found: dict[TopicPartition, int] = await consumer.end_offsets(parts)
        return found


def _reader(cluster: Cluster) -> AIOKafkaConsumer:
    return cluster.consumer(
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=_FETCH_BYTES,
    )


async def records(
    cluster: Cluster,
    parts: Sequence[TopicPartition],
    start: Mapping[TopicPartition, int] | None = None,
) -> AsyncGenerator[Records, None]:
    """Records from `start` (else the beginning) up to what is there when it is called."""
    if not parts:
        return
    async with cluster.running(_reader(cluster)) as consumer:
        consumer.assign(parts)
        end = await consumer.end_offsets(parts)
        first = await consumer.beginning_offsets(parts)
        for part in parts:
            consumer.seek(part, max(first[part], (start or first).get(part, 0)))
        seen = time.monotonic()
        while await _is_before(consumer, end):
            got = await consumer.getmany(timeout_ms=_WAIT_MS, max_records=_RECORDS)
            if got:
                seen = time.monotonic()
            elif time.monotonic() - seen > _ASK_SECONDS:
                await cluster.reach()
                seen = time.monotonic()
            for part, found in got.items():
                yield [record for record in found if record.offset < end[part]]


async def _is_before(consumer: AIOKafkaConsumer, end: Mapping[TopicPartition, int]) -> bool:
    positions = await asyncio.gather(*(consumer.position(part) for part in end))
    return any(at < last for at, last in zip(positions, end.values(), strict=True))


async def table_rows(
    cluster: Cluster,
    names: Names,
    stage: str,
    table: Table[V],
    keep: Callable[[str], bool] = lambda _key: True,
) -> dict[str, V]:
    """A table of a stage over all its partitions, as its changelog has it; only keys that `keep` keeps."""
    latest: dict[str, bytes] = {}
    parts = await parts_of(cluster, names.changelog(stage))
    async with aclosing(records(cluster, parts)) as batches:
        async for batch in batches:
            for record in batch:
                name, key = decode_key(record.key or b"")
                if name != table.name or not keep(key):
                    continue
                if record.value is None:
                    latest.pop(key, None)
                else:
                    latest[key] = record.value
    return {key: decode(value, table.value) for key, value in latest.items()}

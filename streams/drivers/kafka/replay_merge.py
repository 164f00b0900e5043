"""Crashes outside of a replay's range: those that the adopted pipeline counted and the replay did not.

In: two pipelines, a database. Out: their crash records on the replay's crashes.symbolized, so that its own stages
count them by its own method. Doing it again changes nothing: what was counted is left out (ADR 0012).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from contextlib import aclosing
from typing import Final

import msgspec
import orjson
from aiokafka import AIOKafkaProducer, ConsumerRecord

from streams.core.cluster.applied import APPLIED, ID_BYTES, short_id
from streams.drivers.kafka.batch import is_batch, pack
from streams.drivers.kafka.client import Cluster
from streams.drivers.kafka.exact import MAX_RECORD_BYTES
from streams.drivers.kafka.names import Names, partition_of
from streams.drivers.kafka.replay_kept import Found, Kept
from streams.drivers.kafka.snapshot import parts_of, records, table_rows
from streams.model.crash import Crash, key_of
from streams.model.message import DecodeError, decode, loads, rows

SYMBOLIZED: Final = "crashes.symbolized"
_STAGE: Final = "cluster"
_SEND_CRASHES: Final = 2000


class Merged(msgspec.Struct, frozen=True):
    """How many crashes were sent to the replay, and how many nobody has any more."""

    sent: int
    lost: int


async def counted(cluster: Cluster, names: Names) -> set[bytes]:
    """The short id of every crash that a pipeline has counted."""
    shards = await table_rows(cluster, names, _STAGE, APPLIED)
    return {
        shard.ids[at : at + ID_BYTES]
        for shard in shards.values()
        for at in range(0, len(shard.ids), ID_BYTES)
    }


async def merge(
    cluster: Cluster, source: Names, target: Names, missing: set[bytes], kept: Kept | None
) -> Merged:
    """Send the missing crashes: from the topic of `source` where it has them, else from what its view keeps."""
    left = set(missing)
    producer = cluster.producer(
        transactional_id=target.group("merge"), max_request_size=MAX_RECORD_BYTES
    )
    async with cluster.running(producer):
        sending = _Sending(producer, target, await _count(cluster, target))
        parts = await parts_of(cluster, source.topic(SYMBOLIZED))
        async with aclosing(records(cluster, parts)) as batches:
            async for batch in batches:
                for record in batch:
                    await sending.add(_wanted(record, missing, left))
        if left and kept is not None:
            async with aclosing(kept.crashes(frozenset(left))) as parts_kept:
                async for part in parts_kept:
                    left.difference_update(short_id(crash) for crash, _ in part)
                    await sending.add([(key_of(decode(data, Crash)), data) for _, data in part])
        await sending.end()
    return Merged(sending.sent, len(left))


async def _count(cluster: Cluster, names: Names) -> int:
    return len(await parts_of(cluster, names.topic(SYMBOLIZED)))


def _wanted(record: ConsumerRecord, missing: set[bytes], left: set[bytes]) -> Iterator[Found]:
    """The missing crashes of a record, each with the parts that continue it."""
    for key, event in _events(record):
        if not isinstance(event, dict):
            continue
        own = short_id(str(event.get("id") or key))
        whole = short_id(str(event.get("continues") or ""))
        if own in left or whole in missing:
            left.discard(own)
            yield key, orjson.dumps(event)


def _events(record: ConsumerRecord) -> Sequence[tuple[str, object]]:
    if record.value is None:
        return ()
    try:
        if is_batch(record.headers):
            return rows(record.value)
        return (((record.key or b"").decode("utf-8", "replace"), loads(record.value)),)
    except DecodeError:
        return ()  # foreign, or a dead letter of the stage that reads it


class _Sending:
    """Crashes to the replay, in transactions of some thousand."""

    def __init__(self, producer: AIOKafkaProducer, names: Names, partitions: int) -> None:
        self._producer = producer
        self._topic = names.topic(SYMBOLIZED)
        self._partitions = partitions
        self._waiting: list[Found] = []
        self.sent = 0

    async def add(self, found: Iterable[Found]) -> None:
        """Take crashes; send when there are enough."""
        for crash in found:
            self._waiting.append(crash)
            if len(self._waiting) >= _SEND_CRASHES:
                await self.end()

    async def end(self) -> None:
        """Send what waits."""
        if not self._waiting:
            return
        by_partition: dict[int, list[tuple[str, bytes | None]]] = {}
        for crash, data in self._waiting:
            by_partition.setdefault(partition_of(crash, self._partitions), []).append((crash, data))
        await self._producer.begin_transaction()
        futures = [
            await self._producer.send(
                self._topic, packed.value, packed.key, number, headers=list(packed.headers)
            )
            for number, crashes in by_partition.items()
            for packed in pack(crashes)
        ]
        await asyncio.gather(*futures)
        await self._producer.commit_transaction()
        self.sent += len(self._waiting)
        self._waiting.clear()

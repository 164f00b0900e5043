"""Reading a topic to show it: every event of every record, micro-batches unpacked.

In: a Cluster, a topic on the broker. Out: events as plain values with their places, and notices for people. Joins no
group, commits nothing; sees only what was committed.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from typing import Final

import msgspec
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from streams.drivers.kafka.batch import is_batch
from streams.drivers.kafka.client import Cluster
from streams.drivers.kafka.names import Names
from streams.model.errors import BadInput, ServiceMissing
from streams.model.message import DecodeError, loads, rows
from streams.model.topics import BY_NAME

_WAIT_MS: Final = 500
_RECORDS: Final = 1000
# A quiet topic and a Kafka that is away look the same; so often they are told apart.
_ASK_SECONDS: Final = 5.0


class Shown(msgspec.Struct, frozen=True):
    """One event; None removes the key of a compacted topic."""

    partition: int
    offset: int
    key: str | None
    event: object


class Notice(msgspec.Struct, frozen=True):
    """Something that a person should know: a record that cannot be read, a Kafka that went away."""

    text: str


class Reached(msgspec.Struct, frozen=True):
    """All that was there when reading began has been given."""


async def topic_named(cluster: Cluster, names: Names, text: str) -> tuple[str, int]:
    """The topic on the broker with its partitions, by the name in the topics table or by its whole name.

    Raises BadInput where there is none.
    """
    async with cluster.admin() as admin:
        found = {row["topic"]: len(row["partitions"]) for row in await admin.describe_topics()}
    name = names.topic(text) if text in BY_NAME else text
    if name in found:
        return name, found[name]
    if text in BY_NAME and BY_NAME[text].retention == "not stored":
        message = f"{text}: is not stored on the broker: there is nothing to show"
    elif text in BY_NAME:
        message = f"{name}: no such topic on {cluster.address}: panictrail topics create"
    else:
        message = f"{text}: no such topic on {cluster.address}: topics of panictrail are {_known()}"
    raise BadInput(message)


def _known() -> str:
    return ", ".join(name for name, topic in BY_NAME.items() if topic.retention != "not stored")


async def events(
    cluster: Cluster, topic: str, partitions: int, *, follow: bool = False, from_end: bool = False
) -> AsyncGenerator[list[Shown | Notice], None]:
    """Events as they are read, from the beginning or from now on; up to what is there now, or for ever.

    Order holds within a partition. Raises ServiceMissing or BadInput as Cluster.running does.
    """
    reading = marked_events(cluster, topic, partitions, follow=follow, from_end=from_end)
    async with aclosing(reading) as batches:
        async for batch in batches:
            if not isinstance(batch, Reached):
                yield batch


async def marked_events(
    cluster: Cluster, topic: str, partitions: int, *, follow: bool = False, from_end: bool = False
) -> AsyncGenerator[list[Shown | Notice] | Reached, None]:
    """As `events`, with one Reached in its place."""
    parts = [TopicPartition(topic, number) for number in range(partitions)]
    client = cluster.consumer(isolation_level="read_committed", enable_auto_commit=False)
    async with cluster.running(client) as consumer:
        consumer.assign(parts)
        end = await consumer.end_offsets(parts)
        start = end if from_end else await consumer.beginning_offsets(parts)
        for part in parts:
            consumer.seek(part, start[part])
        watch = _Watch(cluster, patient=follow)
        reached = False
        while follow or not reached:
            if not reached and not await _is_before(consumer, end):
                reached = True
                yield Reached()
                continue
            found = await consumer.getmany(timeout_ms=_WAIT_MS, max_records=_RECORDS)
            shown = [item for records in found.values() for r in records for item in _items(r)]
            if shown:
                watch.seen()
            yield shown or await watch.ask()


async def _is_before(consumer: AIOKafkaConsumer, end: dict[TopicPartition, int]) -> bool:
    for part, last in end.items():
        if await consumer.position(part) < last:
            return True
    return False


def _items(record: ConsumerRecord) -> Iterator[Shown | Notice]:
    key = None if record.key is None else record.key.decode("utf-8", "replace")
    found: list[tuple[str | None, object]]
    try:
        if record.value is None:
            found = [(key, None)]
        elif is_batch(record.headers):
            found = [*rows(record.value)]
        else:
            found = [(key, loads(record.value))]
    except DecodeError as error:
        yield Notice(f"{record.topic}/{record.partition}@{record.offset}: not shown: {error}")
        return
    for name, event in found:
        yield Shown(record.partition, record.offset, name, event)


class _Watch:
    """Says once that Kafka went away, and once that it is back; raises ServiceMissing where nobody wants to wait."""

    def __init__(self, cluster: Cluster, *, patient: bool) -> None:
        self._cluster = cluster
        self._patient = patient
        self._asked = time.monotonic()
        self._away = False

    def seen(self) -> None:
        """Something came: Kafka is there."""
        self._asked = time.monotonic()

    async def ask(self) -> list[Shown | Notice]:
        """A notice where the state changed."""
        if time.monotonic() - self._asked < _ASK_SECONDS:
            return []
        before, text = self._away, f"Kafka at {self._cluster.address} answers again"
        try:
            await self._cluster.reach()
            self._away = False
        except ServiceMissing as missing:
            if not self._patient:
                raise
            self._away, text = True, f"{missing}; waiting"
        self._asked = time.monotonic()
        return [Notice(text)] if self._away != before else []

"""Events to a broker and reports from it, for tests.

In: a cluster, names, events. Out: what a read_committed consumer sees.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from aiokafka import TopicPartition

from streams.drivers.kafka.client import Cluster
from streams.drivers.kafka.names import Names, partition_of
from streams.model.message import Message, decode, encode
from streams.model.report import Report
from streams.model.topics import BY_NAME

LIMIT_SECONDS: Final = 90.0
Sent = Iterable[tuple[str, str, bytes]]


def raw(topic: str, event: Message, key: str = "") -> tuple[str, str, bytes]:
    """An event as a producer sends it."""
    return topic, key, encode(event)


async def send(cluster: Cluster, names: Names, events: Sent) -> None:
    """Send events (topic, key, bytes); an empty key spreads them over the partitions."""
    producer = cluster.producer(linger_ms=5)
    await producer.start()
    try:
        waiting = []
        for number, (topic, key, value) in enumerate(events):
            full = names.topic(topic)
            count = len(await producer.partitions_for(full))
            place = partition_of(key, count) if key else number % count
            waiting.append(await producer.send(full, value, key.encode() or None, place))
        await asyncio.gather(*waiting)
    finally:
        await producer.stop()


async def read_until(
    cluster: Cluster,
    topic: str,
    enough: Callable[[list[tuple[bytes | None, bytes | None]]], bool],
    limit: float = LIMIT_SECONDS,
) -> list[tuple[bytes | None, bytes | None]]:
    """Keys and values of a topic from its beginning, until there is enough. Fails at the limit."""
    consumer = cluster.consumer(isolation_level="read_committed", auto_offset_reset="earliest")
    await consumer.start()
    found: list[tuple[bytes | None, bytes | None]] = []
    try:
        await consumer.topics()
        count = len(await _partitions(consumer, topic))
        consumer.assign([TopicPartition(topic, number) for number in range(count)])
        end = time.monotonic() + limit
        while not enough(found):
            assert time.monotonic() < end, (
                f"{topic}: {len(found)} records, and not what was awaited"
            )
            got = await consumer.getmany(timeout_ms=200)
            found.extend((r.key, r.value) for records in got.values() for r in records)
    finally:
        await consumer.stop()
    return found


async def _partitions(consumer: object, topic: str) -> set[int]:
    client = consumer._client  # type: ignore[attr-defined]  # noqa: SLF001 - aiokafka asks for subscribed topics only
    await client.force_metadata_update()
    async with asyncio.timeout(20):
        while not (found := client.cluster.partitions_for_topic(topic)):
            client.add_topic(topic)
            await client.force_metadata_update()
    return set(found)


def newest(found: Iterable[tuple[bytes | None, bytes | None]]) -> dict[str, Report]:
    """The report with the highest (generation, revision) of each cluster; a null record removes it."""
    latest: dict[str, Report] = {}
    for key, value in found:
        name = (key or b"").decode()
        if value is None:
            latest.pop(name, None)
            continue
        report = decode(value, Report)
        known = latest.get(name)
        if known is None or (known.generation, known.revision) < (
            report.generation,
            report.revision,
        ):
            latest[name] = report
    return latest


async def reports_like(
    cluster: Cluster, names: Names, hashes: Mapping[str, str], limit: float = LIMIT_SECONDS
) -> dict[str, Report]:
    """The newest reports, once each cluster has the content hash that is expected of it."""

    def enough(found: list[tuple[bytes | None, bytes | None]]) -> bool:
        seen = {name: report.content_hash for name, report in newest(found).items()}
        return seen == dict(hashes)

    topic = names.topic("reports.root_cause")
    return newest(await read_until(cluster, topic, enough, limit))


def kinds() -> dict[str, type[Message]]:
    """The message of every topic."""
    return {name: topic.message for name, topic in BY_NAME.items()}

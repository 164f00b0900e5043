"""Transactions outside the stages, on the real broker: of two writers the later one counts, whenever it comes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.drivers.kafka.client import Cluster
from streams.drivers.kafka.names import Names
from streams.drivers.kafka.records import Outgoing
from streams.drivers.kafka.transacting import TakenOverError, transact
from tests.kafka.processes import cluster_of
from tests.kafka_broker import Broker

# Two do not fit a batch: each send waits until the one before has gone to the broker, whose answer may say "fenced".
_VALUE = b"x" * 10_000


async def _committed(cluster: Cluster, topic: str) -> list[bytes | None]:
    """The keys of the topic that a careful reader sees; the end is where no transaction is open any more."""
    part = TopicPartition(topic, 0)
    consumer: AIOKafkaConsumer = cluster.consumer(
        auto_offset_reset="earliest", isolation_level="read_committed"
    )
    async with cluster.running(consumer):
        consumer.assign([part])
        end = (await consumer.end_offsets([part]))[part]
        found: list[bytes | None] = []
        while await consumer.position(part) < end:
            batches = await consumer.getmany(part, timeout_ms=200)
            found += [record.key for records in batches.values() for record in records]
        return found


def test_who_is_fenced_while_it_sends_is_told_that_another_has_taken_over(
    broker: Broker, names: Names
) -> None:
    topic = names.topic("letters")
    cluster = cluster_of(broker)

    async def write(key: bytes) -> None:
        producer = cluster.producer(transactional_id=f"{topic}-one")
        async with cluster.running(producer):
            await transact(producer, [Outgoing(topic, 0, key, _VALUE)])

    def records() -> Iterator[Outgoing]:
        """After the first one another producer takes over; it has its own loop, so that nothing is sent meanwhile."""
        yield Outgoing(topic, 0, b"first", _VALUE)
        with ThreadPoolExecutor(1) as other:
            other.submit(asyncio.run, write(b"second")).result()
        for _ in range(100):
            yield Outgoing(topic, 0, b"first", _VALUE)

    async def both() -> list[bytes | None]:
        first = cluster.producer(transactional_id=f"{topic}-one")
        async with cluster.running(first):
            with pytest.raises(TakenOverError):
                await transact(first, records())
        return await _committed(cluster, topic)

    asyncio.run(broker.create(topic))
    assert asyncio.run(both()) == [b"second"]

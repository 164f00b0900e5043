"""How far groups are behind: committed positions against the end, of this application alone."""

from __future__ import annotations

import asyncio

from aiokafka import TopicPartition

from streams.config import Settings
from streams.drivers.kafka.client import cluster
from streams.drivers.kafka.lag import Lag, brokers, lags
from streams.drivers.kafka.names import Names
from tests.kafka_broker import Broker


async def _commit(broker: Broker, group: str, positions: dict[TopicPartition, int]) -> None:
    kafka = cluster(Settings(broker=broker.bootstrap))
    consumer = kafka.consumer(group_id=group, enable_auto_commit=False)
    async with kafka.running(consumer):
        consumer.assign(list(positions))
        await consumer.commit(positions)


def test_groups_of_the_application_are_listed_with_what_is_left(
    broker: Broker, names: Names
) -> None:
    kafka = cluster(Settings(broker=broker.bootstrap))
    topic, other = names.topic("panics.raw"), names.topic("cores.refs")

    async def found() -> list[Lag]:
        await broker.create(topic, 2)
        await broker.create(other, 1)
        for number in range(5):
            await broker.send(topic, b"%d" % number, partition=number % 2)
        await broker.send(other, b"x")
        positions = {TopicPartition(topic, 0): 1, TopicPartition(topic, 1): 2}
        await _commit(broker, names.group("symbolize"), positions)
        await _commit(broker, names.group("collect"), {TopicPartition(other, 0): 1})
        await _commit(broker, f"{names.prefix}another", {TopicPartition(other, 0): 0})
        return await lags(kafka, names)

    assert asyncio.run(found()) == [
        Lag(names.group("collect"), other, 0, 1),
        Lag(names.group("symbolize"), topic, 2, 2),
    ]


def test_an_application_that_has_not_read_has_no_lag(broker: Broker, names: Names) -> None:
    assert asyncio.run(lags(cluster(Settings(broker=broker.bootstrap)), names)) == []


def test_brokers_say_who_they_are(broker: Broker) -> None:
    found = asyncio.run(brokers(cluster(Settings(broker=broker.bootstrap))))
    assert (found.address, found.release, found.count) == (
        broker.bootstrap,
        "Kafka 4.1 or newer",
        1,
    )
    assert found.cluster_id

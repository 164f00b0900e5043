"""The broker of the run: it answers, and names of a test are its own."""

from __future__ import annotations

import asyncio

from streams.drivers.kafka.names import Names
from tests.kafka_broker import Broker


async def _topics(broker: Broker) -> list[str]:
    async with broker.admin() as admin:
        return list(await admin.list_topics())


def test_topics_of_a_test_are_made_and_forgotten(broker: Broker, names: Names) -> None:
    topic = names.topic("panics.raw")
    asyncio.run(broker.create(topic, 3))
    assert topic in asyncio.run(_topics(broker))
    asyncio.run(broker.forget(names.prefix, until_gone=True))
    assert topic not in asyncio.run(_topics(broker))


def test_names_of_another_test_differ(broker: Broker, names: Names) -> None:
    left = [topic for topic in asyncio.run(_topics(broker)) if topic.startswith(names.prefix)]
    assert left == []

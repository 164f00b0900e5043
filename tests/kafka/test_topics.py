"""Topics on a real broker: made once, left alone afterwards, and said to be wrong where they are."""

from __future__ import annotations

import asyncio

import pytest
from aiokafka.admin import NewPartitions
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from streams.config import Settings
from streams.drivers.kafka.client import Cluster, cluster
from streams.drivers.kafka.names import Names
from streams.drivers.kafka.topic_plan import Asked
from streams.drivers.kafka.topics import create, describe, partition_counts, problems
from streams.model.errors import BadInput
from tests.kafka_broker import Broker


@pytest.fixture
def kafka(broker: Broker) -> Cluster:
    """The broker of the run, as commands see it."""
    return cluster(Settings(broker=broker.bootstrap))


async def _alter(kafka: Cluster, topic: str, config: dict[str, str]) -> None:
    async with kafka.admin() as admin:
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, config)])


async def _problems(kafka: Cluster, names: Names, count: int) -> list[str]:
    """What is wrong, once the broker knows of so many: it answers that something is changed before it is."""
    async with asyncio.timeout(20):
        while True:
            said = await problems(kafka, names)
            if len(said) == count:
                return said


def test_topics_are_made_once(kafka: Cluster, names: Names) -> None:
    async def twice() -> None:
        wanted = Asked(names).all_names()
        assert len(await problems(kafka, names)) == 1
        first = await create(kafka, names, 2)
        assert (first.made, first.there, first.problems) == (wanted, (), ())
        second = await create(kafka, names)
        assert (second.made, second.there, second.problems) == ((), wanted, ())
        assert await problems(kafka, names, 2) == []

    asyncio.run(twice())


def test_topics_have_the_settings_that_they_must_have(kafka: Cluster, names: Names) -> None:
    async def made() -> None:
        await create(kafka, names, 3)
        asked = Asked(names)
        async with kafka.admin() as admin:
            found = await describe(admin, asked.all_names())
        for topic in asked.topics(3):
            assert found[topic.name].partitions == topic.partitions
            assert topic.config.items() <= found[topic.name].config.items()
        counts = await partition_counts(kafka, names)
        assert counts[names.topic("panics.raw")] == 3
        assert counts[names.topic("git.pushed")] == 1

    asyncio.run(made())


def test_one_that_is_missing_is_made_like_the_others(kafka: Cluster, names: Names) -> None:
    topic = names.topic("panics.raw")

    async def again() -> None:
        await create(kafka, names, 2)
        async with kafka.admin() as admin:
            await admin.delete_topics([topic])
        assert await _problems(kafka, names, 1) == [f"{topic}: missing: panictrail topics create"]
        assert (await create(kafka, names)).made == (topic,)
        assert (await partition_counts(kafka, names))[topic] == 2

    asyncio.run(again())


def test_what_is_there_otherwise_is_said_and_left_alone(
    broker: Broker, kafka: Cluster, names: Names
) -> None:
    topic, single = names.topic("panics.raw"), names.topic("git.pushed")

    async def otherwise() -> None:
        await broker.create(topic, 1)
        await broker.create(single, 1, {"retention.ms": "1000"})
        done = await create(kafka, names, 2)
        assert set(done.there) == {topic, single}
        assert [text.partition(":")[0] for text in done.problems] == [topic, topic, single]
        assert "1 partition, want 2" in done.problems[0]
        assert "retention.ms = 1000, want -1" in done.problems[2]
        async with kafka.admin() as admin:
            found = await describe(admin, (topic, single))
        assert found[topic].partitions == 1
        assert found[single].config["retention.ms"] == "1000"
        assert await problems(kafka, names, 2) == list(done.problems)

    asyncio.run(otherwise())


def test_the_commands_that_are_named_mend_it(kafka: Cluster, names: Names) -> None:
    topic = names.topic("panics.raw")

    async def mend() -> None:
        await create(kafka, names, 2)
        right = Asked(names).topics(2)
        config = dict(next(t.config for t in right if t.name == topic))
        await _alter(kafka, topic, config | {"retention.ms": "1000", "cleanup.policy": "compact"})
        (said,) = await _problems(kafka, names, 1)
        setting = said.rpartition("--add-config ")[2]
        assert setting == "cleanup.policy=delete,retention.ms=2592000000"
        await _alter(kafka, topic, config | dict(pair.split("=") for pair in setting.split(",")))
        await _problems(kafka, names, 0)

    asyncio.run(mend())


def test_partitions_that_somebody_added_are_found(kafka: Cluster, names: Names) -> None:
    """A key would live in another partition than its table."""
    topic, changelog = names.topic("crashes.fingerprinted"), names.changelog("cluster")

    async def added() -> None:
        await create(kafka, names, 2)
        async with kafka.admin() as admin:
            await admin.create_partitions({topic: NewPartitions(4), changelog: NewPartitions(3)})
        said = await _problems(kafka, names, 2)
        assert [text.partition(": stop")[0].partition(" as ")[0] for text in said] == [
            f"{topic}: 4 partitions, want 2",
            f"{changelog}: 3 partitions, want 2",
        ]

    asyncio.run(added())


def test_nothing_is_made_where_the_number_is_another(kafka: Cluster, names: Names) -> None:
    async def other() -> None:
        await create(kafka, names, 2)
        replay = Names(app=names.app, prefix=names.prefix, name="june")
        done = await create(kafka, replay, 4)
        assert done.made == ()
        assert done.problems[0].startswith("partitions = 4, and the topics have 2: set it to 2")
        made = (await create(kafka, replay)).made
        assert f"{names.prefix}june.reports.root_cause" in made
        assert f"{names.prefix}panics.raw" not in made
        assert await problems(kafka, replay) == []

    asyncio.run(other())


def test_more_copies_than_brokers_are_refused_with_the_next_step(
    kafka: Cluster, names: Names
) -> None:
    with pytest.raises(BadInput, match=r"will not make .*only 1 broker.*: see --replication"):
        asyncio.run(create(kafka, names, 1, replication=3))


def test_a_large_record_fits(kafka: Cluster, names: Names) -> None:
    """20 MB of panics.raw is bad input, but not lost on its way."""
    topic, size = names.topic("panics.raw"), 20_000_000

    async def through() -> int:
        await create(kafka, names, 1)
        async with kafka.running(kafka.producer(max_request_size=2 * size)) as producer:
            await producer.send_and_wait(topic, bytes(size))
        consumer = kafka.consumer(topic, auto_offset_reset="earliest")
        async with kafka.running(consumer):
            return len((await consumer.getone()).value)

    assert asyncio.run(through()) == size

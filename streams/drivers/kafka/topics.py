"""The topics of a pipeline on the broker: making them, and saying what is wrong with them.

In: a Cluster, names, stages. Out: topics that were made, problems as texts. Makes what is missing; never changes or
deletes what is there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import TopicAlreadyExistsError, UnknownTopicOrPartitionError, for_code

from streams.drivers.kafka.client import LIMIT_SECONDS, Cluster
from streams.drivers.kafka.names import Names, stored_topics
from streams.drivers.kafka.topic_plan import Asked, Found, Wanted, conflict, number, wrong
from streams.model.errors import BadInput
from streams.topology import STAGES, Stage

# With three copies a record counts as written when two have it, so one broker may be away.
_SAFE_REPLICATION: Final = 3
_LOOK_AGAIN_SECONDS: Final = 0.1


class Created(msgspec.Struct, frozen=True):
    """What `create` did, and what it found wrong and left alone."""

    made: tuple[str, ...]
    there: tuple[str, ...]
    problems: tuple[str, ...]


async def problems(
    cluster: Cluster,
    names: Names,
    partitions: int | None = None,
    stages: Sequence[Stage] = STAGES,
) -> list[str]:
    """What is wrong with the topics of a pipeline, each with the next step; a worker asks at its start.

    Without `partitions` the topics need only agree. Raises ServiceMissing or BadInput as Cluster.running does.
    """
    asked = Asked(names, partitions, tuple(stages), cluster.limits)
    async with cluster.admin() as admin:
        found = await describe(admin, asked.all_names())
    return wrong(found, asked, cluster.address)


async def partition_counts(cluster: Cluster, names: Names) -> dict[str, int]:
    """Partitions by name on the broker, of the topics of a pipeline that exist."""
    async with cluster.admin() as admin:
        found = await describe(admin, (names.topic(topic.name) for topic in stored_topics()))
    return {name: topic.partitions for name, topic in found.items()}


async def create(
    cluster: Cluster,
    names: Names,
    partitions: int | None = None,
    replication: int = 1,
    stages: Sequence[Stage] = STAGES,
) -> Created:
    """Make what is missing and leave the rest as it is; a second run makes nothing.

    Without `partitions`: as many as the topics that are there have, else 8; nothing is made where that is another
    number. Returns when all can be used. Raises BadInput naming what Kafka will not make, ServiceMissing.
    """
    asked = Asked(names, partitions, tuple(stages), cluster.limits)
    made: tuple[str, ...] = ()
    async with cluster.admin() as admin:
        found = await describe(admin, asked.all_names())
        missing = [t for t in asked.topics(number(found, asked)) if t.name not in found]
        if missing and conflict(found, asked) is None:
            made = await _make(admin, missing, replication)
            await _usable(admin, missing)
            found = await describe(admin, asked.all_names())
    there = tuple(name for name in asked.all_names() if name in found and name not in made)
    return Created(made, there, tuple(wrong(found, asked, cluster.address)))


async def ensure(cluster: Cluster, wanted: Sequence[Wanted], replication: int) -> tuple[str, ...]:
    """Make those of these topics that are missing; the names of those that were made. Returns when all can be used.

    Raises BadInput for one that is there with another number of partitions, or that Kafka will not make.
    """
    async with cluster.admin() as admin:
        found = await describe(admin, (topic.name for topic in wanted))
        for topic in wanted:
            have = found[topic.name].partitions if topic.name in found else topic.partitions
            if have != topic.partitions:
                message = (
                    f"{topic.name}: {have} partitions, and the topic that is read has {topic.partitions}: "
                    "choose another app_id; what was read before is then read again"
                )
                raise BadInput(message)
        missing = [topic for topic in wanted if topic.name not in found]
        if not missing:
            return ()
        made = await _make(admin, missing, replication)
        await _usable(admin, missing)
        return made


async def describe(admin: AIOKafkaAdminClient, names: Iterable[str]) -> dict[str, Found]:
    """The topics of these names that exist."""
    chosen = set(names)
    counts = {
        row["topic"]: len(row["partitions"])
        for row in await admin.describe_topics()
        if row["topic"] in chosen
    }
    if not counts:
        return {}
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in counts]
    configs: dict[str, dict[str, str]] = {}
    for answer in await admin.describe_configs(resources):
        for code, message, _, name, rows in answer.resources:
            error = for_code(code)
            # Deleted since the names were asked for.
            if error is UnknownTopicOrPartitionError:
                continue
            if code:
                raise error(f"{name}: {message}")
            configs[name] = {row[0]: row[1] for row in rows}
    return {name: Found(counts[name], config) for name, config in configs.items()}


async def _make(
    admin: AIOKafkaAdminClient, missing: Sequence[Wanted], replication: int
) -> tuple[str, ...]:
    """Those that were made; one that somebody else made first is not among them."""
    safe = {"min.insync.replicas": "2"} if replication >= _SAFE_REPLICATION else {}
    topics = [
        NewTopic(t.name, t.partitions, replication, topic_configs={**t.config, **safe})
        for t in missing
    ]
    answer = await admin.create_topics(topics)
    refused = [
        f"{name}: {(message or for_code(code).__name__).rstrip('.')}"
        for name, code, message in answer.topic_errors
        if code and for_code(code) is not TopicAlreadyExistsError
    ]
    if refused:
        text = (
            f"Kafka will not make {len(refused)} of {len(missing)} topics; the first: {refused[0]}"
        )
        raise BadInput(f"{text}: see --replication and --partitions")
    return tuple(name for name, code, _ in answer.topic_errors if not code)


async def _usable(admin: AIOKafkaAdminClient, topics: Sequence[Wanted]) -> None:
    """Wait until every partition has a leader: a broker says "made" before all brokers know."""
    waiting = {topic.name: topic.partitions for topic in topics}
    async with asyncio.timeout(LIMIT_SECONDS):
        while True:
            led = {
                row["topic"]: sum(part["leader"] >= 0 for part in row["partitions"])
                for row in await admin.describe_topics()
            }
            if all(led.get(name, 0) >= count for name, count in waiting.items()):
                return
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)

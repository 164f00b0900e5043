"""How far consumer groups are behind, and who the brokers are: what a person asks of Kafka first.

In: a Cluster, names. Out: brokers, and per group and topic what is left to read. Joins no group, commits nothing.
"""

from __future__ import annotations

from collections import defaultdict

import msgspec
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from streams.drivers.kafka.client import Cluster
from streams.drivers.kafka.names import Names


class Brokers(msgspec.Struct, frozen=True):
    """Who answered. `release` is a lower bound: Kafka does not say its own."""

    address: str
    release: str
    cluster_id: str
    count: int


class Lag(msgspec.Struct, frozen=True):
    """What a group has left to read of a topic; `partitions` where it has read at all."""

    group: str
    topic: str
    records: int
    partitions: int


async def brokers(cluster: Cluster) -> Brokers:
    """Raises ServiceMissing or BadInput as Cluster.running does."""
    answer = await cluster.reach()
    async with cluster.admin() as admin:
        about = await admin.describe_cluster()
    return Brokers(
        answer.address, answer.release, str(about["cluster_id"] or ""), len(about["brokers"])
    )


async def lags(cluster: Cluster, names: Names) -> list[Lag]:
    """Groups of this application that have committed anything, in order of their names.

    Committed against the last record that a read_committed reader may see: after transactions, one who has read all
    may be one behind per partition. Raises ServiceMissing or BadInput as Cluster.running does.
    """
    async with cluster.admin() as admin:
        committed = await _committed(admin, names.group(""))
    parts = sorted({part for positions in committed.values() for part in positions})
    if not parts:
        return []
    client = cluster.consumer(isolation_level="read_committed", enable_auto_commit=False)
    async with cluster.running(client) as consumer:
        consumer.assign(parts)
        ends = await consumer.end_offsets(parts)
    left: dict[tuple[str, str], list[int]] = defaultdict(list)
    for group, positions in committed.items():
        for part, position in positions.items():
            left[group, part.topic].append(max(0, ends[part] - position))
    return [Lag(*place, sum(rest), len(rest)) for place, rest in sorted(left.items())]


async def _committed(
    admin: AIOKafkaAdminClient, prefix: str
) -> dict[str, dict[TopicPartition, int]]:
    """Positions of every group whose name begins so; of topics that are still there."""
    there = {row["topic"] for row in await admin.describe_topics()}
    found = {}
    for group, *_ in await admin.list_consumer_groups():
        if not group.startswith(prefix):
            continue
        positions = await admin.list_consumer_group_offsets(group)
        found[str(group)] = {
            part: at.offset
            for part, at in positions.items()
            if at.offset >= 0 and part.topic in there
        }
    return found

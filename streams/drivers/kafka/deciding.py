"""Decisions on Kafka: sent to the topic of commands; the workers of `decide` apply them.

In: a Cluster, names, commands. Out: records, written durably.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from streams.drivers.kafka.client import Cluster
from streams.drivers.kafka.names import Names, partition_of
from streams.drivers.kafka.snapshot import parts_of
from streams.model.events import ClusterCommand
from streams.model.message import encode

TOPIC = "cluster.commands"


async def send(cluster: Cluster, names: Names, commands: Sequence[ClusterCommand]) -> None:
    """Send them. Raises BadInput where the topic is not there, ServiceMissing where nobody answers."""
    topic = names.topic(TOPIC)
    count = len(await parts_of(cluster, topic))
    async with cluster.running(cluster.producer(acks="all")) as producer:
        sent = [
            await producer.send(
                topic,
                encode(command),
                command.cluster.encode("utf-8", "surrogatepass"),
                partition_of(command.cluster, count),
            )
            for command in commands
        ]
        await asyncio.gather(*sent)

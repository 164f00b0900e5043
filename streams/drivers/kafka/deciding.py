"""Decisions on Kafka: sent to the topic of commands; the workers of `decide` apply them.

In: a Cluster, names, commands; rows of any other topic with their keys. Out: records, written durably.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

from streams.drivers.kafka.client import Cluster
from streams.drivers.kafka.names import Names, partition_of
from streams.drivers.kafka.snapshot import parts_of
from streams.model.events import ClusterCommand
from streams.model.message import Value, encode

TOPIC = "cluster.commands"


async def send(cluster: Cluster, names: Names, commands: Sequence[ClusterCommand]) -> None:
    """Send them. Raises as `send_rows` does."""
    await send_rows(cluster, names.topic(TOPIC), [(each.cluster, each) for each in commands])


async def send_rows(cluster: Cluster, topic: str, rows: Iterable[tuple[str, Value]]) -> None:
    """Send rows by key. Raises BadInput where the topic is not there, ServiceMissing where nobody answers."""
    count = len(await parts_of(cluster, topic))
    async with cluster.running(cluster.producer(acks="all")) as producer:
        sent = [
            await producer.send(
                topic, encode(row), key.encode("utf-8", "surrogatepass"), partition_of(key, count)
            )
            for key, row in rows
        ]
        await asyncio.gather(*sent)

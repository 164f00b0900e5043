"""Saying on Kafka that facts are there now: whoever waits for one, on whatever partition, works it out again.

In: facts by content key. Out: one record on every partition of facts.arrived. Raises what Cluster.running raises.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from streams.drivers.kafka.client import Cluster
from streams.drivers.kafka.names import Names
from streams.drivers.kafka.snapshot import partitions
from streams.model.errors import BadInput
from streams.model.events import FactArrived
from streams.model.message import encode

_TOPIC = "facts.arrived"


async def announce(cluster: Cluster, names: Names, facts: Iterable[FactArrived]) -> None:
    """Tell every partition. Raises BadInput where the topics were never made."""
    topic = names.topic(_TOPIC)
    counts = await partitions(cluster, {topic})
    if topic not in counts:
        raise BadInput(f"{topic}: no such topic on {cluster.address}: panictrail topics create")
    async with cluster.running(cluster.producer(acks="all", enable_idempotence=True)) as producer:
        sent = [
            await producer.send(topic, encode(fact), fact.key.encode(), number)
            for fact in facts
            for number in range(counts[topic])
        ]
        await asyncio.gather(*sent)

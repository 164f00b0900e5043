"""A stage that exists only in the tests, on Kafka: its fact fails for a passing reason, is absent, then arrives."""

from __future__ import annotations

import asyncio
import re
import time
from pathlib import Path

from streams.drivers.kafka.client import Cluster
from streams.drivers.kafka.names import Names
from streams.model.events import AttributionRequest, FactArrived, LinkChanged
from streams.model.message import decode
from tests.kafka.need_worker import ASKING
from tests.kafka.processes import (
    READY_SECONDS,
    Running,
    cluster_of,
    create_topics,
    environment,
    ready,
)
from tests.kafka.traffic import raw, read_until, send
from tests.kafka_broker import Broker

PARTITIONS = 2


def told(cluster: Cluster, names: Names, count: int) -> list[str]:
    """What the stage emitted, once there are so many events."""

    def enough(found: list[tuple[bytes | None, bytes | None]]) -> bool:
        return len(found) >= count

    records = asyncio.run(read_until(cluster, names.topic("links.changed"), enough))
    events = (decode(value, LinkChanged) for _, value in records if value)
    return [str(event.commit_sha) for event in events]


def wait_for_retries(running: Running) -> None:
    """Until the worker has asked again, more than once."""
    end = time.monotonic() + READY_SECONDS
    pattern = r'panictrail_fact_retries_total\{kind="test"\} ([\d.]+)'
    while True:
        match = re.search(pattern, running.get("/metrics")[1])
        if match and float(match[1]) > 1:
            return
        assert time.monotonic() < end, running.said()


def test_a_fact_is_awaited_done_without_and_taken_up_when_it_arrives(
    broker: Broker, names: Names, tmp_path: Path
) -> None:
    cluster = cluster_of(broker)
    create_topics(broker, names, PARTITIONS, (ASKING,))
    fact = tmp_path / "fact"
    fact.write_text("trouble")
    module = "tests.kafka.need_worker"
    running = Running([str(tmp_path)], tmp_path / "worker", environment(broker, names), module)
    with ready(running):
        event = AttributionRequest(cluster="c1", service="s")
        asyncio.run(send(cluster, names, [raw("attribution.requests", event, "c1")]))
        wait_for_retries(running)
        fact.unlink()
        assert told(cluster, names, 1) == ["absent: no sha-1"]
        fact.write_text("here")
        arrived = raw("facts.arrived", FactArrived(kind="test", key="sha-1"))
        asyncio.run(send(cluster, names, [arrived] * PARTITIONS))
        assert told(cluster, names, 2)[1] == "absent: no sha-1 | here"

"""Clients that are stopped in the middle of something leave no connection open, on the real broker.

What stays open is found by Python's garbage collector: a ResourceWarning, and every warning fails a test.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable
from typing import Literal

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.conn import AIOKafkaConnection
from aiokafka.protocol.metadata import MetadataRequest

from streams.drivers.kafka.client import Cluster
from streams.drivers.kafka.names import Names
from streams.drivers.kafka.stopping import Client, stop
from tests.kafka.processes import cluster_of
from tests.kafka_broker import Broker

Kind = Literal["consumer", "member", "producer", "admin"]
_KINDS: tuple[Kind, ...] = ("consumer", "member", "producer", "admin")


def _client(cluster: Cluster, kind: Kind, topic: str) -> Client:
    """One of each kind of client, not started; it needs a running loop."""
    if kind == "consumer":
        return cluster.consumer()
    if kind == "member":
        return cluster.consumer(topic, group_id=topic, auto_offset_reset="earliest")
    if kind == "producer":
        return cluster.producer(transactional_id=f"{topic}-stopped")
    return AIOKafkaAdminClient(bootstrap_servers=list(cluster.brokers))


def _open_after(what: Callable[[], Awaitable[list[AIOKafkaConnection]]]) -> int:
    """How many of the connections are open at the end of the loop; nothing is left for the collector to close."""

    async def run() -> int:
        connections = await what()
        assert connections
        return sum(connection.connected() for connection in connections)

    left = asyncio.run(run())
    gc.collect()
    return left


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[AIOKafkaConnection]:
    """Every connection that is opened from here on."""
    found: list[AIOKafkaConnection] = []
    connect = AIOKafkaConnection.connect

    async def noted(connection: AIOKafkaConnection) -> object:
        found.append(connection)
        return await connect(connection)

    monkeypatch.setattr(AIOKafkaConnection, "connect", noted)
    return found


@pytest.mark.parametrize("seconds", [0.0, 10.0])
@pytest.mark.parametrize("kind", _KINDS)
def test_nothing_is_open_after_stop_whether_it_had_time_or_not(
    broker: Broker, names: Names, opened: list[AIOKafkaConnection], kind: Kind, seconds: float
) -> None:
    topic = names.topic("stopped")
    asyncio.run(broker.create(topic))
    opened.clear()

    async def use() -> list[AIOKafkaConnection]:
        client = _client(cluster_of(broker), kind, topic)
        await client.start()
        if kind == "producer":
            await client.begin_transaction()
            await client.send(topic, b"value")
        if kind == "member":
            await client.getmany(timeout_ms=100)
        await stop(client, seconds)
        return opened

    assert _open_after(use) == 0
    opened.clear()


@pytest.mark.parametrize("kind", _KINDS)
def test_a_start_that_is_cancelled_before_the_broker_has_answered_leaves_nothing_open(
    broker: Broker,
    names: Names,
    opened: list[AIOKafkaConnection],
    monkeypatch: pytest.MonkeyPatch,
    kind: Kind,
) -> None:
    send = AIOKafkaConnection.send

    def cancelled(connection: AIOKafkaConnection, request: object, *rest: object) -> object:
        task = asyncio.current_task()
        if isinstance(request, MetadataRequest) and task is not None:
            task.cancel()
        return send(connection, request, *rest)

    async def use() -> list[AIOKafkaConnection]:
        client = _client(cluster_of(broker), kind, names.topic("cancelled"))
        with monkeypatch.context() as patched:
            patched.setattr(AIOKafkaConnection, "send", cancelled)
            starting = asyncio.create_task(client.start())
            await asyncio.wait([starting])
        assert starting.cancelled()
        await stop(client, 0.0)
        return opened

    assert _open_after(use) == 0
    opened.clear()

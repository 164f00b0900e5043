"""Showing a topic: every event once, of public and internal topics, and what cannot be read is said."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import TypeAlias

import pytest

from streams.config import Settings
from streams.drivers.kafka import browse
from streams.drivers.kafka.batch import HEADER, pack
from streams.drivers.kafka.browse import Notice, Reached, Shown, events, marked_events, topic_named
from streams.drivers.kafka.client import Cluster, cluster
from streams.drivers.kafka.names import Names
from streams.model.errors import BadInput, ServiceMissing
from tests.kafka_broker import Broker, OwnBroker

Item: TypeAlias = Shown | Notice


@pytest.fixture
def kafka(broker: Broker) -> Cluster:
    """The broker of the run."""
    return cluster(Settings(broker=broker.bootstrap))


async def _send(kafka: Cluster, topic: str, records: Sequence[dict[str, object]]) -> None:
    async with kafka.running(kafka.producer()) as producer:
        for record in records:
            await producer.send_and_wait(topic, **record)


async def _all(kafka: Cluster, topic: str, partitions: int = 1) -> list[Item]:
    return [item async for batch in events(kafka, topic, partitions) for item in batch]


def test_events_of_public_and_batched_records_are_shown(
    broker: Broker, kafka: Cluster, names: Names
) -> None:
    topic = names.topic("crashes.symbolized")
    (batch,) = pack((f"k{n}", None if n == 1 else b'{"n":%d}' % n) for n in range(3))
    records: list[dict[str, object]] = [
        {"value": b'{"n": 7}', "key": b"seven"},
        {"value": b'{"n": 8}'},
        {"value": None, "key": b"gone"},
        {"value": batch.value, "key": batch.key, "headers": list(batch.headers)},
    ]

    async def shown() -> list[Item]:
        await broker.create(topic)
        await _send(kafka, topic, records)
        return await _all(kafka, topic)

    assert asyncio.run(shown()) == [
        Shown(0, 0, "seven", {"n": 7}),
        Shown(0, 1, None, {"n": 8}),
        Shown(0, 2, "gone", None),
        Shown(0, 3, "k0", {"n": 0}),
        Shown(0, 3, "k1", None),
        Shown(0, 3, "k2", {"n": 2}),
    ]


def test_what_cannot_be_read_is_said_with_its_place(
    broker: Broker, kafka: Cluster, names: Names
) -> None:
    topic = names.topic("panics.raw")

    async def shown() -> list[Item]:
        await broker.create(topic)
        records: list[dict[str, object]] = [
            {"value": b"\xff\x00"},
            {"value": b"{}", "headers": [HEADER]},
            {"value": b'{"ok": true}'},
        ]
        await _send(kafka, topic, records)
        return await _all(kafka, topic)

    first, second, third = asyncio.run(shown())
    assert isinstance(first, Notice)
    assert first.text.startswith(f"{topic}/0@0: not shown: not JSON")
    assert isinstance(second, Notice)
    assert second.text.startswith(f"{topic}/0@1: not shown: not a batch")
    assert third == Shown(0, 2, None, {"ok": True})


def test_only_what_was_committed_is_shown(broker: Broker, kafka: Cluster, names: Names) -> None:
    """And a marker at the end does not keep the reader waiting."""
    topic = names.topic("reports.root_cause")

    async def shown() -> list[Item]:
        await broker.create(topic, 2)
        producer = kafka.producer(transactional_id=f"{names.prefix}t")
        async with kafka.running(producer):
            async with producer.transaction():
                await producer.send_and_wait(topic, b"1", partition=0)
            await producer.begin_transaction()
            await producer.send_and_wait(topic, b"2", partition=1)
            await producer.abort_transaction()
            await producer.begin_transaction()
            await producer.send_and_wait(topic, b"3", partition=1)
            try:
                return await _all(kafka, topic, 2)
            finally:
                await producer.abort_transaction()

    assert asyncio.run(shown()) == [Shown(0, 0, None, 1)]


async def _next(reading: AsyncGenerator[list[Item], None]) -> Item:
    """The next item, which comes alone."""
    while not (batch := await anext(reading)):
        pass
    (item,) = batch
    return item


def test_following_shows_what_comes(broker: Broker, kafka: Cluster, names: Names) -> None:
    topic = names.topic("panics.raw")

    async def shown() -> list[Item]:
        await broker.create(topic)
        await _send(kafka, topic, [{"value": b"1"}])
        reading = events(kafka, topic, 1, follow=True, from_end=True)
        assert await anext(reading) == []
        await _send(kafka, topic, [{"value": b"2"}])
        first = await _next(reading)
        await _send(kafka, topic, [{"value": b"3"}])
        second = await _next(reading)
        await reading.aclose()
        return [first, second]

    assert asyncio.run(shown()) == [Shown(0, 1, None, 2), Shown(0, 2, None, 3)]


def test_a_mark_stands_after_what_was_there(broker: Broker, kafka: Cluster, names: Names) -> None:
    topic = names.topic("panics.raw")

    async def shown() -> list[Item | Reached]:
        await broker.create(topic)
        await _send(kafka, topic, [{"value": b"1"}])
        reading = marked_events(kafka, topic, 1)
        found = [batch async for batch in reading]
        return [i for batch in found for i in ([batch] if isinstance(batch, Reached) else batch)]

    assert asyncio.run(shown()) == [Shown(0, 0, None, 1), Reached()]


def test_a_topic_is_found_by_its_table_name_and_by_its_whole_name(
    broker: Broker, kafka: Cluster, names: Names
) -> None:
    replay = Names(app=names.app, prefix=names.prefix, name="june")

    async def found() -> None:
        await broker.create(names.topic("deadletter"), 2)
        await broker.create(replay.topic("deadletter"), 3)
        whole = names.topic("deadletter")
        assert await topic_named(kafka, names, "deadletter") == (whole, 2)
        assert await topic_named(kafka, replay, "deadletter") == (replay.topic("deadletter"), 3)
        assert await topic_named(kafka, replay, whole) == (whole, 2)

    asyncio.run(found())


@pytest.mark.parametrize(
    ("topic", "said"),
    [
        ("ticks", "ticks: is not stored on the broker: there is nothing to show"),
        ("panics.raw", "panics.raw: no such topic on ADDRESS: panictrail topics create"),
        ("panic.raw", "panic.raw: no such topic on ADDRESS: topics of panictrail are logs.lines,"),
    ],
)
def test_a_topic_that_is_not_there_is_named(
    topic: str, said: str, broker: Broker, kafka: Cluster, names: Names
) -> None:
    with pytest.raises(BadInput) as raised:
        asyncio.run(topic_named(kafka, names, topic))
    assert said.replace("ADDRESS", broker.bootstrap) in str(raised.value)


@pytest.mark.timeout(300)  # it starts a broker twice
def test_a_broker_that_goes_away_is_said_and_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browse, "_ASK_SECONDS", 0.2)
    own = OwnBroker(tmp_path / "kafka")
    broker = own.start()
    address = broker.bootstrap
    kafka = cluster(Settings(broker=address))

    async def followed() -> None:
        await broker.create("t")
        await _send(kafka, "t", [{"value": b"1"}])
        reading = events(kafka, "t", 1, follow=True)
        assert await _next(reading) == Shown(0, 0, None, 1)
        await asyncio.to_thread(own.kill)
        away = await _next(reading)
        assert isinstance(away, Notice)
        assert away.text.startswith(f"Kafka does not answer ({address}: connection refused)")
        assert away.text.endswith("; waiting")
        with pytest.raises(ServiceMissing):
            await anext(events(kafka, "t", 1))
        await asyncio.to_thread(own.start)
        assert await _next(reading) == Notice(f"Kafka at {address} answers again")
        await _send(kafka, "t", [{"value": b"2"}])
        assert await _next(reading) == Shown(0, 1, None, 2)
        await reading.aclose()

    asyncio.run(followed())
    own.stop()

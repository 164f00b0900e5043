"""Topics of the test broker as tests fill and read them: bytes in, records out, with a deadline and no sleeps."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Final, TypeAlias

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord

from tests.kafka_broker import Broker

Record: TypeAlias = "ConsumerRecord[bytes | None, bytes | None]"
_DEADLINE_SECONDS: Final = 60.0


def read(
    broker: Broker,
    topic: str,
    until: Callable[[list[Record]], bool],
    *,
    within: float = _DEADLINE_SECONDS,
) -> list[Record]:
    """What is committed in the topic, from its beginning, once that is `until`; in order within a partition."""
    return asyncio.run(_read(broker, topic, until, within))


def counted(count: int) -> Callable[[list[Record]], bool]:
    """For `read`: at least so many records."""
    return lambda records: len(records) >= count


async def _read(
    broker: Broker, topic: str, until: Callable[[list[Record]], bool], within: float
) -> list[Record]:
    found: list[Record] = []
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=broker.bootstrap,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
    )
    await consumer.start()
    try:
        async with asyncio.timeout(within):
            while not until(found):
                batches = await consumer.getmany(timeout_ms=200)
                found += [record for batch in batches.values() for record in batch]
    except TimeoutError:
        values = [record.value for record in found]
        message = f"{topic}: not there within {within} s; so far {len(values)}: {values[-10:]}"
        raise AssertionError(message) from None
    finally:
        await consumer.stop()
    return found


def send(
    broker: Broker, topic: str, rows: Iterable[tuple[str, bytes | None]], *, commit: bool = True
) -> None:
    """Keys and values to a topic, in one transaction that is committed, or aborted after everything was stored."""
    asyncio.run(_send(broker, topic, list(rows), commit=commit))


async def _send(
    broker: Broker, topic: str, rows: list[tuple[str, bytes | None]], *, commit: bool
) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=broker.bootstrap, transactional_id=f"{topic}-test-{id(rows)}"
    )
    await producer.start()
    try:
        await producer.begin_transaction()
        for key, value in rows:
            await producer.send_and_wait(topic, value=value, key=key.encode())
        await (producer.commit_transaction() if commit else producer.abort_transaction())
    finally:
        await producer.stop()

"""Records in one transaction of a producer that another one may fence at any moment.

In: a started transactional producer, records. Out: nothing; all of them or none are committed. The stages' own
transactions are in exact.py, which sends whole batches.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from aiokafka import AIOKafkaProducer
from aiokafka.errors import IllegalOperation, ProducerFenced

from streams.drivers.kafka.records import Outgoing


class TakenOverError(Exception):
    """A later producer has the same transactional id: nothing was committed, and nothing ever will be."""


async def begin(producer: AIOKafkaProducer, record: Outgoing) -> asyncio.Future[object]:
    """Hand a record to the producer; what comes of it."""
    answer: asyncio.Future[object] = await producer.send(
        record.topic,
        record.value,
        record.key,
        record.partition,
        headers=list(record.headers),
    )
    return answer


async def transact(producer: AIOKafkaProducer, outgoing: Iterable[Outgoing]) -> None:
    """All records or none. Raises TakenOverError, and whatever else Kafka says."""
    sent: list[asyncio.Future[object]] = []
    try:
        await producer.begin_transaction()
        for record in outgoing:
            answer = await begin(producer, record)
            answer.add_done_callback(retrieve)
            sent.append(answer)
        await asyncio.gather(*sent)
        await producer.commit_transaction()
    # A producer of aiokafka 0.14 that is fenced while it sends only says, of the next record, that it has no
    # transaction (producer.py, `send`).
    except (ProducerFenced, IllegalOperation) as error:
        raise TakenOverError from error


def retrieve(answer: asyncio.Future[object]) -> None:
    """For what nobody awaits any more: the error that ended the transaction was said."""
    if answer.done() and not answer.cancelled():
        answer.exception()

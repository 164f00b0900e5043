"""Mends of aiokafka 0.14.0, the version that we pin: nothing stays open, or is complained of, that nobody has any more.

`AIOKafkaClient._get_conn` (aiokafka/client.py) drops a connection that is at its end of file without closing it.
Where a request comes before the reader's own callback closes it, socket and transport stay open until Python's
garbage collector finds them: in a worker whose broker restarts, a socket in CLOSE_WAIT for each.

`AIOKafkaClient.bootstrap` keeps its connection to itself until the broker has answered: where it is cancelled before,
as by a limit of time on `start`, nobody else can close it.

`MessageBatch.failure` and `TransactionManager.fatal_error` (aiokafka/producer) hand the error, besides to whoever sent,
to those who wait for a batch to be drained or the transaction to end. Where nobody does, asyncio says on standard error
that an exception was never retrieved.
"""

from __future__ import annotations

import asyncio
from typing import Final

from aiokafka import client as clients
from aiokafka.client import AIOKafkaClient
from aiokafka.conn import AIOKafkaConnection, CloseReason, create_conn
from aiokafka.producer.message_accumulator import MessageBatch
from aiokafka.producer.transaction_manager import TransactionManager

from streams.drivers.kafka.transacting import retrieve

_connected = AIOKafkaConnection.connected
_bootstrap = AIOKafkaClient.bootstrap
_failure = MessageBatch.failure
_fatal_error = TransactionManager.fatal_error
# What the bootstrap that a task is at has opened.
_OPENED: Final[dict[asyncio.Task[object] | None, list[AIOKafkaConnection]]] = {}


def _connected_or_closed(connection: AIOKafkaConnection) -> bool:
    """`connected`, which closes what is at its end: the caller may let go of it."""
    if _connected(connection):
        return True
    # `__del__` asks as well, also after its loop: there is nothing left to close with then.
    if connection._reader is not None and not connection._loop.is_closed():  # noqa: SLF001 - aiokafka tells it nowhere
        connection.close(reason=CloseReason.CONNECTION_BROKEN)
    return False


async def _opened(*where: object, **how: object) -> AIOKafkaConnection:
    """`create_conn`, which tells the bootstrap that asked for it."""
    connection = await create_conn(*where, **how)
    _OPENED.get(asyncio.current_task(), []).append(connection)
    return connection


async def _bootstrap_or_closed(client: AIOKafkaClient) -> None:
    """`bootstrap`, which leaves nothing open when it fails or is cancelled."""
    task = asyncio.current_task()
    opened = _OPENED[task] = []
    try:
        await _bootstrap(client)
    except BaseException:
        for connection in opened:
            connection.close()
        raise
    finally:
        del _OPENED[task]


def _failed(batch: MessageBatch, exception: BaseException) -> None:
    """`failure`, of which the batch's own future tells whoever sent it."""
    _failure(batch, exception)
    retrieve(batch._drain_waiter)  # noqa: SLF001 - aiokafka hands it to nobody


def _ended(transaction: TransactionManager, exception: BaseException) -> None:
    """`fatal_error`, which the next use of the producer tells."""
    _fatal_error(transaction, exception)
    retrieve(transaction._transaction_waiter)  # noqa: SLF001 - only a commit or an abort waits for it


def mend() -> None:
    """Make it so, once per process."""
    AIOKafkaConnection.connected = _connected_or_closed
    AIOKafkaClient.bootstrap = _bootstrap_or_closed
    clients.create_conn = _opened
    MessageBatch.failure = _failed
    TransactionManager.fatal_error = _ended

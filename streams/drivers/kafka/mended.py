"""Mends of aiokafka 0.14.0, the version that we pin: no connection stays open that nobody has any more.

`AIOKafkaClient._get_conn` (aiokafka/client.py) drops a connection that is at its end of file without closing it.
Where a request comes before the reader's own callback closes it, socket and transport stay open until Python's
garbage collector finds them: in a worker whose broker restarts, a socket in CLOSE_WAIT for each.

`AIOKafkaClient.bootstrap` keeps its connection to itself until the broker has answered: where it is cancelled before,
as by a limit of time on `start`, nobody else can close it.
"""

from __future__ import annotations

import asyncio
from typing import Final

from aiokafka import client as clients
from aiokafka.client import AIOKafkaClient
from aiokafka.conn import AIOKafkaConnection, CloseReason, create_conn

_connected = AIOKafkaConnection.connected
_bootstrap = AIOKafkaClient.bootstrap
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


def mend() -> None:
    """Make it so, once per process."""
    AIOKafkaConnection.connected = _connected_or_closed
    AIOKafkaClient.bootstrap = _bootstrap_or_closed
    clients.create_conn = _opened

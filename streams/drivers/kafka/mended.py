"""A mend of aiokafka 0.14.0, the version that we pin: a connection that the broker ended is closed at once.

`AIOKafkaClient._get_conn` (aiokafka/client.py) drops a connection that is at its end of file without closing it.
Where a request comes before the reader's own callback closes it, socket and transport stay open until Python's
garbage collector finds them: in a worker whose broker restarts, a socket in CLOSE_WAIT for each.
"""

from __future__ import annotations

from aiokafka.conn import AIOKafkaConnection, CloseReason

_connected = AIOKafkaConnection.connected


def _connected_or_closed(connection: AIOKafkaConnection) -> bool:
    """`connected`, which closes what is at its end: the caller may let go of it."""
    if _connected(connection):
        return True
    # `__del__` asks as well, also after its loop: there is nothing left to close with then.
    if connection._reader is not None and not connection._loop.is_closed():  # noqa: SLF001 - aiokafka tells it nowhere
        connection.close(reason=CloseReason.CONNECTION_BROKEN)
    return False


def mend() -> None:
    """Make it so, once per process."""
    AIOKafkaConnection.connected = _connected_or_closed

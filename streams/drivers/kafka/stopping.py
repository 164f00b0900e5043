"""The end of a client of aiokafka: orderly within a limit, and without an open connection in any case.

In: a consumer, producer or admin client, started or not. Out: nothing; errors of Kafka are not raised here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterator
from typing import Final, TypeAlias

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError

Client: TypeAlias = AIOKafkaConsumer | AIOKafkaProducer | AIOKafkaAdminClient

# For each part of a client that would not end in time.
_PART_SECONDS: Final = 0.5


async def stop(client: Client, limit_seconds: float) -> None:
    """Stop within the limit: a producer waits for its records, a consumer leaves its group; else all of it is given up.

    A producer of aiokafka 0.14 whose `stop` is cut short keeps a task that sends, and every client its connections:
    those stay open until Python's garbage collector finds them. So the parts are ended one by one then.
    """
    try:
        if not await _within(limit_seconds, _orderly(client)):
            for part in _parts(client):
                await _within(_PART_SECONDS, part)
    finally:
        # Also where we are cancelled; it does nothing to what is closed already.
        for connection in list(inner(client)._conns.values()):  # noqa: SLF001 - aiokafka tells it nowhere
            connection.close()


async def _within(seconds: float, ending: Awaitable[object]) -> bool:
    """Whether it ended in time. What Kafka says of it nobody needs to know any more."""
    try:
        async with asyncio.timeout(seconds):
            await ending
    except (TimeoutError, KafkaError, OSError):
        return False
    except asyncio.CancelledError:
        # `NoGroupCoordinator.close` passes on that it cancelled a task of its own that had not begun.
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        return False
    return True


async def _orderly(client: Client) -> None:
    await (client.close() if isinstance(client, AIOKafkaAdminClient) else client.stop())


def _parts(client: Client) -> Iterator[Awaitable[object]]:
    """What `stop` of each client ends, in its order."""
    if isinstance(client, AIOKafkaProducer):
        if client._sender is not None:  # noqa: SLF001
            yield client._sender.close()  # noqa: SLF001
    elif isinstance(client, AIOKafkaConsumer):
        for part in (client._coordinator, client._fetcher):  # noqa: SLF001
            if part is not None:
                yield part.close()
    yield inner(client).close()


def inner(client: Client) -> AIOKafkaClient:
    """What holds the connections of a client."""
    inner: AIOKafkaClient = (
        client.client if isinstance(client, AIOKafkaProducer) else client._client  # noqa: SLF001
    )
    return inner

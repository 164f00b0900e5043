"""The broker and the database of a run: started, killed, started again, removed.

In: a folder, or a broker of others. Out: topics, a URL, and whether a worker may miss one of them just now.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic
from typing import Final

from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from streams.drivers.kafka.names import Names
from streams.drivers.kafka.topic_plan import Asked
from tests.chaos.scene import Scene
from tests.kafka_broker import Broker, OwnBroker
from tests.postgres_server import Server

PARTITIONS: Final = 4
# After an outage a worker may still find its service away.
_AFTER_OUTAGE_SECONDS: Final = 30.0
_BROKER_AWAY_SECONDS: Final = 3.0
_DATABASE_AWAY_SECONDS: Final = 6.0
# Compaction as fast as a broker does it.
_COMPACTING: Final = {
    "segment.ms": "8000",
    "min.cleanable.dirty.ratio": "0.01",
    "max.compaction.lag.ms": "5000",
}
Say = Callable[[str], None]


class Services:
    """What the workers of a run need from outside."""

    def __init__(self, folder: Path, *, database: bool, say: Say) -> None:
        """Nothing is started yet. `database`: whether there is one."""
        self._broker = OwnBroker(folder / "broker")
        self._server = Server() if database else None
        self._say = say
        self._away_until = 0.0

    @property
    def url(self) -> str | None:
        """The database."""
        return None if self._server is None else self._server.url()

    @asynccontextmanager
    async def running(self, shared: Broker | None) -> AsyncIterator[Broker]:
        """All of it, gone at the end. `shared`: a broker of others, not to be killed."""
        try:
            if self._server is not None:
                await asyncio.to_thread(self._server.start)
            if shared is None:
                yield await asyncio.to_thread(self._broker.start)
            else:
                yield shared
        finally:
            if shared is None:
                await asyncio.to_thread(self._broker.wipe)
            if self._server is not None:
                await asyncio.to_thread(self._server.remove)

    def away(self) -> bool:
        """Whether a worker may find its broker or database away."""
        return monotonic() < self._away_until

    @asynccontextmanager
    async def _outage(self, what: str) -> AsyncIterator[None]:
        self._say(f"{what}: kill -9")
        self._away_until = float("inf")
        yield
        self._say(f"{what} is back")
        self._away_until = monotonic() + _AFTER_OUTAGE_SECONDS

    async def broker_outage(self) -> None:
        """Kill the broker and start it again; only where it is our own."""
        async with self._outage("broker"):
            await asyncio.to_thread(self._broker.kill)
            await asyncio.sleep(_BROKER_AWAY_SECONDS)
            await asyncio.to_thread(self._broker.start)

    async def database_outage(self) -> None:
        """Kill PostgreSQL and start it again."""
        if self._server is None:
            return
        async with self._outage("PostgreSQL"):
            await asyncio.to_thread(self._server.kill)
            await asyncio.sleep(_DATABASE_AWAY_SECONDS)
            await asyncio.to_thread(self._server.start)


async def make_topics(bootstrap: str, names: Names, *, compacting: bool) -> Scene:
    """The topics of a pipeline, as `panictrail topics create` makes them, but for fast compaction."""
    more = _COMPACTING if compacting else {}
    wanted = [
        NewTopic(
            topic.name,
            topic.partitions,
            1,
            topic_configs={**topic.config, **(more if topic.is_changelog else {})},
        )
        for topic in Asked(names).topics(PARTITIONS)
    ]
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        answer = await admin.create_topics(wanted)
    finally:
        await admin.close()
    assert [row for row in answer.topic_errors if row[1]] == []
    return Scene(bootstrap, names, PARTITIONS)

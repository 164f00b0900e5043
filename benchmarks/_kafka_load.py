"""What the peers are fed: synthetic events, as a backlog or at a steady rate, and the topics for them.

In: a broker's address. Out: records on a topic, one event each: {"id","key","t","ts"}. The same seed gives the same
events; a twentieth of them are sent twice.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import cycle
from typing import Final

import msgspec
import orjson
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

PARTITIONS: Final = 4
RATE_PER_SECOND: Final = 330
_KEYS: Final = 150
_SKEW: Final = 0.8
_TWICE: Final = 0.05
# How far back a duplicate's first copy is, at most: a producer's retry, not a replay of yesterday.
_RECENT: Final = 400
_LOOK_AGAIN_SECONDS: Final = 0.1
COMPACTED: Final = {"cleanup.policy": "compact"}
# The broker stamps what comes out, so that a reader who lags behind still knows when it came.
STAMPED: Final = {"message.timestamp.type": "LogAppendTime"}


class Event(msgspec.Struct, frozen=True):
    """One event before it is stamped with the time at which it is fed."""

    number: int
    key: str

    def stamped(self, at: float) -> bytes:
        """The record's value. Event time goes on by a second in `RATE_PER_SECOND` events."""
        return orjson.dumps(
            {"id": self.id, "key": self.key, "t": self.number // RATE_PER_SECOND, "ts": at}
        )

    @property
    def id(self) -> str:
        """What makes two copies the same event."""
        return f"e{self.number}"


def events(count: int, seed: int = 1) -> list[Event]:
    """`count` events, duplicates included, of keys of which few are frequent."""
    rng = random.Random(seed)  # noqa: S311 - the same events in every run, not a secret
    weights = [1 / (rank + 1) ** _SKEW for rank in range(_KEYS)]
    keys = iter(rng.choices(range(_KEYS), weights, k=count))
    made: list[Event] = []
    fresh = 0
    while len(made) < count:
        if made and rng.random() < _TWICE:
            made.append(rng.choice(made[-_RECENT:]))
        else:
            made.append(Event(fresh, f"k{next(keys)}"))
            fresh += 1
    return made


def distinct(fed: Sequence[Event]) -> set[str]:
    """The ids that have to come out, once each."""
    return {event.id for event in fed}


@asynccontextmanager
async def _admin(bootstrap: str) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


async def create_topics(
    bootstrap: str, topics: Mapping[str, Mapping[str, str]], partitions: int = PARTITIONS
) -> None:
    """Make topics (name and settings), and wait until they can be used."""
    async with _admin(bootstrap) as admin:
        await admin.create_topics(
            [NewTopic(name, partitions, 1, topic_configs=dict(t)) for name, t in topics.items()]
        )
        while await _led(admin, topics) < len(topics) * partitions:  # noqa: ASYNC110 - it is the broker's state
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)


async def _led(admin: AIOKafkaAdminClient, topics: Iterable[str]) -> int:
    """How many partitions of these topics have a leader by now."""
    found = await admin.describe_topics(list(topics))
    return sum(part["leader"] >= 0 for topic in found for part in topic["partitions"])


async def delete_topics(bootstrap: str, prefix: str) -> None:
    """Delete the topics of a run, so that its data does not burden the next one."""
    async with _admin(bootstrap) as admin:
        await admin.delete_topics([t for t in await admin.list_topics() if t.startswith(prefix)])


async def feed_backlog(bootstrap: str, topic: str, fed: Sequence[Event]) -> None:
    """All events at once, in record batches of a producer's default size, spread over the partitions."""
    now = time.time()
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        sent = []
        for partition in range(PARTITIONS):
            values = (event.stamped(now) for event in fed[partition::PARTITIONS])
            batch = producer.create_batch()
            for value in values:
                if batch.append(key=None, value=value, timestamp=None) is None:
                    sent.append(await producer.send_batch(batch, topic, partition=partition))
                    batch = producer.create_batch()
                    batch.append(key=None, value=value, timestamp=None)
            sent.append(await producer.send_batch(batch, topic, partition=partition))
        await asyncio.gather(*sent)


async def feed_steadily(bootstrap: str, topic: str, fed: Sequence[Event]) -> None:
    """One event after the other at `RATE_PER_SECOND`, stamped when it is sent."""
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        start = time.monotonic()
        turn: Iterator[int] = cycle(range(PARTITIONS))
        for number, event in enumerate(fed):
            await asyncio.sleep(max(0.0, start + number / RATE_PER_SECOND - time.monotonic()))
            await producer.send(topic, event.stamped(time.time()), partition=next(turn))

"""Feeds panics.raw at a steady rate, whatever happens to the broker.

In: events. Out: records, acknowledged; what was fed so far.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from time import monotonic
from typing import Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from tests.chaos.crashes import Event, dice
from tests.chaos.reading import Topic

_IN_FLIGHT: Final = 1000
_BATCH: Final = 20
# A broker that is killed is back long before.
_PATIENCE_MS: Final = 180_000


class Feeder:
    """What was fed; other tasks look at it while it goes on."""

    def __init__(self, bootstrap: str, topic: Topic, rate: float) -> None:
        self._bootstrap = bootstrap
        self._topic = topic
        self._rate = rate
        self.fed = 0
        self.crashes = 0
        self.late = 0
        self.poison = 0

    def has_fed(self, crashes: int) -> bool:
        """Whether so many crashes are on their way."""
        return self.crashes >= crashes

    async def feed(self, events: Iterable[Event], seed: int) -> None:
        """All events, to random partitions; returns when every one is on the broker."""
        producer = AIOKafkaProducer(
            bootstrap_servers=self._bootstrap,
            enable_idempotence=True,
            linger_ms=5,
            request_timeout_ms=_PATIENCE_MS,
        )
        await producer.start()
        try:
            await self._send(producer, events, seed)
        finally:
            await producer.stop()

    async def _send(self, producer: AIOKafkaProducer, events: Iterable[Event], seed: int) -> None:
        chosen = dice(("partition", seed))
        due = monotonic()
        waiting = []
        for event in events:
            partition = chosen.randrange(self._topic.partitions)
            waiting.append(await self._patiently(producer, event, partition))
            self._count(event)
            if len(waiting) >= _IN_FLIGHT:
                await asyncio.gather(*waiting)
                waiting.clear()
            if self.fed % _BATCH == 0:
                # After an outage it goes on at the same rate: what was missed is not made up for.
                due = max(due + _BATCH / self._rate, monotonic() - 1)
                await asyncio.sleep(max(0.0, due - monotonic()))
        await asyncio.gather(*waiting)

    async def _patiently(
        self, producer: AIOKafkaProducer, event: Event, partition: int
    ) -> asyncio.Future[object]:
        while True:
            try:
                sent: asyncio.Future[object] = await producer.send(
                    self._topic.name, event.value, partition=partition
                )
            except KafkaError:
                await asyncio.sleep(0.5)
            else:
                return sent

    def _count(self, event: Event) -> None:
        self.fed += 1
        self.crashes += event.sort in ("crash", "late")
        self.late += event.sort == "late"
        self.poison += event.sort == "poison"

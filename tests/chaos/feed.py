"""Feeds panics.raw at a steady rate, whatever happens to the broker.

In: events. Out: records, every event on the broker at least once. What was fed is read from there (truth.py).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from itertools import islice
from time import monotonic
from typing import Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from tests.chaos.crashes import Event, dice
from tests.chaos.reading import Topic

_BATCH: Final = 20
_AGAIN_SECONDS: Final = 1.0
# A producer that has not got a batch through in that time is given up.
_PATIENCE_SECONDS: Final = 30.0
Placed = tuple[int, Event]


class Feeder:
    """How much was fed; other tasks look at it while it goes on."""

    def __init__(self, bootstrap: str, topic: Topic, rate: float) -> None:
        self._bootstrap = bootstrap
        self._topic = topic
        self._rate = rate
        self._producer: AIOKafkaProducer | None = None
        self.crashes = 0
        self.late = 0

    def has_fed(self, crashes: int) -> bool:
        """Whether so many crashes are on the broker."""
        return self.crashes >= crashes

    async def feed(self, events: Iterable[Event], seed: int) -> None:
        """All events, to random partitions."""
        chosen = dice(("partition", seed))
        placed = ((chosen.randrange(self._topic.partitions), event) for event in events)
        due = monotonic()
        try:
            for batch in _batches(placed):
                await self._patiently(batch)
                self.crashes += sum(event.sort in ("crash", "late") for _, event in batch)
                self.late += sum(event.sort == "late" for _, event in batch)
                # After an outage it goes on at the same rate: what was missed is not made up for.
                due = max(due + len(batch) / self._rate, monotonic() - 1)
                await asyncio.sleep(max(0.0, due - monotonic()))
        finally:
            await self._give_up()

    async def _patiently(self, batch: list[Placed]) -> None:
        """Send a batch until it was acknowledged as a whole; parts of it may be there twice then."""
        while True:
            try:
                async with asyncio.timeout(_PATIENCE_SECONDS):
                    await self._send(batch)
            except (KafkaError, TimeoutError):
                # Spoilt: a producer is not to be used after an error.
                await self._give_up()
                await asyncio.sleep(_AGAIN_SECONDS)
            else:
                return

    async def _send(self, batch: list[Placed]) -> None:
        if self._producer is None:
            self._producer = AIOKafkaProducer(
                bootstrap_servers=self._bootstrap, enable_idempotence=True
            )
            await self._producer.start()
        sent = [
            await self._producer.send(self._topic.name, event.value, partition=partition)
            for partition, event in batch
        ]
        await asyncio.gather(*sent)

    async def _give_up(self) -> None:
        producer, self._producer = self._producer, None
        if producer is None:
            return
        try:
            async with asyncio.timeout(2):
                await producer.stop()
        except (KafkaError, TimeoutError):
            # It waited for a broker that is away: its tasks would go on for as long as the run does.
            if producer._sender is not None:  # noqa: SLF001 - stop() does these two last
                await producer._sender.close()  # noqa: SLF001
            await producer.client.close()


def _batches(placed: Iterator[Placed]) -> Iterator[list[Placed]]:
    while batch := list(islice(placed, _BATCH)):
        yield batch

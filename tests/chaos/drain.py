"""Whether everything that was fed has come out.

In: the truth. Out: yes, or no when nothing moves any more. Reads reports, dead letters and the database.
"""

from __future__ import annotations

from contextlib import suppress
from time import monotonic

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from tests.chaos import database
from tests.chaos.check_topics import Reports
from tests.chaos.reading import entries
from tests.chaos.scene import Scene
from tests.chaos.truth import Truth


class Drain:
    """Follows what comes out."""

    def __init__(self, scene: Scene, url: str | None, truth: Truth) -> None:
        self._scene = scene
        self._url = url
        self._truth = truth
        self._reports = Reports()
        self._letters = 0

    async def done(self, quiet_seconds: float) -> bool:
        """Wait for all; False when nothing came for so long before that."""
        consumer = AIOKafkaConsumer(
            *(self._scene.topic(name).name for name in ("reports.root_cause", "deadletter")),
            bootstrap_servers=self._scene.bootstrap,
            isolation_level="read_committed",
            auto_offset_reset="earliest",
        )
        await consumer.start()
        try:
            return await self._follow(consumer, quiet_seconds)
        finally:
            with suppress(KafkaError):
                await consumer.stop()

    async def _follow(self, consumer: AIOKafkaConsumer, quiet_seconds: float) -> bool:
        moved = monotonic()
        while monotonic() - moved < quiet_seconds:
            for records in (await consumer.getmany(timeout_ms=500)).values():
                moved = monotonic()
                for record in records:
                    if record.topic.endswith("deadletter"):
                        self._letters += 1
                        continue
                    for key, report in entries(record):
                        self._reports.add(key, report)
            if self._counted() and await self._viewed():
                return True
        return False

    def _counted(self) -> bool:
        counted = sum(int(report["occurrences"]) for report in self._reports.last.values())
        return (counted, self._letters) == (self._truth.distinct, len(self._truth.poison))

    async def _viewed(self) -> bool:
        if self._url is None:
            return True
        last = {key: int(report["revision"]) for key, report in self._reports.last.items()}
        return await database.caught_up(
            self._url, self._truth.distinct, len(self._truth.letters), last
        )

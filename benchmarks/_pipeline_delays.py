"""How long each crash took to its report, at a steady rate.

In: crashes of known clusters, each with what is sent for it. Out: seconds from the last send of a crash to the report
that first counts it, as a read_committed consumer reads it. Raises RuntimeError where a crash is not counted.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Sequence

import msgspec
from aiokafka import AIOKafkaProducer

from benchmarks._pipeline_place import Place, Worker, until
from benchmarks._pipeline_traffic import Reports, Seen
from streams.drivers.kafka.records import Outgoing


class Delayed(msgspec.Struct, frozen=True):
    """One crash: its cluster, and the records to send for it, made at the moment of sending."""

    cluster: str
    records: Callable[[], Sequence[Outgoing]]


class Delays:
    """Sends crashes and follows their reports.

    Crashes of one cluster are counted in the order in which they were sent, or the delay of one is taken for that of
    another: where a partition may stand still, every crash has a cluster of its own.
    """

    def __init__(self, at: Place, follower: Reports) -> None:
        self._at = at
        self._follower = follower
        self._sent: defaultdict[str, deque[float]] = defaultdict(deque)
        self._answered: defaultdict[str, int] = defaultdict(int)
        self.seconds: list[float] = []

    async def run(
        self,
        crashes: Sequence[Delayed],
        per_second: float,
        workers: Sequence[Worker],
        halfway: Callable[[], None] = lambda: None,
    ) -> None:
        """Send everything at a rate; returns when the last crash is in a report. `seconds` grows by what it took."""
        wanted = len(self.seconds) + len(crashes)
        feeder = asyncio.create_task(self._feed(crashes, per_second, halfway))
        try:
            await until(self._progress, wanted, workers, "crashes in reports")
            await feeder
        finally:
            feeder.cancel()
            await asyncio.gather(feeder, return_exceptions=True)

    async def _progress(self) -> float:
        for seen in await self._follower.poll():
            self._take(seen)
        return len(self.seconds)

    def _take(self, seen: Seen) -> None:
        """Every crash up to the count of the report is counted now."""
        cluster = seen.report.cluster
        if cluster not in self._sent:
            raise RuntimeError(f"a report of {cluster}, of which nothing was sent")
        waiting = self._sent[cluster]
        while self._answered[cluster] < seen.report.occurrences:
            if not waiting:
                raise RuntimeError(f"not exact: {seen.report} counts crashes that were not sent")
            self.seconds.append(seen.read - waiting.popleft())
            self._answered[cluster] += 1

    async def _feed(
        self, crashes: Sequence[Delayed], per_second: float, halfway: Callable[[], None]
    ) -> None:
        producer = self._at.cluster.producer()
        async with self._at.cluster.running(producer):
            begin, waiting = time.monotonic(), list[asyncio.Future[object]]()
            for number, crash in enumerate(crashes):
                await asyncio.sleep(max(0.0, begin + number / per_second - time.monotonic()))
                if number == len(crashes) // 2:
                    halfway()
                waiting += await self._send(producer, crash)
            await asyncio.gather(*waiting)

    async def _send(
        self, producer: AIOKafkaProducer, crash: Delayed
    ) -> Iterable[asyncio.Future[object]]:
        made = crash.records()
        sent = [await producer.send(r.topic, r.value, r.key, r.partition) for r in made[:-1]]
        last = made[-1]
        # A report may be read before `send` returns.
        self._sent[crash.cluster].append(time.time())
        sent.append(await producer.send(last.topic, last.value, last.key, last.partition))
        return sent

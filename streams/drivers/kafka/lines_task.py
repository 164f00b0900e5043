"""One partition of a shippers' topic, exactly once: lines in, raw panics and other input events in one transaction.

In: records of a group. Out: commits of a ledger, at once where something was found, else now and then: lines that
gave nothing may be read twice. Of what is open only a Resume is kept (law 8).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from streams.core.parse.resume import Resume
from streams.drivers.counting import count_all
from streams.drivers.kafka.exact import Ledger
from streams.drivers.kafka.lines import Gathered, Moment, PartitionLines, Reading, now
from streams.drivers.kafka.outgoing import Router
from streams.drivers.kafka.records import Record
from streams.model.step import Table, put
from streams.ports.meter import Meter

log = logging.getLogger(__name__)

# Keys: the topic as the group names it.
RESUMES: Final = Table("driver.resume", Resume)
_KEEP_SECONDS: Final = 1.0


class LinesTask:
    """Implements group.PartitionTask for a collector of lines."""

    def __init__(  # noqa: PLR0913 - the parts of a task, each named
        self,
        reading: Reading,
        partition: int,
        *,
        ledger: Ledger,
        router: Router,
        meter: Meter,
        clock: Callable[[], Moment] = now,
    ) -> None:
        """Nothing is opened yet."""
        self._reading = reading
        self._partition = partition
        self._ledger = ledger
        self._router = router
        self._meter = meter
        self._clock = clock
        self._lines: PartitionLines | None = None
        self._kept: Resume | None = None
        self._kept_at = clock().steady

    async def open(self) -> None:
        """Fence, recover; then what the last owner kept."""
        found = await self._ledger.open()
        reading, store = self._reading, self._ledger.store
        labels = (reading.name, str(self._partition))
        self._meter.set("panictrail_recovery_seconds", found.seconds, labels)
        self._meter.set("panictrail_recovery_records", found.records, labels)
        self._kept = store.get(RESUMES, reading.topic)
        self._lines = PartitionLines(reading, self._partition, store, again=self._kept)
        again = 0 if self._kept is None else self._kept.done - self._kept.line
        log.info("%s/%d is owned: %d lines are read again", reading.name, self._partition, again)

    def start(self) -> Mapping[str, int]:
        """The record of the first line that is read again."""
        return {} if self._kept is None else {self._reading.topic: self._kept.line - 1}

    @property
    def _open(self) -> PartitionLines:
        if self._lines is None:
            raise AssertionError
        return self._lines

    async def take(self, records: Sequence[Record]) -> None:
        """One batch of lines."""
        began = time.perf_counter()
        found = self._open.take(records, self._clock())
        spent = time.perf_counter() - began
        self._meter.observe("panictrail_stage_seconds", spent, (self._reading.name,))
        await self._keep(found)

    async def idle(self, *, caught_up: bool) -> None:
        """Close what was silent for too long."""
        await self._keep(self._open.idle(self._clock()) if caught_up else Gathered())
        await self._ledger.settle()

    async def drain(self) -> None:
        """Keep the position, so that the next owner reads little again."""
        self._kept_at = float("-inf")
        await self._keep(Gathered())

    async def _keep(self, gathered: Gathered) -> None:
        """Commit what was found; where nothing was, the position once a second."""
        steady = self._clock().steady
        if not (gathered.outputs or gathered.changes or steady - self._kept_at >= _KEEP_SECONDS):
            self._count(gathered)
            return
        self._kept_at = steady
        resume = self._open.resume
        if resume is not None and resume != self._kept:
            gathered.changes.append(put(RESUMES, self._reading.topic, resume))
        if gathered.outputs or gathered.changes:
            self._ledger.store.apply(tuple(gathered.changes))
            await self._ledger.commit(self._router.route(gathered.outputs, self._reading.name))
            seconds = self._ledger.transaction_seconds
            self._meter.observe("panictrail_transaction_seconds", seconds, (self._reading.name,))
            self._kept = resume
        self._count(gathered)

    def _count(self, gathered: Gathered) -> None:
        count_all(self._meter, gathered.counts)

    async def close(self) -> None:
        """Close the ledger."""
        await self._ledger.close()

    def forget(self) -> None:
        """Remove the local store."""
        self._ledger.forget()

"""The `view` stage on one partition number: rows and position in one SQL transaction, nothing sent to Kafka.

In: records of a group. Out: commits of a Views port. The step reads rows that were fetched before it runs; a row
that is missing is fetched and the pure step called again. While the database is away the partition waits.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from streams.core.steps.deadletters import dead_letter
from streams.core.steps.view import dead_letter_id
from streams.drivers.counting import count_all
from streams.drivers.kafka.compute import Answer, Rules
from streams.drivers.kafka.records import Record, RetryLaterError
from streams.drivers.kafka.task import Ask, Batch
from streams.model.errors import PassingTrouble, Reason
from streams.model.events import DeadLetter
from streams.model.message import Value, encode
from streams.model.step import Change, Put, Table, V, put
from streams.model.view import DEAD
from streams.ports.meter import Meter
from streams.ports.views import Moves, Views
from streams.topology import Stage

log = logging.getLogger(__name__)

_BACKOFF: Final = (0.2, 5.0)
Wanted = dict[tuple[str, str], Table[Value]]


class FetchedRows:
    """The rows of one batch: what was fetched, and the changes on top. `missing` says what to fetch."""

    def __init__(self) -> None:
        """Nothing is fetched yet."""
        self._fetched: dict[tuple[str, str], Value | None] = {}
        self._changed: dict[tuple[str, str], Value | None] = {}
        self.changes: list[Change] = []
        self.missing: Wanted = {}

    def get(self, table: Table[V], key: str) -> V | None:
        """The row. One that was not fetched is noted, and reads as absent: the pass will be done again."""
        place = (table.name, key)
        if place in self._changed:
            value = self._changed[place]
        elif place in self._fetched:
            value = self._fetched[place]
        else:
            self.missing[place] = table
            return None
        return value if isinstance(value, table.value) else None

    def scan(self, table: Table[V], prefix: str) -> Iterator[tuple[str, V]]:
        """No step of a view scans; a table of a database is not read whole."""
        message = f"{table.name}: a view step may only get rows by key, not scan for {prefix!r}"
        raise LookupError(message)

    def apply(self, changes: tuple[Change, ...]) -> None:
        """Take changes on top of what was fetched."""
        self.changes.extend(changes)
        for change in changes:
            if isinstance(change, Put):
                self._changed[change.table.name, change.key] = change.value

    def rollback(self) -> None:
        """Forget the changes; what was fetched stays."""
        self._changed.clear()
        self.changes.clear()

    def take(self, rows: Mapping[tuple[str, str], Value | None]) -> None:
        """Add fetched rows and begin the pass again."""
        self._fetched.update(rows)
        self.missing.clear()
        self.rollback()


class ViewTask:
    """Implements group.PartitionTask for a stage whose tables are in a database."""

    def __init__(  # noqa: PLR0913 - the parts of a task, each named
        self,
        stage: Stage,
        partition: int,
        *,
        topics: Mapping[str, str],
        views: Views,
        ask: Ask,
        rules: Rules,
        meter: Meter,
    ) -> None:
        """`topics`: name of the topics table -> name on the broker."""
        self._stage = stage
        self._partition = partition
        self._topics = topics
        self._views = views
        self._ask = ask
        self._rules = rules
        self._meter = meter
        self._positions: dict[str, int | None] = {}

    async def open(self) -> None:
        """Learn how far the database has read; the compare in `commit` fences older owners."""
        self._positions = {
            plain: await self._patiently_position(full) for plain, full in self._topics.items()
        }

    async def _patiently_position(self, full: str) -> int | None:
        try:
            return await self._views.position(self._stage.name, full, self._partition)
        except PassingTrouble as trouble:
            raise RetryLaterError(str(trouble)) from trouble

    def start(self) -> Mapping[str, int]:
        """The positions in the database."""
        return {topic: at for topic, at in self._positions.items() if at is not None}

    async def take(self, records: Sequence[Record]) -> None:
        """One batch, one SQL transaction. Raises RetryLaterError where nobody knows whether it was done."""
        rows = FetchedRows()
        began = time.perf_counter()
        answer = await self._compute(tuple(records), rows)
        # With the rows that it had to fetch.
        spent = time.perf_counter() - began
        self._meter.observe("panictrail_stage_seconds", spent, (self._stage.name,))
        moved = {record.topic: record.offset + 1 for record in records}
        moves = {
            (self._topics[topic], self._partition): (self._positions.get(topic), at)
            for topic, at in moved.items()
        }
        await self._commit(rows.changes, moves)
        self._positions.update(moved)
        self._meter.add("panictrail_events_total", answer.events, (self._stage.name,))
        count_all(self._meter, answer.counts)

    async def _commit(self, changes: Sequence[Change], moves: Moves) -> None:
        """One SQL transaction; a change that no database takes becomes a row of the dead letters instead."""
        try:
            await self._views.commit(self._stage.name, changes, moves)
        except PassingTrouble as trouble:
            raise RetryLaterError(str(trouble)) from trouble
        except (TypeError, ValueError) as error:
            if not changes:
                raise
            if len(changes) == 1:
                await self._commit((_refused(changes[0], self._stage.name, error),), moves)
                return
            # Rows may be written twice, and staying in place still asks whether somebody else moved on.
            staying = {place: (at, at) for place, (at, _) in moves.items() if at is not None}
            half = len(changes) // 2
            await self._commit(changes[:half], staying)
            await self._commit(changes[half:], moves)

    async def _compute(self, records: tuple[Record, ...], rows: FetchedRows) -> Answer:
        while True:
            batch = Batch(
                stage=self._stage,
                partition=self._partition,
                records=records,
                table=rows,
                facts={},
                rules=self._rules,
                last_round=False,
            )
            answer = await self._ask(batch)
            if not rows.missing:
                return answer
            rows.take(await self._fetch(rows.missing))

    async def _fetch(self, wanted: Wanted) -> dict[tuple[str, str], Value | None]:
        delay = _BACKOFF[0]
        while True:
            try:
                return await self._views.rows([(t, key) for (_, key), t in wanted.items()])
            except PassingTrouble as trouble:
                log.warning("%s: %s: trying again in %.1f s", self._stage.name, trouble, delay)
                await asyncio.sleep(delay)
                delay = min(delay * 2, _BACKOFF[1])

    async def idle(self, *, caught_up: bool) -> None:
        """Nothing is held back."""
        del caught_up

    async def drain(self) -> None:
        """Nothing is held back."""

    async def close(self) -> None:
        """The database is shared by all partitions and stays open."""

    def forget(self) -> None:
        """There is no local copy."""


def _refused(change: Change, stage: str, error: Exception) -> Change:
    """The dead letter of a change, as a row: a view has no topic to send it to. Raises `error` where it is one."""
    table, key = (change.table.name, change.key) if isinstance(change, Put) else ("", change.sha256)
    if table == DEAD.name:
        raise error
    value = change.value if isinstance(change, Put) else None
    letter = dead_letter(
        topic=table,
        stage=stage,
        reason=Reason.INVALID,
        error=f"the database takes no such row: {error}",
        text=encode(value).decode() if value is not None else "",
        place=key,
        patterns=None,  # what a stage stores is scrubbed already
    ).event
    assert isinstance(letter, DeadLetter)  # noqa: S101 - what dead_letter makes
    return put(DEAD, dead_letter_id(letter), letter)

"""Lines that came over HTTP, worked off as one input of COLLECT, as a collector works off a partition of a topic.

In: the inbox of lines, a store, the time. Out: events for the pipeline, rows; what is kept of the input is a Resume,
and from which record of the inbox to read again (law 8: no text of what is open). Belongs to one thread.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Final

import msgspec

from streams.core.parse.resume import Resume
from streams.drivers.counting import count_all
from streams.drivers.http.delivered import events_in
from streams.drivers.http.lined import Batch, LineInbox, batch_of
from streams.drivers.inbox import Position, Reader
from streams.drivers.inbox import Record as StoredRecord
from streams.drivers.kafka.lines import Gathered, Moment, PartitionLines, Reading, now
from streams.drivers.kafka.records import Record
from streams.model.message import DecodeError, Value
from streams.model.step import Change, Emit, Table, put
from streams.ports.meter import Meter
from streams.ports.store import Store

INPUT: Final = "http"
_TOPIC: Final = "logs.lines"
# Bodies are as large as senders like: so many are read at once, up to so much.
_AT_ONCE: Final = 8
_MOST_BYTES: Final = 4 * 1024 * 1024
# Where nothing was found the position is kept so often.
_KEEP_SECONDS: Final = 1.0


class LinesDone(Value, frozen=True, kw_only=True):
    """Where to go on: from `position` in the inbox of lines, with what is known of the lines before `resume.done`."""

    position: Position = Position()
    resume: Resume | None = None


# One row, key "".
DONE: Final = Table("driver.http_lines", LinesDone)


class Worked(msgspec.Struct):
    """What lines gave: events in their order, and rows."""

    events: list[Emit] = []
    changes: list[Change] = []

    def __bool__(self) -> bool:
        """Whether there is something to commit."""
        return bool(self.events or self.changes)


class HttpLines:
    """The input of one state."""

    def __init__(
        self,
        reading: Reading,
        store: Store,
        meter: Meter,
        *,
        clock: Callable[[], Moment] = now,
    ) -> None:
        """Read what was kept; `start` gives the inbox."""
        row = store.get(DONE, "") or LinesDone()
        self.position = row.position
        self._kept = row
        self._kept_at = float("-inf")
        self._meter = meter
        self._now = clock
        self._quiet_seconds = reading.pace.quiet_seconds
        self._read_at = float("-inf")
        self._partition = PartitionLines(reading, 0, store, again=row.resume)
        self._inbox: LineInbox | None = None
        self._reader: Reader | None = None
        # The first line of each batch that may be read again, and the position before it.
        self._places: deque[tuple[int, Position]] = deque()

    @property
    def next_line(self) -> int:
        """How far lines are numbered by what was kept."""
        return 1 if self._kept.resume is None else self._kept.resume.done

    def start(self, inbox: LineInbox) -> None:
        """Read from this inbox."""
        self._inbox = inbox
        self._reader = Reader(inbox.inbox, self.position)

    @property
    def is_waiting(self) -> bool:
        """Whether silence will end something, or lets go of lines."""
        moved = self._reader is not None and self._reader.position != self.position
        return moved or self._partition.is_waiting

    def take(self) -> Worked | None:
        """The next batches; None where all that is there was read."""
        if self._reader is None:
            raise AssertionError
        before = self._reader.position
        found = _some(self._reader)
        if not found:
            return None
        self._read_at = self._now().steady
        resume = self._partition.resume
        first = resume.line if resume is not None else 0
        done = self.next_line
        worked = Worked()
        lines: list[Record] = []
        for record in found:
            try:
                batch = batch_of(record.payload)
            except msgspec.DecodeError:
                continue  # its checksum is right: another version of ours wrote it
            finally:
                place, before = before, record.after
            self._places.append((batch.first, place))
            if batch.first >= done:
                worked.events += _letters(batch)
            lines += (line for line in _records(batch) if line.offset + 1 >= first)
        if lines:
            self._gather(worked, self._partition.take(lines, self._now()))
        self._keep(worked)
        return worked

    def idle(self) -> Worked:
        """Nothing came: end what is silent for too long."""
        worked = Worked()
        now = self._now()
        self._gather(worked, self._partition.idle(now))
        self._keep(worked, silent=now.steady - self._read_at >= self._quiet_seconds)
        return worked

    def end(self) -> Worked:
        """Nothing will come: end what is open; what comes after the next start may continue it."""
        worked = Worked()
        self._gather(worked, self._partition.end(self._now()))
        self._kept_at = float("-inf")
        self._keep(worked, silent=True, ended=True)
        return worked

    @property
    def is_moved(self) -> bool:
        """Whether a segment can be removed as soon as the row is durable."""
        return self.position.segment != self._kept.position.segment

    def committed(self) -> None:
        """What was kept is durable: remove what is worked off."""
        if self._inbox is not None and self.is_moved:
            self._inbox.inbox.forget(self._kept.position)
        self.position = self._kept.position

    @property
    def can_roll(self) -> bool:
        """Whether everything in the segment that is written is worked off, and could be removed."""
        at = self.position
        return bool(at.offset and self._inbox is not None and self._inbox.inbox.backlog(at) == 0)

    async def roll(self) -> None:
        """Let another segment begin; on the loop of the inbox."""
        if self._inbox is not None:
            await self._inbox.inbox.roll()

    def _gather(self, worked: Worked, gathered: Gathered) -> None:
        worked.events += gathered.outputs
        worked.changes += gathered.changes
        count_all(self._meter, gathered.counts)

    def _keep(self, worked: Worked, *, silent: bool = False, ended: bool = False) -> None:
        """Add the row to what is committed; now and then where nothing else is."""
        row = self._row(silent=silent, ended=ended)
        due = worked or self._now().steady - self._kept_at >= _KEEP_SECONDS
        if row != self._kept and due:
            self._kept_at = self._now().steady
            self._kept = row
            worked.changes.append(put(DONE, "", row))

    def _row(self, *, silent: bool, ended: bool) -> LinesDone:
        """What to go on from; of a silent input no line that was read is needed, of one that ended no segment."""
        if self._reader is None or self._inbox is None:
            return self._kept
        rest = self._partition.at_rest() if silent else None
        if rest is not None:
            self._places.clear()
            behind = Position(segment=self._inbox.inbox.segment + 1)
            return LinesDone(position=behind if ended else self._reader.position, resume=rest)
        resume = self._partition.resume
        if resume is None:
            return self._kept
        while len(self._places) > 1 and self._places[1][0] <= resume.line:
            self._places.popleft()
        place = self._places[0][1] if self._places else self._reader.position
        return LinesDone(position=place, resume=resume)


def _some(reader: Reader) -> list[StoredRecord]:
    """The next records."""
    found: list[StoredRecord] = []
    size = 0
    while size < _MOST_BYTES and (more := reader.read(_AT_ONCE)):
        found += more
        size += sum(len(record.payload) for record in more)
    return found


def _records(batch: Batch) -> Iterator[Record]:
    return (
        Record(_TOPIC, 0, number - 1, batch.at_ms, None, data)
        for number, (_, data) in enumerate(batch.lines, batch.first)
    )


def _letters(batch: Batch) -> Iterable[Emit]:
    if not batch.letters:
        return ()
    try:
        return events_in(batch.letters)
    except DecodeError:
        return ()

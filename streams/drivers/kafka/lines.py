"""Records of one partition of a shippers' topic as lines of one input of COLLECT; Ticks where streams fall silent.

In: records in order, the time. Out: what the step emits and its rows. Line N is the record at offset N - 1. Of what
is open nothing is kept but a Resume: whoever comes next reads again from its line. Asks no broker; callers say `now`.
"""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Final, TypeVar

import msgspec

from streams.core.parse.record import AssemblerState
from streams.core.parse.resume import Resume, settled_resume
from streams.core.parse.shipped import joined
from streams.core.steps.collect import INPUTS, InputState, resumed_input
from streams.core.steps.deadletters import dead_letter
from streams.drivers.interpret import StepFailedError, call, failed
from streams.drivers.kafka.compute import Rules, located, place_of
from streams.drivers.kafka.records import Record
from streams.model.crash import Source
from streams.model.errors import Reason
from streams.model.events import DeadLetter, LogLines, Tick
from streams.model.message import Message, Value
from streams.model.step import Change, Count, Emit, Need, Put, State, Table
from streams.model.text import from_bytes
from streams.topology import Stage

# A record that a Tick closed is continued by lines that come within this time.
FORGET_SECONDS: Final = 60.0
V = TypeVar("V", bound=Value)


class Moment(msgspec.Struct, frozen=True):
    """Now: of the system's clock, to compare with times of records, and of one that only goes on."""

    wall_ms: int
    steady: float


def now() -> Moment:
    """This moment."""
    return Moment(time.time_ns() // 1_000_000, time.monotonic())


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """After how much silence a stream's record ends, and after how much its later lines are not part of it."""

    quiet_seconds: float = 2.0
    forget_seconds: float = FORGET_SECONDS


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """How lines are read.

    `defaults`: what records say that name no source; `format`: of every line; `topic` as the group names it.
    """

    stage: Stage
    name: str
    topic: str
    pace: Pace = Pace()
    defaults: Source = Source()
    format: str = ""
    rules: Rules = Rules()


class Gathered(msgspec.Struct):
    """What records gave, in order; its changes go into the table before more records come."""

    outputs: list[Emit] = []
    changes: list[Change] = []
    counts: list[Count] = []


class _Silence(msgspec.Struct, frozen=True):
    """Since when a stream is silent: by the records of the partition, and by our own clock."""

    line: int
    clock_ms: int
    steady: float


class _Rows:
    """The table as the step sees it: the state of the input is in memory, and so is what was gathered just now."""

    def __init__(self, table: State) -> None:
        self._table = table
        self.input: InputState | None = None
        self.gathered: dict[tuple[str, str], Value | None] = {}

    def get(self, table: Table[V], key: str) -> V | None:
        if table.name == INPUTS.name:
            return self.input if isinstance(self.input, table.value) else None
        place = (table.name, key)
        if place not in self.gathered:
            return self._table.get(table, key)
        value = self.gathered[place]
        return value if isinstance(value, table.value) else None

    def scan(self, table: Table[V], prefix: str) -> Iterator[tuple[str, V]]:
        message = f"{table.name}: COLLECT gets rows by key, it does not scan for {prefix!r}"
        raise LookupError(message)


class PartitionLines:
    """The lines of one partition; after an error it is thrown away and made anew from the Resume."""

    def __init__(
        self, reading: Reading, partition: int, table: State, *, again: Resume | None
    ) -> None:
        """`again`: what the last owner kept; feed it from `again.line` on. `table` holds the durable rows."""
        self._stage = reading.stage
        self._input = f"{reading.topic}/{partition}"
        self._rows = _Rows(table)
        if again is not None:
            self._rows.input = resumed_input(again)
        self._done = again.done if again is not None else 0
        self._pace = reading.pace
        self._defaults = reading.defaults
        self._format = reading.format
        self._rules = reading.rules
        self._clock_ms = 0
        self._silent: dict[str, _Silence] = {}
        self._forgotten: dict[str, _Silence] = {}
        self._gathered = Gathered()

    @property
    def resume(self) -> Resume | None:
        """What must be kept to go on from here; None before the first line."""
        state = self._rows.input
        return None if state is None else state.to_resume()

    @property
    def is_waiting(self) -> bool:
        """Whether something may be to come: an open record, or one that later lines continue."""
        return bool(self._silent or self._forgotten)

    def at_rest(self) -> Resume | None:
        """What must be kept to go on from here without any line that was read; None while a record needs one.

        A record that begins after that is not told of lines above it: none of them is younger than the quiet time.
        """
        state = self._rows.input
        return None if state is None or self._replaying() else settled_resume(state.assembler)

    def end(self, now: Moment) -> Gathered:
        """Close what is open, as if it had been silent for too long: later lines may continue it."""
        self._look(0, [], now)
        self._tick_all(list(self._silent), [], now)
        return self._given()

    def take(self, records: Sequence[Record], now: Moment) -> Gathered:
        """The next records of the partition, with the Ticks that fall between them."""
        for run in _runs(records):
            self._run(run, now)
        return self._given()

    def idle(self, now: Moment) -> Gathered:
        """Nothing has come and nothing is left to read."""
        if self._replaying():
            return self._given()
        self._look(0, [], now)
        quiet, forget = self._pace.quiet_seconds, self._pace.forget_seconds
        self._tick_all(
            [s for s, since in self._silent.items() if now.steady - since.steady >= quiet],
            [s for s, since in self._forgotten.items() if now.steady - since.steady >= forget],
            now,
        )
        return self._given()

    def _given(self) -> Gathered:
        given, self._gathered = self._gathered, Gathered()
        self._rows.gathered.clear()
        return given

    def _replaying(self) -> bool:
        """Whether lines come that were read before."""
        state = self._rows.input
        return state is not None and state.assembler.next_line < self._done

    # ---- time

    def _run(self, run: Sequence[Record], now: Moment) -> None:
        """Records without a gap: in parts between which a stream may have been silent for too long."""
        clocks = self._clocks(run, now.wall_ms)
        at = 0
        while at < len(run):
            line = run[at].offset + 1
            if line < self._done:
                # What was silent for too long before `done` is settled.
                stop = min(len(run), at + self._done - line)
            else:
                self._tick_before(clocks[at], now)
                stop = self._until(clocks, at)
            self._feed(run[at:stop])
            self._clock_ms = clocks[stop - 1]
            self._look(line, clocks[at:stop], now)
            at = stop

    def _clocks(self, run: Sequence[Record], wall_ms: int) -> list[int]:
        """The time of the partition at each record: it never goes back, nor ahead of now, whatever producers say."""
        stamps = [record.timestamp_ms for record in run]
        if stamps[0] >= self._clock_ms and stamps[-1] <= wall_ms and stamps == sorted(stamps):
            return stamps
        past = (min(stamp, wall_ms) for stamp in stamps)
        return list(accumulate(past, max, initial=self._clock_ms))[1:]

    def _deadlines(self) -> Iterator[int]:
        quiet, forget = self._pace.quiet_seconds, self._pace.forget_seconds
        for silent in self._silent.values():
            yield silent.clock_ms + int(quiet * 1000)
        for silent in self._forgotten.values():
            yield silent.clock_ms + int(forget * 1000)

    def _until(self, clocks: list[int], at: int) -> int:
        """Where the next Tick may be due: no stream that speaks from now on is silent for too long before."""
        soonest = clocks[at] + int(self._pace.quiet_seconds * 1000)
        return bisect_right(clocks, min((soonest, *self._deadlines())), lo=at)

    def _tick_before(self, clock_ms: int, now: Moment) -> None:
        quiet = clock_ms - int(self._pace.quiet_seconds * 1000)
        forget = clock_ms - int(self._pace.forget_seconds * 1000)
        self._tick_all(
            [s for s, since in self._silent.items() if since.clock_ms < quiet],
            [s for s, since in self._forgotten.items() if since.clock_ms < forget],
            now,
        )

    def _tick_all(self, quiet: list[str], forget: list[str], now: Moment) -> None:
        if not quiet and not forget:
            return
        for stream in sorted(quiet, key=lambda s: (self._silent[s].line, s)):
            self._tick(stream, end=False)
        for stream in sorted(forget, key=lambda s: (self._forgotten[s].line, s)):
            self._tick(stream, end=True)
        self._look(0, [], now)

    def _look(self, line: int, clocks: list[int], now: Moment) -> None:
        """Note since when each stream with an open or a closed record is silent.

        `clocks` are those of the lines from `line` on, which were just read.
        """
        state = self._rows.input
        assembler = AssemblerState() if state is None else state.assembler
        waiting = assembler.waiting()
        if not (waiting or assembler.closed or self._silent or self._forgotten):
            return
        silent: dict[str, _Silence] = {}
        for stream, last in waiting.items():
            known = self._silent.get(stream)
            if known is None or known.line != last:
                new = 0 <= last - line < len(clocks)
                clock = clocks[last - line] if new else self._clock_ms
                known = _Silence(last, clock, now.steady)
            silent[stream] = known
        closed = _Silence(assembler.next_line, self._clock_ms, now.steady)
        self._silent = silent
        self._forgotten = {s: self._forgotten.get(s, closed) for s in assembler.closed}

    # ---- the step

    def _tick(self, stream: str, *, end: bool) -> None:
        quiet_ns = int(self._pace.quiet_seconds * 1e9)
        tick = Tick(input=self._input, stream=stream, end_of_input=end, quiet_ns=quiet_ns)
        try:
            self._step(tick)
        except StepFailedError as error:
            self._gathered.outputs.append(failed(self._stage, "ticks", tick, error))
            self._drop(stream)

    def _drop(self, stream: str) -> None:
        """Go on without what a stream has open: it cannot be ended."""
        state = self._rows.input
        if state is None:
            return
        before = state.assembler
        left = [
            {other: kept for other, kept in each.items() if other != stream}
            for each in (before.open, before.closed, before.unfinished)
        ]
        assembler = msgspec.structs.replace(
            before, open=left[0], closed=left[1], unfinished=left[2]
        )
        self._rows.input = msgspec.structs.replace(state, assembler=assembler)

    def _feed(self, run: Sequence[Record]) -> None:
        """One run of lines; of a run that the step cannot take, the one record that is the cause is a dead letter."""
        before = len(self._gathered.outputs)
        try:
            self._lines(run[0].offset + 1, _data(run))
        except StepFailedError as error:
            if len(run) > 1:
                self._feed(run[: len(run) // 2])
                self._feed(run[len(run) // 2 :])
                return
            self._refuse(run[0], error)
        outputs = self._gathered.outputs
        for number in range(before, len(outputs)):
            if outputs[number].line:
                record = run[outputs[number].line - run[0].offset - 1]
                outputs[number] = _placed(outputs[number], record, self._rules)

    def _lines(self, line: int, data: str) -> None:
        self._step(
            LogLines(
                input=self._input,
                data=data,
                line=line,
                path=self._input,
                defaults=self._defaults,
                format=self._format,
            )
        )

    def _refuse(self, record: Record, error: StepFailedError) -> None:
        """A dead letter, and a blank line in the place of the one that is in it."""
        letter = dead_letter(
            topic=record.topic,
            stage=self._stage.name,
            reason=error.reason,
            error=str(error),
            text=from_bytes(record.value or b""),
            patterns=self._rules.patterns,
        )
        line = record.offset + 1
        self._gathered.outputs.append(msgspec.structs.replace(letter, line=line))
        self._lines(line, "\n")

    def _step(self, event: Message) -> None:
        made = call(self._stage, self._rows, event, {})
        if isinstance(made, Need):
            raise StepFailedError(Reason.NEED_LOOP, f"{self._stage.name} asked for facts")
        for change in made.changes:
            if isinstance(change, Put) and change.table.name == INPUTS.name:
                self._rows.input = change.value if isinstance(change.value, InputState) else None
                continue
            self._gathered.changes.append(change)
            if isinstance(change, Put):
                self._rows.gathered[change.table.name, change.key] = change.value
        self._gathered.outputs += made.outputs
        self._gathered.counts += made.counts


def _placed(sent: Emit, record: Record, rules: Rules) -> Emit:
    """A dead letter with the coordinates of its record, under the topic of the record."""
    found = located(sent, record, rules)
    if not isinstance(found.event, DeadLetter):
        return found
    letter = msgspec.structs.replace(found.event, topic=record.topic, place=place_of(record))
    return Emit(found.topic, record.topic, letter)


def _runs(records: Sequence[Record]) -> Iterator[Sequence[Record]]:
    """Records with offsets that follow one another; a null value is no line."""
    whole = records[-1].offset - records[0].offset == len(records) - 1
    if whole and None not in [record.value for record in records]:
        yield records
        return
    start = 0
    for at, record in enumerate(records):
        if record.value is None:
            if start < at:
                yield records[start:at]
            start = at + 1
        elif at > start and record.offset != records[at - 1].offset + 1:
            yield records[start:at]
            start = at
    if start < len(records):
        yield records[start:]


def _data(run: Sequence[Record]) -> str:
    """The text of a run: a line per record, also of one that holds several."""
    values = [record.value or b"" for record in run]
    data = b"\n".join((*values, b""))
    if data.count(b"\n") == len(values):
        return from_bytes(data)
    return "".join(_line(value) + "\n" for value in values)


def _line(value: bytes) -> str:
    text = from_bytes(value.removesuffix(b"\n"))
    return joined(text) if "\n" in text else text

"""A batch of records through one stage: decoded, stepped event by event, bad ones made dead letters.

In: records of one partition number, a store, facts. Out: outputs and counts (the changes are pending in the
store), or the facts that are lacking (the store as it was). Waits for nothing and asks no broker.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Protocol

import msgspec

from streams.core.scrub.patterns import Pattern
from streams.core.scrub.scrub import scrub
from streams.core.steps.deadletters import dead_letter
from streams.drivers.interpret import (
    StepFailedError,
    call,
    failed,
    forgotten,
    missing,
    waiting_rows,
    without,
    woken,
)
from streams.drivers.kafka.batch import Entry, unpack
from streams.drivers.kafka.records import Record
from streams.model.errors import Reason
from streams.model.events import CoreRef, DeadLetter, FactArrived, RawPanic
from streams.model.instant import Instant
from streams.model.message import DecodeError, Message, encode, loads
from streams.model.step import Change, Count, Done, Emit, Fact, Facts, Need, Request, State
from streams.model.text import from_bytes, readable
from streams.model.topics import BY_NAME
from streams.topology import Stage

ATTEMPT: Final = "panictrail-attempt"
# Where a dead letter that is tried again was first: it keeps its id when it dies again.
PLACE: Final = "panictrail-place"
# Beyond the longest text that COLLECT makes (16 MiB), with room for JSON's escapes and the context.
MAX_INPUT_BYTES: Final = 18 * 1024 * 1024
_MAX_ATTEMPT: Final = 1_000_000
_NO_FACTS: Final[Facts] = {}


class Table(State, Protocol):
    """A state that changes can be put into, and taken out of again before they are committed."""

    def apply(self, changes: tuple[Change, ...]) -> None:
        """Take changes, visible to `get` and `scan` at once."""

    def rollback(self) -> None:
        """Forget what was applied since the last commit."""


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """What a driver decides about input events by the record alone.

    `horizon_ns`: crashes whose time is older than their record by more are dead letters (law 3). `since`, `until`:
    the crashes that a replay selects, by their own time, else the record's; of records before the offsets
    `live_from` (by topic and partition number), where it names any. `patterns`: the user's secret patterns.
    """

    horizon_ns: int | None = None
    since: Instant | None = None
    until: Instant | None = None
    live_from: Mapping[str, tuple[int, ...]] = {}
    patterns: tuple[Pattern, ...] | None = ()


class Answer(msgspec.Struct, frozen=True):
    """What a batch gave. `lacking`: facts to resolve first; then there is nothing else."""

    outputs: tuple[Emit, ...] = ()
    counts: tuple[Count, ...] = ()
    lacking: tuple[Request, ...] = ()
    events: int = 0


class _Run:
    """One pass over a batch."""

    def __init__(
        self, stage: Stage, table: Table, facts: Mapping[Request, Fact], *, last_round: bool
    ) -> None:
        self.stage = stage
        self.table = table
        self.facts = facts
        self.last_round = last_round
        self.outputs: list[Emit] = []
        self.counts: list[Count] = []
        self.lacking: dict[Request, None] = {}
        self.events = 0

    def step(self, topic: str, key: str, event: Message | None) -> None:
        """One event through the step; its changes are applied, unless something is lacking by now."""
        if event is None:
            self.table.apply(forgotten(self.stage, topic, key))
            return
        self.events += 1
        try:
            result = call(self.stage, self.table, event, _NO_FACTS)
            if isinstance(result, Done):
                self._take(result)
            else:
                self._go_on(result, Emit(topic, key, event), event)
        except StepFailedError as error:
            self.outputs.append(failed(self.stage, topic, event, error))

    def _take(self, result: Done) -> None:
        if self.lacking:
            return
        # Most events change and give little: what is empty costs nothing.
        if result.changes:
            self.table.apply(result.changes)
        if result.outputs:
            self.outputs.extend(result.outputs)
        if result.counts:
            self.counts.extend(result.counts)

    def _go_on(self, result: Done | Need, sent: Emit, event: Message) -> None:
        """With the facts that the step asked for, as far as they are known."""
        known: dict[Request, Fact] = {}
        while isinstance(result, Need):
            for request in missing(result, known, self.stage):
                if request in self.facts:
                    known[request] = self.facts[request]
                    continue
                if self.last_round:
                    error = f"{self.stage.name} asked for facts again and again"
                    raise StepFailedError(Reason.NEED_LOOP, error)
                self.lacking[request] = None
            if any(request not in self.facts for request in result.requests):
                return
            result = call(self.stage, self.table, event, known)
        self._take(result)
        if not self.lacking and result.waits:
            self.table.apply(waiting_rows(self.stage, sent, without(known)))

    def wake(self, event: Message | None) -> None:
        """Work out again whoever of this stage did without a fact that arrived."""
        if not isinstance(event, FactArrived):
            return
        for change, found in tuple(woken(self.table, Request(event.kind, event.key))):
            if found.stage == self.stage.name:
                if not self.lacking:
                    self.table.apply((change,))
                self.step(found.sent.topic, found.sent.key, found.sent.event)


def attempt_of(record: Record) -> int:
    """Which try a record is: 1, or what a replayed dead letter says."""
    for name, value in record.headers:
        if name == ATTEMPT and value.isdigit():
            return min(int(value), _MAX_ATTEMPT)
    return 1


def place_of(record: Record) -> str:
    """What tells the dead letters of equal records apart: where the record is, or was at its first try."""
    for name, value in record.headers:
        if name == PLACE:
            return from_bytes(value)
    return f"{record.partition}/{record.offset}"


def _headers(record: Record, patterns: tuple[Pattern, ...] | None) -> dict[str, str]:
    shown = {name: readable(from_bytes(value)) for name, value in record.headers}
    return {name: scrub(text, patterns or ()).text for name, text in shown.items()}


def _refused(record: Record, stage: str, reason: Reason, error: str, rules: Rules) -> Emit:
    """The dead letter of a whole record, or of its one event."""
    return dead_letter(
        topic=record.topic,
        stage=stage,
        reason=reason,
        error=error,
        text=from_bytes(record.value or b""),
        place=place_of(record),
        patterns=rules.patterns,
    )


def located(sent: Emit, record: Record, rules: Rules) -> Emit:
    """A dead letter with the coordinates of the record that it came from."""
    letter = sent.event
    if not isinstance(letter, DeadLetter) or letter.partition is not None:
        return sent
    placed = msgspec.structs.replace(
        letter,
        partition=record.partition,
        offset=record.offset,
        headers=_headers(record, rules.patterns),
        attempt=max(letter.attempt, attempt_of(record)),
    )
    return Emit(sent.topic, sent.key, placed)


def _entries(record: Record, stage: str, rules: Rules) -> tuple[Entry, ...] | Emit:
    """The events of a record, or the dead letter of one that holds none."""
    topic = BY_NAME[record.topic]
    if topic.public and len(record.value or b"") > MAX_INPUT_BYTES:
        error = f"{len(record.value or b'')} bytes: an event may have {MAX_INPUT_BYTES}; send the crash in parts"
        return _refused(record, stage, Reason.TOO_LARGE, error, rules)
    try:
        return unpack(record.value, record.key, record.headers, topic.message)
    except DecodeError as error:
        return _refused(record, stage, _reason(record), str(error), rules)


def _reason(record: Record) -> Reason:
    try:
        loads(record.value or b"")
    except DecodeError:
        return Reason.UNDECODABLE
    return Reason.INVALID


def _time_of(event: Message, record: Record) -> Instant | None:
    at = event.at if isinstance(event, (RawPanic, CoreRef)) else None
    return at or (Instant(record.timestamp_ms * 10**6) if record.timestamp_ms >= 0 else None)


def _is_live(record: Record, rules: Rules) -> bool:
    """Whether a record came after the history that a replay selects from."""
    starts = rules.live_from.get(record.topic, ())
    return record.partition < len(starts) and record.offset >= starts[record.partition]


def _selected(event: Message | None, record: Record, rules: Rules) -> bool:
    """Whether a replay's range takes a crash; everything else is always taken (cli.md)."""
    if not isinstance(event, (RawPanic, CoreRef)) or _is_live(record, rules):
        return True
    at = _time_of(event, record)
    if at is None:
        return rules.since is None and rules.until is None
    return not ((rules.since and at < rules.since) or (rules.until and at >= rules.until))


def _beyond(event: Message | None, record: Record, rules: Rules) -> bool:
    """Whether a crash is older than its record by more than the dedupe horizon."""
    if rules.horizon_ns is None or not isinstance(event, (RawPanic, CoreRef)):
        return False
    if event.at is None or record.timestamp_ms < 0:
        return False
    return record.timestamp_ms * 10**6 - event.at.ns > rules.horizon_ns


def _admitted(
    entries: Iterable[Entry], record: Record, stage: str, rules: Rules
) -> Iterator[Entry | Emit]:
    """Every crash that the stage is to see, or the dead letter in its place."""
    for entry in entries:
        if not _selected(entry.event, record, rules):
            continue
        if _beyond(entry.event, record, rules):
            error = "older than its record by more than the dedupe horizon"
            yield _refused(record, stage, Reason.BEYOND_HORIZON, error, rules)
            continue
        yield entry


def _through(run: _Run, record: Record, rules: Rules) -> None:
    """One record through the step, event by event; what rules say is judged where they concern its topic."""
    found = _entries(record, run.stage.name, rules)
    if isinstance(found, Emit):
        run.outputs.append(found)
        return
    message = BY_NAME[record.topic].message
    if issubclass(message, FactArrived):
        for entry in found:
            run.wake(entry.event)
    elif issubclass(message, (RawPanic, CoreRef)):
        for judged in _admitted(found, record, run.stage.name, rules):
            if isinstance(judged, Emit):
                run.outputs.append(judged)
            else:
                run.step(record.topic, judged.key, judged.event)
    else:
        for entry in found:
            run.step(record.topic, entry.key, entry.event)


def compute(  # noqa: PLR0913 - the parts of a batch, each named
    stage: Stage,
    records: tuple[Record, ...],
    table: Table,
    *,
    facts: Mapping[Request, Fact],
    rules: Rules,
    last_round: bool = False,
) -> Answer:
    """Work out a batch. With `lacking` the table is as before; otherwise its changes are pending."""
    run = _Run(stage, table, facts, last_round=last_round)
    for record in records:
        before = len(run.outputs)
        _through(run, record, rules)
        for number in range(before, len(run.outputs)):
            if run.outputs[number].topic == "deadletter":
                run.outputs[number] = located(run.outputs[number], record, rules)
    if run.lacking:
        table.rollback()
        return Answer(lacking=tuple(run.lacking))
    outputs = run.outputs if stage.combine is None else stage.combine(run.outputs)
    return Answer(tuple(outputs), tuple(run.counts), events=run.events)


def encoded(sent: Emit) -> bytes | None:
    """The event as bytes; None removes its key."""
    return None if sent.event is None else encode(sent.event)

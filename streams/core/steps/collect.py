"""COLLECT: lines to raw panics with ids, scrubbed (laws 2, 8 and 9).

In: LogLines and Ticks of one input. Out: panics.raw, cores.refs, side-input events, dead letters.
Ids are taken from the raw text, before scrubbing; nothing unscrubbed leaves this step.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

import msgspec

from streams.core.parse.assemble import close, feed, mark_closed
from streams.core.parse.record import (
    Assembled,
    AssemblerState,
    BadLine,
    InputObject,
    Origin,
    Read,
)
from streams.core.parse.resume import (
    Resume,
    first_above,
    first_needed,
    pruned,
    resume_line,
    resumed,
)
from streams.core.scrub.patterns import Pattern
from streams.core.scrub.scrub import scrub
from streams.core.steps.admit import admit
from streams.core.steps.deadletters import dead_letter
from streams.model.errors import Reason
from streams.model.events import LogLines, RawPanic, Tick
from streams.model.identity import content_id, crash_id
from streams.model.message import DecodeError, Message, Value, from_value, loads
from streams.model.step import (
    Change,
    Count,
    Done,
    Emit,
    Facts,
    Need,
    Note,
    State,
    Table,
    put,
)
from streams.model.text import readable
from streams.model.topics import BY_NAME, TOPIC_OF_KIND

SEPARATOR: Final = "\x1f"
_MISS_CHARS: Final = 120


class InputState(Value, frozen=True, kw_only=True):
    """What COLLECT remembers of one input while it is read.

    `restart` is a line from which a fresh state gives the same records: nothing that was open or was
    finished reaches over it. `last_read` is the last line that was read as if it could belong to a finished record
    (outside of it it may be something else). `resume` is the line for a driver that keeps a Resume, which a busy
    input cannot hold back.
    """

    assembler: AssemblerState = AssemblerState()
    path: str | None = None
    restart: int = 1
    last_read: int = 0
    resume: int = 1

    def to_resume(self) -> Resume:
        """All that must be kept of this state to go on without it."""
        state = self.assembler
        return Resume(line=self.resume, done=state.next_line, settled=state.settled)


def resumed_input(again: Resume) -> InputState:
    """The state of an input of which only this was kept; feed it from `again.line` on."""
    return InputState(assembler=resumed(again), restart=again.line, resume=again.line)


class Ordinal(Value, frozen=True, kw_only=True):
    """First lines of the equal records of one stream and instant that this input has had, in order.

    A record that is read again after a restart has its line here, and with it its ordinal.
    """

    lines: tuple[int, ...]


# The text that the id of a record is made of, where some of its lines were never given (core.parse.skim).
Whole = Callable[[Assembled, str], str]
INPUTS: Final = Table("collect.inputs", InputState, volatile=True)
ORDINALS: Final = Table("collect.ordinals", Ordinal)


def _own_text(found: Assembled, _input: str) -> str:
    return found.text


class _Batch:
    """The changes and outputs of one call, gathered in order."""

    def __init__(
        self,
        state: State,
        input_name: str,
        path: str | None,
        patterns: tuple[Pattern, ...] | None,
        whole: Whole = _own_text,
    ) -> None:
        self.state = state
        self.patterns = patterns
        self.whole = whole
        self.input = input_name
        self.path = path
        self.changes: list[Change] = []
        self.outputs: list[Emit] = []
        self.counts: list[Count] = []
        self.notes: list[Note] = []
        self.resumable: dict[str, str] = {}
        self._ordinals: dict[str, tuple[int, ...]] = {}

    def ordinal(self, content: str, line: int) -> int:
        """Which of the input's equal records the one that begins in `line` is: 0 for the first."""
        key = f"{self.input}{SEPARATOR}{content}"
        if key not in self._ordinals:
            seen = self.state.get(ORDINALS, key)
            self._ordinals[key] = seen.lines if seen else ()
        lines = self._ordinals[key]
        if line not in lines:
            lines = self._ordinals[key] = (*lines, line)
        return lines.index(line)

    def dead(self, found: BadLine, topic: str, reason: Reason) -> None:
        """Keep a line that cannot be used; equal ones of this input are told apart by ordinal."""
        number = self.ordinal(content_id("bad", topic, found.text), found.line)
        letter = dead_letter(
            topic=topic,
            stage="collect",
            reason=reason,
            error=found.error,
            text=found.text,
            place=f"#{number}" if number else None,
            patterns=self.patterns,
        )
        self.outputs.append(msgspec.structs.replace(letter, line=found.line))

    def done(self) -> Done:
        ordinals = (put(ORDINALS, k, Ordinal(lines=n)) for k, n in self._ordinals.items())
        return Done(
            (*self.changes, *ordinals), tuple(self.outputs), tuple(self.counts), tuple(self.notes)
        )


# Microseconds or finer; runtimes of containers write nanoseconds.
_FINE_TIME: Final = re.compile(r"\.\d{6}")


def _is_single(origin: Origin) -> bool:
    """Whether equal records of this origin are one that arrived twice: no stream writes two in a microsecond.

    Shippers send again what they do not know to have arrived.
    """
    return bool(origin.stream and _FINE_TIME.search(origin.time))


def raw_of(found: Assembled, event_id: str | None) -> RawPanic:
    """A record as an event: what its lines say."""
    origin, source = found.origin, found.origin.source
    return RawPanic(
        text=found.text,
        at=origin.at,
        at_zone_assumed=origin.at_zone_assumed,
        service=source.service,
        host=source.host,
        container=source.container,
        pod=source.pod,
        namespace=source.namespace,
        stream=source.stream,
        context=found.context,
        event_id=event_id,
        truncated=found.truncated,
        message=found.message,
        errors=found.errors,
        build=found.build,
    )


def _raw_panic(batch: _Batch, found: Assembled) -> RawPanic:
    text, origin = batch.whole(found, batch.input), found.origin
    content = content_id("record", origin.stream, origin.time, text)
    ordinal = 0 if _is_single(origin) else batch.ordinal(content, found.line)
    event_id = crash_id(origin.stream, origin.time, text, ordinal)
    return msgspec.structs.replace(
        raw_of(found, event_id),
        continues=found.continues,
        anonymous=not origin.stream and not origin.time,
        path=batch.path,
        line=found.line,
        route="lines",
    )


def _take_object(batch: _Batch, found: InputObject) -> None:
    topic = BY_NAME[found.topic]
    try:
        event = from_value(found.value, topic.message)
    except DecodeError as error:
        text = encode_value(found.value)
        batch.dead(BadLine(text, str(error), found.line), found.topic, Reason.INVALID)
        return
    if isinstance(event, RawPanic):
        placed = msgspec.structs.replace(event, path=batch.path, line=found.line, scrubbed=None)
        event = admit(placed, batch.patterns)
    batch.outputs.append(Emit(found.topic, event_key(event), event))


def encode_value(value: object) -> str:
    """A plain JSON value as text."""
    return msgspec.json.encode(value).decode()


_KEYS: Final[tuple[str, ...]] = ("event_id", "delivery_id", "core")


def event_key(event: Message) -> str:
    """The key of an input event: its own id."""
    return next((str(v) for v in (getattr(event, k, None) for k in _KEYS) if v), "")


def _take(batch: _Batch, assembler: AssemblerState, found: Assembled) -> AssemblerState:
    stream = found.origin.stream
    if found.continues == "":
        # The record before it in this very run was closed at the size limit: only here has it an id.
        found = msgspec.structs.replace(found, continues=batch.resumable.get(stream))
    raw = _raw_panic(batch, found)
    batch.outputs.append(Emit("panics.raw", raw.event_id or "", admit(raw, batch.patterns)))
    if found.resumable and raw.event_id:
        # A part of a part still belongs to the first record.
        batch.resumable[stream] = found.continues or raw.event_id
        return mark_closed(assembler, stream, batch.resumable[stream])
    return assembler


def _take_all(
    batch: _Batch, assembler: AssemblerState, found: Iterable[Assembled | InputObject | BadLine]
) -> AssemblerState:
    """All that lines or a Tick gave, in order."""
    for each in found:
        if isinstance(each, Assembled):
            assembler = _take(batch, assembler, each)
        elif isinstance(each, InputObject):
            _take_object(batch, each)
        else:
            batch.dead(each, "logs.lines", Reason.UNDECODABLE)
    return assembler


def _restart(before: InputState, after: InputState, above: int | None) -> int:
    """The line to go on from if this input must be read again with a fresh state."""
    assembler = after.assembler
    if assembler.closed or any(record.continues is not None for record in assembler.open.values()):
        # The rest of a record is only known as one while its beginning is read too.
        return before.restart
    if above is None:
        return before.restart
    wanted = first_needed(assembler, above)
    return max(wanted, before.restart) if wanted > after.last_read else before.restart


def _next_state(
    batch: _Batch, before: InputState, assembler: AssemblerState, last_read: int
) -> InputState:
    """The state after a run of lines or a Tick; `last_read` is the last line that what it finished had read."""
    above = first_above(assembler)
    resume = resume_line(assembler, above, before.resume)
    after = InputState(
        assembler=pruned(assembler, resume),
        path=batch.path,
        restart=before.restart,
        last_read=max(before.last_read, last_read),
        resume=resume,
    )
    return msgspec.structs.replace(after, restart=_restart(before, after, above))


def _topic_of(value: dict[str, object]) -> str | None:
    """The topic of an input event, by `kind`, `core` or `text`."""
    kind = value.get("kind")
    if kind is not None:
        return TOPIC_OF_KIND.get(kind) if isinstance(kind, str) else None
    return "cores.refs" if "core" in value else "panics.raw" if "text" in value else None


def _events(batch: _Batch, run: LogLines) -> None:
    """Every line is an input event, or a dead letter."""
    for number, line in enumerate(run.data.split("\n"), run.line):
        if not line.strip():
            continue
        try:
            value = loads(line)
        except DecodeError as error:
            batch.dead(BadLine(line, str(error), number), "logs.lines", Reason.UNDECODABLE)
            continue
        topic = _topic_of(value) if isinstance(value, dict) else None
        if topic is None:
            known = ", ".join(TOPIC_OF_KIND)
            error_text = f"no input event: want `kind` of {known}, or `text`, or `core`"
            batch.dead(BadLine(line, error_text, number), "logs.lines", Reason.INVALID)
            continue
        _take_object(batch, InputObject(topic, value, number))
    lines = run.data.count("\n") + (not run.data.endswith("\n"))
    next_line = run.line + lines
    batch.changes.append(
        put(INPUTS, run.input, InputState(path=run.path, restart=next_line, resume=next_line))
    )
    batch.counts.append(Count("panictrail_lines_read_total", lines))
    batch.notes.append(Note(kind="format", text="events", count=lines))


def _lines(batch: _Batch, run: LogLines) -> None:
    if run.events:
        _events(batch, run)
        return
    fresh = InputState(restart=run.line, resume=run.line)
    before = batch.state.get(INPUTS, run.input) or fresh
    read = feed(before.assembler, run)
    assembler = _take_all(batch, read.state, read.found)
    finished = [max(f.last, f.read) for f in read.found if isinstance(f, Assembled)]
    after = _next_state(batch, before, assembler, max(finished, default=0))
    batch.changes.append(put(INPUTS, run.input, after))
    batch.counts.append(Count("panictrail_lines_read_total", read.lines))
    batch.notes.extend(_notes(batch, read))


def _notes(batch: _Batch, read: Read) -> Iterator[Note]:
    for name, count in read.formats.items():
        yield Note(kind="format", text=name, count=count)
    for miss in read.near_misses:
        text = readable(miss.text)
        if batch.patterns is not None:
            text = scrub(text, batch.patterns).text
        shown = text[:_MISS_CHARS]
        yield Note(kind="near-miss", text=shown, path=batch.path, line=miss.line, why=miss.why)


def _tick(batch: _Batch, tick: Tick) -> None:
    before = batch.state.get(INPUTS, tick.input)
    if before is None:
        return
    batch.path = before.path
    assembler, records = close(
        before.assembler, resumable=not tick.end_of_input, stream=tick.stream
    )
    assembler = _take_all(batch, assembler, records)
    after = _next_state(batch, before, assembler, assembler.next_line - 1 if records else 0)
    if after != before:
        batch.changes.append(put(INPUTS, tick.input, after))


def collect(
    patterns: tuple[Pattern, ...] | None, whole: Whole = _own_text
) -> Callable[[State, Message, Facts], Done | Need]:
    """The step with the user's secret patterns (None: scrubbing is off)."""

    def step(state: State, event: Message, _facts: Facts) -> Done | Need:
        if isinstance(event, LogLines):
            batch = _Batch(state, event.input, event.path, patterns, whole)
            _lines(batch, event)
            return batch.done()
        if isinstance(event, Tick):
            batch = _Batch(state, event.input, None, patterns, whole)
            _tick(batch, event)
            return batch.done()
        return Done()

    return step

"""One run of lines through the open records of an input, line by line where something could happen.

In: AssemblerState and LogLines. Out: records found, and the state after the run.
"""

from __future__ import annotations

from typing import Final

import msgspec

from streams.core.parse.before import Beside, lines_before
from streams.core.parse.early import is_fine
from streams.core.parse.exported import HELD, Entries
from streams.core.parse.opened import Opened
from streams.core.parse.parts import Parts
from streams.core.parse.prefix import (
    inner_lines,
    joined_context,
    origin_of,
    raw_lines,
    read_as,
    split_prefix,
)
from streams.core.parse.prefixed import Prefixed, mark_of
from streams.core.parse.quiet import Quiet
from streams.core.parse.reassemble import BODY, OpenCrash, Verdict, resumes
from streams.core.parse.recent import Recent
from streams.core.parse.record import (
    MAX_OPEN_CHARS,
    MAX_OPEN_STREAMS,
    Assembled,
    AssemblerState,
    BadLine,
    ClosedMark,
    InputObject,
    NearMiss,
    OpenRecord,
    Settled,
)
from streams.core.parse.shape import header_of, indent_of, plain, start_of
from streams.core.parse.shapes import EXPORTED
from streams.core.parse.shipped import read_shipped
from streams.core.parse.structured import LoggedCrash, read_log_line, read_object
from streams.model.events import LogLines

_MAX_NEAR_MISSES: Final = 5
# COLLECT scrubs what is shown and cuts it then: a secret cut in two would not be recognised.
_MAX_SHOWN: Final = 2000
_NEAR: Final = ("panic", "goroutine ", "fatal error")
# A search for one more stream costs 0.15 us a line, to read a line instead about 5.
_MAX_MARKS: Final = 16
# More streams have more marks; to look would take longer than to read the line.
_MANY_STREAMS: Final = 4 * _MAX_MARKS


class Runner:
    """The state of an input while one run of its lines is read."""

    def __init__(self, state: AssemblerState, run: LogLines) -> None:
        self._run = run
        self._state = state
        self._open = Opened(state.open)
        self._closed = dict(state.closed)
        self._settled = dict(state.settled)
        self._recent = Recent(state.recent.get(run.stream, ()), run.format)
        self._parts = Parts(state.unfinished, state.spans)
        self._entries = Entries(state.entry, state.spans)
        if state.next_line:
            self._recent.skip(run.line - state.next_line)
        self._number = run.line
        # Where the line that is read now began: before `_number` if it came in parts.
        self._began = run.line
        self._marks: tuple[str, ...] | None = None
        self._stale = True
        self.found: list[Assembled | InputObject | BadLine] = []
        self.formats: dict[str, int] = {}
        self.near_misses: list[NearMiss] = []
        self.lines = 0

    def read(self) -> None:
        """Take every line of the run."""
        data, position = self._run.data, 0
        if self._run.format in ("", EXPORTED.name):
            data = self._entries.read(data, self._run.line)
        end = len(data)
        quiet = Quiet(data, self._run.format)
        while position < end:
            marks = self._watched()
            if marks is not None:
                telling = quiet.after(position, marks)
                line_start = data.rfind("\n", position, telling) + 1 if telling < end else end
                if line_start > position:
                    self._skip(data, position, line_start)
                    position = line_start
                    continue
            stop = data.find("\n", position)
            stop = end if stop < 0 else stop
            self._line(data[position:stop])
            position = stop + 1

    def frozen(self) -> AssemblerState:
        """The state after the run."""
        recent = {**self._state.recent}
        recent.pop(self._run.stream, None)
        recent[self._run.stream] = self._recent.frozen()
        while len(recent) > MAX_OPEN_STREAMS:
            del recent[next(iter(recent))]
        return AssemblerState(
            open=self._open.frozen(),
            closed=self._closed,
            recent=recent,
            settled=self._settled,
            again=self._state.again if self._number < self._state.again else 0,
            next_line=self._number,
            unfinished=self._parts.unfinished(),
            spans=self._parts.spans(self._entries.spans),
            entry=self._entries.frozen(),
            format=self._run.format,
        )

    def end_entry(self) -> None:
        """Give what there is of an entry whose rest will not come, as if its last line had been the end of it."""
        self._number -= 1
        self._line(self._entries.end(self._number))

    def end_parts(self, stream: str | None) -> None:
        """The same of the unfinished line of a stream, or of all."""
        next_line = self._number
        for each in tuple(self._parts.streams) if stream is None else (stream,):
            self._number = self._parts.last(each)
            self._cut_line(each)
        self._number = next_line

    def _watched(self) -> tuple[str, ...] | None:
        """What the lines of all streams that something waits for hold; None: every line must be read."""
        if self._stale:
            self._stale = False
            if len(self._open) + len(self._closed) > _MANY_STREAMS:
                self._marks = None
                return None
            waiting = {*self._open, *self._closed, *self._parts.streams}
            if self._number < self._state.again:
                waiting.update(self._settled)
            marks = {None if stream == self._run.stream else mark_of(stream) for stream in waiting}
            known = {mark for mark in marks if mark is not None}
            whole = len(known) == len(marks) and len(known) <= _MAX_MARKS
            self._marks = tuple(sorted(known)) if whole else None
        return self._marks

    def _count(self, shape: str, lines: int) -> None:
        self.lines += lines
        self._number += lines
        self.formats[shape] = self.formats.get(shape, 0) + lines

    def _skip(self, data: str, position: int, stop: int) -> None:
        """Pass over lines in which nothing can happen; their shape is taken from the first."""
        lines = data.count("\n", position, stop) + (data[stop - 1] != "\n")
        first_stop = data.find("\n", position, stop)
        text = data[position : first_stop if first_stop >= 0 else stop]
        first = read_as(text, self._run.format)[0]
        json = first.payload.startswith("{") and first.shape == "plain"
        shape = EXPORTED.name if text == HELD else "json" if json else first.shape
        self._recent.extend(data, position, stop)
        self._count(shape, lines)

    def _line(self, raw: str) -> None:
        """One line of the run, which a shipper may have joined of several, or cut out of one."""
        if raw == HELD:
            self._recent.push(raw)
            self._count(EXPORTED.name, 1)
            return
        text = plain(raw)
        self._began = self._entries.first(self._number)
        self._parts.seen = False
        # Lines that are cut are longer than those that Recent keeps.
        if self._run.format or text.startswith("{"):
            beside = Beside()
            shape = self._named(text, beside) if self._run.format else self._record(text, beside)
            others = beside.streams > beside.used
            self._recent.push("" if self._parts.seen else raw, beside.used, others=others)
        else:
            shape, user = self._read(text, None)
            self._recent.push("" if self._parts.seen else raw, () if user is None else (user,))
        self._count(shape, 1)

    def _named(self, text: str, beside: Beside) -> str:
        """Take a line whose format was named; its shape."""
        shape = ""
        for whole in raw_lines(text):
            for line in read_as(whole, self._run.format):
                shape = line.shape
                self._part(line, line.stream or self._run.stream, beside)
        return shape

    def _read(self, text: str, beside: Beside | None) -> tuple[str, str | None]:
        """Take a line without JSON around it; its shape, and the stream whose record has it for certain."""
        while True:
            line = self._split(text, self._open.get(self._run.stream))
            stream = line.stream or self._run.stream
            if line.goes_on or stream in self._parts.streams:
                return line.shape, stream if self._part(line, stream, beside) else None
            used = self._given(line, stream, beside)
            # A line that ended a record is read again as what it is outside of it.
            if used is not None:
                break
        if beside is not None:
            beside.add(stream, line, used=used)
        if not used and stream not in self._open:
            self._near(text)
        json = line.shape == "plain" and line.payload.lstrip(" \t").startswith("{")
        return "json" if json else line.shape, stream if used else None

    def _record(self, text: str, beside: Beside) -> str:
        """The same for a JSON line: a shipper's record of one line or more, or what it says of itself."""
        shape = ""
        for whole in raw_lines(text):
            shipped = read_shipped(whole)
            if not shipped:
                shape = self._read(whole, beside)[0]
                continue
            shape = shipped[0].shape
            for line in shipped:
                self._part(line, line.stream, beside)
        return shape

    def _part(self, line: Prefixed, stream: str, beside: Beside | None) -> bool:
        """Take a line that may be a part of one, or may be joined of several; whether a record has its last one."""
        if line.goes_on or stream in self._parts.streams:
            self._stale = True
            for crowded in self._parts.crowded_by(stream):
                self._cut_line(crowded)
            first = self._entries.first(self._number)
            began, whole = self._parts.add(line, stream, first, self._number)
            if whole is None:
                return False
            self._began, line = began, whole
        return self._inner(line, stream, beside)

    def _cut_line(self, stream: str) -> None:
        """Give a line of which there will be no more."""
        self._stale = True
        self._began, line = self._parts.end(stream)
        self._inner(line, stream, None)

    def _inner(self, whole: Prefixed, stream: str, beside: Beside | None) -> bool:
        used: bool | None = False
        for line in inner_lines(whole):
            # Of a record in the record the inner one says whose line it is.
            own = stream if line.stream == whole.stream else line.stream
            if own != stream and (line.goes_on or own in self._parts.streams):
                used = self._part(line, own, beside)
                continue
            used = self._given(line, own, beside)
            if used is None:
                used = bool(self._given(line, own, beside))
            if beside is not None:
                beside.add(own, line, used=used)
            if not used and own not in self._open:
                self._near(line.payload)
        return bool(used)

    def _given(self, line: Prefixed, stream: str, beside: Beside | None) -> bool | None:
        """Whether a record has the line for certain. None: it ended the record."""
        settled = self._settled.get(stream) if self._number < self._state.again else None
        if settled is not None and self._number <= settled.read:
            return self._number <= settled.last
        # An indented brace inside a record is a line of a panic value.
        inside = stream in self._open
        if (line.payload if inside else line.payload.lstrip(" \t")).startswith("{"):
            return self._json(line, stream)
        return self._text(line, stream, beside)

    @staticmethod
    def _split(raw: str, here: OpenCrash | None) -> Prefixed:
        """The line without its prefix; amid a crash without prefixes only a clear one is taken for one.

        A time before the first line of a crash is clear: logs of two settings in one file.
        """
        if here is None or here.prefixed:
            return split_prefix(raw)
        line = split_prefix(raw, strong_only=True)
        if line.shape == "plain" and here.phase.startswith(BODY):
            timed = split_prefix(raw)
            if timed.shape != "plain" and (start_of(timed.payload) or header_of(timed.payload)):
                return timed
        return line

    def _near(self, raw: str) -> None:
        if len(self.near_misses) < _MAX_NEAR_MISSES and any(word in raw for word in _NEAR):
            why = "speaks of a crash, but no goroutine stack follows"
            self.near_misses.append(NearMiss(self._number, raw.strip()[:_MAX_SHOWN], why))

    def _give(self, found: Assembled | InputObject | BadLine) -> None:
        """What was found, unless it was found when its lines were read for the first time."""
        if self._number >= self._state.again:
            self.found.append(found)

    def _json(self, line: Prefixed, stream: str) -> bool:
        found = read_object(line.payload.strip(), self._number)
        if isinstance(found, LoggedCrash):
            self._give(self._logged(line, stream, found))
        elif found is not None:
            self._give(found)
        crash = self._open.get(stream)
        if crash is not None and crash.foreign('{"') is Verdict.ENDS:
            self._finish(stream)
        self._forget(stream)
        return found is not None

    def _logged(self, line: Prefixed, stream: str, found: LoggedCrash) -> Assembled:
        timed = msgspec.structs.replace(line, time=found.time or line.time, payload="")
        origin = origin_of(timed, stream, self._run.defaults)
        stated = {
            name: value
            for name in ("service", "host", "pod", "namespace", "container")
            if (value := getattr(found.source, name)) is not None
        }
        source = msgspec.structs.replace(origin.source, **stated)
        return Assembled(
            text=found.text,
            origin=msgspec.structs.replace(origin, source=source),
            line=self._began,
            last=self._number,
            message=found.message,
            context=joined_context(origin.context, found.context),
            errors=found.errors,
            build=found.build,
        )

    def _text(self, line: Prefixed, stream: str, beside: Beside | None) -> bool | None:
        """Give a line to its stream; whether a record has it for certain. None: it ended the record."""
        crash = self._open.get(stream)
        if crash is not None:
            before = crash.size
            verdict = crash.take(line.own_time, line.payload)
            self._open.chars += crash.size - before
            if self._open.chars > MAX_OPEN_CHARS:
                self._make_room(stream)
            if verdict is Verdict.HELD:
                return False
            if verdict is not Verdict.ENDS:
                crash.last = self._number
            if verdict is Verdict.TAKEN:
                return True
            self._finish(stream, full=verdict is Verdict.FULL)
            return None if verdict is Verdict.ENDS else True
        if self._resumed(line, stream) or self._started(line, stream, beside):
            return True
        logged = read_log_line(line.payload)
        if logged is not None:
            self._give(self._logged(line, stream, logged))
        return False

    def _resumed(self, line: Prefixed, stream: str) -> bool:
        mark = self._closed.get(stream)
        if mark is None or not line.payload.strip():
            return False
        self._forget(stream)
        if not resumes(line.payload, mark.phase):
            return False
        record = self._opened(line, stream, mark.phase)
        resumed = msgspec.structs.replace(record, continues=mark.crash or "")
        crash = self._begin(stream, resumed)
        verdict = crash.take(line.own_time, line.payload)
        self._open.chars += crash.size
        return verdict is Verdict.TAKEN

    def _started(self, line: Prefixed, stream: str, beside: Beside | None) -> bool:
        """Open a record if the line starts one, with the lines above that belong to it."""
        indent = indent_of(line.payload)
        bare = line.payload[len(indent) :]
        start = start_of(bare)
        header = None if start else header_of(bare)
        if not start and not header:
            return False
        self._forget(stream)
        above = lines_before(self._recent, stream, self._run.stream, start, beside)
        highest = self._entries.first(self._number - (above[0].distance if above else 0))
        number = min(self._began, highest)
        self.near_misses = [miss for miss in self.near_misses if miss.line < number]
        record = self._opened(above[0].line if above else line, stream, start or BODY)
        crash = self._begin(stream, msgspec.structs.replace(record, line=number, indent=indent))
        before = None
        for earlier in above:
            # One that a shipper sent twice stands there twice.
            if earlier.line != before or not is_fine(earlier.line.own_time):
                crash.begin(earlier.line.own_time, earlier.line.payload)
            before = earlier.line
        crash.begin(line.own_time, line.payload)
        crash.last = self._number
        self._open.chars += crash.size
        return True

    def _begin(self, stream: str, record: OpenRecord) -> OpenCrash:
        """Open a record; of too many open ones the oldest is closed, to be continued."""
        if len(self._open) >= MAX_OPEN_STREAMS:
            self._finish(next(iter(self._open)), resumable=True)
        crash = self._open.open(stream, record)
        self._stale = True
        return crash

    def _make_room(self, stream: str) -> None:
        """Close the oldest records, to be continued, while all of them together are too large."""
        while self._open.chars > MAX_OPEN_CHARS and len(self._open) > 1:
            self._finish(next(other for other in self._open if other != stream), resumable=True)

    def _opened(self, line: Prefixed, stream: str, phase: str) -> OpenRecord:
        origin = origin_of(line, stream, self._run.defaults)
        prefixed = line.shape != "plain"
        return OpenRecord(
            origin=origin,
            line=self._began,
            last=self._number,
            phase=phase,
            text="",
            chars=0,
            prefixed=prefixed,
        )

    def _finish(self, stream: str, *, full: bool = False, resumable: bool = False) -> None:
        """Take an open record out of work; a full or evicted one may be continued."""
        crash = self._open.pop(stream)
        self._stale = True
        record = crash.finished(truncated=full, resumable=full or resumable)
        if record is None:
            return
        self._give(msgspec.structs.replace(record, read=self._number - 1))
        mark = None
        if record.resumable:
            while len(self._closed) >= MAX_OPEN_STREAMS:
                oldest = next(iter(self._closed))
                self._forget(oldest)
                if oldest in self._settled:
                    ended = msgspec.structs.replace(self._settled[oldest], mark=None)
                    self._settled[oldest] = ended
            mark = ClosedMark(phase=record.phase, crash=record.continues or None)
            self._closed[stream] = mark
        read = max(record.last, self._number - 1)
        self._settled[stream] = Settled(last=record.last, read=read, mark=mark)

    def _forget(self, stream: str) -> None:
        """Whatever comes, it does not continue the record of the stream that was closed."""
        if self._closed.pop(stream, None) is not None:
            self._stale = True

"""One stream's open record and its next line: whether the line belongs, waits, or ends the record.

In: an OpenRecord and lines without prefix, in order. Out: a verdict per line. Log lines that other
goroutines write between the lines of a traceback are skipped, within bounds.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

import msgspec

from streams.core.parse.early import Seen, is_fine
from streams.core.parse.frame import NON_GO, flush_place_of, place_of
from streams.core.parse.held import Held
from streams.core.parse.race import CREATED, LOST_STACK
from streams.core.parse.record import MAX_RECORD_CHARS, Assembled, OpenRecord, Step
from streams.core.parse.recovered import CHI_MARK
from streams.core.parse.shape import (
    ANCESTOR,
    BARE_FUNCTION,
    DAMAGED,
    ELIDED,
    EXIT,
    GIN_PLACE,
    RACE_ACCESS,
    RACE_RULE,
    RULE,
    SYSTEM_STACK,
    UNAVAILABLE,
    header_of,
    is_amid,
    is_function,
    is_named,
    is_running,
    start_of,
)

BODY: Final = "body"
RACE: Final = "race"
_GIN: Final = "gin"
# Behind the first frame of a stack that gin or chi printed.
_GIN_BODY: Final = "gin.body"
_CHI: Final = "chi"
_ZAP: Final = "zap"
_FRAMES: Final = (BODY, RACE, _GIN_BODY, _CHI)
# After these lines the runtime stops itself by a breakpoint (runtime/proc.go badmorestackg0, stubs.go badsystemstack).
_TRAPPED: Final = "fatal: "
# runtime/proc.go checkdead: never beside another throw, and it may be all that is printed (golden/main-goexit).
_ALONE: Final = "- deadlock!"
# Behind the first access of a race report.
_RACE_BODY: Final = "race.body"
# Below `-----` another thread's stack begins with a signal line (GOTRACEBACK=crash, signal_unix.go).
_BELOW_RULE: Final = "body.rule"


class Verdict(Enum):
    """What became of a line."""

    TAKEN = "it belongs to the record"
    HELD = "later lines will tell"
    LAST = "it belongs and ends the record"
    ENDS = "the record ended before it"
    FULL = "it belongs and the record has reached its limit"


# After these there is no record to take a line.
_ENDING: Final = (Verdict.ENDS, Verdict.LAST, Verdict.FULL)


class OpenCrash:
    """An OpenRecord in work."""

    def __init__(self, record: OpenRecord) -> None:
        self._record = record
        self._parts = [record.text] if record.text else []
        self.chars = record.chars
        self._held = Held(record.held, record.indent)
        self._indent = record.indent
        self.phase = record.phase
        self.last = record.last
        self.prefixed = record.prefixed
        self._seen = Seen(record.seen)
        self._step = record.step

    @property
    def size(self) -> int:
        """How much text it has, with what is held."""
        return self.chars + self._held.chars

    def frozen(self) -> OpenRecord:
        """The record as a value."""
        return msgspec.structs.replace(
            self._record,
            text="".join(self._parts),
            chars=self.chars,
            phase=self.phase,
            last=self.last,
            held=tuple(self._held.lines),
            seen=self._seen.frozen(),
            step=self._step,
        )

    def begin(self, time: str, line: str) -> None:
        """Take the line that the record begins with."""
        if is_fine(time):
            self._seen.add(time, line)
            self._step = self._now(time, line)
        if self.phase == RACE and RACE_ACCESS.match(line.strip()):
            self.phase = _RACE_BODY
        self.add(line)

    def finished(self, *, truncated: bool = False, resumable: bool = False) -> Assembled | None:
        """The record as it stands, None if no line of it is certain.

        A frame whose location never came, or not whole, is kept: the end was cut off there.
        """
        for line in self._held.cut_frame():
            self.add(line)
        record = self._record
        if not self._parts:
            return None
        return Assembled(
            text="".join(self._parts),
            origin=record.origin,
            line=record.line,
            last=self.last,
            phase=self.phase,
            continues=record.continues,
            truncated=truncated,
            resumable=resumable,
            context=record.origin.context,
        )

    def _last_line(self) -> str:
        """The last certain line, with its line end."""
        last = self._parts[-1] if self._parts else ""
        return last[last.rfind("\n", 0, -1) + 1 :]

    def add(self, line: str) -> None:
        """Take a line as certain."""
        self._parts.append(line + "\n")
        self.chars += len(line) + 1

    def take(self, time: str, line: str) -> Verdict:
        """Decide on the next line of the stream, which may have come twice, or after the one that follows it.

        Shippers send again what they do not know to have arrived; lines of one batch may change places. `time` is
        empty where lines share it.
        """
        if not is_fine(time):
            self._step = None
            return self.advance(line)
        early = self._step
        if early is not None and len(time) == len(early.time) and time <= early.time:
            again = line == early.line if time == early.time else self._seen.has(time, line)
            if again:
                return Verdict.TAKEN
            verdict = self._before(early, time, line) if time < early.time else None
            if verdict is not None:
                return verdict
        self._seen.add(time, line)
        self._step = self._now(time, line)
        return self.advance(line)

    def _now(self, time: str, line: str) -> Step:
        held = tuple(self._held.lines)
        return Step(time=time, line=line, chars=self.chars, phase=self.phase, held=held)

    def _back(self, step: Step) -> list[str]:
        """Be what the record was before a line; what it has taken since."""
        taken = []
        while self._parts and self.chars > step.chars:
            part = self._parts.pop()
            left = max(0, len(part) - (self.chars - step.chars))
            if left:
                self._parts.append(part[:left])
            taken.append(part[left:])
            self.chars -= len(part) - left
        self._held = Held(step.held, self._indent)
        self.phase = step.phase
        return taken[::-1]

    def _before(self, early: Step, time: str, line: str) -> Verdict | None:
        """Take a line before the last one, which came too early; None where it does not belong there."""
        after = self._now(time, line)
        taken = self._back(early)
        first = self.advance(line)
        between = self._now(early.time, early.line)
        second = Verdict.ENDS if first in _ENDING else self.advance(early.line)
        if second not in _ENDING:
            self._seen.add(time, line)
            self._step = between
            return Verdict.TAKEN if Verdict.TAKEN in (first, second) else Verdict.HELD
        self._back(early)
        self._parts += taken
        self.chars = after.chars
        self._held = Held(after.held, self._indent)
        self.phase = after.phase
        return None

    def advance(self, line: str) -> Verdict:
        """Decide on the next line of the stream."""
        if not line or line.isspace():
            return self._blank()
        if self._indent and not line.startswith(self._indent):
            outer = line.lstrip(" \t")
            return Verdict.ENDS if start_of(outer) or header_of(outer) else self.foreign(line)
        bare = line[len(self._indent) :]
        if self.phase.startswith(RACE):
            verdict = self._in_race(line, bare)
        elif self.phase.startswith((_GIN, _CHI)):
            verdict = self._in_recovered(line, bare)
        elif self.phase.startswith(BODY):
            verdict = self._in_body(line, bare)
        elif self.phase == _ZAP:
            verdict = self._in_zap(line, bare)
        else:
            verdict = self._in_head(line, bare)
        if verdict is Verdict.TAKEN and self.chars > MAX_RECORD_CHARS:
            return Verdict.FULL
        return verdict

    def foreign(self, line: str) -> Verdict:
        """Hold a line that is not of this crash by its shape."""
        held = self._held
        in_body = self.phase.startswith(_FRAMES)
        fits = held.foreign_line(line) if in_body else held.value_line(line)
        return Verdict.HELD if fits else Verdict.ENDS

    def _take(self, line: str) -> Verdict:
        """Take a line and the held ones before it."""
        if self._held.lines:
            for held in self._held.taken():
                self.add(held)
        self.add(line)
        return Verdict.TAKEN

    def _take_after(self, function: str | None, line: str) -> Verdict:
        """Take a line and the function line it belongs to; other held lines are of others."""
        self._held.clear()
        if function is not None:
            self.add(function)
        self.add(line)
        return Verdict.TAKEN

    def _blank(self) -> Verdict:
        function = self._held.only_function()
        if function is not None and self.phase.startswith(BODY):
            self._held.clear()
            self.add(function)
        return Verdict.HELD if self._held.blank() else Verdict.ENDS

    def _in_head(self, line: str, bare: str) -> Verdict:
        if header_of(bare) or bare == SYSTEM_STACK:
            if self._held.speaks_of_panic():
                return Verdict.ENDS
            self.phase = BODY
            return self._take(line)
        if start_of(bare):
            return self._take(line) if self._is_chained(bare) else Verdict.ENDS
        if EXIT.match(bare):
            self._take(line)
            return Verdict.LAST
        if self._indent and self.phase == "panic" and bare.startswith(CHI_MARK):
            self.phase = _CHI
        indented = bare[0] in "\t " and not any(self._held.lines)
        if indented or is_amid(bare) or self.phase == _CHI:
            return self._take(line)
        return self.foreign(line)

    def _is_chained(self, bare: str) -> bool:
        """Whether a start line goes on with this head instead of beginning another crash.

        Two goroutines can throw at once; `fatal: morestack on g0` is followed by its SIGTRAP; pasted text loses the
        indent of the second panic of a chain. A throw below other lines is the next crash: better one too many than
        one lost, where a program that printed no stack was started again.
        """
        start, last = start_of(bare), self._last_line()
        apart = any(self._held.lines)
        if self.phase == "panic" and start == "panic":
            return last.endswith("[recovered]\n") and not apart
        if self.phase != "fatal" or start not in ("fatal", "signal"):
            return False
        if start == "signal" and last[len(self._indent) :].startswith(_TRAPPED):
            return True
        return not apart and not any(each.rstrip().endswith(_ALONE) for each in (last, bare))

    def _in_body(self, line: str, bare: str) -> Verdict:
        if bare[0] in "\t ":
            return self._indented(line, bare)
        header = header_of(bare)
        if header:
            return self._header(line, running=is_running(header))
        if start_of(bare):
            return self._take(line) if self.phase == _BELOW_RULE else Verdict.ENDS
        if bare.startswith("created by ") or ANCESTOR.match(bare) or ELIDED.match(bare):
            return self._take_after(self._held.function(), line)
        return self._between(line, bare)

    def _in_recovered(self, line: str, bare: str) -> Verdict:
        """In what gin or chi prints: the value, then frames until a line that is none."""
        if start_of(bare) or header_of(bare):
            return Verdict.ENDS
        if self.phase == _CHI:
            return self._take(line) if bare[0] in " -" else self.foreign(line)
        if GIN_PLACE.match(bare):
            self.phase = _GIN_BODY
            return self._take(line)
        below = bare[0] == "\t" and self.phase == _GIN_BODY and not self._held.lines
        return self._take(line) if below else self.foreign(line)

    def _in_zap(self, line: str, bare: str) -> Verdict:
        """The stack below a line of zap's console form: it is written whole."""
        last = self._last_line().rstrip()
        if bare[0] == "\t":
            return (
                self._take(line) if place_of(bare) and BARE_FUNCTION.match(last) else Verdict.ENDS
            )
        if start_of(bare) or BARE_FUNCTION.match(last) or not BARE_FUNCTION.match(bare):
            return Verdict.ENDS
        return self._take(line)

    def _in_race(self, line: str, bare: str) -> Verdict:
        """A report is written whole: what stands between its lines is of others, and dropped."""
        if bare.rstrip() == RACE_RULE:
            self._take_race_line(line)
            return Verdict.LAST
        start = start_of(bare)
        if bare.startswith("Previous ") or CREATED.match(bare):
            self.phase = _RACE_BODY
        elif start:
            if start != RACE or self.phase == _RACE_BODY:
                return Verdict.ENDS
            self.phase = _RACE_BODY if RACE_ACCESS.match(bare) else self.phase
        elif place_of(line):
            return self._take_race_line(line, self._held.function())
        elif bare[0] not in "\t " or not (is_function(bare.strip()) or bare.strip() == LOST_STACK):
            return self.foreign(line)
        return self._take_race_line(line)

    def _take_race_line(self, line: str, function: str | None = None) -> Verdict:
        blank = function is None and not any(self._held.lines)
        return self._take(line) if blank else self._take_after(function, line)

    def _indented(self, line: str, bare: str) -> Verdict:
        if place_of(bare):
            return self._located(line)
        if UNAVAILABLE.match(bare):
            return self._take_after(None, line)
        return self.foreign(line)

    def _between(self, line: str, bare: str) -> Verdict:
        """A line that is neither header nor location: it may stand amid blocks or begin a frame."""
        held = self._held
        if is_function(bare):
            return self.foreign(line)
        if held.is_contiguous():
            if EXIT.match(bare):
                self._take(line)
                return Verdict.LAST
            if is_amid(bare):
                self.phase = _BELOW_RULE if bare == RULE else BODY
                return self._take(line)
        if held.lines and is_function(held.bare(held.lines[-1])) and flush_place_of(bare):
            return self._located(line)
        return self.foreign(line)

    def _header(self, line: str, *, running: bool) -> Verdict:
        if self._held.is_contiguous():
            return self._take(line)
        # After other lines a running goroutine begins another report; parked ones are of this dump.
        return Verdict.ENDS if running else self._take_after(None, line)

    def _located(self, line: str) -> Verdict:
        held = self._held
        function = held.function()
        if function is not None or not held.lines:
            return self._take_after(function, line)
        place = place_of(held.bare(line))
        if place and place.pc and not place.offset and held.lines[-1]:
            return self._take_after(held.lines[-1], line)
        last = held.bare(self._last_line())
        if last.startswith(("created by ", NON_GO)) or is_function(last):
            return self._take_after(None, line)
        if DAMAGED.fullmatch(held.bare(held.lines[-1])):
            return self._take_after(held.lines[-1], line)
        return self.foreign(line)


def resumes(line: str, phase: str) -> bool:
    """Whether a line can only be the next of a record that was closed in this phase."""
    if phase.startswith((_GIN, _CHI, _ZAP)):
        return phase != _ZAP and bool(GIN_PLACE.match(line))
    if phase.startswith(RACE):
        return bool(place_of(line) or CREATED.match(line) or line.startswith("Previous "))
    in_body = phase.startswith(BODY)
    header = header_of(line)
    if header:
        return not (in_body and is_running(header))
    if start_of(line):
        return phase == _BELOW_RULE
    if is_amid(line) or EXIT.match(line):
        return True
    return bool(place_of(line) or is_named(line)) if in_body else line[:1] in ("\t", " ")

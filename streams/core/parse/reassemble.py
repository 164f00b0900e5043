"""One stream's open record and the next line: does the line belong, wait, or end the record?

In: an OpenCrash and lines without prefix, in order. Out: a verdict per line. Log lines that other goroutines
write between the lines of a traceback are skipped, within bounds.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

import msgspec

from streams.core.parse.frame import NON_GO, flush_place_of, place_of
from streams.core.parse.record import MAX_RECORD_CHARS, Assembled, OpenRecord, Origin
from streams.core.parse.shape import (
    ANCESTOR,
    ELIDED,
    EXIT,
    LOG_LINE,
    RULE,
    SYSTEM_STACK,
    UNAVAILABLE,
    header_of,
    is_amid,
    is_function,
    is_named,
    start_of,
)

# A panic value of Go < 1.23 has lines without indent; longer ones than this were never seen.
_MAX_HEAD_LINES: Final = 200
_MAX_HEAD_CHARS: Final = 64 * 1024
# Lines of other goroutines between two lines of one traceback (the runtime writes it with many small writes).
_MAX_FOREIGN: Final = 16
_MAX_BLANKS: Final = 64
_MAX_NAME: Final = 400
_BODY: Final = "body"


class Verdict(Enum):
    """What became of a line."""

    TAKEN = "it belongs to the record"
    HELD = "later lines will tell"
    LAST = "it belongs and ends the record"
    ENDS = "the record ended before it"
    FULL = "it belongs and the record has reached its limit"


class OpenCrash:
    """An OpenRecord in work."""

    def __init__(self, record: OpenRecord) -> None:
        self._record = record
        self._parts = [record.text] if record.text else []
        self._chars = record.chars
        self._held = list(record.held)
        self.phase = record.phase
        self.last = record.last

    @property
    def prefixed(self) -> bool:
        """Whether the first line had a prefix."""
        return self._record.prefixed

    def frozen(self) -> OpenRecord:
        """The record as a value."""
        return msgspec.structs.replace(
            self._record,
            text="".join(self._parts),
            chars=self._chars,
            phase=self.phase,
            last=self.last,
            held=tuple(self._held),
        )

    def finished(self, *, truncated: bool = False, resumable: bool = False) -> Assembled | None:
        """The record as it stands, None if no line is certain; a frame whose location is missing is kept."""
        if len(self._held) == 1 and is_named(self._bare(self._held[0])):
            self._confirm()
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
        )

    def add(self, line: str) -> None:
        """Take a line as certain."""
        self._parts.append(line + "\n")
        self._chars += len(line) + 1

    def advance(self, line: str) -> Verdict:
        """Decide on the next line of the stream."""
        if not line.strip():
            return self._blank()
        indent = self._record.indent
        if indent and not line.startswith(indent):
            return Verdict.ENDS if start_of(line) or header_of(line) else self._foreign(line)
        bare = line[len(indent) :]
        verdict = (
            self._in_body(line, bare) if self.phase.startswith(_BODY) else self._in_head(line, bare)
        )
        if verdict is Verdict.TAKEN and self._chars > MAX_RECORD_CHARS:
            return Verdict.FULL
        return verdict

    def foreign(self) -> Verdict:
        """Count a line that cannot belong (a JSON log line)."""
        return self._foreign("{}")

    def _bare(self, line: str) -> str:
        return line[len(self._record.indent) :]

    def _confirm(self) -> None:
        """Take the held lines, but for log lines of others."""
        for line in self._held:
            if not LOG_LINE.match(line):
                self.add(line)
        self._held.clear()

    def _take(self, line: str) -> Verdict:
        self._confirm()
        self.add(line)
        return Verdict.TAKEN

    def _take_alone(self, line: str, *, after_function: bool = False) -> Verdict:
        """Take a line, of the held ones at most the function line before it; the rest are others' lines."""
        functions = [h for h in self._held if is_function(self._bare(h))] if after_function else []
        self._held = functions[-1:]
        return self._take(line)

    def _blank(self) -> Verdict:
        if sum(not line for line in self._held) >= _MAX_BLANKS:
            return Verdict.ENDS
        if (
            self.phase.startswith(_BODY)
            and len(self._held) == 1
            and is_named(self._bare(self._held[0]))
        ):
            self._confirm()
        self._held.append("")
        return Verdict.HELD

    def _foreign(self, line: str) -> Verdict:
        in_body = self.phase.startswith(_BODY)
        # In the body only function lines and names of C functions are ever taken later.
        self._held.append(line if not in_body or is_function(line) else line[:_MAX_NAME])
        written = [h for h in self._held if h]
        if in_body:
            full = len(written) > _MAX_FOREIGN
        else:
            logs = sum(1 for h in written if LOG_LINE.match(h))
            full = logs > _MAX_FOREIGN or len(written) > _MAX_HEAD_LINES
            full = full or sum(map(len, written)) > _MAX_HEAD_CHARS
        return Verdict.ENDS if full else Verdict.HELD

    def _in_head(self, line: str, bare: str) -> Verdict:
        if header_of(bare) or bare == SYSTEM_STACK:
            self.phase = _BODY
            return self._take(line)
        start = start_of(bare)
        if start:
            # Two goroutines can throw at once; `fatal: morestack on g0` is followed by its SIGTRAP.
            same = self.phase == "fatal" and start in ("fatal", "signal")
            return self._take(line) if same else Verdict.ENDS
        if EXIT.match(bare):
            self._take(line)
            return Verdict.LAST
        if is_amid(bare):
            return self._take(line)
        if line[:1] in ("\t", " ") and bare[:1] in ("\t", " ") and not any(self._held):
            return self._take(line)
        return self._foreign(line)

    def _contiguous(self) -> bool:
        """Whether nothing but blank lines and one function line came since the last certain line."""
        return all(not held or is_named(self._bare(held)) for held in self._held)

    def _in_body(self, line: str, bare: str) -> Verdict:
        header = header_of(bare)
        if header:
            return self._header(line, header[5].startswith("running"))
        if start_of(bare):
            return self._take(line) if self.phase == "body.rule" else Verdict.ENDS
        if bare[:1] in (" ", "\t") and place_of(bare):
            return self._located(line)
        if bare.startswith("created by ") or ANCESTOR.match(bare) or ELIDED.match(bare):
            return self._take_alone(line, after_function=True)
        return self._between(line, bare)

    def _between(self, line: str, bare: str) -> Verdict:
        """A line that is neither header nor location: it may stand amid blocks, or be a function line."""
        if self._contiguous() or UNAVAILABLE.match(bare):
            if EXIT.match(bare):
                self._take(line)
                return Verdict.LAST
            if is_amid(bare):
                self.phase = "body.rule" if bare == RULE else _BODY
                return self._take(line)
        if self._held and is_function(self._bare(self._held[-1])) and flush_place_of(bare):
            return self._located(line)
        return self._foreign(line)

    def _header(self, line: str, running: bool) -> Verdict:
        if self._contiguous():
            return self._take(line)
        # After other lines, a running goroutine begins another log of a panic; parked ones are of this dump.
        return Verdict.ENDS if running else self._take_alone(line)

    def _located(self, line: str) -> Verdict:
        if not self._held or any(is_function(self._bare(held)) for held in self._held):
            return self._take_alone(line, after_function=True)
        place = place_of(self._bare(line))
        if place and place.pc and not place.offset and self._held[-1]:
            self._held = self._held[-1:]
            return self._take(line)
        last = self._bare(self._parts[-1]) if self._parts else ""
        if last.startswith(("created by ", NON_GO)) or is_function(last.rstrip("\n")):
            return self._take_alone(line)
        return self._foreign(line)


def begin(
    origin: Origin,
    line: int,
    phase: str,
    indent: str,
    *,
    prefixed: bool,
    continues: str | None = None,
) -> OpenCrash:
    """An empty record whose first line has this origin and number."""
    record = OpenRecord(
        origin=origin,
        line=line,
        last=line,
        phase=phase,
        text="",
        chars=0,
        indent=indent,
        prefixed=prefixed,
        continues=continues,
    )
    return OpenCrash(record)


def resumes(line: str, phase: str) -> bool:
    """Whether a line can only be the next of a record that was closed in this phase."""
    header = header_of(line)
    if header:
        return not (phase.startswith(_BODY) and header[5].startswith("running"))
    if start_of(line):
        return phase == "body.rule"
    if phase.startswith(_BODY):
        return bool(place_of(line) or is_named(line) or is_amid(line) or EXIT.match(line))
    return line[:1] in ("\t", " ") or is_amid(line) or bool(EXIT.match(line))

r"""Entries of journald's export format (`journalctl -o export`) as lines of JSON: records of the shape EXPORTED.

In: lines in order. Out: as many lines: the last one of an entry is its record, those before are HELD. What turns out to
be no entry is given as the lines that it was, joined in its last one: nothing is lost.

Layout (systemd.io/JOURNAL_EXPORT_FORMATS; systemd, src/shared/logs-show.c output_export):
    __CURSOR=...                first of every entry that journalctl writes
    __REALTIME_TIMESTAMP=...    second; then more fields in any order
    NAME=text                   a value without control characters but tab
    NAME \n LENGTH DATA \n      any other; LENGTH: 8 bytes, little endian; in both any byte may be, a line end too
    (empty line)                ends the entry
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

import orjson

from streams.core.parse.record import MAX_RECORD_CHARS, Entry
from streams.core.parse.shapes import EXPORTED
from streams.core.parse.shipped import joined
from streams.model.text import from_bytes, to_bytes

# A line of an entry whose end comes later; to Recent one that nobody can use.
HELD: Final = "\0\0"
_FIRST: Final = "__CURSOR="
_SECOND: Final = "__REALTIME_TIMESTAMP="
_FIELD: Final = re.compile(r"([A-Z_][A-Z0-9_]{0,63})(?:=|\Z)")
_MESSAGE: Final = "MESSAGE"
_WANTED: Final = frozenset((_MESSAGE, *EXPORTED.paths))
_LENGTH_BYTES: Final = 8
_UNKNOWN: Final = -1
# journald takes 1,024 fields of a program (ENTRY_FIELD_COUNT_MAX); a value may have many lines (COREDUMP_PROC_MAPS).
_MAX_LINES: Final = 65_536


def looks_exported(data: bytes) -> bool:
    """Whether bytes hold the beginning of an entry: NUL bytes are at home there."""
    return (b"\n" + data).find(f"\n{_FIRST}".encode()) >= 0


class Entries:
    """The entries of one run of lines."""

    def __init__(self, entry: Entry | None, spans: Iterable[tuple[int, int]]) -> None:
        """`entry` is that in which the run begins; `spans` are first and last lines of what came in several before."""
        self._first_lines = {last: first for first, last in spans}
        self.spans: list[tuple[int, int]] = []
        self._open = _Open(entry) if entry is not None else None

    def first(self, number: int) -> int:
        """Where what was given in a line begins."""
        return self._first_lines.get(number, number)

    def frozen(self) -> Entry | None:
        """The entry that goes on in the next run."""
        return None if self._open is None else self._open.frozen()

    def read(self, data: str, number: int) -> str:
        """The same number of lines; `number` is that of the first."""
        if self._open is None and _FIRST not in data:
            return data
        made, position, end = list[str](), 0, len(data)
        while position < end:
            if self._open is None:
                start = _next_first(data, position)
                made.append(data[position:start])
                number += data.count("\n", position, start)
                position = start
                if start == end:
                    break
            stop = data.find("\n", position)
            stop = end if stop < 0 else stop
            made.append(self._line(data[position:stop], number))
            made.append(data[stop : stop + 1])
            number, position = number + 1, stop + 1
        return "".join(made)

    def end(self, number: int) -> str:
        """What there is of an entry that will not go on; `number` is that of its last line."""
        known, first = list[str](), number if self._open is None else self._open.line
        while self._open is not None:
            known += self._ended(number)
        return self._given(known, first, number) if known else HELD

    def _line(self, line: str, number: int) -> str:
        first = number if self._open is None else self._open.line
        known = self._add(line, number, again=False)
        return self._given(known, first, number) if known else HELD

    def _given(self, known: list[str], first: int, number: int) -> str:
        """Lines of which more is known now, as one."""
        if first < number:
            self._first_lines[number] = first
            self.spans.append((first, number))
        return known[0] if len(known) == 1 else joined("\n".join(known))

    def _add(self, line: str, number: int, *, again: bool) -> list[str]:
        """The next line; what is known now: a record, or lines that are of no entry."""
        entry = self._open
        if line.startswith(_FIRST) and (entry is None or not entry.value):
            known = self._ended(number - 1)
            self._open = _Open(Entry(line=number, again=again))
            self._open.take(line)
            return known
        if entry is None:
            return [line]
        if line or entry.value:
            return [] if entry.take(line) else self._given_up(number)
        entry.lines.append(line)
        return self._ended(number)

    def _ended(self, number: int) -> list[str]:
        """What was open is over; `number` is that of its last line."""
        record = None if self._open is None else self._open.record()
        if record is None:
            return self._given_up(number)
        self._open = None
        return [record]

    def _given_up(self, number: int) -> list[str]:
        """The lines of what is no entry. A length that lies may have hidden entries: they are looked for once."""
        entry, self._open = self._open, None
        lines = [] if entry is None else [_clean(line) for line in entry.lines]
        if entry is None or entry.again or not entry.value:
            return lines
        known = lines[:1]
        for at, line in enumerate(lines[1:], number - len(lines) + 2):
            known += self._add(line, at, again=True)
        return known


class _Open:
    """An Entry in work."""

    def __init__(self, entry: Entry) -> None:
        self.line = entry.line
        self.lines = list(entry.lines)
        self.fields = dict(entry.fields)
        self.value = entry.value
        self.again = entry.again
        self._left = entry.left
        self._chars = entry.chars

    def frozen(self) -> Entry:
        return Entry(
            line=self.line,
            lines=tuple(self.lines),
            chars=self._chars,
            fields=self.fields,
            value=self.value,
            left=self._left,
            again=self.again,
        )

    def take(self, line: str) -> bool:
        """The next line; False if this is no entry."""
        self.lines.append(line)
        self._chars += len(line) + 1
        if len(self.lines) > _MAX_LINES or self._chars > MAX_RECORD_CHARS:
            return False
        if self.value:
            return self._value_line(line)
        field = _FIELD.match(line)
        if field is None or (len(self.lines) == 2 and not line.startswith(_SECOND)):  # noqa: PLR2004 - the second
            return False
        if field.end() == len(field[1]):
            self.value, self._left = len(self.lines), _UNKNOWN
        elif field[1] in _WANTED:
            self.fields.setdefault(field[1], line[field.end() :])
        return True

    def _value_line(self, line: str) -> bool:
        """A line of a value that has a length: a line end is a byte of it like any other."""
        if self._left == _UNKNOWN:
            data = to_bytes(self._value_text())
            if len(data) < _LENGTH_BYTES:
                return True
            length = int.from_bytes(data[:_LENGTH_BYTES], "little")
            self._left = _LENGTH_BYTES + length + 1 - len(data)
        else:
            self._left -= len(to_bytes(line)) + 1
        if self._left == 0:
            name = self.lines[self.value - 1]
            if name in _WANTED:
                text = self._value_text()
                # The last bytes of a length are zero, so that it ends where a character does.
                length_chars = len(from_bytes(to_bytes(text[:_LENGTH_BYTES])[:_LENGTH_BYTES]))
                self.fields.setdefault(name, text[length_chars:-1])
            self.value = 0
        return 0 <= self._left <= MAX_RECORD_CHARS

    def _value_text(self) -> str:
        """The lines so far, the length with them."""
        return "\n".join((*self.lines[self.value :], ""))

    def record(self) -> str | None:
        """A record of the shape EXPORTED; None of an entry without text, or whose value is not whole."""
        text = self.fields.get(_MESSAGE)
        if text is None or self.value:
            return None
        others = {name: value for name, value in self.fields.items() if name != _MESSAGE}
        clean = {name: _clean(value) for name, value in {EXPORTED.text: text, **others}.items()}
        return orjson.dumps(clean).decode()


def _clean(text: str) -> str:
    """Without lone surrogates, which no bytes give and no JSON takes."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _next_first(data: str, position: int) -> int:
    """Where the next line begins that may begin an entry; the end of the text if there is none."""
    if data.startswith(_FIRST, position):
        return position
    found = data.find("\n" + _FIRST, position)
    return len(data) if found < 0 else found + 1

"""The last few raw lines of an input: a logged panic value stands above its goroutine block.

In: lines in order. Out: those lines, newest last. A line that a record has used leaves only a mark; one that a shipper
joined of lines of several streams is also there for the streams whose records have not used theirs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from typing import Final

from streams.core.parse.shipped import looks_shipped

KEPT: Final = 256
# So far back a line may belong to a record; one that a shipper sent farther: lines of other containers, which
# share its input, stand in between.
_NEAR: Final = 12
# Longer lines are no log messages of a panic; keeping them would only fill the state.
_MAX_CHARS: Final = 16 * 1024
_USED: Final = "\0"
_NOBODY: Final = "\0"


class Recent:
    """A short window over the lines of one input."""

    def __init__(self, lines: tuple[str, ...], format_name: str = "") -> None:
        self.format = format_name
        self._lines = list(lines)
        # Newer than those: lines, and parts of texts that are cut into lines when somebody asks.
        self._newer: list[str | tuple[str, int, int]] = []

    def frozen(self) -> tuple[str, ...]:
        """The window as a value."""
        return tuple(self._window())

    def push(self, raw: str, used: Collection[str] = (), *, others: bool = False) -> None:
        """Add a line; it is part of records of the streams `used`, and has lines of `others`."""
        if not used:
            self._newer.append(_kept(raw))
            return
        marks = _USED + _USED.join(sorted(used))
        self._newer.append(
            marks + _USED + (_kept(raw) if others else "") if others or len(used) > 1 else marks
        )

    def extend(self, data: str, start: int, stop: int) -> None:
        """Add every line of a part of a text."""
        self._newer.append((data, start, stop))

    def skip(self, lines: int) -> None:
        """Count lines that were never there, so that distances stay true."""
        self._newer += [_USED + _NOBODY] * min(lines, KEPT)

    def _window(self) -> list[str]:
        if self._newer:
            newest_first = islice(self._unwound(), KEPT)
            lines = list(newest_first)[::-1]
            self._lines = (self._lines + lines)[-KEPT:]
            self._newer.clear()
        return self._lines

    def _unwound(self) -> Iterator[str]:
        for item in reversed(self._newer):
            if isinstance(item, str):
                yield item
                continue
            data, start, position = item
            position -= data[position - 1] == "\n"
            while position >= start:
                before = data.rfind("\n", start, position)
                before = start - 1 if before < 0 else before
                yield _kept(data[before + 1 : position])
                position = before

    def marked(self) -> list[tuple[Sequence[str], str]]:
        """Newest first: the streams whose records have used a line, and the text that is left for others."""
        return [_read(line) for line in reversed(self._window())]

    def newest_first(self, stream: str, mark: str | None) -> Iterator[tuple[int, str]]:
        """Distance (1 = the line before) and text of the lines that no record of this stream has used.

        `mark`: a text that every line of the stream holds, where there is one.
        """
        for distance, line in enumerate(reversed(self._window()), 1):
            text = line
            if line.startswith(_USED):
                users, text = _read(line)
                if stream in users:
                    return
                if not text:
                    continue
            if (not mark or mark in text) and is_near(distance, text):
                yield distance, text


def _read(line: str) -> tuple[Sequence[str], str]:
    """The streams whose records have used a line of the window, and the text that is left."""
    if not line.startswith(_USED):
        return (), line
    if line == _USED + _NOBODY:
        return (_NOBODY,), ""
    *users, text = line[len(_USED) :].split(_USED)
    return (users, text) if users else ((text,), "")


def _kept(line: str) -> str:
    return line if len(line) <= _MAX_CHARS else ""


def is_near(distance: int, line: str) -> bool:
    """Whether a line so far back may still belong to a record."""
    return distance <= _NEAR or looks_shipped(line)

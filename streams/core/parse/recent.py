"""The last few raw lines of an input: a logged panic value stands above its goroutine block.

In: lines in order. Out: those lines, newest last. A line that a record has used leaves only a mark.
"""

from __future__ import annotations

from collections.abc import Iterator
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

    def push(self, raw: str, stream: str, *, used: bool) -> None:
        """Add a line; `used`: it is part of a record of this stream."""
        self._newer.append(_USED + stream if used else _kept(raw))

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

    def marked(self) -> list[tuple[str | None, str]]:
        """Newest first: (stream, "") for a line that a record of that stream has used, (None, text) for others."""
        return [
            (line[len(_USED) :], "") if line.startswith(_USED) else (None, line)
            for line in reversed(self._window())
        ]

    def newest_first(self, stream: str, mark: str | None) -> Iterator[tuple[int, str]]:
        """Distance (1 = the line before) and text of the lines that no record of this stream has used.

        `mark`: a text that every line of the stream holds, where there is one.
        """
        for distance, line in enumerate(reversed(self._window()), 1):
            if line == _USED + stream:
                return
            if line.startswith(_USED) or (mark and mark not in line):
                continue
            if is_near(distance, line):
                yield distance, line


def _kept(line: str) -> str:
    return line if len(line) <= _MAX_CHARS else ""


def is_near(distance: int, line: str) -> bool:
    """Whether a line so far back may still belong to a record."""
    return distance <= _NEAR or looks_shipped(line)

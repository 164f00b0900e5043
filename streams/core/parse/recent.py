"""The last few raw lines of an input: a logged panic value stands above its goroutine block.

In: lines in order. Out: those lines, newest last. A line that a record has used leaves only a mark.
"""

from __future__ import annotations

from typing import Final

KEPT: Final = 12
# Longer lines are no log messages of a panic; keeping them would only fill the state.
_MAX_CHARS: Final = 16 * 1024
_USED: Final = "\0"


class Recent:
    """A short window over the lines of one input."""

    def __init__(self, lines: tuple[str, ...]) -> None:
        self._lines = list(lines)

    def frozen(self) -> tuple[str, ...]:
        """The window as a value."""
        return tuple(self._lines)

    def push(self, raw: str, stream: str, *, used: bool) -> None:
        """Add a line; `used`: it is part of a record of this stream."""
        self._lines.append(_USED + stream if used else raw if len(raw) <= _MAX_CHARS else "")
        if len(self._lines) > KEPT:
            del self._lines[:-KEPT]

    def extend(self, data: str, start: int, stop: int) -> None:
        """Add every line of a part of a text, looking only at its end."""
        position = stop - (data[stop - 1] == "\n")
        lines: list[str] = []
        while len(lines) < KEPT and position >= start:
            before = data.rfind("\n", start, position)
            before = start - 1 if before < 0 else before
            line = data[before + 1 : position]
            lines.append(line if len(line) <= _MAX_CHARS else "")
            position = before
        self._lines = (self._lines + lines[::-1])[-KEPT:]

    def marked(self) -> list[tuple[str | None, str]]:
        """Newest first: (stream, "") for a line that a record of that stream has used, (None, text) for others."""
        return [
            (line[len(_USED) :], "") if line.startswith(_USED) else (None, line)
            for line in reversed(self._lines)
        ]

    def newest_first(self, stream: str) -> list[tuple[int, str]]:
        """Distance (1 = the line before) and text of the lines that no record of this stream has used."""
        found: list[tuple[int, str]] = []
        for distance, line in enumerate(reversed(self._lines), 1):
            if line == _USED + stream:
                break
            if not line.startswith(_USED):
                found.append((distance, line))
        return found

"""Lines of a stream that belong to its open record only if later lines say so.

In: lines without prefix. Out: those that belong. Bounded: a program that goes on logging ends its crash.
"""

from __future__ import annotations

from typing import Final

from streams.core.parse.shape import LOG_LINE, MENTION, UNFINISHED, is_function, is_named

# A panic value of Go < 1.23 has lines without indent; longer ones than this were never seen.
_MAX_VALUE_LINES: Final = 200
_MAX_VALUE_CHARS: Final = 64 * 1024
# Lines of other goroutines between two of one traceback (the runtime writes it with many small writes).
_MAX_FOREIGN: Final = 16
_MAX_BLANKS: Final = 64
# Of a line that can only be foreign, or the name of a C function, no more is kept.
_MAX_NAME: Final = 400
# No function line is so long; one with every argument that the runtime prints has 500 characters and its name.
_MAX_FUNCTION: Final = 64 * 1024


class Held:
    """The held lines of one record, in order; blank ones as empty texts."""

    def __init__(self, lines: tuple[str, ...], indent: str) -> None:
        self._indent = len(indent)
        self.lines: list[str] = []
        self._written = self._chars = self._logs = 0
        for line in lines:
            self._append(line)

    @property
    def chars(self) -> int:
        """How much text is held."""
        return self._chars

    def bare(self, line: str) -> str:
        """The line without the indent of its record."""
        return line[self._indent :] if self._indent else line

    def blank(self) -> bool:
        """Hold a blank line; False when there are too many."""
        self.lines.append("")
        return len(self.lines) - self._written <= _MAX_BLANKS

    def value_line(self, line: str) -> bool:
        """Hold what may be a line of a panic value; False when that is no longer likely."""
        self._append(line)
        fits = self._written <= _MAX_VALUE_LINES and self._chars <= _MAX_VALUE_CHARS
        return fits and self._logs <= _MAX_FOREIGN

    def foreign_line(self, line: str) -> bool:
        """Hold a line amid frames; False when the record cannot go on after so many."""
        is_frame = len(line) <= _MAX_FUNCTION and is_function(self.bare(line))
        self._append(line if is_frame else line[:_MAX_NAME])
        return self._written <= _MAX_FOREIGN

    def is_contiguous(self) -> bool:
        """Whether only blank lines and function lines came since the last certain line."""
        return all(not line or is_named(self.bare(line)) for line in self.lines)

    def function(self) -> str | None:
        """The last held function line."""
        lines = reversed(self.lines)
        return next((line for line in lines if line and is_function(self.bare(line))), None)

    def only_function(self) -> str | None:
        """The held line if it is a single function line."""
        single = len(self.lines) == 1 and is_named(self.bare(self.lines[0]))
        return self.lines[0] if single else None

    def cut_frame(self) -> tuple[str, ...]:
        """The held lines if they are the frame in which a text was cut off.

        That is a function line, whole or not, or one and the beginning of its location.
        """
        lines = [self.bare(line) for line in self.lines]
        if len(lines) == 1 and (is_named(lines[0]) or UNFINISHED.match(lines[0])):
            return tuple(self.lines)
        located = len(lines) == 2 and is_named(lines[0]) and lines[1][:1] in ("\t", " ")  # noqa: PLR2004 - a frame has two lines
        return tuple(self.lines) if located else ()

    def speaks_of_panic(self) -> bool:
        """Whether a held log line reports a panic itself."""
        return any(
            line and LOG_LINE.match(self.bare(line)) and MENTION.search(line) for line in self.lines
        )

    def taken(self) -> list[str]:
        """All held lines but log lines of others; nothing is held any more."""
        lines = [line for line in self.lines if not LOG_LINE.match(self.bare(line))]
        self.clear()
        return lines

    def clear(self) -> None:
        """Hold nothing any more."""
        self.lines = []
        self._written = self._chars = self._logs = 0

    def _append(self, line: str) -> None:
        self.lines.append(line)
        if line:
            self._written += 1
            self._chars += len(line)
            self._logs += bool(LOG_LINE.match(self.bare(line)))

"""Times that tell lines apart, and by them the lines that come again: times and check sums of a record's last lines.

In: lines with times of microseconds or finer: no stream writes the same line twice in one. Out: whether one was there.
"""

from __future__ import annotations

import re
from typing import Final
from zlib import crc32

from streams.model.instant import parse_instant

# Shippers repeat a batch at most; Filebeat's has 2,048 lines.
_KEPT: Final = 2048
# What container runtimes write, and what `fine_time` makes of the times of journald, Loki and OTLP.
_FINE: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6,9}(?:Z|[+-]\d\d:\d\d)", re.ASCII)


# From 2001 to 2286.
_FINE_DIGITS: Final = (16, 19)


def is_fine(time: str) -> bool:
    """Whether a time tells lines apart and puts them in order, compared as text."""
    return len(time) > len("2026-11-01T10:00:00.00000Z") and _FINE.fullmatch(time) is not None


def fine_time(text: str) -> str:
    """An epoch number of microseconds or nanoseconds as RFC 3339, which others write; any other text as it is."""
    if text.isascii() and text.isdecimal() and len(text) in _FINE_DIGITS:
        return parse_instant(text).full()
    return text


class Seen:
    """The last lines of a record."""

    def __init__(self, lines: tuple[tuple[str, int], ...]) -> None:
        self._lines = dict.fromkeys(lines)

    def frozen(self) -> tuple[tuple[str, int], ...]:
        """As a value."""
        return tuple(self._lines)

    def has(self, time: str, line: str) -> bool:
        """Whether the line was there."""
        return (time, _sum(line)) in self._lines

    def add(self, time: str, line: str) -> None:
        """Remember a line."""
        self._lines[time, _sum(line)] = None
        if len(self._lines) > _KEPT:
            del self._lines[next(iter(self._lines))]


def _sum(line: str) -> int:
    return crc32(line.encode("utf-8", "surrogatepass"))

"""Which lines above a crash belong to it: the log line of a recovered panic, the runtime's own preamble.

In: the recent lines of the input and how the crash starts. Out: those lines, oldest first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Final

import msgspec

from streams.core.parse.prefix import every_line
from streams.core.parse.prefixed import Prefixed, mark_of
from streams.core.parse.recent import Recent, is_near
from streams.core.parse.shape import FATAL_LOG, LOG_LINE, MENTION, PREAMBLE, Start

# A recovered panic is logged in at most so many lines before its stack.
_MOST: Final = 8
_TROUBLE: Final = re.compile(
    r"fatal|error|exception|crash|stack ?trace|in state .*on top of the stack", re.IGNORECASE
)


class Above(msgspec.Struct, frozen=True):
    """A line above a crash: how far, and what it is without its prefix."""

    distance: int
    line: Prefixed


class Beside:
    """The lines of one joined event that were read already: nearer than all lines of the events above."""

    def __init__(self) -> None:
        """No line was read yet."""
        self._lines: list[tuple[str, Prefixed]] = []
        self.streams: set[str] = set()
        self.used: set[str] = set()

    def add(self, stream: str, line: Prefixed, *, used: bool) -> None:
        """The next line; `used`: a record of its stream has it."""
        self.streams.add(stream)
        if used:
            self.used.add(stream)
            self._lines = [(other, kept) for other, kept in self._lines if other != stream]
        else:
            self._lines.append((stream, line))

    def newest_first(self, stream: str) -> Iterator[Above]:
        """The lines of a stream that no record has used."""
        return (Above(0, line) for other, line in reversed(self._lines) if other == stream)


def reach(recent: Recent, run_stream: str) -> int:
    """How many lines back a record that begins with the next line, of whatever stream, could take one."""
    marked = recent.marked()
    ended: dict[str, int] = {}
    for distance, (used, _) in enumerate(marked, 1):
        for stream in used:
            ended.setdefault(stream, distance)
    for distance in range(len(marked), 0, -1):
        used, raw = marked[distance - 1]
        if (used and not raw) or not is_near(distance, raw):
            continue
        if not ended or any(
            distance < ended.get(line.stream or run_stream, distance + 1)
            for line in every_line(raw, recent.format)
        ):
            return distance
    return 0


def _of_stream(recent: Recent, stream: str, run_stream: str) -> Iterator[Above]:
    """The recent lines of one stream, newest first, prefixes taken off."""
    mark = None if stream == run_stream else mark_of(stream)
    for distance, raw in recent.newest_first(stream, mark):
        for line in reversed(tuple(every_line(raw, recent.format))):
            if (line.stream or run_stream) == stream:
                yield Above(distance, line)


def _preamble(lines: Iterable[Above]) -> list[Above]:
    """`runtime: …` lines and fault addresses right above a fatal error (runtime/stack.go, signal_unix.go)."""
    kept: list[Above] = []
    for above in lines:
        if not PREAMBLE.match(above.line.payload.lstrip()):
            break
        kept.append(above)
    return kept[::-1]


def _log_of_panic(lines: tuple[Above, ...]) -> list[Above]:
    """The line that speaks of a panic and what stands below it; else a line of trouble right above."""
    taken: list[Above] = []
    for above in lines:
        text = above.line.payload
        if text.lstrip().startswith("{"):
            break
        if MENTION.search(text):
            return [above, *reversed([t for t in taken if not LOG_LINE.match(t.line.payload)])]
        taken.append(above)
    for near in lines[:2]:  # glog leaves a line empty below it
        if FATAL_LOG.match(near.line.payload):
            return [near]
    if (
        lines
        and _TROUBLE.search(lines[0].line.payload)
        and not lines[0].line.payload.startswith("{")
    ):
        return [lines[0]]
    return []


def lines_before(
    recent: Recent, stream: str, run_stream: str, start: Start | None, beside: Beside | None
) -> list[Above]:
    """The lines above that belong to a crash which starts like this (None: with a goroutine header)."""
    if start in ("panic", "log", "race", "gin", "zap"):
        return []
    lines = _of_stream(recent, stream, run_stream)
    if beside is not None:
        lines = chain(beside.newest_first(stream), () if stream in beside.used else lines)
    return _log_of_panic(tuple(islice(lines, _MOST))) if start is None else _preamble(lines)

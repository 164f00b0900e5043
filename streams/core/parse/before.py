"""Which lines above a crash belong to it: the log line of a recovered panic, the runtime's own preamble.

In: the recent lines of the input and how the crash starts. Out: those lines, oldest first.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from streams.core.parse.prefix import Prefixed, split_prefix
from streams.core.parse.recent import Recent
from streams.core.parse.shape import LOG_LINE, MENTION, PREAMBLE, Start, plain

# A recovered panic is logged in at most so many lines before its stack.
_MOST: Final = 8
_TROUBLE: Final = re.compile(
    r"fatal|error|exception|crash|stack ?trace|in state .*on top of the stack", re.IGNORECASE
)


class Above(msgspec.Struct, frozen=True):
    """A line above a crash: how far, and what it is without its prefix."""

    distance: int
    line: Prefixed


def reach(recent: Recent, run_stream: str) -> int:
    """How many lines back a record that begins with the next line, of whatever stream, could take one."""
    farthest, ended = 0, set[str]()
    for distance, (used_by, raw) in enumerate(recent.marked(), 1):
        if used_by is not None:
            ended.add(used_by)
        elif (split_prefix(plain(raw)).stream or run_stream) not in ended:
            farthest = distance
    return farthest


def _of_stream(recent: Recent, stream: str, run_stream: str) -> list[Above]:
    """The recent lines of one stream, newest first, prefixes taken off."""
    found: list[Above] = []
    for distance, raw in recent.newest_first(stream):
        line = split_prefix(plain(raw))
        if (line.stream or run_stream) == stream:
            found.append(Above(distance, line))
    return found


def _preamble(lines: list[Above]) -> list[Above]:
    """`runtime: …` lines and fault addresses right above a fatal error (runtime/stack.go, signal_unix.go)."""
    kept: list[Above] = []
    for above in lines:
        if not PREAMBLE.match(above.line.payload.lstrip()):
            break
        kept.append(above)
    return kept[::-1]


def _log_of_panic(lines: list[Above]) -> list[Above]:
    """The line that speaks of a panic and what stands below it; else a line of trouble right above."""
    taken: list[Above] = []
    for above in lines[:_MOST]:
        text = above.line.payload
        if text.lstrip().startswith("{"):
            break
        if MENTION.search(text):
            return [above, *reversed([t for t in taken if not LOG_LINE.match(t.line.payload)])]
        taken.append(above)
    if (
        lines
        and _TROUBLE.search(lines[0].line.payload)
        and not lines[0].line.payload.startswith("{")
    ):
        return lines[:1]
    return []


def lines_before(recent: Recent, stream: str, run_stream: str, start: Start | None) -> list[Above]:
    """The lines above that belong to a crash which starts like this (None: with a goroutine header)."""
    if start in ("panic", "log"):
        return []
    lines = _of_stream(recent, stream, run_stream)
    return _log_of_panic(lines) if start is None else _preamble(lines)

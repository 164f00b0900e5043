"""Replace secrets in texts by `[scrubbed:NAME]`.

In: a text and user patterns. Out: the same without secrets, with counts by pattern name.
Doing it again changes and counts nothing. Frames are never touched; time is linear in the text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Final

import msgspec

from streams.core.scrub.needles import places, shape
from streams.core.scrub.patterns import MAX_LEAD, PATTERNS, Pattern
from streams.core.scrub.protected import Lines, Span

_MARKER: Final = re.compile(r"\[scrubbed:[a-z0-9_-]{1,64}\]", re.ASCII)
_MARKER_START: Final = b"[scrubbed:"
# A replacement may show a secret that its neighbour hid; two passes suffice in practice (the second finds nothing).
_MAX_PASSES: Final = 16


class Scrubbed(msgspec.Struct, frozen=True):
    """A text without secrets; `counts` by pattern name."""

    text: str
    counts: dict[str, int]


class _Finding(msgspec.Struct, frozen=True, order=True):
    start: int
    end: int
    name: str


class _Search:
    """One pass over one text: what is closed to patterns, and what earlier patterns found."""

    def __init__(self, text: str, shaped: bytes) -> None:
        self.text = text
        self.lines = Lines(text)
        self.found: list[_Finding] = []
        self._closed: list[Span] = []
        if _MARKER_START in shaped:
            self._closed = [match.span() for match in _MARKER.finditer(text)]

    def collect(self, pattern: Pattern, starts: list[int] | None) -> None:
        """Collect what a pattern finds at its needles, or anywhere (None); later patterns do not look into it."""
        spans = self._anywhere(pattern) if starts is None else self._at(pattern, starts)
        findings = [_Finding(start, end, pattern.name) for start, end in spans]
        if findings:
            self.found += findings
            self._closed = sorted([*self._closed, *((f.start, f.end) for f in findings)])

    def _unclosed(self, at: int) -> Span:
        """The stretch around a position without markers and findings; empty inside one, then its end comes second."""
        index = bisect_right(self._closed, (at, len(self.text)))
        low = self._closed[index - 1][1] if index else 0
        high = self._closed[index][0] if index < len(self._closed) else len(self.text)
        return (low, low) if at < low else (low, high)

    def _open(self, at: int) -> Span | None:
        """The stretch around a position that neither a frame nor a marker nor a finding closes."""
        around = self.lines.open_at(at)
        low, high = self._unclosed(at)
        if around is None or low == high:
            return None
        return max(low, around[0]), min(high, around[1])

    def _at(self, pattern: Pattern, starts: list[int]) -> Iterator[Span]:
        done = 0
        for at in starts:
            if at < done:
                continue
            low, high = self._unclosed(at)
            if low == high:
                done = high
                continue
            # The line is judged only where something matches at all: frames are full of needles.
            if _try(pattern, self.text, at, (low, high)) is None:
                continue
            around = self.lines.open_at(at)
            if around is None:
                done = self.lines.closed_until(at)
                continue
            if not pattern.multiline:
                low, high = max(low, around[0]), min(high, around[1])
            match = _try(pattern, self.text, at, (low, high))
            span = pattern.secret(match) if match else None
            if span:
                done = max(span[1], at + 1)
                yield span

    def _anywhere(self, pattern: Pattern) -> Iterator[Span]:
        at = 0
        while at < len(self.text):
            match = pattern.regex.search(self.text, at)
            if match is None:
                return
            span = pattern.secret(match)
            if span and self._all_open(*span):
                yield span
            at = max(match.end(), at + 1)

    def _all_open(self, start: int, end: int) -> bool:
        while start < end:
            stretch = self._open(start)
            if stretch is None and self.text[start] != "\n":
                return False
            start = stretch[1] if stretch else start + 1
        return True


def _try(pattern: Pattern, text: str, at: int, stretch: Span) -> re.Match[str] | None:
    low, high = stretch
    if pattern.lead:
        low = max(low, at - MAX_LEAD)
        at = low + len(text[low:at].rstrip(pattern.lead))
    return pattern.regex.match(text, at, high)


def marker(name: str) -> str:
    """What stands where a secret was."""
    return f"[scrubbed:{name}]"


def is_marker(text: str) -> bool:
    """Tell whether a text is nothing but a marker."""
    return _MARKER.fullmatch(text) is not None


def _find(text: str, extra: tuple[Pattern, ...]) -> list[_Finding]:
    shaped = shape(text)
    wanted = places(shaped)
    if not wanted and not extra:
        return []
    search = _Search(text, shaped)
    for place in sorted(wanted):
        search.collect(PATTERNS[place], wanted[place])
    for pattern in extra:
        search.collect(pattern, None)
    return sorted(search.found)


def _replace(text: str, found: list[_Finding]) -> str:
    pieces: list[str] = []
    done = 0
    for finding in found:
        pieces += (text[done : finding.start], marker(finding.name))
        done = finding.end
    return "".join((*pieces, text[done:]))


def scrub(text: str, extra: tuple[Pattern, ...] = ()) -> Scrubbed:
    """Replace every secret that the built-in and the extra patterns know by `[scrubbed:NAME]`."""
    counts: dict[str, int] = {}
    for _ in range(_MAX_PASSES):
        found = _find(text, extra)
        if not found:
            break
        text = _replace(text, found)
        for finding in found:
            counts[finding.name] = counts.get(finding.name, 0) + 1
    return Scrubbed(text, counts)

"""Lines that a shipper or a container runtime cut into parts, by stream, until the last part comes.

In: parts in order. Out: whole lines, and where each began. CRI marks parts by `P`, Docker by flags or by their length.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Final

import msgspec

from streams.core.parse.prefixed import Prefixed
from streams.core.parse.record import MAX_OPEN_STREAMS, MAX_RECORD_CHARS, Unfinished

# All unfinished lines of an input together.
_MAX_CHARS: Final = 2 * MAX_RECORD_CHARS
# Of so many lines that came in parts it is known where not to begin.
_MAX_SPANS: Final = 256


class _Line:
    """An Unfinished in work."""

    def __init__(self, known: Unfinished) -> None:
        self.whose = known.whose
        self.parts = list(known.parts)
        self.chars = known.chars
        self.line = known.line
        self.last = known.last

    def frozen(self) -> Unfinished:
        return Unfinished(
            whose=self.whose,
            parts=tuple(self.parts),
            chars=self.chars,
            line=self.line,
            last=self.last,
        )

    def whole(self) -> Prefixed:
        """The line as far as it came, with the time of its first part."""
        return msgspec.structs.replace(self.whose, payload="".join(self.parts), goes_on=False)


class Parts:
    """The unfinished lines of an input. `seen`: the raw line read now is, or holds, a part."""

    def __init__(
        self, unfinished: Mapping[str, Unfinished], spans: Sequence[tuple[int, int]]
    ) -> None:
        self.streams = {stream: _Line(known) for stream, known in unfinished.items()}
        self._chars = sum(line.chars for line in self.streams.values())
        self._spans = list(spans)
        self.seen = False

    def unfinished(self) -> dict[str, Unfinished]:
        """The lines of which parts are still to come."""
        return {stream: line.frozen() for stream, line in self.streams.items()}

    def spans(self, entries: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
        """First and last line number of the last lines that came in parts, and of the last entries."""
        return tuple(sorted((*self._spans, *entries), key=itemgetter(1))[-_MAX_SPANS:])

    def last(self, stream: str) -> int:
        """The number of the last part of an unfinished line."""
        return self.streams[stream].last

    def crowded_by(self, stream: str) -> Iterator[str]:
        """Streams whose lines must be ended, unfinished as they are, before one more part is taken: the oldest."""
        while len(self.streams) > (
            MAX_OPEN_STREAMS if stream in self.streams else MAX_OPEN_STREAMS - 1
        ):
            yield next(other for other in self.streams if other != stream)
        while self._chars > _MAX_CHARS and any(other != stream for other in self.streams):
            yield next(other for other in self.streams if other != stream)

    def add(
        self, part: Prefixed, stream: str, first: int, number: int
    ) -> tuple[int, Prefixed | None]:
        """The next part; where the line began, and the line if this was its last part or it is too long."""
        self.seen = True
        line = self.streams.get(stream)
        if line is None:
            whose = msgspec.structs.replace(part, payload="")
            line = _Line(Unfinished(whose=whose, parts=(), chars=0, line=first, last=number))
            self.streams[stream] = line
        line.parts.append(part.payload)
        line.chars += len(part.payload)
        self._chars += len(part.payload)
        line.last = number
        if part.goes_on and line.chars <= MAX_RECORD_CHARS:
            return line.line, None
        return self.end(stream)

    def end(self, stream: str) -> tuple[int, Prefixed]:
        """Where an unfinished line began, and the line as far as it came."""
        line = self.streams.pop(stream)
        self._chars -= line.chars
        if line.line < line.last:
            self._spans.append((line.line, line.last))
        return line.line, line.whole()


def whole_lines(spans: Sequence[tuple[int, int]], line: int) -> int:
    """The nearest line at or before this one that is not in the middle of one that came in parts."""
    while inside := [first for first, last in spans if first < line <= last]:
        line = min(inside)
    return line

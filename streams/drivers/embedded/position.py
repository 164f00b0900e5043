"""How far an input was read, and how to know that it is still the same input.

In: bytes as they are consumed. Out: a Position row; on the next run the place to go on from, or None when the
content before that place changed (rotated, truncated, rewritten).
"""

from __future__ import annotations

from hashlib import blake2b
from typing import IO, Final

from streams.model.message import Value
from streams.model.step import Table

# Enough to tell two logs apart (their first lines hold times), little enough to read again each run.
_WINDOW: Final = 4096
_SKIP_BYTES: Final = 1024 * 1024


class Position(Value, frozen=True, kw_only=True):
    """Where to go on: after `offset` bytes and `line` lines; `head` and `tail` hash the first and last of them."""

    offset: int
    line: int
    head: str
    tail: str


POSITIONS: Final = Table("driver.positions", Position)


def _digest(data: bytes) -> str:
    return blake2b(data, digest_size=16).hexdigest()


class Consumed:
    """The first and last bytes consumed so far, and how many there were."""

    def __init__(self) -> None:
        """Nothing consumed."""
        self.offset = 0
        self.line = 0
        self._head = b""
        self._tail = b""

    def add(self, data: bytes, lines: int) -> None:
        """Take bytes as consumed."""
        if len(self._head) < _WINDOW:
            self._head = (self._head + data[:_WINDOW])[:_WINDOW]
        self._tail = (self._tail + data[-_WINDOW:])[-_WINDOW:]
        self.offset += len(data)
        self.line += lines

    def after(self, data: bytes, lines: int) -> Consumed:
        """What would be consumed with these bytes too; this value stays as it is."""
        other = Consumed()
        other.offset, other.line = self.offset, self.line
        other._head, other._tail = self._head, self._tail
        other.add(data, lines)
        return other

    def position(self) -> Position:
        """The row to store."""
        return Position(
            offset=self.offset, line=self.line, head=_digest(self._head), tail=_digest(self._tail)
        )


def _read_exactly(stream: IO[bytes], size: int) -> bytes:
    parts = []
    while size > 0 and (data := stream.read(min(size, _SKIP_BYTES))):
        parts.append(data)
        size -= len(data)
    return b"".join(parts)


def _skip(stream: IO[bytes], size: int) -> None:
    if size > 0 and stream.seekable():
        stream.seek(size, 1)
        return
    while size > 0 and (data := stream.read(min(size, _SKIP_BYTES))):
        size -= len(data)


def resume(stream: IO[bytes], position: Position) -> Consumed | None:
    """Move a fresh stream to where it was left; None when what came before is not the same any more."""
    head = _read_exactly(stream, min(_WINDOW, position.offset))
    if len(head) != min(_WINDOW, position.offset) or _digest(head) != position.head:
        return None
    window = len(head)
    overlap = 2 * window - position.offset
    if overlap >= 0:
        tail = (head + _read_exactly(stream, position.offset - window))[-window:] if window else b""
    else:
        _skip(stream, position.offset - 2 * window)
        tail = _read_exactly(stream, window)
    if len(tail) != window or _digest(tail) != position.tail:
        return None
    consumed = Consumed()
    consumed.add(head, 0)
    consumed.offset, consumed.line = position.offset, position.line
    consumed._tail = tail  # noqa: SLF001 - restoring the value's own parts
    return consumed

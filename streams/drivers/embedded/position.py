"""How far an input was read, and how to know that it is still the same input.

In: bytes as they are consumed. Out: a Position row; on the next run the place to go on from, or None when the
content before that place changed (rotated, truncated, rewritten).
"""

from __future__ import annotations

from hashlib import blake2b
from io import BufferedReader, FileIO
from typing import IO, Final

from streams.model.message import Value
from streams.model.step import Table

# Enough to tell two logs apart (their first lines hold times), little enough to read again each run.
_WINDOW: Final = 4096
_SKIP_BYTES: Final = 1024 * 1024


class Position(Value, frozen=True, kw_only=True):
    """Where to go on: after `offset` bytes and `line` lines. `seen` is how much of the input was looked at.

    `head` and `tail` hash the first and last bytes of what was seen.
    """

    offset: int
    line: int
    seen: int
    head: str
    tail: str


POSITIONS: Final = Table("driver.positions", Position)


def _digest(data: bytes) -> str:
    return blake2b(data, digest_size=16).hexdigest()


class Consumed:
    """The first and last bytes of what was seen of an input, and how much that is."""

    def __init__(self) -> None:
        """Nothing seen."""
        self.offset = 0
        self.line = 0
        self._head = b""
        self._tail = b""

    def add(self, data: bytes) -> None:
        """Take bytes as seen."""
        if len(self._head) < _WINDOW:
            self._head = (self._head + data[:_WINDOW])[:_WINDOW]
        self._tail = (self._tail + data[-_WINDOW:])[-_WINDOW:]
        self.offset += len(data)
        self.line += data.count(b"\n")

    def position(self, offset: int, line: int) -> Position:
        """The row to store when it is to go on from `offset` and `line`."""
        return Position(
            offset=offset,
            line=line,
            seen=self.offset,
            head=_digest(self._head),
            tail=_digest(self._tail),
        )

    def plus(self, data: bytes) -> Consumed:
        """What would be seen with these bytes too; this value stays as it is."""
        other = Consumed()
        other.offset, other.line = self.offset, self.line
        other._head, other._tail = self._head, self._tail
        other.add(data)
        return other


def _read_exactly(stream: IO[bytes], size: int) -> bytes:
    parts = []
    while size > 0 and (data := stream.read(min(size, _SKIP_BYTES))):
        parts.append(data)
        size -= len(data)
    return b"".join(parts)


def _skip(stream: IO[bytes], size: int) -> None:
    """Move on; a decompressing stream has to read for it."""
    while size > 0 and (data := stream.read(min(size, _SKIP_BYTES))):
        size -= len(data)


def _windows(stream: IO[bytes], size: int) -> tuple[bytes, bytes]:
    """The first and the last _WINDOW bytes of the next `size` bytes."""
    head = _read_exactly(stream, min(_WINDOW, size))
    left = size - len(head)
    if left > _WINDOW:
        if isinstance(stream, BufferedReader) and isinstance(stream.raw, FileIO):
            stream.seek(left - _WINDOW, 1)
        else:
            _skip(stream, left - _WINDOW)
        left = _WINDOW
    return head, (head + _read_exactly(stream, left))[-_WINDOW:]


def unchanged(stream: IO[bytes], position: Position) -> bool:
    """Whether a fresh stream still begins with what was seen of this input."""
    try:
        head, tail = _windows(stream, position.seen)
    except EOFError:
        return False  # a compressed file that is cut off before that place
    return _digest(head) == position.head and _digest(tail) == position.tail


def go_on(stream: IO[bytes], position: Position) -> Consumed:
    """Move a fresh stream to the place to go on from."""
    consumed = Consumed()
    windows = _windows(stream, position.offset)
    consumed._head, consumed._tail = windows  # noqa: SLF001 - the class own parts, restored
    consumed.offset, consumed.line = position.offset, position.line
    return consumed

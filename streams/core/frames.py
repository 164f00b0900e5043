"""Records in a file that is only appended to: a magic, lengths, a checksum, the bytes; whole ones, and what is between.

In: bytes (a memory map will do), an offset. Out: frames and gaps in order. Whether a gap at the end is still being
written or was cut by a kill is known to whoever knows the writer.

    frame    magic (4 bytes) | u32 length of each part | u32 CRC-32 of the parts | the parts         (big-endian)
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator
from mmap import mmap
from typing import Final

import msgspec

Data = bytes | mmap
_MAGIC_BYTES: Final = 4
# Damage that looks like the beginnings of many long records would be read again for each of them.
_MOST_CHECKED_BYTES: Final = 1024 * 1024 * 1024


class Frame(msgspec.Struct, frozen=True):
    """A whole record: where it begins, where the next one does, its parts."""

    begin: int
    after: int
    parts: tuple[bytes, ...]


class Gap(msgspec.Struct, frozen=True):
    """Bytes that are no whole record. `last`: no whole record follows."""

    begin: int
    after: int
    last: bool


class Framing:
    """A format of frames."""

    def __init__(self, magic: bytes, parts: int) -> None:
        """`magic` has 4 bytes; `parts`: how many each record has."""
        self.magic = magic
        self._head = struct.Struct(f">{_MAGIC_BYTES}s{parts}II")

    def framed(self, *parts: bytes) -> bytes:
        """The bytes of a record."""
        head = self._head.pack(self.magic, *map(len, parts), _checksum(parts))
        return b"".join((head, *parts))

    def whole(self, data: Data, begin: int, size: int) -> Frame | None:
        """The record at an offset of the first `size` bytes; None where there is no whole one."""
        if size - begin < self._head.size:
            return None
        magic, *lengths, crc = self._head.unpack_from(data, begin)
        if magic != self.magic or sum(lengths) > size - begin - self._head.size:
            return None
        parts, at = [], begin + self._head.size
        for length in lengths:
            parts.append(data[at : at + length])
            at += length
        return Frame(begin, at, tuple(parts)) if _checksum(parts) == crc else None

    def scan(self, data: Data, begin: int, size: int) -> Iterator[Frame | Gap]:
        """Everything from an offset on, up to `size`."""
        while begin < size:
            frame = self.whole(data, begin, size)
            if frame is None:
                found = self._next(data, begin, size)
                yield Gap(begin, size if found is None else found, last=found is None)
                if found is None:
                    return
                begin = found
                continue
            yield frame
            begin = frame.after

    def _next(self, data: Data, begin: int, size: int) -> int | None:
        """Where the next whole record begins."""
        left = _MOST_CHECKED_BYTES
        found = data.find(self.magic, begin + 1, size)
        while found >= 0 and left > 0:
            if self.whole(data, found, size) is not None:
                return found
            left -= self._stated(data, found, size)
            found = data.find(self.magic, found + 1, size)
        return None

    def _stated(self, data: Data, begin: int, size: int) -> int:
        """How many bytes had to be looked at to know that this is no whole record."""
        if size - begin < self._head.size:
            return 1
        _, *lengths, _ = self._head.unpack_from(data, begin)
        stated = sum(lengths)
        return stated if stated <= size - begin - self._head.size else 1


def _checksum(parts: Iterable[bytes]) -> int:
    crc = 0
    for part in parts:
        crc = zlib.crc32(part, crc)
    return crc

"""Whether a core is whole: its headers say how far the file goes, and it goes so far.

In: the bytes of a core as they pass by. Out: a verdict at their end. Memory: the headers, 64 MiB at most.

Sources: the ELF header and program headers of the System V ABI; fs/binfmt_elf.c: a core of 65,535 segments and more
states their number in a section header that the kernel writes last.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from streams.core.elf_format import (
    ET_CORE,
    HEADER_BYTES,
    IN_FIRST,
    MAGIC,
    PROGRAM_HEADER,
    PT_LOAD,
    PT_NOTE,
    SECTION_HEADER,
)

_MOST_HEADERS: Final = 64 * 1024 * 1024
PREFIX_BYTES: Final = 1024 * 1024


class Verdict(NamedTuple):
    """`missing`: bytes that the headers promise and that did not come."""

    kind: Literal["whole", "cut", "no core"]
    missing: int = 0


class Segment(NamedTuple):
    """A program header: the type, where its bytes are in the file."""

    type: int
    offset: int
    size: int


def is_core(start: bytes | bytearray) -> bool:
    """Whether these first bytes begin a 64-bit little-endian ELF core."""
    return (
        len(start) >= HEADER_BYTES
        and start.startswith(MAGIC)
        and int.from_bytes(start[16:18], "little") == ET_CORE
    )


class Outline:
    """Sees a core go by."""

    def __init__(self) -> None:
        """Nothing came yet."""
        self.size = 0
        self.prefix = bytearray()
        self._wanted = PREFIX_BYTES
        self._tail = b""

    def feed(self, data: bytes | memoryview) -> None:
        """The next bytes."""
        if len(self.prefix) < self._wanted:
            self.prefix += data[: self._wanted - len(self.prefix)]
            if self.size < PREFIX_BYTES <= self.size + len(data) and is_core(self.prefix):
                self._grow(data)
        self.size += len(data)
        end = bytes(data[-SECTION_HEADER.size :])
        self._tail = (self._tail + end)[-SECTION_HEADER.size :]

    def _grow(self, data: bytes | memoryview) -> None:
        """Keep all program headers, where there are more than usual."""
        offset, count = self._table()
        rows = _MOST_HEADERS if count == IN_FIRST else count * PROGRAM_HEADER.size
        self._wanted = max(self._wanted, min(offset + rows, _MOST_HEADERS))
        self.prefix += data[len(self.prefix) - self.size : self._wanted - self.size]

    def _table(self) -> tuple[int, int]:
        """e_phoff, e_phnum."""
        head = self.prefix
        offset = int.from_bytes(head[32:40], "little")
        return offset, int.from_bytes(head[56:58], "little")

    def segments(self) -> tuple[Segment, ...] | None:
        """The program headers, None where not all of them came."""
        if not is_core(self.prefix):
            return None
        offset, count = self._table()
        if count == IN_FIRST:
            place = int.from_bytes(self.prefix[40:48], "little")
            if place + SECTION_HEADER.size != self.size:
                return None
            count = int.from_bytes(self._tail[44:48], "little")
        size = int.from_bytes(self.prefix[54:56], "little")
        rows = self.prefix[offset : offset + count * PROGRAM_HEADER.size]
        if size != PROGRAM_HEADER.size or len(rows) < count * PROGRAM_HEADER.size:
            return None
        return tuple(
            Segment(row[0], row[2], row[5]) for row in PROGRAM_HEADER.iter_unpack(bytes(rows))
        )

    def verdict(self) -> Verdict:
        """When everything came."""
        if not is_core(self.prefix):
            return Verdict("no core")
        segments = self.segments()
        if not segments:
            return Verdict("cut")
        end = max((s.offset + s.size for s in segments if s.type in (PT_LOAD, PT_NOTE)), default=0)
        return Verdict("whole") if end and self.size >= end else Verdict("cut", end - self.size)

"""The memory of a process, from a core or alive: what is read of it, and nothing more.

Values and protocols only. An address is that of the process; a binary's own addresses differ by its load bias.
"""

from __future__ import annotations

from typing import Protocol

import msgspec

from streams.core.symbolize.elf import Elf


class Memory(Protocol):
    """Bytes by address."""

    def view(self, address: int, size: int) -> memoryview:
        """Up to `size` bytes at `address`; fewer, or none, where they are not to be had."""
        ...

    def release(self) -> None:
        """Let go of pages that were read: what is large is read once."""
        ...


class Mapping(msgspec.Struct, frozen=True):
    """A file mapped into the process: [start, end) holds the file from byte `offset` on."""

    start: int
    end: int
    offset: int
    path: str


class Thread(msgspec.Struct, frozen=True):
    """A thread's id as the kernel gave it in the process's own PID namespace, and its registers."""

    id: int
    pc: int
    sp: int
    tls: int = 0


class WithText:
    """Memory that holds what was written; what was only mapped from the binary is read from there."""

    def __init__(self, memory: Memory, binary: Elf, bias: int) -> None:
        self._memory = memory
        self._binary = binary
        self._bias = bias

    def view(self, address: int, size: int) -> memoryview:
        """Up to `size` bytes at `address`."""
        found = self._memory.view(address, size)
        if found:
            return found
        return self._binary.at(address - self._bias)[:size]

    def release(self) -> None:
        """Let go of pages that were read."""
        self._memory.release()


def whole(memory: Memory, address: int, size: int) -> memoryview:
    """The bytes at an address across the bounds of segments, as far as they go without a gap."""
    first = memory.view(address, size)
    if len(first) >= size or not first:
        return first
    parts = bytearray(first)
    while len(parts) < size:
        more = memory.view(address + len(parts), size - len(parts))
        if not more:
            break
        parts += more
    return memoryview(parts)


def word(memory: Memory, address: int) -> int:
    """The pointer at an address; 0 where there is none."""
    cell = whole(memory, address, 8)
    return int.from_bytes(cell, "little") if len(cell) == 8 else 0  # noqa: PLR2004


def load_bias(binary: Elf, mappings: tuple[Mapping, ...], path: str | None) -> int | None:
    """How far from its link-time addresses a binary was loaded; None where it is not among the mappings."""
    if binary.type == "ET_EXEC":
        return 0
    if not binary.loads:
        return None
    first = binary.loads[0]
    page = first.offset & ~0xFFF
    for mapping in mappings:
        if mapping.offset == page and (path is None or mapping.path == path):
            return mapping.start - (first.address - first.offset + page)
    return None

"""The symbol tables of an ELF file: what stands at an address outside Go's own tables.

In: an Elf. Out: the nearest symbol below an address. Sorted once; C code of a cgo program or of a shared object.

Source: System V gABI 4.3, chapter 4, Symbol Table (Elf64_Sym: name, info, other, shndx, value, size).
"""

from __future__ import annotations

import struct
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property
from typing import Final

import msgspec

from streams.core.symbolize.elf import Elf, Section

_SYM: Final = struct.Struct("<IBBHQQ")
_FUNCTIONS: Final = frozenset((2, 10))  # STT_FUNC, STT_GNU_IFUNC
_NO_TYPE: Final = 0
# Chromium has some 2 million symbols.
_MOST_SYMBOLS: Final = 1 << 21
_LONGEST: Final = 1 << 12
# A symbol without a size (assembly) names what follows it only so far.
_REACH: Final = 1 << 16


class SymbolTable(msgspec.Struct, frozen=True):
    """Columns of 8 bytes, by address: where a function starts, its size, where in the file its name stands."""

    starts: bytes
    sizes: bytes
    names: bytes


def read_symbols(elf: Elf) -> SymbolTable:
    """Function symbols of .symtab and .dynsym."""
    found: dict[int, tuple[int, int]] = {}
    for name, strings in ((".dynsym", ".dynstr"), (".symtab", ".strtab")):
        section, names = elf.section(name), elf.section(strings)
        if section is None or names is None:
            continue
        for start, size, text in _functions(elf, section):
            known = found.get(start)
            if text < names.size and (known is None or size >= known[0]):
                found[start] = (size, names.offset + text)
    starts = sorted(found)
    return SymbolTable(
        array("Q", starts).tobytes(),
        array("Q", (found[start][0] for start in starts)).tobytes(),
        array("Q", (found[start][1] for start in starts)).tobytes(),
    )


def _functions(elf: Elf, section: Section) -> Iterator[tuple[int, int, int]]:
    rows = elf.bytes_of(section)
    usable = min(len(rows) // _SYM.size, _MOST_SYMBOLS) * _SYM.size
    for text, info, _, index, value, size in _SYM.iter_unpack(rows[:usable]):
        kind = info & 15
        if index and value and (kind in _FUNCTIONS or kind == _NO_TYPE):
            yield value, size, text


class Symbols:
    """Look-up by address in the symbols of one file."""

    def __init__(self, elf: Elf, table: SymbolTable | None = None) -> None:
        """`table`: what read_symbols made of this file before; else it is read when it is needed."""
        self._elf = elf
        self._given = table

    @cached_property
    def table(self) -> SymbolTable:
        """All of them."""
        return self._given or read_symbols(self._elf)

    @cached_property
    def _columns(self) -> tuple[memoryview, memoryview, memoryview]:
        table = self.table
        starts, sizes, names = (
            memoryview(column).cast("Q") for column in (table.starts, table.sizes, table.names)
        )
        return starts, sizes, names

    def at(self, address: int) -> tuple[str, int] | None:
        """The symbol whose code holds `address`, and how far into it that is."""
        starts, sizes, names = self._columns
        index = bisect_right(starts, address) - 1
        if index < 0:
            return None
        into = address - starts[index]
        if into >= (sizes[index] or _REACH):
            return None
        offset = names[index]
        text = bytes(self._elf.view[offset : offset + _LONGEST])
        name = text.partition(b"\0")[0].decode("utf-8", "replace")
        return (name, into) if name else None

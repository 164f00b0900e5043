"""The symbol tables of an ELF file: what stands at an address outside Go's own tables.

In: an Elf. Out: the nearest symbol below an address. Sorted once; C code of a cgo program or of a shared object.

Source: System V gABI 4.3, chapter 4, Symbol Table (Elf64_Sym: name, info, other, shndx, value, size).
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from functools import cached_property
from typing import Final

from streams.core.symbolize.elf import Elf, Section

_SYM: Final = struct.Struct("<IBBHQQ")
_FUNCTIONS: Final = frozenset((2, 10))  # STT_FUNC, STT_GNU_IFUNC
_NO_TYPE: Final = 0
# Chromium has some 2 million symbols.
_MOST_SYMBOLS: Final = 1 << 22
_LONGEST: Final = 1 << 12
# A symbol without a size (assembly) names what follows it only so far.
_REACH: Final = 1 << 16


class Symbols:
    """Function symbols of .symtab, else of .dynsym."""

    def __init__(self, elf: Elf) -> None:
        """Nothing is read before it is asked for."""
        self._elf = elf

    @cached_property
    def _rows(self) -> tuple[list[int], list[tuple[int, int, int]]]:
        found: dict[int, tuple[int, int, int]] = {}
        for name in (".dynsym", ".symtab"):
            section = self._elf.section(name)
            names = self._strings(section) if section is not None else None
            if section is None or names is None:
                continue
            rows = self._elf.bytes_of(section)
            usable = min(len(rows) // _SYM.size, _MOST_SYMBOLS) * _SYM.size
            for text, info, _, index, value, size in _SYM.iter_unpack(rows[:usable]):
                kind = info & 15
                if not (kind in _FUNCTIONS or (kind == _NO_TYPE and value)) or not index:
                    continue
                known = found.get(value)
                if known is None or (kind in _FUNCTIONS and size >= known[0]):
                    found[value] = (size, names.offset + text, names.offset + names.size)
        starts = sorted(found)
        return starts, [found[start] for start in starts]

    def _strings(self, section: Section) -> Section | None:
        name = ".strtab" if section.name == ".symtab" else ".dynstr"
        return self._elf.section(name)

    def at(self, address: int) -> tuple[str, int] | None:
        """The symbol whose code holds `address`, and how far into it that is."""
        starts, rows = self._rows
        index = bisect_right(starts, address) - 1
        if index < 0:
            return None
        into = address - starts[index]
        size, offset, end = rows[index]
        if into >= (size or _REACH):
            return None
        text = bytes(self._elf.view[offset : min(end, offset + _LONGEST)])
        name = text.partition(b"\0")[0].decode("utf-8", "replace")
        return (name, into) if name else None

"""The runtime's own table of functions, files and lines (pclntab), with the moduledata that says where its parts are.

In: an Elf and its Go version. Out: `Pclntab`: function by pc, its name, files, lines, stack depth. Zero-copy; decoded
per function, when asked for. Raises NotReadable for a layout that it does not know, never guesses one.

Sources: runtime/symtab.go, runtime/runtime2.go (`_func`), cmd/link/internal/ld/pcln.go, Go 1.16 to 1.27.

| Go        | magic    | words after the 8 header bytes                              | functab entry | `_func.entry` |
| 1.16-1.17 | fffffffa | nfunc nfiles funcname cu file pctab pcln                    | two uintptr   | uintptr       |
| 1.18-1.19 | fffffff0 | nfunc nfiles textStart funcname cu file pctab pcln          | two u32       | u32           |
| 1.20-1.27 | fffffff1 | the same                                                    | the same      | the same      |

The u32 are offsets from the text base, which is moduledata's: the word textStart is 0 from Go 1.26 on.
"""

from __future__ import annotations

import re
import struct
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import Final

import msgspec

from streams.core.symbolize.elf import Elf, NotReadable
from streams.core.symbolize.goversion import GoVersion
from streams.core.symbolize.moduledata import Moduledata, find_moduledata

# Layouts are named by the release that brought them.
_GO_116: Final = 16
_GO_120: Final = 20
_MAGICS: Final = {0xFFFFFFFA: _GO_116, 0xFFFFFFF0: 18, 0xFFFFFFF1: _GO_120}
_TOO_OLD: Final = {0xFFFFFFFB: "1.2 to 1.15"}
_SECTIONS: Final = (".gopclntab", ".data.rel.ro.gopclntab")
_MINIMUM_LC: Final = {"amd64": 1, "arm64": 4}
_POINTER: Final = 8
# The largest program known to us has some 600,000 functions.
_MOST_FUNCTIONS: Final = 1 << 24
_LONGEST_NAME: Final = 1 << 16
# A function of 100,000 lines has a table of some 200 kB.
_LONGEST_TABLE: Final = 1 << 20
# A few of them may have no end before everything is called damaged.
_SLACK: Final = 4 * _LONGEST_TABLE
# A binary has one, and code that reads pclntab holds the magic numbers.
_MOST_TRIED: Final = 16
_NO_FILE: Final = 0xFFFFFFFF
_NONE: Final = -1
# internal/abi/symtab.go: PCDATA_InlTreeIndex; FUNCDATA_InlTree since 1.16.
_INLINE_PCDATA: Final = 2
_INLINE_FUNCDATA: Final = 3
_FUNC_116: Final = struct.Struct("<QiiIIIIII4B")
_FUNC_118: Final = struct.Struct("<IiiIIIIII4B")
_FUNC_120: Final = struct.Struct("<IiiIIIIIIi4B")
_CALL_116: Final = struct.Struct("<hBxiiii")
_CALL_120: Final = struct.Struct("<B3xiii")


# Address, layout, moduledata.
Place = tuple[int, int, Moduledata]


class TopFlags:
    """Bits of `_func.flag` (internal/abi/symtab.go, Go 1.17)."""

    TOP_FRAME: Final = 1
    SP_WRITE: Final = 2


class _Unsigned(dict[bytes, int]):
    """A varint token to its number."""

    def __missing__(self, token: bytes) -> int:
        if len(self) > 1 << 16:
            self.clear()
        number = 0
        for index, byte in enumerate(token):
            number |= (byte & 0x7F) << 7 * index
        self[token] = number & 0xFFFFFFFF
        return self[token]


class _Signed(dict[bytes, int]):
    """A varint token to the number that its zig-zag form means."""

    def __missing__(self, token: bytes) -> int:
        if len(self) > 1 << 16:
            self.clear()
        number = _UNSIGNED[token]
        self[token] = (number >> 1) ^ -(number & 1)
        return self[token]


_UNSIGNED: Final = _Unsigned()
_SIGNED: Final = _Signed()
# A number of 32 bits takes at most five bytes.
_VARINTS: Final = re.compile(rb"[\x80-\xff]{0,4}[\x00-\x7f]")


# The collector would go through hundreds of thousands of these again and again; they hold no cycle.
class Steps(msgspec.Struct, frozen=True, gc=False):
    """One pc-value table: `values[i]` holds below `ends[i]` and from the end before on.

    Counted from the entry, which is `ends[0]`: functions share it.
    """

    ends: tuple[int, ...]
    values: tuple[int, ...]

    def at(self, offset: int) -> int:
        """The value so many bytes behind the entry; -1 where the table has none."""
        index = bisect_right(self.ends, offset)
        return self.values[index] if index < len(self.values) else _NONE


_EMPTY: Final = Steps((), ())


class InlinedCall(msgspec.Struct, frozen=True, gc=False):
    """One entry of an inline tree: the name of the inlined function, and the pc of its call."""

    name: str
    parent_pc: int


class Function:
    """One function of the table: [entry, end), name as the linker wrote it, flags, and its tables by need."""

    __slots__ = (
        "_at",
        "_cu",
        "_funcdata",
        "_inline",
        "_lines",
        "_npcdata",
        "_pcfile",
        "_pcline",
        "_pcsp",
        "_table",
        "end",
        "entry",
        "flag",
        "func_id",
        "name",
    )

    def __init__(self, table: Pclntab, index: int) -> None:
        """Raises NotReadable where the row points beyond the table."""
        self._table = table
        self.entry, self._at = table.row(index)
        self.end = table.row(index + 1)[0]
        fields = table.fields_of(self._at)
        self.name = table.name(fields[1])
        self._pcsp, self._pcfile, self._pcline, self._npcdata, self._cu = fields[4:9]
        self.func_id, self.flag, self._funcdata = fields[-4], fields[-3], fields[-1]
        self._inline: dict[int, InlinedCall | None] = {}

    def file_and_line(self, pc: int) -> tuple[str | None, int]:
        """Where the innermost code at `pc` is written; line -1 in the padding behind the function."""
        number = self._table.steps(self._pcfile).at(pc - self.entry)
        if number < 0:
            return None, _NONE
        line = self._table.steps(self._pcline).at(pc - self.entry)
        return self._table.file(self._cu + number), line

    def depth(self, pc: int) -> int:
        """Bytes between the stack pointer and the return address at `pc` (pcsp); -1 where it is not known."""
        return self._table.steps(self._pcsp).at(pc - self.entry)

    @property
    def knows_depth(self) -> bool:
        """Whether it has a pcsp table."""
        return self._pcsp != 0

    def inlined(self, pc: int) -> InlinedCall | None:
        """The innermost inlined call at `pc`."""
        index = _NONE
        if self._npcdata > _INLINE_PCDATA and self._funcdata > _INLINE_FUNCDATA:
            offset = self._table.pcdata(self._at, _INLINE_PCDATA)
            index = self._table.steps(offset).at(pc - self.entry)
        if index < 0:
            return None
        if index not in self._inline:
            tree = self._table.funcdata(self._at, self._npcdata, _INLINE_FUNCDATA)
            self._inline[index] = self._table.inlined_call(tree, index) if tree else None
        return self._inline[index]


class Pclntab:
    """The table of one binary. `address` and all pcs are as linked, without a load bias."""

    def __init__(self, elf: Elf, version: GoVersion | None, place: Place | None = None) -> None:
        """Raises NotReadable where there is no table, or none that can be trusted.

        `place`: where it was found in this file before.
        """
        self.elf = elf
        self.place = place or _find(elf, version)
        self.address, self.layout, self.module = self.place
        if self.layout not in _MAGICS.values():
            raise NotReadable(f"{elf.name}: its index names a layout of pclntab that is not known")
        self.data = elf.at(self.address)
        words = [int.from_bytes(self.data[8 * i : 8 * i + 8], "little") for i in range(1, 9)]
        self.functions, rest = words[0], words[2 if self.layout == _GO_116 else 3 :]
        names, units, files, pctab, pcln = rest[:5]
        self._names, self._files = self._part(names), self._part(files)
        self._units = self._part(units)
        self._pctab, self._pcln = self._part(pctab), self._part(pcln)
        self._base = 0 if self.layout == _GO_116 else self.module.text
        self._struct = {_GO_116: _FUNC_116, 18: _FUNC_118, _GO_120: _FUNC_120}[self.layout]
        self._call = _CALL_120 if self.layout == _GO_120 else _CALL_116
        self._quantum = self.data[6]
        width = 16 if self.layout == _GO_116 else 8
        # One more row than functions: its entry is the end of the text; 1.18 and later write half of it.
        ends = self.functions * width + width // 2
        if len(self._pcln) < ends:
            raise NotReadable(f"{elf.name}: its pclntab is cut off")
        cells = self._pcln[:ends].cast("Q" if self.layout == _GO_116 else "I")
        self._entries, self._offsets = cells[0::2], cells[1::2]
        self._known: dict[int, Function] = {}
        self._steps: dict[int, Steps] = {0: _EMPTY}
        self._name_of: dict[int, str] = {}
        self._file_of: dict[int, str | None] = {}
        self._path_of: dict[int, str | None] = {}
        # The linker writes no table or name over another: all of them together are no longer than the whole.
        self._left = len(self.data) + _SLACK

    def _part(self, offset: int) -> memoryview:
        if not 0 < offset < len(self.data):
            raise NotReadable(f"{self.elf.name}: its pclntab points beyond its end")
        return self.data[offset:]

    # ------------------------------------------------------------------------------------------ functions

    @property
    def text(self) -> tuple[int, int]:
        """The first pc of the first function, and the end of the last."""
        return self._entries[0] + self._base, self._entries[-1] + self._base

    def row(self, index: int) -> tuple[int, int]:
        """Entry pc, and the offset of the `_func` (the last row has none)."""
        offset = self._offsets[index] if index < self.functions else 0
        return self._entries[index] + self._base, offset

    def fields_of(self, offset: int) -> tuple[int, ...]:
        """The fixed part of the `_func` at `offset`."""
        if offset + self._struct.size > len(self._pcln):
            raise NotReadable(f"{self.elf.name}: a function of its pclntab points beyond its end")
        return self._struct.unpack_from(self._pcln, offset)

    def find(self, pc: int) -> Function | None:
        """The function whose text holds `pc`; O(log n)."""
        offset = pc - self._base
        index = bisect_right(self._entries, offset) - 1
        if not 0 <= index < self.functions:
            return None
        function = self._known.get(index)
        if function is None:
            function = self._known[index] = Function(self, index)
        return function

    def __iter__(self) -> Iterator[Function]:
        """All functions by address."""
        return (Function(self, index) for index in range(self.functions))

    # ------------------------------------------------------------------------------------- names and files

    def _text(self, part: memoryview, offset: int) -> str | None:
        if not 0 <= offset < len(part):
            return None
        start = bytes(part[offset : offset + 128])
        end = start.find(0)
        if end < 0:
            start = bytes(part[offset : offset + _LONGEST_NAME])
            end = start.find(0)
        self._spend(max(end, 0))
        return start[:end].decode("utf-8", "replace") if end >= 0 else None

    def name(self, offset: int) -> str:
        """The name at an offset of funcnametab; empty where it points beyond."""
        name = self._name_of.get(offset)
        if name is None:
            name = self._name_of[offset] = self._text(self._names, offset) or ""
        return name

    def file(self, index: int) -> str | None:
        """The file of an index into cutab."""
        if index not in self._file_of:
            cell = self._units[4 * index : 4 * index + 4]
            offset = int.from_bytes(cell, "little") if len(cell) == 4 else _NO_FILE  # noqa: PLR2004
            if offset not in self._path_of:
                known = offset != _NO_FILE
                self._path_of[offset] = self._text(self._files, offset) if known else None
            self._file_of[index] = self._path_of[offset]
        return self._file_of[index]

    # ------------------------------------------------------------------------------------ pc-value tables

    def steps(self, offset: int) -> Steps:
        """The table at `offset` of pctab; 0 is none. Raises NotReadable where it does not end."""
        steps = self._steps.get(offset)
        if steps is None:
            steps = self._steps[offset] = self._decoded(offset)
        return steps

    def _spend(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise NotReadable(f"{self.elf.name}: the tables of its pclntab lie over one another")

    def _decoded(self, offset: int) -> Steps:
        size = 512
        while True:
            window = bytes(self._pctab[offset : offset + size])
            # No linker writes a zero before the one that ends a table, but as its first byte.
            tokens = _VARINTS.findall(window, 0, window.find(0, 1) + 1)
            last = _end(tokens) or _end(tokens := _VARINTS.findall(window))
            if last:
                break
            if len(window) < size or size >= _LONGEST_TABLE:
                raise NotReadable(f"{self.elf.name}: a pc-value table does not end")
            size *= 8
        self._spend(last)
        values = tuple(accumulate(map(_SIGNED.__getitem__, tokens[0:last:2]), initial=_NONE))
        widths: Iterable[int] = map(_UNSIGNED.__getitem__, tokens[1:last:2])
        if self._quantum != 1:
            widths = (width * self._quantum for width in widths)
        return Steps(tuple(accumulate(widths, initial=0)), values)

    def _cell(self, at: int) -> int:
        return int.from_bytes(self._pcln[at : at + 4], "little")

    def pcdata(self, func: int, number: int) -> int:
        """The offset of a pcdata table of the `_func` at `func`; 0 is none."""
        return self._cell(func + self._struct.size + 4 * number)

    def funcdata(self, func: int, npcdata: int, number: int) -> int:
        """The address of a funcdata; 0 is none."""
        start = func + self._struct.size + 4 * npcdata
        if self.layout == _GO_116:
            at = start + -start % _POINTER + _POINTER * number
            return self.elf.word(self.address + len(self.data) - len(self._pcln) + at)
        offset = self._cell(start + 4 * number)
        return 0 if offset == _NO_FILE else self.module.gofunc + offset

    def inlined_call(self, tree: int, index: int) -> InlinedCall | None:
        """Entry `index` of the inline tree at address `tree`."""
        at = tree + index * self._call.size
        raw = self.elf.at(at)[: self._call.size]
        if len(raw) < self._call.size:
            return None
        cells = self._call.unpack(raw)
        name, parent = (cells[1], cells[2]) if self.layout == _GO_120 else (cells[4], cells[5])
        return InlinedCall(self.name(name), parent)


def _end(tokens: list[bytes]) -> int:
    """The number of tokens before the zero that ends a table; 0 where there is none.

    The first value may be unchanged; later a difference of zero ends the table.
    """
    at = 1
    try:
        while True:
            at = tokens.index(b"\0", at)
            if at % 2 == 0:
                return at
            at += 1
    except ValueError:
        return 0


def _candidates(elf: Elf) -> Iterator[int]:
    """Addresses at which a pclntab may begin: its sections, then every magic in loaded bytes."""
    for name in _SECTIONS:
        section = elf.section(name)
        if section is not None:
            yield section.address
    for magic in (*_MAGICS, *_TOO_OLD):
        quantum = _MINIMUM_LC[elf.machine]
        yield from elf.find(struct.pack("<IHBB", magic, 0, quantum, _POINTER))


def _find(elf: Elf, version: GoVersion | None) -> Place:
    old = None
    tried = 0
    for address in _candidates(elf):
        head = elf.read(address, 24)
        if len(head) < 24 or head[4:8] != bytes((0, 0, _MINIMUM_LC[elf.machine], _POINTER)):  # noqa: PLR2004
            continue
        magic, functions = struct.unpack_from("<I4xQ", head)
        old = old or _TOO_OLD.get(magic)
        if magic not in _MAGICS or not 0 < functions < _MOST_FUNCTIONS:
            continue
        tried += 1
        if tried > _MOST_TRIED:
            break
        layout = _MAGICS[magic]
        module = find_moduledata(elf, address, functions, layout, version)
        if module is not None:
            return address, layout, module
    if old:
        raise NotReadable(f"{elf.name}: built by Go {old}; Go 1.16 and later are read")
    raise NotReadable(f"{elf.name}: {_why_none(elf, version)}")


def _why_none(elf: Elf, version: GoVersion | None) -> str:
    if elf.data.find(b"UPX!") >= 0:
        return "has no pclntab and is packed by UPX: give the binary before packing"
    if version is not None:
        return (
            f"built by {version.text}, but its tables are not where that release has them: send us the output of "
            "`panictrail binary` and of `go version -m`"
        )
    return "has no pclntab: not built by Go (gc), or its tables were removed"

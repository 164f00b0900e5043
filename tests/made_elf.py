"""ELF files made by hand, good and bad: headers, segments, sections, notes; and Go's tables of each layout in them.

In: what is to be in the file. Out: its bytes. What a toolchain would never write is written as it is asked for.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Final

LOAD: Final = 1
NOTE: Final = 4
READ: Final = 4
WRITE: Final = 2
EXECUTE: Final = 1
EXEC: Final = 2
DYN: Final = 3
CORE: Final = 4
AMD64: Final = 62
ARM64: Final = 183
_HEADER: Final = 64
_PROGRAM: Final = 56
_SECTION: Final = 64

TEXT: Final = 0x401000
TABLE: Final = 0x500000
DATA: Final = 0x900000


@dataclass(frozen=True)
class Part:
    """A segment; what is None is as it should be."""

    data: bytes = b""
    address: int = 0
    kind: int = LOAD
    flags: int = READ
    offset: int | None = None
    file_size: int | None = None
    memory_size: int | None = None


@dataclass(frozen=True)
class Titled:
    """A section over bytes of the file, of its own or at an offset."""

    name: str
    data: bytes = b""
    kind: int = 1
    address: int = 0
    offset: int | None = None
    size: int | None = None
    link: int = 0
    flags: int = 0


def elf(
    parts: tuple[Part, ...] = (),
    sections: tuple[Titled, ...] = (),
    *,
    kind: int = EXEC,
    machine: int = AMD64,
) -> bytes:
    """The file: header, program headers, bytes of segments and sections, section headers."""
    at = _HEADER + _PROGRAM * len(parts)
    table, body = bytearray(), bytearray()
    for part in parts:
        offset = at + len(body) if part.offset is None else part.offset
        size = len(part.data) if part.file_size is None else part.file_size
        default = size if part.kind == LOAD else 0
        in_memory = default if part.memory_size is None else part.memory_size
        table += struct.pack(
            "<IIQQQQQQ", part.kind, part.flags, offset, part.address, 0, size, in_memory, 8
        )
        body += part.data
    names, rows = bytearray(b"\0"), bytearray(_SECTION)
    listed = (*sections, Titled(".shstrtab", kind=3)) if sections else ()
    for section in listed:
        name = len(names)
        names += section.name.encode() + b"\0"
        data = bytes(names) if section is listed[-1] else section.data
        offset = at + len(body) if section.offset is None else section.offset
        size = len(data) if section.size is None else section.size
        rows += struct.pack(
            "<IIQQQQIIQQ", name, section.kind, section.flags, section.address, offset, size,
            section.link, 0, 1, 0,
        )  # fmt: skip
        body += data
    header = struct.pack(
        "<16sHHIQQQIHHHHHH",
        b"\x7fELF\x02\x01\x01" + bytes(9),
        kind, machine, 1, TEXT, _HEADER if parts else 0, at + len(body) if listed else 0, 0,
        _HEADER, _PROGRAM, len(parts), _SECTION, len(listed) + 1 if listed else 0, len(listed),
    )  # fmt: skip
    return header + bytes(table) + bytes(body) + (bytes(rows) if listed else b"")


def note(owner: bytes, kind: int, data: bytes) -> bytes:
    """One note with its padding."""
    head = struct.pack("<III", len(owner) + 1, len(data), kind)
    return head + _padded(owner + b"\0", 4) + _padded(data, 4)


def _padded(data: bytes, to: int) -> bytes:
    return data + bytes(-len(data) % to)


# --------------------------------------------------------------------------------------------------- Go's tables


def varint(number: int) -> bytes:
    """A uvarint."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*out, number))


def steps(*pairs: tuple[int, int]) -> bytes:
    """A pc-value table of (value, bytes of code), ended."""
    out, last = bytearray(), -1
    for value, width in pairs:
        delta = value - last
        out += varint((delta << 1 ^ delta >> 63) & 0xFFFFFFFF) + varint(width)
        last = value
    return bytes(out) + b"\0"


@dataclass(frozen=True)
class Func:
    """One function: tables as `steps` makes them. `tree`: (name, parent pc) of each inlined call."""

    name: str
    size: int = 64
    pcsp: bytes = field(default_factory=lambda: steps((0, 64)))
    pcfile: bytes = field(default_factory=lambda: steps((0, 64)))
    pcline: bytes = field(default_factory=lambda: steps((10, 64)))
    inline: bytes = b""
    tree: tuple[tuple[str, int], ...] = ()
    flag: int = 0


_MAGIC: Final = {16: 0xFFFFFFFA, 18: 0xFFFFFFF0, 20: 0xFFFFFFF1, 27: 0xFFFFFFF1}
# types, etypes, gofunc
_WORDS: Final = {16: (35, 36, 44), 18: (35, 36, 38), 20: (37, 38, 40), 27: (37, 39, 43)}


class _Strings(bytearray):
    """NUL-ended texts, each once."""

    def __init__(self) -> None:
        super().__init__(b"\0")
        self._known: dict[bytes, int] = {}

    def at(self, text: bytes) -> int:
        if text not in self._known:
            self._known[text] = len(self)
            self.extend(text + b"\0")
        return self._known[text]


@dataclass
class Go:
    """A Go program of one layout: its functions one behind the other from TEXT on."""

    functions: tuple[Func, ...]
    layout: int = 20
    version: str = "go1.22.1"
    files: tuple[str, ...] = ("/src/main.go", "/src/other.go")
    quantum: int = 1
    machine: int = AMD64
    # [start, end) of noptrdata, data, bss, noptrbss
    variables: tuple[tuple[int, int], ...] = ((DATA, DATA),) * 4
    more: tuple[Part, ...] = ()
    sections: tuple[Titled, ...] = ()

    def file(self) -> bytes:
        """The executable."""
        table, gofunc = self._table()
        parts = (
            Part(bytes(sum(f.size for f in self.functions)), TEXT, flags=READ | EXECUTE),
            Part(table, TABLE),
            Part(self._module(gofunc) + self._build_info(), DATA, flags=READ | WRITE),
            *self.more,
        )
        return elf(parts, self.sections, machine=self.machine)

    def _table(self) -> tuple[bytes, int]:
        """The pclntab with the inline trees behind it, and where those are."""
        names, files, tables = _Strings(), _Strings(), _Strings()
        units = b"".join(struct.pack("<I", files.at(file.encode())) for file in self.files)
        old = self.layout == 16
        row = struct.Struct("<QQ" if old else "<II")
        at = row.size * len(self.functions) + row.size // 2
        at += -at % 8
        rows, functions, trees = bytearray(), bytearray(), bytearray()
        entry = TEXT if old else 0
        for func in self.functions:
            rows += row.pack(entry, at + len(functions))
            offsets = [
                tables.at(table) if table else 0 for table in (func.pcsp, func.pcfile, func.pcline)
            ]
            inline = tables.at(func.inline) if func.inline else 0
            functions += struct.pack("<Q" if old else "<I", entry)
            functions += struct.pack(
                "<iiIIIIII", names.at(func.name.encode()), 0, 0, *offsets, 3, 0
            )
            if self.layout >= 20:
                functions += struct.pack("<i", 1)
            functions += struct.pack("<BBBB", 0, func.flag, 0, 4)
            functions += struct.pack("<III", 0, 0, inline)
            functions += bytes(-len(functions) % 8) if old else b""
            absent = 0 if old else 0xFFFFFFFF
            cell = "<Q" if old else "<I"
            functions += struct.pack(cell, absent) * 3
            # Of layout 16 it is an address, which is not known before the tables are laid out.
            functions += struct.pack(cell, len(trees) if func.tree else absent)
            if old:
                assert not func.tree, "no inline trees of layout 16 here"
            functions += bytes(-len(functions) % 8)
            for name, parent in func.tree:
                place = names.at(name.encode())
                trees += (
                    struct.pack("<BxxxiiI", 0, place, parent, 1)
                    if self.layout >= 20
                    else struct.pack("<hBxiiii", -1, 0, 0, 0, place, parent)
                )
            entry += func.size
        rows += struct.pack("<Q" if old else "<I", entry)
        rows += bytes(-len(rows) % 8)
        parts = [bytes(part) for part in (names, units, files, tables, rows + functions, trees)]
        start = 8 + 8 * (7 if old else 8)
        places = []
        for part in parts:
            places.append(start)
            start += len(_padded(part, 8))
        words = (len(self.functions), len(self.files), *(() if old else (0,)), *places[:5])
        head = struct.pack("<IHBB", _MAGIC[self.layout], 0, self.quantum, 8)
        head += struct.pack(f"<{len(words)}Q", *words)
        return head + b"".join(_padded(part, 8) for part in parts), TABLE + places[5]

    def _module(self, gofunc: int) -> bytes:
        words = [0] * 46
        end = TEXT + sum(f.size for f in self.functions)
        words[0], words[17] = TABLE, len(self.functions) + 1
        words[20:24] = TEXT, end, TEXT, end
        words[24:32] = [bound for pair in self.variables for bound in pair]
        types, etypes, funcs = _WORDS[self.layout]
        words[types], words[etypes], words[funcs] = TABLE, TABLE + 4096, gofunc
        if self.layout == 27:
            words[38] = 100
        return struct.pack("<46Q", *words)

    def _build_info(self) -> bytes:
        text = b"0" * 16 + b"path\texample.com/made\n" + b"0" * 16
        version = self.version.encode()
        head = b"\xff Go buildinf:\x08\x02" + bytes(16)
        body = varint(len(version)) + version + varint(len(text)) + text
        return bytes(-(46 * 8) % 16) + head + body + bytes(64)

"""An ELF file as a buffer: its segments, sections, notes, and the bytes at an address.

In: the bytes of a file (bytes, mmap). Out: `Elf`. Copies nothing but names; believes no offset that it has not checked.

The header is read by pyelftools; program headers (a core has thousands), sections, symbols and relocations as rows of
the structures of the System V ABI, gABI 4.3 chapters 4 and 5. pyelftools follows the links of sections without a limit,
and reads names however long they are.
"""

from __future__ import annotations

import struct
import sys
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property
from io import BytesIO
from itertools import islice
from mmap import mmap
from typing import IO, Final, Literal, cast

import msgspec
from elftools.common.exceptions import ELFError
from elftools.construct import ConstructError
from elftools.elf.elffile import ELFFile

from streams.core.elf_format import (
    IN_FIRST,
    NOTE,
    PROGRAM_HEADER,
    PT_LOAD,
    PT_NOTE,
    SECTION_HEADER,
    SHT_NOBITS,
    SHT_NOTE,
)
from streams.model.errors import BadInput

Machine = Literal["amd64", "arm64"]
Buffer = bytes | mmap

_MACHINES: Final[dict[str, Machine]] = {"EM_X86_64": "amd64", "EM_AARCH64": "arm64"}
_OTHERS: Final = {
    b"MZ": "a PE file (Windows)",
    b"\xcf\xfa\xed\xfe": "a Mach-O file (macOS)",
    b"\xce\xfa\xed\xfe": "a Mach-O file (macOS)",
    b"\xfe\xed\xfa\xcf": "a Mach-O file (macOS)",
    b"\xca\xfe\xba\xbe": "a universal Mach-O file (macOS)",
    b"!<ar": "an archive of object files",
    b"\0asm": "a WebAssembly module",
    b"\x1f\x8b": "compressed (gzip)",
    b"\x28\xb5\x2f\xfd": "compressed (zstd)",
}
_RELA: Final = struct.Struct("<QQq")
_RELATIVE: Final[dict[Machine, int]] = {"amd64": 8, "arm64": 1027}
_BITS: Final = 64
# A linker writes some tens of sections; what states more wants us to do work for nothing.
_MOST_SECTIONS: Final = 4096
_LONGEST_SECTION_NAME: Final = 256
# 2^20 rows are a program of some 500 MB.
_MOST_RELOCATIONS: Final = 1 << 20
# max_map_count is 65,530 by default, 2^20 on systems that raise it.
_MOST_SEGMENTS: Final = 1 << 20
_MOST_NOTES: Final = 1 << 16


class NotReadable(BadInput):
    """A file that cannot be used; the text says what it is, and what is wanted."""


class Segment(msgspec.Struct, frozen=True):
    """One program header: where in memory (`address`, `memory_size`) which bytes of the file go."""

    type: int
    flags: int
    offset: int
    address: int
    file_size: int
    memory_size: int

    @property
    def end(self) -> int:
        """One past its last byte in memory."""
        return self.address + self.memory_size


class Section(msgspec.Struct, frozen=True):
    """One section header; `size` bytes at `offset`. `bits`: whether the file has them."""

    name: str
    type: int
    address: int
    offset: int
    size: int
    bits: bool


class Note(msgspec.Struct, frozen=True):
    """One note: the owner's name, its type, and where its description stands in the file."""

    owner: bytes
    type: int
    offset: int
    size: int


class Elf:
    """A little-endian 64-bit ELF file for amd64 or arm64. Raises NotReadable for every other."""

    def __init__(self, data: Buffer, name: str) -> None:
        """`name` is used in messages only."""
        self.data = data
        self.name = name
        self.view = memoryview(data)
        if sys.byteorder != "little":
            raise NotReadable(f"{name}: this machine is big-endian; read it on amd64 or arm64")
        self._file = self._opened()
        header = self._file.header
        self.type: str = header["e_type"]
        self.machine = self._machine(str(header["e_machine"]))
        self.entry: int = header["e_entry"]
        self.segments = self._program_headers(header)
        self._loads = tuple(
            sorted((s for s in self.segments if s.type == PT_LOAD), key=lambda s: s.address)
        )
        self._addresses = tuple(s.address for s in self._loads)

    # ------------------------------------------------------------------------------------------------ header

    def _opened(self) -> ELFFile:
        start = bytes(self.view[:4])
        if start != b"\x7fELF":
            what = next((w for magic, w in _OTHERS.items() if start.startswith(magic)), None)
            seen = f"is {what}" if what else "is no ELF file"
            raise NotReadable(f"{self.name}: {seen}; ELF for linux/amd64 or linux/arm64 is read")
        try:
            # mmap has what a stream needs; bytes do not.
            stream = BytesIO(self.data) if isinstance(self.data, bytes) else self.data
            return ELFFile(cast("IO[bytes]", stream))
        except (ELFError, ConstructError, ValueError, OverflowError, KeyError) as error:
            raise NotReadable(f"{self.name}: its ELF header is damaged ({error})") from error

    def _machine(self, stated: str) -> Machine:
        if self._file.elfclass != _BITS or not self._file.little_endian or stated not in _MACHINES:
            what = f"{stated.removeprefix('EM_')}, {self._file.elfclass} bits"
            raise NotReadable(f"{self.name}: ELF for {what}; linux/amd64 and linux/arm64 are read")
        return _MACHINES[stated]

    def _program_headers(self, header: object) -> tuple[Segment, ...]:
        start, size = header["e_phoff"], header["e_phentsize"]  # type: ignore[index]  # no types
        count: int = header["e_phnum"]  # type: ignore[index]  # no types
        if count == IN_FIRST:
            first = header["e_shoff"] + 44  # type: ignore[index]  # no types
            count = int.from_bytes(self.view[first : first + 4], "little")
        if not count:
            return ()
        if size != PROGRAM_HEADER.size or count > _MOST_SEGMENTS:
            raise NotReadable(f"{self.name}: states {count} program headers of {size} bytes")
        rows = self.view[start : start + size * count]
        whole = rows[: len(rows) // size * size]
        return tuple(
            # A note segment of a core has no size in memory.
            Segment(
                kind,
                flags,
                offset,
                address,
                min(in_file, in_memory) if kind == PT_LOAD else in_file,
                in_memory,
            )
            for kind, flags, offset, address, _, in_file, in_memory, _ in (
                PROGRAM_HEADER.iter_unpack(whole)
            )
            if address + in_memory < 1 << 64
        )

    @cached_property
    def sections(self) -> dict[str, Section]:
        """By name, the first of each name; what is cut off or lies is left out: segments say the rest."""
        header = self._file.header
        start, names = header["e_shoff"], header["e_shstrndx"]
        if not start or header["e_shentsize"] != SECTION_HEADER.size:
            return {}
        rows = self.view[start : start + SECTION_HEADER.size * _MOST_SECTIONS]
        table = tuple(SECTION_HEADER.iter_unpack(rows[: len(rows) // 64 * 64]))
        if not table:
            return {}
        table = table[: header["e_shnum"] or table[0][5]]
        names = table[0][6] if names == IN_FIRST else names
        texts = table[names][4:6] if names < len(table) else (0, 0)
        found: dict[str, Section] = {}
        for row in table:
            section = self._section(row, *texts)
            found.setdefault(section.name, section)
        return found

    def _section(self, row: tuple[int, ...], names: int, names_size: int) -> Section:
        at, kind, _, address, offset, size = row[:6]
        longest = max(0, min(names_size - at, _LONGEST_SECTION_NAME))
        text = bytes(self.view[names + at : names + at + longest]).partition(b"\0")[0]
        bits = kind != SHT_NOBITS and offset + size <= len(self.view)
        return Section(text.decode("utf-8", "replace"), kind, address, offset, size, bits)

    def section(self, *names: str) -> Section | None:
        """The first of these sections that has bytes in the file."""
        found = (self.sections.get(name) for name in names)
        return next((s for s in found if s is not None and s.bits), None)

    def bytes_of(self, section: Section) -> memoryview:
        """Its bytes, not copied."""
        return self.view[section.offset : section.offset + section.size]

    # ------------------------------------------------------------------------------------------------- memory

    @property
    def loads(self) -> tuple[Segment, ...]:
        """Loadable segments by address."""
        return self._loads

    def at(self, address: int) -> memoryview:
        """The bytes of the file from `address` to the end of its segment's bytes; empty where there are none."""
        index = bisect_right(self._addresses, address) - 1
        if index < 0:
            return self.view[:0]
        segment = self._loads[index]
        skipped = address - segment.address
        if skipped >= segment.file_size:
            return self.view[:0]
        return self.view[segment.offset + skipped : segment.offset + segment.file_size]

    def read(self, address: int, size: int) -> bytes:
        """Up to `size` bytes at `address`, fewer where the file has no more."""
        return bytes(self.at(address)[:size])

    @cached_property
    def _runs(self) -> tuple[tuple[int, int, Segment], ...]:
        """What is loaded of the file, each byte once: from, to, by which segment."""
        found: list[tuple[int, int, Segment]] = []
        done = 0
        for segment in sorted(self._loads, key=lambda one: one.offset):
            start = max(segment.offset, done)
            done = max(done, min(segment.offset + segment.file_size, len(self.view)))
            if start < done:
                found.append((start, done, segment))
        return tuple(found)

    def find(self, needle: bytes, flags: int = 0) -> Iterator[int]:
        """The addresses at which these bytes are loaded, in segments with these flags.

        However many segments there are of the same bytes of the file: each byte is searched once.
        """
        for start, end, segment in self._runs:
            at = start
            while segment.flags & flags == flags and (at := self.data.find(needle, at, end)) >= 0:
                yield segment.address + at - segment.offset
                at += 1

    def address_of(self, offset: int) -> int | None:
        """The address at which a byte of the file is loaded, if it is."""
        for segment in self._loads:
            if segment.offset <= offset < segment.offset + segment.file_size:
                return segment.address + offset - segment.offset
        return None

    def word(self, address: int) -> int:
        """The pointer at `address` as the loader leaves it without a load bias; 0 where there is none."""
        raw = self.read(address, 8)
        if len(raw) < 8:  # noqa: PLR2004 - a pointer
            return 0
        return int.from_bytes(raw, "little") or self._relocated.get(address, 0)

    @cached_property
    def _relocated(self) -> dict[int, int]:
        """Pointers that only relocations know (GNU ld leaves zeros in the file): address -> addend."""
        section = self.section(".rela.dyn", ".rela")
        if section is None or self.type != "ET_DYN":
            return {}
        rows = self.bytes_of(section)
        relative = _RELATIVE[self.machine]
        return {
            address: addend
            for address, info, addend in islice(
                _RELA.iter_unpack(rows[: len(rows) // 24 * 24]), _MOST_RELOCATIONS
            )
            if info & 0xFFFFFFFF == relative
        }

    def relocated_to(self, target: int) -> Iterator[int]:
        """Addresses of pointers that relocations, and not the file's bytes, point to `target`."""
        return (address for address, addend in self._relocated.items() if addend == target)

    # -------------------------------------------------------------------------------------------------- notes

    def _note_areas(self) -> Iterator[tuple[int, int]]:
        for segment in self.segments:
            if segment.type == PT_NOTE:
                yield segment.offset, segment.offset + segment.file_size
        # Go's linker leaves the GNU build ID out of its note segment (cmd/link/internal/ld/elf.go, Go 1.26).
        for section in self.sections.values():
            if section.type == SHT_NOTE and section.bits:
                yield section.offset, section.offset + section.size

    def notes(self) -> Iterator[Note]:
        """All notes of the note segments and sections, in order; some may come twice. Ends where one does not fit."""
        left = _MOST_NOTES
        # A segment and a section may be of the same notes; what lies over one another further is no linker's.
        room = 2 * len(self.view)
        for place, stated in self._note_areas():
            end = min(stated, len(self.view))
            at = place
            while at + NOTE.size <= end and left:
                left -= 1
                owner_size, size, kind = NOTE.unpack_from(self.view, at)
                owner = at + NOTE.size
                start = owner + (owner_size + 3 & ~3)
                room -= size
                if start + size > end or room < 0:
                    break
                name = bytes(self.view[owner : owner + min(owner_size, 64)]).rstrip(b"\0")
                yield Note(name, kind, start, size)
                at = start + (size + 3 & ~3)

    def note(self, owner: bytes, kind: int) -> memoryview | None:
        """The description of the first note of an owner and type."""
        for note in self.notes():
            if note.owner == owner and note.type == kind:
                return self.view[note.offset : note.offset + note.size]
        return None

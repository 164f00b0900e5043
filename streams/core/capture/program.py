r"""Which program is Go's, and its build ID: by its file, or by the first page of it that a core holds.

In: bytes of an ELF file, or the first ones of a core. Out: Program, None where they say nothing. Reads 64-bit
little-endian files; believes no offset. Imports next to nothing: the kernel waits meanwhile.

Sources: cmd/link/internal/ld (sections .go.buildinfo, .gopclntab, note .note.go.buildid: owner "Go", type 4),
debug/buildinfo: the magic "\xff Go buildinf:" in written memory.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from mmap import mmap
from typing import Final, NamedTuple

from streams.core.capture.outline import Outline
from streams.core.elf_format import (
    GNU,
    GO,
    HEADER_BYTES,
    MAGIC,
    NOTE,
    NT_GNU_BUILD_ID,
    NT_GO_BUILD_ID,
    PROGRAM_HEADER,
    PT_LOAD,
    PT_NOTE,
    SECTION_HEADER,
    SHT_NOTE,
    WRITABLE,
)

Data = bytes | bytearray | mmap

_BUILD_INFO: Final = b"\xff Go buildinf:"
_GO_SECTIONS: Final = frozenset(
    (b".go.buildinfo", b".gopclntab", b".data.rel.ro.gopclntab", b".note.go.buildid")
)
_MOST_ROWS: Final = 4096
_MOST_NOTES: Final = 64
_LONGEST_NAME: Final = 64
_LONGEST_GNU_ID: Final = 64
_LONGEST_ID: Final = 512
# Of a file that is mapped, a core holds at least this (coredump_filter, bit 4).
_PAGE_BYTES: Final = 4096


class Program(NamedTuple):
    """`build_id`: GNU's where there is one, else Go's."""

    is_go: bool
    build_id: str | None


def _rows(data: Data, at: int, size: int, count: int, row: struct.Struct) -> list[tuple[int, ...]]:
    if size != row.size or count > _MOST_ROWS:
        return []
    table = data[at : at + size * count]
    return list(row.iter_unpack(table[: len(table) // size * size]))


def _notes(data: Data, start: int, size: int) -> Iterator[tuple[bytes, int, bytes]]:
    end = min(start + size, len(data))
    for _ in range(_MOST_NOTES):
        if start + NOTE.size > end:
            return
        owner_size, text_size, kind = NOTE.unpack_from(data, start)
        owner = start + NOTE.size
        text = owner + (owner_size + 3 & ~3)
        if text + text_size > end:
            return
        yield (
            bytes(data[owner : owner + min(owner_size, 8)]).rstrip(b"\0"),
            kind,
            bytes(data[text : text + min(text_size, _LONGEST_ID)]),
        )
        start = text + (text_size + 3 & ~3)


def program_of(data: Data) -> Program | None:
    """The program of an ELF file, or of as much as there is of it; None where it is no ELF file that is read."""
    if len(data) < HEADER_BYTES or data[:6] != MAGIC:
        return None
    programs_at, sections_at = struct.unpack_from("<QQ", data, 32)
    size, count, section_size, section_count, names = struct.unpack_from("<HHHHH", data, 54)
    segments = _rows(data, programs_at, size, count, PROGRAM_HEADER)
    sections = _rows(data, sections_at, section_size, section_count, SECTION_HEADER)
    is_go = bool(_GO_SECTIONS & set(_names(data, sections, names)))
    areas = [(row[2], row[5]) for row in segments if row[0] == PT_NOTE]
    areas += [(row[4], row[5]) for row in sections if row[1] == SHT_NOTE]
    found: dict[str, str] = {}
    for at, length in areas:
        for owner, kind, text in _notes(data, at, length):
            if owner == GNU and kind == NT_GNU_BUILD_ID and len(text) <= _LONGEST_GNU_ID:
                found.setdefault("gnu", text.hex())
            elif owner == GO and kind == NT_GO_BUILD_ID:
                found.setdefault("go", text.decode("utf-8", "replace"))
    is_go = is_go or "go" in found or _has_build_info(data, segments)
    return Program(is_go, found.get("gnu") or found.get("go"))


def _names(data: Data, sections: list[tuple[int, ...]], names: int) -> Iterator[bytes]:
    if names >= len(sections):
        return
    at, size = sections[names][4:6]
    for row in sections:
        if row[0] < size:
            yield bytes(data[at + row[0] : at + row[0] + _LONGEST_NAME]).partition(b"\0")[0]


def _has_build_info(data: Data, segments: list[tuple[int, ...]]) -> bool:
    """Where the section headers were taken off, too."""
    return any(
        data.find(_BUILD_INFO, row[2], row[2] + row[5]) >= 0
        for row in segments
        if row[0] == PT_LOAD and row[1] & WRITABLE
    )


def programs_in(prefix: bytes) -> Iterator[Program]:
    """Those of the files whose first pages stand in the first bytes of a core; libraries are some, too."""
    outline = Outline()
    outline.feed(prefix)
    for segment in outline.segments() or ():
        if segment.type == PT_LOAD and segment.size:
            found = program_of(prefix[segment.offset : segment.offset + _PAGE_BYTES])
            if found is not None:
                yield found

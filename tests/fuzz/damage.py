"""Binaries and cores that lie: recipes that damage a good one at places with a name.

In: a sample, a recipe. Out: bytes. Places have names (`moduledata`, `func main.deep`, `stack 1`), so that a recipe
says the same of a file that another release of Go made. Dice make recipes; the same dice make the same.
"""

from __future__ import annotations

import struct
from functools import cache
from itertools import islice, pairwise
from mmap import mmap
from pathlib import Path
from random import Random
from typing import Final, Literal

import msgspec

from streams.core.elf_format import PROGRAM_HEADER, PT_LOAD
from streams.core.symbolize.allgs import Process
from streams.core.symbolize.binary import Binary
from streams.core.symbolize.corefile import Core
from streams.core.symbolize.elf import Elf
from streams.core.symbolize.memory import WithText, load_bias, whole
from streams.core.symbolize.pclntab import Function
from streams.drivers.mapped import mapped, open_binary
from tests.tiny_go import Variant, tiny_go

Name = Literal["default", "stripped", "pie", "core", "pie core"]
NAMES: Final[tuple[Name, ...]] = ("default", "stripped", "pie", "core", "pie core")
# Damaged by themselves first: these have something to lose.
_FUNCTIONS: Final = 24
_PAGE: Final = 4096
# What a core leaves out: shorter runs of zeros are as good as memory that is read.
_HOLE: Final = 64 * _PAGE
_WORDS: Final = (
    0, 1, 2, 7, 0x7F, 0xFF, 0xFFFF, 1 << 20, (1 << 31) - 1, 1 << 31, (1 << 32) - 1, 1 << 40, 1 << 47, 1 << 60,
    (1 << 63) - 1, 1 << 63, (1 << 64) - 8, (1 << 64) - 1,
)  # fmt: skip
_BYTES: Final = (0x00, 0x01, 0x7F, 0x80, 0xFF)


class Place(msgspec.Struct, frozen=True):
    """A part of a sample; `address` where it is in memory, if it is."""

    start: int
    size: int
    address: int = 0


class Edit(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes (hex) written at an offset of a place, `times` over; or the address of another place."""

    place: str
    offset: int = 0
    data: str = ""
    times: int = 1
    address_of: str | None = None


class Recipe(msgspec.Struct, frozen=True, kw_only=True):
    """How to damage a sample: edits in order, then maybe the place behind whose start it is cut off."""

    sample: Name
    edits: tuple[Edit, ...] = ()
    cut: str | None = None
    why: str = ""


class Sample(msgspec.Struct, frozen=True):
    """A good file, and its places."""

    name: Name
    data: bytes
    places: dict[str, Place]

    @property
    def is_core(self) -> bool:
        """Whether it is a core of the binary of the same variant."""
        return self.name.endswith("core")


# ------------------------------------------------------------------------------------------------------ samples


@cache
def sample(name: Name) -> Sample:
    """A sample; the first time takes some tenths of a second."""
    variant: Variant = "pie" if name.startswith("pie") else "stripped"
    if name in ("core", "pie core"):
        path = tiny_go().core("nested", variant)
        with_core = slim(mapped(path))
        return Sample(name, with_core, _of_core(with_core, open_binary(tiny_go().binary(variant))))
    data = binary_of(name).read_bytes()
    return Sample(name, data, _of_binary(Binary(data, name)))


def binary_of(name: Name) -> Path:
    """The binary of a sample, whole."""
    return tiny_go().binary(
        "default" if name == "default" else "pie" if name.startswith("pie") else "stripped"
    )


def slim(core: mmap) -> bytes:
    """The core without the large holes of its memory: 40 MB become one."""
    elf = Elf(core, "core")
    rows, parts = [], []
    for segment in elf.segments:
        data = elf.view[segment.offset : segment.offset + segment.file_size]
        runs = _filled(data) if segment.type == PT_LOAD else [(0, len(data))]
        for start, end in runs:
            rows.append((segment.type, segment.flags, segment.address + start, end - start))
            parts.append(bytes(data[start:end]))
    at = 64 + PROGRAM_HEADER.size * len(rows)
    table = bytearray()
    for (kind, flags, address, size), part in zip(rows, parts, strict=True):
        in_memory = size if kind == PT_LOAD else 0
        table += PROGRAM_HEADER.pack(kind, flags, at, address, 0, size, in_memory, 4)
        at += len(part)
    header = bytearray(elf.view[:64])
    struct.pack_into("<QQ", header, 32, 64, 0)
    struct.pack_into("<HHHH", header, 56, len(rows), 0, 0, 0)
    return b"".join((header, table, *parts))


def _filled(data: memoryview) -> list[tuple[int, int]]:
    """Runs of pages between large holes."""
    runs: list[tuple[int, int]] = []
    nothing = bytes(_PAGE)
    for start in range(0, len(data), _PAGE):
        if data[start : start + _PAGE] == nothing:
            continue
        if runs and start - runs[-1][1] < _HOLE:
            runs[-1] = (runs[-1][0], start + _PAGE)
        else:
            runs.append((start, start + _PAGE))
    return runs


def _headers(elf: Elf) -> dict[str, Place]:
    program, sections = struct.unpack_from("<QQ", elf.view, 32)
    size = struct.unpack_from("<H", elf.view, 60)[0]
    found = {"header": Place(0, 64), "file": Place(0, len(elf.view))}
    for index in range(min(len(elf.segments), 40)):
        found[f"segment {index}"] = Place(program + 56 * index, 56)
    for index in range(size):
        found[f"section {index}"] = Place(sections + 64 * index, 64)
    for index, note in enumerate(islice(elf.notes(), 40)):
        start = note.offset - 12 - (len(note.owner) + 4 & ~3)
        found[f"note {index}"] = Place(start, note.offset + note.size - start)
    return found


def _file_offset(elf: Elf, address: int) -> int:
    """Where the byte at an address stands in the file."""
    for segment in elf.loads:
        if segment.address <= address < segment.address + segment.file_size:
            return segment.offset + address - segment.address
    raise LookupError(hex(address))


def _of_binary(binary: Binary) -> dict[str, Place]:
    elf, table = binary.elf, binary.table
    found = _headers(elf)

    def add(name: str, address: int, size: int) -> None:
        found[name] = Place(_file_offset(elf, address), size, address)

    for name in (".go.buildinfo", ".symtab", ".strtab", ".shstrtab", ".rela", ".rela.dyn", ".text"):
        section = elf.section(name)
        if section is not None:
            found[name] = Place(section.offset, section.size, section.address)
    add("pclntab", table.address, 72)
    add("moduledata", table.module.address, 46 * 8)
    words = struct.unpack_from("<8Q", table.data, 8)
    for name, (start, end) in zip(
        ("names", "units", "files", "pctab", "functab"), pairwise((*words[3:8], words[7] + 8 * words[0])), strict=True
    ):  # fmt: skip
        add(name, table.address + start, end - start)
    named = [f for f in table if f.name.startswith(("main.", "runtime.main", "runtime.gopark"))]
    for function in named[:_FUNCTIONS]:
        _add_function(found, table.address + words[7], words[6] + table.address, function, elf)
    return found


def _add_function(
    found: dict[str, Place], functions: int, tables: int, function: Function, elf: Elf
) -> None:
    at = functions + function._at  # noqa: SLF001 - what the reader keeps is what is damaged
    found[f"func {function.name}"] = Place(_file_offset(elf, at), 44 + 32, at)
    for kind, offset in (
        ("pcsp", function._pcsp),  # noqa: SLF001 - as above
        ("pcfile", function._pcfile),  # noqa: SLF001 - as above
        ("pcline", function._pcline),  # noqa: SLF001 - as above
    ):
        start = tables + offset
        found[f"{kind} {function.name}"] = Place(_file_offset(elf, start), 64, start)


def _of_core(data: bytes, binary: Binary) -> dict[str, Place]:
    core = Core(data, "core")
    bias = load_bias(binary.elf, core.mappings, None) or 0
    process = Process(binary, WithText(core, binary.elf, bias), bias, core.threads, None)
    found = _headers(core.elf)

    def add(name: str, address: int, size: int) -> None:
        if len(whole(core, address, size)) == size:
            found[name] = Place(_file_offset(core.elf, address), size, address)

    for name, (start, end) in zip(
        ("noptrdata", "data", "bss", "noptrbss"), binary.table.module.variables, strict=True
    ):
        add(name, start + bias, end - start)
    add("allgs", process._header, 24)  # noqa: SLF001 - what the reader keeps is what is damaged
    listed = int.from_bytes(core.view(process._header, 8), "little")  # noqa: SLF001 - as above
    add("list", listed, 8 * 8)
    for goroutine in process.goroutines():
        g = goroutine.g
        add(f"g {g.id}", g.address, process.layout.size)
        if g.m:
            add(f"m {g.id}", g.m, 256)
        _, sp = g.start
        add(f"stack {g.id}", sp or g.stack[1] - 2048, g.stack[1] - (sp or g.stack[1] - 2048))
        if g.panic:
            add(f"panic {g.id}", g.panic, 104)
        for index, caught in enumerate(goroutine.stack.caught):
            add(f"context {g.id} {index}", caught.context, 1024)
    for index, thread in enumerate(core.threads):
        add(f"thread stack {index}", thread.sp, 2048)
    return found


# ------------------------------------------------------------------------------------------------------ recipes


def damaged(good: Sample, recipe: Recipe) -> bytes:
    """The sample after the recipe. A place that this release has not is passed over."""
    data = bytearray(good.data)
    for edit in recipe.edits:
        place = good.places.get(edit.place)
        if place is None:
            continue
        new = bytes.fromhex(edit.data) * edit.times
        if edit.address_of is not None:
            other = good.places.get(edit.address_of, Place(0, 0))
            new = struct.pack("<Q", other.address + int.from_bytes(new[:4], "little"))
        start = place.start + edit.offset
        end = min(start + len(new), len(data))
        data[start:end] = new[: end - start]
    cut = good.places.get(recipe.cut) if recipe.cut else None
    return bytes(data if cut is None else data[: cut.start + cut.size // 2])


def recipe(dice: Random, good: Sample) -> Recipe:
    """The next recipe: mostly one or two lies, for what lies everywhere is refused at once."""
    names = tuple(good.places)
    edits = tuple(_edit(dice, good, names) for _ in range(dice.choice((1, 1, 1, 2, 2, 3, 8))))
    cut = dice.choice(names) if dice.randrange(20) == 0 else None
    return Recipe(sample=good.name, edits=edits, cut=cut)


def _edit(dice: Random, good: Sample, names: tuple[str, ...]) -> Edit:
    name = dice.choice(names)
    size = good.places[name].size
    width = dice.choice((1, 2, 4, 8, 8))
    offset = dice.randrange(max(1, size))
    if dice.randrange(4):
        offset -= offset % width
    match dice.randrange(8):
        case 0:
            times = dice.choice((1, 16, 256, size))
            byte = dice.choice(_BYTES)
            return Edit(place=name, offset=offset, data=f"{byte:02x}", times=min(times, size))
        case 1:
            data = dice.randrange(256 if dice.randrange(2) else 1).to_bytes(4, "little").hex()
            return Edit(place=name, offset=offset, data=data, address_of=dice.choice(names))
        case 2:
            return Edit(place=name, offset=offset, data=dice.randbytes(width).hex())
        case 3:
            at = good.places[name].start + offset
            old = good.data[at] if at < len(good.data) else 0
            return Edit(place=name, offset=offset, data=f"{old ^ 1 << dice.randrange(8):02x}")
        case _:
            word = dice.choice((*_WORDS, len(good.data), len(good.data) - 1))
            data = (word & (1 << 8 * width) - 1).to_bytes(width, "little").hex()
            return Edit(place=name, offset=offset, data=data)

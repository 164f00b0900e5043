"""ELF files: what they are, compared with readelf; what they are not, and what is damaged."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from streams.core.elf_format import SHT_NOTE, WRITABLE
from streams.core.symbolize.elf import Elf, NotReadable
from streams.drivers.mapped import mapped
from tests.made_elf import (
    AMD64,
    ARM64,
    CORE,
    DYN,
    NOTE,
    READ,
    WRITE,
    Part,
    Titled,
    elf,
    note,
)
from tests.tiny_go import Tiny, Variant


def readelf(*arguments: object) -> str:
    """What binutils say."""
    return subprocess.run(
        ["readelf", "-W", *map(str, arguments)], capture_output=True, text=True, check=True
    ).stdout


@pytest.fixture(params=["default", "stripped", "pie"])
def path(tiny: Tiny, request: pytest.FixtureRequest) -> Path:
    variant: Variant = request.param
    return tiny.binary(variant)


def test_segments_are_those_of_readelf(path: Path) -> None:
    rows = re.findall(
        r"^  \S+ +(0x\w+) (0x\w+) 0x\w+ (0x\w+) (0x\w+) ", readelf("-l", path), re.MULTILINE
    )
    found = Elf(mapped(path), "tiny").segments
    assert [(s.offset, s.address, s.file_size, s.memory_size) for s in found] == [
        tuple(int(cell, 16) for cell in row) for row in rows
    ]


def test_sections_are_those_of_readelf(path: Path) -> None:
    rows = re.findall(
        r"^  \[ *\d+\] (\S+) +\S+ +(\w{16}) (\w+) (\w+) ", readelf("-S", path), re.MULTILINE
    )
    found = Elf(mapped(path), "tiny").sections
    assert len(rows) > 10
    assert [(s.name, s.address, s.offset, s.size) for s in found.values() if s.name] == [
        (name, *(int(cell, 16) for cell in cells)) for name, *cells in rows
    ]


def test_notes_are_those_of_readelf(path: Path) -> None:
    gnu = re.search(r"Build ID: (\w+)", readelf("-n", path))
    found = Elf(mapped(path), "tiny").note(b"GNU", 3)
    assert gnu is not None
    assert found is not None
    assert found.hex() == gnu[1]


def test_notes_of_a_core_are_those_of_readelf(tiny: Tiny) -> None:
    core = tiny.core("panic")
    rows = re.findall(r"^  (CORE|LINUX) +(0x\w+)", readelf("-n", core), re.MULTILINE)
    found = [(note.owner.decode(), note.size) for note in Elf(mapped(core), "core").notes()]
    assert len(rows) > 8
    assert found == [(owner, int(size, 16)) for owner, size in rows]


@pytest.mark.parametrize(
    ("start", "what"),
    [
        (b"MZ\x90\0", "a PE file"),
        (b"\xcf\xfa\xed\xfe", "a Mach-O file"),
        (b"\xca\xfe\xba\xbe", "a universal Mach-O file"),
        (b"!<arch>\n", "an archive"),
        (b"\0asm", "a WebAssembly module"),
        (b"\x1f\x8b\x08", "compressed"),
        (b"#!/bin/sh", "is no ELF file"),
        (b"", "is no ELF file"),
    ],
)
def test_what_is_no_elf_file_is_named(start: bytes, what: str) -> None:
    with pytest.raises(NotReadable, match=what):
        Elf(start + bytes(100), "x")
    with pytest.raises(NotReadable, match="is no ELF file"):
        Elf(b"\x7fEL", "x")


@pytest.mark.parametrize(
    ("machine", "name"), [(3, "386"), (40, "ARM"), (243, "RISCV"), (22, "S390"), (0x9999, "39321")]
)
def test_another_machine_is_refused_by_name(machine: int, name: str) -> None:
    with pytest.raises(NotReadable, match=f"ELF for {name}.*amd64 and linux/arm64 are read"):
        Elf(elf((Part(b"x", 1),), machine=machine), "x")


@pytest.mark.parametrize(("at", "value"), [(4, 1), (5, 2)])
def test_32_bits_and_big_endian_are_refused(at: int, value: int) -> None:
    made = bytearray(elf((Part(b"x", 1),)))
    made[at] = value
    with pytest.raises(NotReadable):
        Elf(bytes(made), "x")


@pytest.mark.parametrize(("machine", "name"), [(AMD64, "amd64"), (ARM64, "arm64")])
def test_machines_have_gos_names(machine: int, name: str) -> None:
    assert Elf(elf((Part(b"x", 1),), machine=machine), "x").machine == name


@pytest.mark.parametrize("length", [4, 16, 63, 64, 100])
def test_a_file_that_is_cut_off_in_its_headers_is_refused_or_empty(length: int) -> None:
    made = elf((Part(b"x" * 100, 0x1000), Part(b"y", 0x2000)), (Titled("a"),))[:length]
    try:
        found = Elf(made, "x")
    except NotReadable:
        assert length < 64
    else:
        assert bytes(found.at(0x1000)) == b""
        assert found.sections == {}


def test_an_address_has_the_bytes_of_its_segment_and_no_others() -> None:
    found = Elf(elf((Part(b"second", 0x2000, memory_size=0x100), Part(b"first", 0x1000))), "x")
    assert bytes(found.at(0x1000)) == b"first"
    assert bytes(found.at(0x1003)) == b"st"
    assert not any(map(len, map(found.at, (0x1005, 0xFFF, 0x2006))))
    assert found.read(0x2000, 3) == b"sec"
    assert [s.address for s in found.loads] == [0x1000, 0x2000]


def test_a_segment_that_states_more_than_the_file_has_ends_with_the_file() -> None:
    found = Elf(elf((Part(b"abc", 0x1000, file_size=1 << 40, memory_size=1 << 40),)), "x")
    assert found.read(0x1000, 100) == b"abc"


def test_an_offset_has_the_address_at_which_it_is_loaded() -> None:
    found = Elf(elf((Part(b"abc", 0x1000), Part(b"def", 0x2000))), "x")
    start = found.loads[1].offset
    assert found.address_of(start + 2) == 0x2002
    assert found.address_of(0) is None


def test_bytes_are_found_where_they_are_loaded_with_the_wanted_flags() -> None:
    found = Elf(
        elf((Part(b"..needle..needle", 0x1000), Part(b"needle", 0x2000, flags=READ | WRITE))), "x"
    )
    assert list(found.find(b"needle")) == [0x1002, 0x100A, 0x2000]
    assert list(found.find(b"needle", WRITABLE)) == [0x2000]
    assert list(found.find(b"none")) == []


def test_a_pointer_that_only_a_relocation_knows_is_read() -> None:
    """GNU ld leaves zeros in the file of a PIE."""
    row = (
        (0x1008).to_bytes(8, "little") + (8).to_bytes(8, "little") + (0x4000).to_bytes(8, "little")
    )
    other = (0x1000).to_bytes(8, "little") + (1).to_bytes(8, "little") + (9).to_bytes(8, "little")
    made = elf((Part(bytes(16), 0x1000),), (Titled(".rela.dyn", other + row),), kind=DYN)
    found = Elf(made, "x")
    assert (found.word(0x1008), found.word(0x1000), found.word(0x1009)) == (0x4000, 0, 0)
    assert list(found.relocated_to(0x4000)) == [0x1008]


def test_a_section_without_bytes_in_the_file_is_none() -> None:
    made = elf(
        (Part(b"x", 1),),
        (
            Titled(".bss", kind=8, size=4),
            Titled("beyond", offset=1 << 40, size=1),
            Titled("good", b"abc"),
        ),
    )
    found = Elf(made, "x")
    assert set(found.sections) == {"", ".bss", "beyond", "good", ".shstrtab"}
    assert found.section(".bss", "beyond") is None
    good = found.section("beyond", "good")
    assert good is not None
    assert bytes(found.bytes_of(good)) == b"abc"


def test_the_first_section_of_a_name_counts() -> None:
    found = Elf(elf((Part(b"x", 1),), (Titled("a", b"1"), Titled("a", b"2"))), "x").section("a")
    assert found is not None
    assert found.size == 1


@pytest.mark.parametrize(("at", "value"), [(40, 1 << 62), (58, 1), (62, 999)])
def test_a_section_table_that_lies_has_no_names(at: int, value: int) -> None:
    made = bytearray(elf((Part(b"x", 1),), (Titled("a"),)))
    made[at : at + (8 if at == 40 else 2)] = value.to_bytes(8 if at == 40 else 2, "little")
    assert set(Elf(bytes(made), "x").sections) <= {""}


def test_notes_come_from_segments_and_from_sections() -> None:
    first, second = note(b"GNU", 3, b"\1\2\3"), note(b"Go", 4, b"text")
    made = elf((Part(first, kind=NOTE), Part(b"x", 1)), (Titled(".note.go", second, SHT_NOTE),))
    found = Elf(made, "x")
    assert [(n.owner, n.type, n.size) for n in found.notes()] == [(b"GNU", 3, 3), (b"Go", 4, 4)]
    assert bytes(found.note(b"Go", 4) or b"") == b"text"
    assert found.note(b"Go", 3) is None


def test_notes_end_where_one_does_not_fit() -> None:
    good = note(b"CORE", 1, b"abcd")
    cut = note(b"CORE", 2, b"x" * 100)[:50]
    made = elf((Part(good + cut, kind=NOTE), Part(b"x", 1)), kind=CORE)
    assert [n.type for n in Elf(made, "x").notes()] == [1]

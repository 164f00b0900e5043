"""C frames: rows as pyelftools reads them, walks as libgcc walks them, and what is hostile ends."""

from __future__ import annotations

import struct
import time
from pathlib import Path

import msgspec
import pytest
from elftools.dwarf.callframe import FDE
from elftools.elf.elffile import ELFFile
from hypothesis import given
from hypothesis import strategies as st

from streams.core.symbolize.cfi import PC, SP, Cfi, caller
from streams.core.symbolize.elf import Elf
from streams.core.symbolize.memory import Mapping
from streams.core.symbolize.native import (
    Library,
    Native,
    NativeStack,
    build_id,
    registers_at,
    registers_of,
)
from streams.core.symbolize.symbols import Symbols
from tests.made_elf import EXECUTE, READ, TEXT, Part, elf
from tests.unit.core.symbolize.native.stacks import Faulted, compiled, faulted

SIGNAL_RETURN = bytes.fromhex("48c7c00f0000000f05")
EH_FRAME = 0x6474E550
HEADER = 0x600000
ENTRIES = 0x600100
OPTIONS = {
    "pie": (),
    "fixed": ("-no-pie",),
    "pointers": ("-fno-omit-frame-pointer",),
    "bind now": ("-fcf-protection=full", "-Wl,-z,now"),
    "stripped": ("-s",),
}


@pytest.fixture(scope="session", params=OPTIONS)
def binary(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program with each set of options."""
    return compiled(tmp_path_factory.mktemp("frames"), *OPTIONS[request.param])


@pytest.fixture(scope="session")
def pie(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program as compilers build it."""
    return compiled(tmp_path_factory.mktemp("frames"))


def opened(path: str) -> Elf | None:
    file = Path(path)
    return Elf(file.read_bytes(), path) if file.is_file() else None


def native(left: Faulted, library: Library = opened) -> Native:
    program = Elf(left.binary.read_bytes(), str(left.binary))
    start = next(m.start for m in left.mappings if m.path == str(left.binary))
    return Native(
        left,
        left.mappings,
        binary=program,
        symbols=Symbols(program),
        bias=start if program.type == "ET_DYN" else 0,
        is_go=lambda _: False,
        library=library,
    )


def walked(left: Faulted, library: Library = opened) -> NativeStack:
    registers = registers_at(left, left.context)
    assert registers is not None
    return native(left, library).walk(registers)


def is_signal_return(left: Faulted, pc: int) -> bool:
    mapping = next((m for m in left.mappings if m.start <= pc < m.end), None)
    if mapping is None:
        return False
    place = pc - mapping.start + mapping.offset
    return Path(mapping.path).read_bytes()[place : place + 9] == SIGNAL_RETURN


# ---------------------------------------------------------------------------------------------------- real code


def test_rows_are_those_of_pyelftools(binary: Path) -> None:
    cfi = Cfi(Elf(binary.read_bytes(), "frames"))
    compared = 0
    with binary.open("rb") as file:
        entries = ELFFile(file).get_dwarf_info().EH_CFI_entries()
        for entry in (e for e in entries if isinstance(e, FDE)):
            start = entry["initial_location"]
            for row in entry.get_decoded().table:
                if not start <= row["pc"] < start + entry["address_range"]:
                    continue
                ours, cfa = cfi.row(row["pc"]), row["cfa"]
                assert ours is not None
                if cfa.expr is not None:
                    assert ours.plt in (10, 11)
                    continue
                compared += 1
                assert (ours.register, ours.offset) == (cfa.reg, cfa.offset)
                theirs = {
                    r: v.arg for r, v in row.items() if r not in ("pc", "cfa") if v.type == "OFFSET"
                }
                assert {r: rule.value for r, rule in ours.rules if rule.kind == "at"} == theirs
    assert compared > 30


@pytest.mark.parametrize("way", ["sorted", "handled", "abort"])
def test_a_walk_finds_the_frames_that_libgcc_finds(binary: Path, way: str) -> None:
    left = faulted(binary, way)
    found = walked(left)
    expected = [pc for pc in left.frames if not is_signal_return(left, pc)]
    assert [call.pc for call in found.calls] == expected
    assert len(expected) > 3


def test_frames_have_the_names_of_symbols(pie: Path) -> None:
    found = walked(faulted(pie, "handled"))
    names = [call.function for call in found.calls if call.object == str(pie)]
    assert names[:6] == ["write_to", "deeper", "deeper", "sized", "compare", "sorted"]
    assert names[6:8] == ["handle", "handled"]
    # qsort and raise are known by .dynsym; what is local to the C library is a place in its file.
    libc = [call for call in found.calls if call.object and "libc" in call.object]
    assert "raise" in [call.function for call in libc]
    assert all(call.function or call.offset for call in libc)
    assert not found.faults


def test_a_call_of_nowhere_is_followed_back(pie: Path) -> None:
    found = walked(faulted(pie, "nowhere"))
    assert [call.function for call in found.calls][:3] == [None, "nowhere", "main"]
    assert found.calls[0].pc == 8
    assert found.calls[0].object is None


def test_a_walk_ends_where_go_called(pie: Path) -> None:
    left = faulted(pie, "sorted")
    walk = native(left)
    entry = next(pc for pc in left.frames[4:])
    walk._is_go = lambda pc: pc == entry  # noqa: SLF001 - a program without Go has no other
    registers = registers_at(left, left.context)
    assert registers is not None
    assert [call.pc for call in walk.walk(registers).calls] == list(left.frames[:4])


@pytest.mark.parametrize("here", [None, "another"])
def test_a_library_that_is_not_the_one_gives_no_names(pie: Path, here: str | None) -> None:
    left = faulted(pie, "abort")
    wanted = next(
        build_id(libc)
        for m in left.mappings
        if "libc" in m.path and (libc := opened(m.path)) is not None
    )
    found = walked(left, lambda _: opened(str(pie)) if here else None)
    assert [(call.function, bool(call.offset)) for call in found.calls] == [(None, True)]
    (fault,) = found.faults
    assert "libc" in fault
    assert f"build ID {wanted}" in fault


def test_a_library_whose_build_is_not_in_memory_gives_no_names(pie: Path) -> None:
    left = faulted(pie, "abort")
    walk = native(left)
    walk._memory = Hidden(left.context, left.stack)  # noqa: SLF001 - a core without the pages of files
    registers = registers_at(left, left.context)
    assert registers is not None
    found = walk.walk(registers)
    assert len(found.calls) == 1
    assert "the core does not hold its build ID" in found.faults[0]


class Hidden:
    """A stack and nothing else."""

    def __init__(self, start: int, stack: bytes) -> None:
        self.start, self.stack = start, stack

    def view(self, address: int, size: int) -> memoryview:
        at = address - self.start
        return memoryview(self.stack)[at : at + size] if at >= 0 else memoryview(b"")

    def release(self) -> None:
        pass


# ------------------------------------------------------------------------------------------------- tables made


def uleb(value: int) -> bytes:
    found = bytearray()
    while True:
        value, low = value >> 7, value & 0x7F
        found.append(low | (0x80 if value else 0))
        if not value:
            return bytes(found)


def entry(body: bytes, start: int) -> bytes:
    return struct.pack("<I", len(body) + 4) + struct.pack("<I", start) + body


def tables(
    fde: bytes,
    *,
    cie: bytes = b"\x0c\x07\x08\x90\x01",
    augmentation: bytes = b"zR\0",
    encoding: int = 0x1B,
    header: bytes | None = None,
) -> Elf:
    """One CIE, one FDE for 256 bytes at TEXT, and the table that has it."""
    common = entry(b"\x01" + augmentation + b"\x01\x78\x10\x01" + bytes([encoding]) + cie, 0)
    second = ENTRIES + len(common)
    where = struct.pack("<iI", TEXT - (second + 8), 256)
    own = entry(where + b"\0" + fde, len(common) + 4)
    if header is None:
        header = b"\x01\x1b\x03\x3b" + struct.pack(
            "<iIii", ENTRIES - HEADER - 4, 1, TEXT - HEADER, second - HEADER
        )
    data = header.ljust(ENTRIES - HEADER, b"\0") + common + own + b"\0" * 4
    return Elf(
        elf(
            (
                Part(b"\x90" * 256, TEXT, flags=READ | EXECUTE),
                Part(data, HEADER),
                Part(header, HEADER, kind=EH_FRAME),
            )
        ),
        "made",
    )


REGISTERS = tuple(range(0x1000, 0x1000 + 8 * 17, 8))


def stepped(fde: bytes, pc: int = TEXT + 16) -> tuple[int, tuple[int | None, ...]] | None:
    row = Cfi(tables(fde)).row(pc)
    here = (*REGISTERS[:PC], pc)
    return None if row is None else caller(row, here, lambda address: address + 1)


@pytest.mark.parametrize(
    ("fde", "cfa", "register", "value"),
    [
        (b"", REGISTERS[SP] + 8, PC, REGISTERS[SP] + 1),
        (b"\x0e\x20", REGISTERS[SP] + 32, SP, REGISTERS[SP] + 32),
        # Only what stands before the pc: advance by 8, then by 16.
        (b"\x48\x0e\x18\x50\x0e\x40", REGISTERS[SP] + 24, SP, REGISTERS[SP] + 24),
        (b"\x02\x08\x0e\x18\x03\x10\x00\x0e\x40", REGISTERS[SP] + 24, SP, REGISTERS[SP] + 24),
        (b"\x0c\x06\x10", REGISTERS[6] + 16, SP, REGISTERS[6] + 16),
        (b"\x12\x06\x7e", REGISTERS[6] + 16, SP, REGISTERS[6] + 16),
        (b"\x0d\x03", REGISTERS[3] + 8, SP, REGISTERS[3] + 8),
        (b"\x83\x02", REGISTERS[SP] + 8, 3, REGISTERS[SP] + 8 - 16 + 1),
        (b"\x05\x0c\x02", REGISTERS[SP] + 8, 12, REGISTERS[SP] + 8 - 16 + 1),
        (b"\x11\x0c\x7e", REGISTERS[SP] + 8, 12, REGISTERS[SP] + 8 + 16 + 1),
        (b"\x14\x0c\x02", REGISTERS[SP] + 8, 12, REGISTERS[SP] + 8 - 16),
        (b"\x09\x0c\x0d", REGISTERS[SP] + 8, 12, REGISTERS[13]),
        (b"\x83\x02\xc3", REGISTERS[SP] + 8, 3, REGISTERS[3]),
        (b"\x83\x02\x06\x03", REGISTERS[SP] + 8, 3, REGISTERS[3]),
        (b"\x83\x02\x08\x03", REGISTERS[SP] + 8, 3, REGISTERS[3]),
        (b"\x07\x03", REGISTERS[SP] + 8, 3, None),
        (b"\x10\x03\x02\x77\x08", REGISTERS[SP] + 8, 3, None),
        (b"\x0a\x0e\x40\x83\x02\x0b", REGISTERS[SP] + 8, 3, REGISTERS[3]),
        (b"\x2e\x30\x0e\x20", REGISTERS[SP] + 32, SP, REGISTERS[SP] + 32),
        # Vectors are passed over.
        (b"\x05\x20\x02", REGISTERS[SP] + 8, 12, REGISTERS[12]),
        # The PLT of GNU ld; pc & 15 is 0.
        (
            b"\x0f\x0b\x77\x08\x80\x00\x3f\x1a\x3b\x2a\x33\x24\x22",
            REGISTERS[SP] + 8,
            SP,
            REGISTERS[SP] + 8,
        ),
    ],
)
def test_an_instruction_does_what_dwarf_says(
    fde: bytes, cfa: int, register: int, value: int | None
) -> None:
    found = stepped(fde)
    assert found is not None
    assert (found[0], found[1][register]) == (cfa, value)


def test_behind_the_push_of_a_plt_the_frame_is_larger() -> None:
    expression = b"\x0f\x0b\x77\x08\x80\x00\x3f\x1a\x3b\x2a\x33\x24\x22"
    found = stepped(expression, TEXT + 11)
    assert found is not None
    assert found[0] == REGISTERS[SP] + 16


@pytest.mark.parametrize(
    "fde",
    [
        b"\x07\x10",  # the outermost frame
        b"\x0f\x02\x77\x08",  # an expression
        b"\x0b",  # nothing was kept
        b"\x0a" * 100,
        b"\x3f\x01",  # no such instruction
        b"\x0e",  # cut off
        b"\x0e" + b"\x80" * 200,  # a number without an end
        b"\x0f\xff\xff\x7f",
        b"\x0d\x7f",  # the frame is found by a register that is not kept
    ],
)
def test_what_is_not_said_ends_the_walk(fde: bytes) -> None:
    assert stepped(fde) is None


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"\x02\x1b\x03\x3b" + bytes(16),
        b"\x01\x1b\xff\xff" + bytes(16),
        b"\x01\x1b\x03\x31" + bytes(16),
        b"\x01\x1b\x03\x3b" + struct.pack("<iIii", 0, 0, 0, 0),
        b"\x01\x1b\x03\x3b" + struct.pack("<iIii", 0, 1 << 31, TEXT - HEADER, 1 << 30),
        b"\x01\x1b\x03\x3b" + struct.pack("<iIii", 0, 1, TEXT - HEADER, 0),
        b"\x01\x9b\x03\x3b" + struct.pack("<iIii", 0, 1, TEXT - HEADER, 0),
    ],
)
def test_a_table_that_lies_says_nothing(header: bytes) -> None:
    cfi = Cfi(tables(b"", header=header))
    assert [cfi.row(pc) for pc in (0, TEXT, TEXT + 16, 1 << 63)] == [None] * 4


def test_a_pc_that_no_function_holds_has_no_row() -> None:
    cfi = Cfi(tables(b""))
    assert cfi.row(TEXT) is not None
    assert cfi.row(TEXT + 255) is not None
    assert (cfi.row(TEXT - 1), cfi.row(TEXT + 256)) == (None, None)


@pytest.mark.parametrize(("encoding", "base"), [(0x3C, HEADER), (0x04, 0), (0x00, 0)])
def test_other_encodings_of_the_table_are_read(encoding: int, base: int) -> None:
    """Words, counted from the table or from nothing."""
    (size,) = struct.unpack("<I", tables(b"").read(ENTRIES, 4))
    rows = struct.pack("<QQ", TEXT - base & (1 << 64) - 1, ENTRIES + 4 + size - base)
    header = b"\x01\x1b\x03" + bytes([encoding]) + struct.pack("<iI", 0, 1) + rows
    assert Cfi(tables(b"", header=header)).row(TEXT + 1) is not None


# ------------------------------------------------------------------------------------------------------ hostile


@given(st.binary(max_size=80), st.binary(max_size=40), st.integers(0, 255))
def test_any_program_ends(fde: bytes, cie: bytes, encoding: int) -> None:
    for made in (tables(fde), tables(b"", cie=cie), tables(fde, encoding=encoding)):
        cfi = Cfi(made)
        for pc in (TEXT, TEXT + 16, TEXT + 255):
            row = cfi.row(pc)
            if row is not None:
                caller(row, REGISTERS, lambda _: None)


@given(st.data())
def test_damaged_tables_end(pie: Path, data: st.DataObject) -> None:
    raw = bytearray(pie.read_bytes())
    whole = Elf(bytes(raw), "frames")
    sections = [whole.sections[name] for name in (".eh_frame", ".eh_frame_hdr")]
    for _ in range(data.draw(st.integers(1, 12))):
        section = data.draw(st.sampled_from(sections))
        place = data.draw(st.integers(0, section.size - 1))
        raw[section.offset + place] = data.draw(st.sampled_from((0, 1, 0x7F, 0x80, 0xFF)))
    damaged = Cfi(Elf(bytes(raw), "frames"))
    text = whole.sections[".text"]
    for pc in range(text.address, text.address + text.size, 13):
        row = damaged.row(pc)
        if row is not None:
            caller(row, REGISTERS, lambda address: address & 0xFFFF)


def test_long_programs_take_bounded_time() -> None:
    """An entry of a megabyte is refused; many that are allowed use up what a walk may read."""
    assert Cfi(tables(b"\0" * (1 << 20))).row(TEXT) is None
    cfi = Cfi(tables(b"\x0a\x0b" * 7000))
    before = time.process_time()
    for pc in range(TEXT, TEXT + 256):
        cfi.row(pc)
    assert time.process_time() - before < 20


class Circle:
    """A stack that leads back to itself."""

    def view(self, _: int, size: int) -> memoryview:
        return memoryview(struct.pack("<Q", TEXT + 16) * (size // 8 + 1))[:size]

    def release(self) -> None:
        pass


@pytest.mark.parametrize("fde", [b"", b"\x0e\x00", b"\x0c\x06\x00", b"\x13\x01"])
def test_a_stack_without_an_end_ends(fde: bytes) -> None:
    made = tables(fde)
    walk = Native(
        Circle(),
        (Mapping(TEXT, TEXT + 4096, 0, "/made"),),
        binary=made,
        symbols=Symbols(made),
        bias=0,
        is_go=lambda _: False,
        library=lambda _: None,
    )
    found = walk.walk(registers_of(TEXT + 16, 0x7000, 0x7000))
    assert 1 <= len(found.calls) <= 256
    assert len(found.faults) == 1
    assert msgspec.json.encode(found.faults)

"""Cores: compared with pyelftools, and with what the runtime printed of the same death."""

from __future__ import annotations

import struct

import pytest
from elftools.elf.elffile import ELFFile
from elftools.elf.segments import NoteSegment

from streams.core.symbolize.corefile import Core, CoreSignal
from streams.core.symbolize.elf import NotReadable
from streams.drivers.mapped import mapped
from tests.made_elf import AMD64, ARM64, CORE, NOTE, WRITE, Part, elf, note
from tests.tiny_go import Tiny
from tests.unit.core.symbolize.dying import core_of

PRSTATUS, PRPSINFO, SIGINFO, FILE = 1, 3, 0x53494749, 0x46494C45
MEMORY = Part(b"x" * 64, 0x1000, flags=WRITE)


def of(*notes: bytes, machine: int = AMD64) -> Core:
    return Core(elf((Part(b"".join(notes), kind=NOTE), MEMORY), kind=CORE, machine=machine), "made")


def thread(pid: int, pc: int, sp: int) -> bytes:
    registers = [0] * 27
    registers[16], registers[19] = pc, sp
    body = bytes(32) + struct.pack("<i", pid) + bytes(76) + struct.pack("<27Q", *registers)
    return note(b"CORE", PRSTATUS, body + bytes(8))


def test_mapped_files_are_those_of_pyelftools(tiny: Tiny) -> None:
    with tiny.core("panic", "pie").open("rb") as stream:
        segments = ELFFile(stream).iter_segments("PT_NOTE")
        notes = [n for s in segments if isinstance(s, NoteSegment) for n in s.iter_notes()]
    (said,) = (note["n_desc"] for note in notes if note["n_type"] == "NT_FILE")
    found = core_of(tiny, "panic", "pie").mappings
    assert len(found) > 2
    assert [(m.start, m.end, m.offset, m.path.encode()) for m in found] == [
        (row["vm_start"], row["vm_end"], row["page_offset"] * said["page_size"], name)
        for row, name in zip(said["Elf_Nt_File_Entry"], said["filename"], strict=True)
    ]


def test_the_signal_is_the_one_that_ended_it(tiny: Tiny) -> None:
    """The runtime raises SIGABRT when it has printed everything."""
    core = core_of(tiny, "nil")
    assert core.signal == CoreSignal(6, -6, None)
    assert core.pid in {one.id for one in core.threads}
    assert core.command == "stripped"
    assert core.missing == 0


def test_registers_are_in_dwarfs_order(tiny: Tiny) -> None:
    core = core_of(tiny, "panic")
    for one in core.threads:
        registers = core.registers(one.id)
        assert registers is not None
        assert (registers[7], registers[16]) == (one.sp, one.pc)
    assert core.registers(-1) is None


def test_a_core_that_is_cut_off_says_how_much_is_missing(tiny: Tiny) -> None:
    whole = mapped(tiny.core("panic"))
    core = Core(whole[: len(whole) // 2], "cut")
    assert core.missing == len(whole) - len(whole) // 2
    assert core.threads == Core(whole, "whole").threads


def test_threads_come_as_dumped() -> None:
    core = of(thread(7, 0x1234, 0x5678), thread(8, 1, 2), note(b"CORE", PRSTATUS, b"short"))
    assert [(t.id, t.pc, t.sp) for t in core.threads] == [(7, 0x1234, 0x5678), (8, 1, 2)]


def test_notes_of_another_owner_are_not_believed() -> None:
    data = struct.pack("<iiii", 11, 0, 1, 0) + struct.pack("<Q", 0x10)
    assert of(note(b"LINUX", SIGINFO, data)).signal is None
    assert of(note(b"CORE", SIGINFO, data)).signal == CoreSignal(11, 1, 0x10)


@pytest.mark.parametrize(
    ("number", "code", "address"),
    [(11, 1, 0x99), (7, 2, 0x99), (6, -6, None), (11, 0, None), (3, 1, None)],
)
def test_an_address_belongs_to_a_fault_of_the_kernel_only(
    number: int, code: int, address: int | None
) -> None:
    """What a process sends has a pid in its place."""
    data = struct.pack("<iiii", number, 0, code, 0) + struct.pack("<Q", 0x99)
    assert of(note(b"CORE", SIGINFO, data)).signal == CoreSignal(number, code, address)


def test_the_stop_of_a_debugger_is_no_end() -> None:
    data = struct.pack("<iiii", 19, 0, 0, 0) + bytes(8)
    assert of(note(b"CORE", SIGINFO, data)).signal is None


def test_names_of_mapped_files_are_any_bytes() -> None:
    rows = struct.pack("<QQ", 2, 4096) + struct.pack("<6Q", 1, 2, 3, 4, 5, 6) + b"/\xff\x1b\0/b\0"
    found = of(note(b"CORE", FILE, rows)).mappings
    assert [(m.start, m.end, m.offset, m.path) for m in found] == [
        (1, 2, 3 * 4096, "/\ufffd\x1b"),
        (4, 5, 6 * 4096, "/b"),
    ]


@pytest.mark.parametrize("data", [b"", bytes(8), struct.pack("<QQ", 3, 4096) + bytes(24)])
def test_a_short_list_of_mapped_files_is_none(data: bytes) -> None:
    assert of(note(b"CORE", FILE, data)).mappings == ()


def test_notes_that_are_short_say_nothing() -> None:
    core = of(note(b"CORE", PRPSINFO, b"x" * 27), note(b"CORE", SIGINFO, b"x" * 23))
    assert (core.pid, core.command, core.signal, core.threads) == (None, None, None, ())


@pytest.mark.parametrize(
    ("made", "what"),
    [
        (elf((MEMORY,)), "is an ELF file but no core"),
        (elf((MEMORY,), kind=CORE, machine=ARM64), "is a core of arm64; cores of amd64 are read"),
        (elf((Part(thread(1, 2, 3), kind=NOTE),), kind=CORE), "holds no memory"),
        (b"", "is no ELF file"),
    ],
)
def test_what_is_no_core_of_amd64_is_refused_by_name(made: bytes, what: str) -> None:
    with pytest.raises(NotReadable, match=what):
        Core(made, "made")

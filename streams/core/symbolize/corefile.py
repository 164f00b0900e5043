"""A core file: threads, registers, the signal, mapped files, and the memory that was dumped.

In: the bytes of a core by the kernel or by gcore, sparse or dense, maybe cut off. Out: Core. Raises NotReadable for
what is no core for linux/amd64.

Sources: fs/binfmt_elf.c, include/uapi/linux/elfcore.h, arch/x86/include/asm/user_64.h (user_regs_struct), Linux 6.

| note                | type       | read                                                                   |
| NT_PRSTATUS         | 1          | pid at 32; registers of 8 bytes at 112: 16 is rip, 19 is rsp, 21 is fs_base |
| NT_PRPSINFO         | 3          | pid at 24, file name of 16 bytes at 40                                  |
| NT_SIGINFO          | 0x53494749 | signal, errno, code (int32 each), then pid or address at 16             |
| NT_FILE             | 0x46494c45 | count, page size, {start, end, offset in pages} each, then the names     |
"""

from __future__ import annotations

import struct
from functools import cached_property
from mmap import MADV_DONTNEED, mmap
from typing import Final

import msgspec

from streams.core.symbolize.elf import Buffer, Elf, NotReadable
from streams.core.symbolize.memory import Mapping, Thread

_PRSTATUS: Final = 1
_PRPSINFO: Final = 3
_SIGINFO: Final = 0x53494749
_FILE: Final = 0x46494C45
_REGISTERS: Final = 112
# rax rdx rcx rbx rsi rdi rbp rsp r8-r15 rip in user_regs_struct.
_DWARF_ORDER: Final = (10, 12, 11, 5, 13, 14, 4, 19, 9, 8, 7, 6, 3, 2, 1, 0, 16)
_MOST_THREADS: Final = 1 << 16
_MOST_MAPPINGS: Final = 1 << 16
_LONGEST_PATH: Final = 4096
_LONGEST_NAMES: Final = 1 << 24
_MOST_MISSING: Final = (1 << 63) - 1
_CORE: Final = b"CORE"


class CoreSignal(msgspec.Struct, frozen=True):
    """The signal that ended the process; `address` where its code means a fault."""

    number: int
    code: int
    address: int | None


class Core:
    """One core of an amd64 process."""

    def __init__(self, data: Buffer, name: str) -> None:
        """`name` is used in messages only."""
        self.elf = Elf(data, name)
        self.name = name
        if self.elf.type != "ET_CORE":
            raise NotReadable(
                f"{name}: is an ELF file but no core: name the core of a crashed process"
            )
        if self.elf.machine != "amd64":
            raise NotReadable(f"{name}: is a core of {self.elf.machine}; cores of amd64 are read")
        if not self.elf.loads:
            raise NotReadable(
                f"{name}: holds no memory: it is cut off, or was written with a filter"
            )

    @cached_property
    def threads(self) -> tuple[Thread, ...]:
        """The threads as dumped; the kernel puts the one that died first."""
        found: list[Thread] = []
        for note in self.elf.notes():
            if note.type != _PRSTATUS or note.owner != _CORE or note.size < _REGISTERS + 8 * 27:
                continue
            at = note.offset
            (pid,) = struct.unpack_from("<i", self.elf.view, at + 32)
            (pc,) = struct.unpack_from("<Q", self.elf.view, at + _REGISTERS + 8 * 16)
            (sp,) = struct.unpack_from("<Q", self.elf.view, at + _REGISTERS + 8 * 19)
            (tls,) = struct.unpack_from("<Q", self.elf.view, at + _REGISTERS + 8 * 21)
            found.append(Thread(pid, pc, sp, tls))
            if len(found) >= _MOST_THREADS:
                break
        return tuple(found)

    def registers(self, thread: int) -> tuple[int, ...] | None:
        """The general registers of a thread: rax rdx rcx rbx rsi rdi rbp rsp r8-r15 rip (DWARF's order)."""
        for note in self.elf.notes():
            if note.type != _PRSTATUS or note.owner != _CORE or note.size < _REGISTERS + 8 * 27:
                continue
            if struct.unpack_from("<i", self.elf.view, note.offset + 32)[0] == thread:
                row = struct.unpack_from("<27Q", self.elf.view, note.offset + _REGISTERS)
                return tuple(row[index] for index in _DWARF_ORDER)
        return None

    @cached_property
    def signal(self) -> CoreSignal | None:
        """What the kernel said of the last signal; None where it was a debugger's who attached to what goes on."""
        note = self.elf.note(_CORE, _SIGINFO)
        if note is None or len(note) < 24:  # noqa: PLR2004 - to the end of the address
            return None
        number, _, code, address = struct.unpack_from("<iii4xQ", note)
        if number in _NO_END:
            return None
        return CoreSignal(number, code, address if code > 0 and number in _FAULTS else None)

    @cached_property
    def pid(self) -> int | None:
        """The process as its own PID namespace numbers it."""
        note = self.elf.note(_CORE, _PRPSINFO)
        return int.from_bytes(note[24:28], "little") if note and len(note) >= 28 else None  # noqa: PLR2004

    @cached_property
    def command(self) -> str | None:
        """The name of the process, its first 15 bytes."""
        note = self.elf.note(_CORE, _PRPSINFO)
        if note is None or len(note) < 56:  # noqa: PLR2004 - to the end of the name
            return None
        return bytes(note[40:56]).partition(b"\0")[0].decode("utf-8", "replace")

    @cached_property
    def mappings(self) -> tuple[Mapping, ...]:
        """Mapped files by address, as NT_FILE lists them."""
        note = self.elf.note(_CORE, _FILE)
        if note is None or len(note) < 16:  # noqa: PLR2004 - count and page size
            return ()
        count, page = struct.unpack_from("<QQ", note)
        if count > min(_MOST_MAPPINGS, (len(note) - 16) // 24):
            return ()
        rows = struct.iter_unpack("<QQQ", note[16 : 16 + 24 * count])
        names = bytes(note[16 + 24 * count :][:_LONGEST_NAMES]).split(b"\0", count)
        return tuple(
            Mapping(start, end, offset * page, path[:_LONGEST_PATH].decode("utf-8", "replace"))
            for (start, end, offset), path in zip(rows, names, strict=False)
        )

    @cached_property
    def missing(self) -> int:
        """Bytes that its headers promise and the file does not hold: it was cut off."""
        size = len(self.elf.view)
        lacking = sum(
            segment.file_size - max(0, min(segment.file_size, size - segment.offset))
            for segment in self.elf.loads
        )
        # No process has more memory than that; more cannot be written to a record.
        return min(lacking, _MOST_MISSING)

    def view(self, address: int, size: int) -> memoryview:
        """Up to `size` bytes of dumped memory."""
        return self.elf.at(address)[:size]

    def release(self) -> None:
        """Let go of pages that were read."""
        if isinstance(self.elf.data, mmap):
            self.elf.data.madvise(MADV_DONTNEED)


_FAULTS: Final = frozenset((4, 5, 7, 8, 11))
# SIGSTOP, by which ptrace attaches, ends nothing: gcore writes it into the core of a process that lives on.
_NO_END: Final = frozenset((0, 19))

"""The C frames of a thread: from its registers outwards until Go called C, with names by symbol tables.

In: memory, mapped files, the binary, who opens a shared object. Out: NativeStack. A shared object gives names only
where its build ID is the one in memory; what is missing is a fault that says what is wanted.

Sources: the kernel's ucontext (arch/x86/include/uapi/asm/sigcontext.h): general registers from 40 on, r8 r9 r10 r11 r12
r13 r14 r15 rdi rsi rbp rbx rdx rax rcx rsp rip. The code behind a signal handler (rt_sigreturn) is what gdb knows it by
(amd64-linux-tdep.c): `mov $15, %rax; syscall`.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Final

import msgspec

from streams.core.elf_format import EXECUTABLE, GNU, NT_GNU_BUILD_ID
from streams.core.symbolize.cfi import BP, PC, REGISTERS, SP, Cfi, Registers, caller
from streams.core.symbolize.elf import Elf, NotReadable
from streams.core.symbolize.memory import Mapping, Memory, whole
from streams.core.symbolize.symbols import Symbols

_CONTEXT: Final = 40
# DWARF's numbers in the order of the ucontext.
_IN_CONTEXT: Final = (8, 9, 10, 11, 12, 13, 14, 15, 5, 4, 6, 3, 1, 0, 2, 7, 16)
_CONTEXT_ROW: Final = struct.Struct("<17Q")
_SIGNAL_RETURN: Final = bytes.fromhex("48c7c00f0000000f05")
# C that calls itself without end has a quarter of a million frames in its 8 MB.
_MOST: Final = 256
_MOST_SIGNALS: Final = 16
_MOST_FAULTS: Final = 8
# A build ID stands in the first page, which the kernel dumps of each ELF file (coredump_filter, bit 4).
_HEAD: Final = 1 << 12

Library = Callable[[str], Elf | None]


class NativeCall(msgspec.Struct, frozen=True, kw_only=True):
    """One C frame. `offset` is from the function's entry; without a name from where the object begins."""

    pc: int
    function: str | None
    offset: int | None
    object: str | None


class NativeStack(msgspec.Struct, frozen=True):
    """C frames, innermost first, and why they end before Go, where they do."""

    calls: tuple[NativeCall, ...]
    faults: tuple[str, ...]


class _Object(msgspec.Struct, frozen=True):
    """An ELF file in memory, with what is asked of it; `elf` is None where it is not to be had."""

    path: str
    elf: Elf | None
    symbols: Symbols | None
    cfi: Cfi | None


def registers_at(memory: Memory, context: int) -> Registers | None:
    """The registers that a signal interrupted, from the ucontext on the stack of its handler."""
    raw = whole(memory, context + _CONTEXT, _CONTEXT_ROW.size)
    if len(raw) < _CONTEXT_ROW.size:
        return None
    found = [0] * REGISTERS
    for number, value in zip(_IN_CONTEXT, _CONTEXT_ROW.unpack(raw), strict=True):
        found[number] = value
    return tuple(found)


def registers_of(pc: int, sp: int, bp: int) -> Registers:
    """Registers of which the others are lost."""
    found: list[int | None] = [None] * REGISTERS
    found[PC], found[SP], found[BP] = pc, sp, bp
    return tuple(found)


def build_id(elf: Elf) -> str | None:
    """The GNU build ID."""
    note = elf.note(GNU, NT_GNU_BUILD_ID)
    return note.hex() if note else None


class Native:
    """Walks C frames of one process."""

    def __init__(  # noqa: PLR0913 - what a process consists of
        self,
        memory: Memory,
        mappings: tuple[Mapping, ...],
        *,
        binary: Elf,
        symbols: Symbols,
        bias: int,
        is_go: Callable[[int], bool],
        library: Library,
    ) -> None:
        """`symbols` are the binary's. `library` opens the file that was mapped by a path, or has none."""
        self._memory = memory
        self._mappings = mappings
        self._bias = bias
        self._is_go = is_go
        self._library = library
        self._faults: list[str] = []
        self._objects: dict[str, _Object] = {}
        self._binary = _Object(binary.name, binary, symbols, Cfi(binary))

    def walk(self, registers: Registers) -> NativeStack:
        """From the registers of a thread in C to where Go called it."""
        self._faults = []
        calls: list[NativeCall] = []
        exact, signals = True, 0
        here: Registers | None = registers
        while here is not None:
            pc, sp = here[PC], here[SP]
            if pc is None or sp is None or self._is_go(pc):
                break
            if len(calls) >= _MOST:
                self._fault(f"more than {_MOST} C frames: the outer ones are left out")
                break
            found, linked = self._object_at(pc)
            if not self._is_signal_return(found, linked) or exact:
                calls.append(self._call(pc, found, linked, exact=exact))
                here = self._caller(found, linked, here, exact=exact, first=len(calls) == 1)
                exact = False
            elif signals < _MOST_SIGNALS:
                here, exact, signals = registers_at(self._memory, sp), True, signals + 1
            else:
                break
        return NativeStack(tuple(calls), tuple(self._faults))

    # ---------------------------------------------------------------------------------------------- one frame

    def _word(self, address: int) -> int | None:
        cell = whole(self._memory, address, 8)
        return int.from_bytes(cell, "little") if len(cell) == 8 else None  # noqa: PLR2004

    def _call(self, pc: int, found: _Object | None, linked: int, *, exact: bool) -> NativeCall:
        if found is None:
            return NativeCall(pc=pc, function=None, offset=None, object=None)
        # A return address is looked up one byte earlier: a call may be the last instruction.
        back = 0 if exact else 1
        symbol = found.symbols.at(linked - back) if found.symbols else None
        if symbol is None:
            return NativeCall(pc=pc, function=None, offset=linked, object=found.path)
        return NativeCall(pc=pc, function=symbol[0], offset=symbol[1] + back, object=found.path)

    def _is_signal_return(self, found: _Object | None, linked: int) -> bool:
        if found is None or found.elf is None:
            return False
        return found.elf.read(linked, len(_SIGNAL_RETURN)) == _SIGNAL_RETURN

    def _caller(
        self, found: _Object | None, linked: int, here: Registers, *, exact: bool, first: bool
    ) -> Registers | None:
        sp, pc = here[SP] or 0, here[PC] or 0
        if found is None or (found.elf is not None and not found.elf.at(linked)):
            return self._from_nowhere(pc, sp, here, first=first)
        row = found.cfi.row(linked - (0 if exact else 1)) if found.cfi else None
        result = caller(row, here, self._word) if row is not None else None
        if row is None and found.elf is not None:
            self._fault(f"{found.path} has no unwinding table for {linked:#x}: C frames end")
        if result is None:
            return None
        cfa, registers = result
        if cfa <= sp:
            self._fault(f"C frames at {pc:#x} lead back: the stack is damaged")
            return None
        return registers

    def _from_nowhere(self, pc: int, sp: int, here: Registers, *, first: bool) -> Registers | None:
        """A call through a pointer to nowhere: the return address is what was pushed last."""
        if not first:
            self._fault(f"{pc:#x} is called from and lies in no mapped file")
            return None
        back = self._word(sp)
        if back is None or not (self._is_go(back) or self._object_at(back)[0]):
            return None
        return (*here[:SP], sp + 8, *here[SP + 1 : PC], back)

    # ------------------------------------------------------------------------------------------------ objects

    def _object_at(self, pc: int) -> tuple[_Object | None, int]:
        """The object whose code holds `pc`, and which address that is as linked."""
        mapping = next((m for m in self._mappings if m.start <= pc < m.end), None)
        linked = pc - self._bias
        loads = self._binary.elf.loads if self._binary.elf else ()
        if any(s.flags & EXECUTABLE and s.address <= linked < s.end for s in loads):
            return self._binary_at(mapping), linked
        if mapping is None:
            return None, pc
        found = self._objects.get(mapping.path)
        if found is None:
            found = self._objects[mapping.path] = self._opened(mapping)
        place = pc - mapping.start + mapping.offset
        # Without the file its own addresses are not known; those of a shared object are mostly offsets in it.
        known = found.elf.address_of(place) if found.elf else None
        return found, place if known is None else known

    def _binary_at(self, mapping: Mapping | None) -> _Object:
        """The binary, under the path that the process had it at."""
        if mapping is None or mapping.path == self._binary.path:
            return self._binary
        self._binary = msgspec.structs.replace(self._binary, path=mapping.path)
        return self._binary

    def _opened(self, mapping: Mapping) -> _Object:
        path = mapping.path
        nothing = _Object(path, None, None, None)
        name = path.rpartition("/")[2]
        wanted = self._wanted(mapping)
        if wanted is None:
            self._fault(f"{name}: the core does not hold its build ID: no names from {path}")
            return nothing
        elf = self._library(path)
        if elf is None:
            self._fault(
                f"{name}: {path} is not here: its names need the file with build ID {wanted}"
            )
            return nothing
        # Which build is here instead is not said: whoever made the core may read the report.
        if build_id(elf) != wanted or elf.machine != "amd64":
            self._fault(
                f"{name}: {path} is another build here: its names need the file with build ID {wanted}"
            )
            return nothing
        return _Object(path, elf, Symbols(elf), Cfi(elf))

    def _wanted(self, mapping: Mapping) -> str | None:
        """The build ID of what was mapped, from the pages of it in memory."""
        starts = [
            m.start
            for m in self._mappings
            if m.path == mapping.path and not m.offset and m.start <= mapping.start
        ]
        if not starts:
            return None
        head = bytes(whole(self._memory, max(starts), _HEAD))
        try:
            return build_id(Elf(head, mapping.path))
        except NotReadable:
            return None

    def _fault(self, reason: str) -> None:
        if reason not in self._faults and len(self._faults) < _MOST_FAULTS:
            self._faults.append(reason)

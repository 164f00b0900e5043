"""A core of a Go program as a crash record: the same that the program's own traceback would have become.

In: a Process, its Core where it is dead. Out: Crash (crash.v1), its frames without marks. Of the memory nothing is
taken but goroutines, frames, the signal and the values of the panics.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from streams.core.parse.frame import NON_GO, package_of
from streams.core.symbolize.allgs import G, Goroutine, Process
from streams.core.symbolize.cfi import PC
from streams.core.symbolize.corefile import Core, CoreSignal
from streams.core.symbolize.elf import NotReadable
from streams.core.symbolize.goversion import GoVersion
from streams.core.symbolize.locate import Missing, printed
from streams.core.symbolize.memory import word
from streams.core.symbolize.native import (
    Library,
    Native,
    NativeCall,
    registers_at,
    registers_of,
)
from streams.core.symbolize.panics import panics_of
from streams.core.symbolize.unwind import Call, Caught, Stack
from streams.model.crash import (
    Build,
    Crash,
    CrashKind,
    CreatedBy,
    Exit,
    Fault,
    Frame,
    Panic,
    Signal,
)
from streams.model.crash import Goroutine as Record

# Where a traceback of a dying goroutine begins: what is inside of them only ends the process.
_DEATH: Final = frozenset(("runtime.gopanic", "runtime.throw", "runtime.fatal"))
_THROWN: Final = frozenset(("runtime.throw", "runtime.fatal", "runtime.fatalthrow"))
_PANICKED: Final = frozenset(("runtime.fatalpanic", "runtime.gopanic"))
_SIGPANIC: Final = "runtime.sigpanic"
_RAISED: Final = frozenset(("runtime.raise", "runtime.raiseproc", "runtime.tgkill"))
_ADDRESSED: Final = frozenset((7, 11))
_STATES_ADDRESS: Final = 22
# runtime/print.go keeps the last 512 bytes that it printed before the panic (printBacklog).
_FATAL: Final = re.compile(rb"fatal error: ([^\n\0]{1,400})\n")
_WINDOW: Final = 1 << 20
_MOST_FAULTS: Final = 100
_OVERLAP: Final = 512
# Signal names and texts: runtime/sigtab_linux_generic.go.
_SIGNALS: Final = {
    1: ("SIGHUP", "terminal line hangup"),
    2: ("SIGINT", "interrupt"),
    3: ("SIGQUIT", "quit"),
    4: ("SIGILL", "illegal instruction"),
    5: ("SIGTRAP", "trace trap"),
    6: ("SIGABRT", "abort"),
    7: ("SIGBUS", "bus error"),
    8: ("SIGFPE", "floating-point exception"),
    9: ("SIGKILL", "kill"),
    11: ("SIGSEGV", "segmentation violation"),
    13: ("SIGPIPE", "write to broken pipe"),
    15: ("SIGTERM", "termination"),
    31: ("SIGSYS", "bad system call"),
}


def signal_name(number: int) -> str:
    """SIGSEGV; `signal 40` for one without a name."""
    return _SIGNALS.get(number, (f"signal {number}", ""))[0]


class Frames:
    """Calls to frames of a crash record; goroutines at the same place share them."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._of_call: dict[Call, tuple[Frame, ...]] = {}
        self._of_stack: dict[tuple[Call, ...], tuple[Frame, ...]] = {}
        self.damaged = 0

    def of(self, calls: list[Call]) -> tuple[Frame, ...]:
        """The frames of a stack, innermost first."""
        key = tuple(calls)
        found = self._of_stack.get(key)
        if found is None:
            found = tuple(frame for call in key for frame in self._frames(call))
            self._of_stack[key] = found
        return found

    def _frames(self, call: Call) -> tuple[Frame, ...]:
        found = self._of_call.get(call)
        if found is None:
            found = self._of_call[call] = tuple(self._worked_out(call))
        return found

    def _worked_out(self, call: Call) -> Iterator[Frame]:
        binary, bias = self._process.binary, self._process.bias
        linked = call.pc - bias
        try:
            function = binary.table.find(linked)
            # A return address is looked up one byte earlier, except at a function's entry (runtime, symPC).
            back = 0 if call.exact or function is None or linked == function.entry else 1
            found = binary.locator.at(linked - back)
        except NotReadable:
            self.damaged += 1
            return
        if isinstance(found, Missing):
            if function is not None:
                name = _named(printed(function.name))
                yield Frame(
                    function=name,
                    package=package_of(name),
                    pc=hex(call.pc),
                    offset=hex(linked - function.entry),
                )
            return
        for place in found:
            name = _named(place.function)
            yield Frame(
                function=name,
                package=package_of(name),
                file=place.file,
                line=place.line,
                inlined=place.inlined,
                offset=None if place.offset is None else hex(place.offset + back),
                pc=None if place.inlined else hex(call.pc),
            )


def _named(function: str) -> str:
    """The name that a traceback prints."""
    return "panic" if function == "runtime.gopanic" else function


def _native_frame(call: NativeCall) -> Frame:
    """A C frame; without a name it has the place in its file, as `addr2line -e FILE` takes it."""
    return Frame(
        function=call.function or NON_GO,
        file=call.object,
        offset=None if call.offset is None else hex(call.offset),
        pc=hex(call.pc),
        native=True,
    )


def no_library(_: str) -> None:
    """No shared object is to be had."""


class _Post(msgspec.Struct):
    """What is found out about the death."""

    kind: CrashKind = "dump"
    message: str = ""
    panics: tuple[Panic, ...] = ()
    signal: Signal | None = None


class Postmortem:
    """One process, dead or alive, as a crash record."""

    def __init__(self, process: Process, library: Library = no_library) -> None:
        """`library`: who opens the shared objects of the process, for names of C code."""
        self._process = process
        self._library = library
        self._frames = Frames(process)
        self._names: dict[Call, str] = {}

    # ------------------------------------------------------------------------------------------- goroutines

    def _name(self, call: Call) -> str:
        name = self._names.get(call)
        if name is None:
            function = self._process.binary.table.find(call.pc - self._process.bias)
            name = self._names[call] = function.name if function else ""
        return name

    def _created_by(self, g: G) -> CreatedBy | None:
        linked = g.go_pc - self._process.bias
        if g.id == 1 or linked <= 0:
            return None
        try:
            function = self._process.binary.table.find(linked)
            if function is None:
                return None
            file, line = function.file_and_line(linked - (linked > function.entry))
        except NotReadable:
            return None
        return CreatedBy(
            function=printed(function.name),
            file=file,
            line=line if line > 0 else None,
            goroutine=g.parent or None,
        )

    def _own_calls(self, found: Goroutine) -> list[Call]:
        """The calls that the program's own traceback has: without what only ended the process."""
        stack = found.stack
        calls = stack.calls[stack.own :]
        if stack.caught and not self._raised(stack.caught):
            return calls
        ends = calls[: stack.inner] if stack.elided else calls
        for index, call in enumerate(ends if found.crashed else ()):
            if self._name(call) in _DEATH:
                return calls[index:]
        return calls

    def _record(self, found: Goroutine, native: tuple[Frame, ...] = ()) -> Record:
        g, stack = found.g, found.stack
        calls = self._own_calls(found)
        frames = native + self._frames.of(calls)
        return Record(
            id=g.id,
            state=found.state,
            wait_minutes=found.wait_minutes,
            locked=g.locked,
            crashed=found.crashed,
            gp=hex(g.address),
            frames=frames,
            elided=stack.elided,
            created_by=self._created_by(g),
        )

    def _native(self, stack: Stack, core: Core) -> tuple[tuple[Frame, ...], tuple[str, ...]]:
        """The C frames of the thread that died, and what is missing for their names."""
        if stack.native is None:
            return (), ()
        process = self._process
        if stack.caught:
            registers = registers_at(process.memory, stack.caught[-1].context)
        else:
            registers = core.registers(process.threads[0].id) if process.threads else None
        if registers is None or registers[PC] != stack.native:
            # Go before 1.21 has C that faulted call sigpanic, whose frame keeps rbp below the return address.
            pushed = word(process.memory, stack.native_sp - 16)
            registers = registers_of(stack.native, stack.native_sp, pushed)
        native = Native(
            process.memory,
            core.mappings,
            binary=process.binary.elf,
            symbols=process.binary.symbols,
            bias=process.bias,
            is_go=process.unwinder.is_go,
            library=self._library,
        )
        found = native.walk(registers)
        return tuple(map(_native_frame, found.calls)), found.faults

    def _native_of(
        self, crashed: Goroutine | None, post: _Post, core: Core | None
    ) -> tuple[tuple[Frame, ...], tuple[str, ...]]:
        """The C frames of what died; a dump of a program that was asked for one has none."""
        if core is None or post.kind == "dump":
            return (), ()
        return self._native(crashed.stack if crashed else self._process.first_stack(), core)

    def _idle(self, post: _Post, native: tuple[Frame, ...]) -> tuple[Record, ...]:
        """Goroutine 0, as the runtime prints it: of a thread that a signal found without a goroutine."""
        stack = self._process.first_stack()
        if not stack.caught and native and post.kind == "signal":
            # A thread of C died without Go's handler, as of an overflow of its stack.
            return (Record(id=0, state="idle", crashed=True, frames=native),)
        if not stack.caught or self._raised(stack.caught):
            return ()
        frames = native + self._frames.of(stack.calls[stack.own :])
        return (Record(id=0, state="idle", crashed=post.kind != "dump", frames=frames),)

    # ------------------------------------------------------------------------------------------------ death

    def _fatal_message(self) -> str:
        """The runtime's last `fatal error: …` line, from what it keeps of its own prints."""
        process = self._process
        start, end = process.binary.table.module.variables[3]
        place = start + process.bias
        while place < end + process.bias:
            window = process.memory.view(place, _WINDOW)
            if not window:
                return ""
            found = _FATAL.findall(window)
            if found:
                return str(found[-1], "utf-8", "replace")
            process.memory.release()
            place += max(len(window) - _OVERLAP, 1) if len(window) == _WINDOW else len(window)
        return ""

    def _faulted(self, g: G, names: list[str]) -> Signal | None:
        """The signal behind a runtime.sigpanic on the stack, as the runtime noted it in the g that ran."""
        if _SIGPANIC not in names:
            return None
        for candidate in (g, self._process.g0_of(g)):
            if candidate is not None and candidate.signal[0] in _SIGNALS:
                number, code, address, pc = candidate.signal
                return Signal(
                    name=signal_name(number), code=hex(code), addr=hex(address), pc=hex(pc)
                )
        return None

    def _death(self, crashed: Goroutine | None, last: CoreSignal | None) -> _Post:
        process = self._process
        stack = crashed.stack if crashed else process.first_stack()
        outer = stack.outer or stack.calls
        names = [self._name(call) for call in outer]
        post = _Post()
        first = next((name for name in names if name in _THROWN | _PANICKED), None)
        if crashed is not None and first in _PANICKED:
            post.panics = panics_of(process, crashed.g)
            post.kind, post.message = "panic", post.panics[-1].value if post.panics else ""
        elif first in _THROWN:
            post.kind, post.message = "fatal", self._fatal_message()
        if crashed is not None:
            post.signal = self._faulted(crashed.g, names)
        if first is None:
            _by_signal(post, stack.caught, last, self._raised(stack.caught), process.binary.version)
        return post

    def _raised(self, caught: list[Caught]) -> bool:
        """Whether the outermost signal is the one by which the runtime itself ended the process."""
        return bool(caught) and self._name(Call(caught[-1].pc)) in _RAISED

    def crash(self, core: Core | None, build: Build) -> Crash:
        """The record. `core`: None for a process that lives."""
        found = list(self._process.goroutines(alive=core is None))
        crashed = next((g for g in found if g.crashed), None)
        post = self._death(crashed, core.signal) if core is not None else _Post()
        if crashed is not None:
            crashed.crashed = post.kind != "dump"
        elif post.kind == "fatal" and found:
            # A deadlock is found out by a thread that runs no goroutine: as in a log, it is the first one's.
            found[0].crashed = True
        native, missing = self._native_of(crashed, post, core)
        idle = self._idle(post, native) if core and crashed is None else ()
        records = idle + tuple(self._record(g, native if g is crashed else ()) for g in found)
        faults = [*self._process.faults, *_of_file(core, self._frames.damaged)]
        if core is not None:
            faults += _shortened([f"goroutine {g.g.id}: {g.fault}" for g in found if g.fault])
        faults.extend(missing)
        return Crash(
            id="",
            kind=post.kind,
            message=post.message,
            panics=post.panics,
            signal=post.signal,
            exit=Exit(signal=signal_name(core.signal.number)) if core and core.signal else None,
            goroutines=records,
            build=build,
            truncated=bool(core and core.missing),
            faults=tuple(Fault(line=0, reason=reason) for reason in faults),
        )


def _of_file(core: Core | None, damaged: int) -> Iterator[str]:
    """What is wrong with the core and the binary as files."""
    if core is not None and core.missing:
        yield f"the core is cut off: {core.missing:,} bytes of memory that it lists are not in the file"
    if damaged:
        yield f"{damaged} frames are left out: the binary's table is damaged there"


def _shortened(faults: list[str]) -> list[str]:
    """The first of many alike."""
    more = len(faults) - _MOST_FAULTS
    return faults if more <= 0 else [*faults[:_MOST_FAULTS], f"{more} more goroutines like these"]


def _by_signal(
    post: _Post,
    caught: list[Caught],
    last: CoreSignal | None,
    raised: bool,  # noqa: FBT001 - one caller
    version: GoVersion | None,
) -> None:
    """A death by a signal that no Go code turned into a panic."""
    known = caught[-1] if caught and not raised else None
    if known is None and last is None:
        return
    number = known.number if known else last.number if last else 0
    name = signal_name(number)
    text = _SIGNALS.get(number, ("", ""))[1]
    post.kind = "dump" if name == "SIGQUIT" else "signal"
    post.message = f"{name}: {text}" if text else name
    post.signal = Signal(name=name)
    if known is None:
        return
    # runtime/signal_unix.go fatalsignal: `PC=0x47a2f1 m=0 sigcode=1 addr=0x8`, the code as an uint64, addr since 1.22.
    states = number in _ADDRESSED and version is not None and version.minor >= _STATES_ADDRESS
    post.signal = Signal(
        name=name,
        code=str(known.code & (1 << 64) - 1),
        addr=hex(known.address) if states else None,
        pc=hex(known.pc),
    )

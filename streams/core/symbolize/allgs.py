"""All goroutines of a Go process: found without symbols, each with state, creator and stack.

In: memory, a binary's tables, threads. Out: Process. Believes no pointer that it has not checked: a list into
nothing, a g that changes while it is read, a stack that leads nowhere each end with a fault.

Source: runtime/runtime2.go (g, m), runtime/proc.go (allgs), runtime/traceback.go (goroutineheader), Go 1.16 to 1.27.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import cached_property
from typing import Final

import msgspec

from streams.core.symbolize.binary import Binary
from streams.core.symbolize.culprit import culprit_first
from streams.core.symbolize.elf import NotReadable
from streams.core.symbolize.goruntime import (
    PANIC,
    SCHED_PC,
    SCHED_SP,
    STACK_HIGH,
    STACK_LOW,
    Layout,
    M,
    injected,
    layout_of,
)
from streams.core.symbolize.memory import Memory, Thread, whole, word
from streams.core.symbolize.unwind import Stack, Unwinder

# runtime2.go: _Gidle, _Gdead; _Gdeadextra of 1.26.
_SCAN: Final = 0x1000
_STATES: Final = {
    0: "idle",
    1: "runnable",
    2: "running",
    3: "syscall",
    4: "waiting",
    5: "???",
    6: "dead",
    7: "???",
    8: "copystack",
    9: "preempted",
    10: "leaked",
    11: "deadextra",
}
_GONE: Final = frozenset((6, 11))
_RUNNING: Final = 2
_SYSCALL: Final = 3
_WAITING: Final = 4
_COPYING: Final = 8
_FIRST: Final = 8
# pointer, length, capacity
_SLICE: Final = struct.Struct("<QQQ")
_WINDOW: Final = 1 << 20
# Variables of a program without large arrays are some megabytes.
_MOST_VARIABLES: Final = 1 << 30
# Slices of its variables that could be the list: some hundred in a large program.
_MOST_TRIED: Final = 100_000
# A g has some 400 bytes: of two that are nearer than this, one is none.
_NEAR: Final = 8
# 10^7 goroutines need some 30 GB of stacks.
_MOST: Final = 10_000_000
_MOST_GOID: Final = 1 << 48
# A goroutine takes two pages or more: what so many took is let go.
_HELD: Final = 512
_MINUTE: Final = 60_000_000_000
# A goroutine that others wake all the time still stands most of it.
_TRIES: Final = 5
_ROUNDS: Final = 8
_COMPARED: Final = 1 << 16
_MOVED: Final = "it ran while it was read"


class G(msgspec.Struct, frozen=True, kw_only=True):
    """One g as read: addresses are the process's; `wait_since` in nanoseconds of its monotonic clock, 0 not stated."""

    address: int
    id: int
    status: int
    reason: int
    wait_since: int
    stack: tuple[int, int]
    m: int
    locked: bool
    panic: int
    sched: tuple[int, int]
    syscall: tuple[int, int]
    parent: int | None
    go_pc: int
    signal: tuple[int, int, int, int]

    @property
    def start(self) -> tuple[int, int]:
        """The pc and sp from which the runtime itself would print its stack."""
        sp, pc = self.syscall if self.syscall[0] else self.sched
        return pc, sp


class Goroutine(msgspec.Struct, kw_only=True):
    """One goroutine: its g, its stack, whether a thread was running it and it is known where."""

    g: G
    state: str
    wait_minutes: int | None
    stack: Stack
    crashed: bool = False
    fault: str | None = None


class Process:
    """A Go program in memory. Raises NotReadable where its tables or its goroutines are not to be found."""

    def __init__(
        self,
        binary: Binary,
        memory: Memory,
        bias: int,
        threads: tuple[Thread, ...],
        now: int | None,
    ) -> None:
        """`now`: the monotonic clock in nanoseconds, where it is known what it was."""
        self.binary = binary
        self.memory = memory
        self.bias = bias
        self.faults: list[str] = []
        self._now = now
        if binary.version is None:
            raise NotReadable(
                f"{binary.name}: does not state its Go version: its goroutines cannot be read"
            )
        self.layout: Layout = layout_of(binary.version)
        self.unwinder = Unwinder(memory, binary.table, bias, injected(binary.version))
        self.threads = culprit_first(threads, self.unwinder, self._name)
        self._header = 0
        self._gs = self._all_gs()

    # ----------------------------------------------------------------------------------------------- the list

    def _all_gs(self) -> memoryview:
        """runtime.allgs: the longest slice of the program's variables whose first members look like goroutines."""
        best: tuple[int, int] = (0, 0)
        tried = 0
        _, data, bss, _ = self.binary.table.module.variables
        for start, end in (bss, data):
            for header, pointer, length in self._slices(start + self.bias, end - start):
                if length > best[1]:
                    tried += 1
                    if tried <= _MOST_TRIED and self._looks(pointer, length):
                        best, self._header = (pointer, length), header
        if not best[1]:
            raise NotReadable(
                f"{self.binary.name}: no list of goroutines in its memory: the core is cut off, or of another program"
            )
        pointers = whole(self.memory, best[0], 8 * best[1])
        if len(pointers) < 8 * best[1]:
            self.faults.append(
                f"{best[1] - len(pointers) // 8} of {best[1]} goroutines: the list is not in the core"
            )
        return pointers[: len(pointers) // 8 * 8].cast("Q")

    def _gs_now(self) -> memoryview:
        """The list as it is now: it grows, and moves when it does."""
        for _ in range(_TRIES):
            self.memory.release()
            before = bytes(whole(self.memory, self._header, _SLICE.size))
            if len(before) < _SLICE.size:
                continue
            pointer, length, room = _SLICE.unpack(before)
            if not len(self._gs) <= length <= min(room, _MOST):
                continue
            pointers = whole(self.memory, pointer, 8 * length)
            self.memory.release()
            if (
                len(pointers) == 8 * length
                and whole(self.memory, self._header, _SLICE.size) == before
            ):
                return pointers.cast("Q")
        return self._gs

    def _slices(self, start: int, size: int) -> Iterator[tuple[int, int, int]]:
        """What may be a slice header: its address, pointer, length."""
        for at in range(start, start + min(size, _MOST_VARIABLES), _WINDOW):
            # A slice header that begins in a window may end in the next.
            area = whole(self.memory, at, min(_WINDOW + 16, start + size - at))
            words = area[: len(area) // 8 * 8].cast("Q").tolist()
            for index in range(len(words) - 2):
                length = words[index + 1]
                if 3 < length <= words[index + 2] <= 2 * _MOST and words[index] > 1 << 12:  # noqa: PLR2004
                    yield at + 8 * index, words[index], min(length, _MOST)
            if len(area) < _WINDOW:
                return

    def _looks(self, pointer: int, length: int) -> bool:
        """Whether the first members are goroutines with different ids, the first of the program among them."""
        count = min(length, _FIRST)
        head = whole(self.memory, pointer, 8 * count)
        if pointer % 8 or len(head) < 8 * count:
            return False
        ids = set()
        for (address,) in struct.iter_unpack("<Q", head):
            g = self._read(address)
            if g is None:
                return False
            if g.id:
                ids.add(g.id)
        return {1, 2} <= ids or (1 in ids and len(ids) >= count - 1)

    def _read(self, address: int) -> G | None:
        """The g at an address; None where it can be none."""
        return self._decoded(address, whole(self.memory, address, self.layout.size))

    def _decoded(self, address: int, raw: memoryview) -> G | None:
        layout = self.layout
        if len(raw) < layout.size or address % 8:
            return None

        def at(offset: int) -> int:
            return int.from_bytes(raw[offset : offset + 8], "little")

        low, high, goid = at(STACK_LOW), at(STACK_HIGH), at(layout.goid)
        status = struct.unpack_from("<I", raw, layout.status)[0] & ~_SCAN
        if low > high or goid > _MOST_GOID or status not in _STATES:
            return None
        return G(
            address=address,
            id=goid,
            status=status,
            reason=raw[layout.wait_reason],
            wait_since=at(layout.wait_since),
            stack=(low, high),
            m=at(M),
            locked=at(layout.locked_m) != 0,
            panic=at(PANIC),
            sched=(at(SCHED_SP), at(SCHED_PC)),
            syscall=(at(layout.syscall_sp), at(layout.syscall_sp + 8)),
            parent=at(layout.parent) if layout.parent is not None else None,
            go_pc=at(layout.go_pc),
            signal=(
                struct.unpack_from("<I", raw, layout.sig)[0],
                at(layout.code),
                at(layout.code + 8),
                at(layout.code + 16),
            ),
        )

    # --------------------------------------------------------------------------------------------- goroutines

    def goroutines(self, *, alive: bool = False) -> Iterator[Goroutine]:
        """All that live, the crashed one first, then as the runtime lists them.

        `alive`: the process goes on while it is read; what changed meanwhile is read again.
        """
        if alive:
            yield from self._living()
            return
        threads = {thread.id: thread for thread in self.threads}
        dead_thread = self.threads[0].id if self.threads else None
        rest: list[Goroutine] = []
        unreadable = 0
        seen = set[int]()
        for number, address in enumerate(self._gs):
            if number % _HELD == 0:
                self.memory.release()
            g = self._read(address)
            if g is None:
                unreadable += 1
                continue
            if g.status in _GONE or not g.id or address >> _NEAR in seen:
                continue
            seen.add(address >> _NEAR)
            thread = self._thread_of(g, threads)
            found = self._described(g, self._stack(g, thread))
            if thread is not None and thread.id == dead_thread:
                found.crashed = True
                yield found
                yield from rest
                rest = []
                dead_thread = None
            elif dead_thread is None:
                yield found
            else:
                rest.append(found)
        yield from rest
        if unreadable:
            self.faults.append(f"{unreadable} goroutines: their memory is not in the core")

    def _thread_of(self, g: G, threads: dict[int, Thread]) -> Thread | None:
        """The thread that runs a goroutine, or ran it into a system call or C."""
        if not g.m or not threads:
            return None
        if word(self.memory, g.m + self.layout.current) != g.address:
            return None
        return self._runs.get(g.m) or threads.get(word(self.memory, g.m + self.layout.thread))

    @cached_property
    def _runs(self) -> dict[int, Thread]:
        """Threads by the m that each runs: an executable's g is at fs_base - 8 (cmd/internal/obj/x86, Go 1.16 to 1.27).

        gdb, outside of the PID namespace of a process, writes other thread ids than the process itself knows.
        """
        found: dict[int, Thread] = {}
        for thread in self.threads:
            g = word(self.memory, thread.tls - 8) if thread.tls > 8 else 0  # noqa: PLR2004 - a pointer
            m = word(self.memory, g + M) if g else 0
            # g0, the goroutine that runs, gsignal.
            own = (0, self.layout.current, self.layout.thread + 8)
            if m and g in (word(self.memory, m + offset) for offset in own):
                found.setdefault(m, thread)
        return found

    def _living(self) -> Iterator[Goroutine]:
        """All that live from the beginning to the end, and most of those that begin or end meanwhile."""
        done: set[int] = set()
        moved = lost = 0
        for _ in range(_ROUNDS):
            fresh = [address for address in self._gs_now() if address not in done]
            if not fresh:
                break
            for address in fresh:
                done.add(address)
                try:
                    found = self._settled(address)
                except NotReadable:
                    lost += 1
                    continue
                if found is not None:
                    moved += found.fault == _MOVED
                    yield found
        if moved:
            self.faults.append(
                f"{moved} goroutines ran whenever they were read: they are shown as running, without a stack"
            )
        if lost:
            self.faults.append(f"{lost} goroutines: their memory changed whenever it was read")

    def _settled(self, address: int) -> Goroutine | None:
        """A goroutine as it stood still: its g and its stack are the same before and after; None where it has ended.

        Raises NotReadable where there was no g whenever it was read.
        """
        g = None
        for _ in range(_TRIES):
            self.memory.release()
            raw = whole(self.memory, address, self.layout.size)
            g = self._decoded(address, raw)
            if g is None or g.status == _COPYING:
                continue
            if g.status in _GONE or not g.id:
                return None
            if g.status == _RUNNING:
                return self._described(g, self._stack(g, None))
            pc, sp = g.start
            low, high = g.stack
            if pc and not low <= sp < high:
                # Read while `gogo` (runtime/asm_amd64.s) switched to it, which clears the stack pointer that was saved.
                continue
            before = self._used(g)
            stack = self._stack(g, None)
            self.memory.release()
            again = whole(self.memory, address, self.layout.size)
            # The collector marks a g whose stack it looks through: bytes may differ that say nothing of where it is.
            same = again == raw or self._decoded(address, again) == g
            if same and self._used(g) == before:
                return self._described(g, stack)
        if g is None:
            raise NotReadable(f"no goroutine at {address:#x}")
        found = self._described(g, Stack(calls=[], caught=[], fault=_MOVED))
        found.state, found.wait_minutes = _STATES[_RUNNING], None
        return found

    def _used(self, g: G) -> memoryview:
        """The inner part of its stack: what changes when it runs."""
        _, sp = g.start
        low, high = g.stack
        return whole(self.memory, sp, min(high - sp, _COMPARED) if low <= sp < high else 0)

    def _stack(self, g: G, thread: Thread | None) -> Stack:
        if thread is not None and g.status != _SYSCALL:
            return self.unwinder.walk(thread.pc, thread.sp, exact=True, switch=g.sched)
        if thread is not None:
            return self._in_c(g, thread)
        if g.status == _RUNNING:
            return Stack(calls=[], caught=[], fault="running: where is known to its thread only")
        pc, sp = g.start
        if not pc:
            return Stack(calls=[], caught=[], fault="it has not run yet, or its state is not saved")
        return self.unwinder.walk(pc, sp)

    def _in_c(self, g: G, thread: Thread) -> Stack:
        """A goroutine in a system call or C code: the signal and the native pc by its thread, the calls by its g."""
        outer = self.unwinder.walk(thread.pc, thread.sp, exact=True, switch=None)
        pc, sp = g.start
        stack = self.unwinder.walk(pc, sp)
        stack.caught, stack.native, stack.outer = outer.caught, outer.native, outer.calls
        stack.native_sp = outer.native_sp
        return stack

    def g0_of(self, g: G) -> G | None:
        """The g of the system stack of the thread that runs a goroutine: the first word of its m."""
        return self._read(word(self.memory, g.m)) if g.m else None

    def _name(self, pc: int) -> str:
        try:
            function = self.binary.table.find(pc - self.bias)
        except NotReadable:
            return ""
        return function.name if function else ""

    def first_stack(self) -> Stack:
        """The stack of the thread that died, whatever it ran."""
        if not self.threads:
            return Stack(calls=[], caught=[])
        thread = self.threads[0]
        return self.unwinder.walk(thread.pc, thread.sp, exact=True)

    def _described(self, g: G, stack: Stack) -> Goroutine:
        state = _STATES[g.status]
        if g.status == _WAITING and 0 < g.reason < len(self.layout.reasons):
            state = self.layout.reasons[g.reason]
        waited = None
        if self._now is not None and g.wait_since and g.status in (_WAITING, _SYSCALL):
            minutes = (self._now - g.wait_since) // _MINUTE
            waited = minutes if minutes >= 1 else None
        return Goroutine(g=g, state=state, wait_minutes=waited, stack=stack, fault=stack.fault)

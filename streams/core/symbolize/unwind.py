"""A Go stack: which functions called which, from a pc and a stack pointer, by the runtime's own pcsp tables.

In: memory, the tables, where to begin. Out: Stack. Bounded: what loops, is cut off or leads nowhere ends with a fault.

Source: runtime/traceback.go (unwinder.next, resolveInternal), amd64: the return address stands at sp + pcsp(pc). Signal
frames: the kernel's rt_sigframe (arch/x86/include/asm/sigframe.h): behind the return address of the handler (that of
runtime.sigreturn, in cgo programs of libc's __restore_rt) stands the ucontext, whose rsp is at 160 and rip at 168, and
304 bytes into it the siginfo.
"""

from __future__ import annotations

from collections import deque
from itertools import pairwise
from typing import Final, Literal

import msgspec

from streams.core.symbolize.elf import NotReadable
from streams.core.symbolize.memory import Memory, whole, word
from streams.core.symbolize.pclntab import Function, Pclntab, TopFlags

Kind = Literal["call", "top", "handler", "switch", "grow", "unknown"]

# The runtime prints 50 and 50 (Go 1.21); a stack of some hundred frames is worth having whole.
KEPT: Final = 256
# Of all stacks together: a stack of a gigabyte has some thirty million frames, and there is one.
_MOST: Final = 1 << 25
_REMEMBERED: Final = 1 << 18
_MOST_SIGNALS: Final = 16
_LAST_SIGNAL: Final = 64
_UCONTEXT_RSP: Final = 160
_UCONTEXT_RIP: Final = 168
_SIGINFO: Final = 304
_WINDOW: Final = 1 << 20
_HELD: Final = 4 * _WINDOW
# After so many frames one looks for a recursion, in that many frames, whose cycle is no longer than half of them.
_SKIP_FROM: Final = 2_000
_SEEN: Final = 256
_SKIP_AGAIN: Final = 4_000
_TOPS: Final = frozenset(
    (
        "runtime.goexit",
        "runtime.mstart",
        "runtime.mstart1",
        "runtime.rt0_go",
        "runtime.mcall",
        "runtime.gogo",
    )
)
# The runtime ends its own traces at a signal handler; the signal's frame is behind it.
_HANDLERS: Final = frozenset(("runtime.sigtramp", "runtime.cgoSigtramp"))


# pc, sp, and whether the pc is of a running instruction.
_Place = tuple[int, int, bool]


class Call(msgspec.Struct, frozen=True):
    """One physical frame: `pc` as found (a return address unless `exact`), in the process's addresses."""

    pc: int
    exact: bool = False


class Caught(msgspec.Struct, frozen=True):
    """A signal on the stack: its number, code and address as the kernel wrote them, and the pc it interrupted.

    `context`: where its ucontext is, which has all registers.
    """

    number: int
    code: int
    address: int
    pc: int
    context: int = 0


class Stack(msgspec.Struct, kw_only=True):
    """Calls, innermost first; `elided` is how many are left out after the first `inner`.

    `own`: the index of the first call on the goroutine's own account: behind the last signal frame, and behind the
    growing of its stack. `outer`: the calls of the thread where it is in C or in a system call. `native`, `native_sp`:
    where the walk came to code that is not Go's.
    """

    calls: list[Call]
    elided: int = 0
    inner: int = 0
    caught: list[Caught]
    native: int | None = None
    native_sp: int = 0
    fault: str | None = None
    own: int = 0
    outer: list[Call] = []


class _Known(msgspec.Struct):
    """What a pc means for the walk."""

    kind: Kind
    depth: int
    injected: bool


class Unwinder:
    """Walks stacks of one process; what a pc means is worked out once."""

    def __init__(self, memory: Memory, table: Pclntab, bias: int, injected: frozenset[str]) -> None:
        """`injected`: functions that are put on a stack while other code runs, so that the pc below is exact."""
        self._memory = memory
        self._table = table
        self._bias = bias
        self._injected = injected
        self._known: dict[int, _Known] = {}
        self._calls: dict[tuple[int, bool], Call] = {}
        self.left = _MOST

    def _meaning(self, pc: int) -> _Known:
        known = self._known.get(pc)
        if known is None:
            try:
                known = self._worked_out(pc - self._bias)
            except NotReadable:
                known = _Known("unknown", 0, injected=False)
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[pc] = known
        return known

    def _worked_out(self, pc: int) -> _Known:
        function = self._table.find(pc)
        if function is None:
            return _Known("unknown", 0, injected=False)
        kind = _kind(function)
        depth = function.depth(pc)
        if kind in ("call", "switch", "handler") and (depth < 0 or not function.knows_depth):
            kind = "top" if not function.knows_depth else "unknown"
        return _Known(kind, max(depth, 0), function.name in self._injected)

    def is_go(self, pc: int) -> bool:
        """Whether an address lies in Go text."""
        low, high = self._table.text
        return low <= pc - self._bias < high

    def walk(
        self, pc: int, sp: int, *, exact: bool = False, switch: tuple[int, int] | None = None
    ) -> Stack:
        """From a pc and sp outwards. `exact`: the pc is of a running instruction, no return address.

        `switch`: sp and pc of the goroutine whose thread this is, for the way from the system stack to its own.
        """
        walk = _Walk(self, self._memory, switch)
        walk.go(pc, sp, exact=exact)
        return walk.result()

    def meaning(self, pc: int) -> _Known:
        """How the walk goes on at a pc."""
        return self._known.get(pc) or self._meaning(pc)

    def call(self, pc: int, *, exact: bool) -> Call:
        """The call of a pc, one object for all."""
        key = (pc, exact)
        found = self._calls.get(key)
        if found is None:
            if len(self._calls) >= _REMEMBERED:
                self._calls.clear()
            found = self._calls[key] = Call(pc, exact)
        return found


def _kind(function: Function) -> Kind:
    name = function.name
    if name in _HANDLERS:
        return "handler"
    if name == "runtime.systemstack":
        return "switch"
    if name == "runtime.morestack":
        return "grow"
    if name in _TOPS or function.flag & TopFlags.TOP_FRAME:
        return "top"
    return "call"


class _Walk:
    """One walk; reads the stack in windows."""

    def __init__(self, unwinder: Unwinder, memory: Memory, switch: tuple[int, int] | None) -> None:
        self._unwinder = unwinder
        self._memory = memory
        self._switch = switch
        self._first: list[Call] = []
        self._last: deque[Call] = deque(maxlen=KEPT)
        self._count = 0
        self._caught: list[Caught] = []
        self._native: int | None = None
        self._native_sp = 0
        self._fault: str | None = None
        self._view = memoryview(b"")
        self._start = 0
        self._seen_bytes = 0
        self._own = 0
        self._skip_at = _SKIP_FROM
        self._recent: list[tuple[int, int]] = []

    def _word(self, address: int) -> int | None:
        at = address - self._start
        if at < 0 or at + 8 > len(self._view):
            self._view = self._memory.view(address, _WINDOW)
            self._start = address
            self._read(len(self._view))
            at = 0
            if len(self._view) < 8:  # noqa: PLR2004 - a pointer
                self._view = whole(self._memory, address, 8)
            if len(self._view) < 8:  # noqa: PLR2004 - a pointer
                return None
        return int.from_bytes(self._view[at : at + 8], "little")

    def _read(self, size: int) -> None:
        """A stack of a gigabyte is read once, from its inner to its outer end: what was read is let go."""
        self._seen_bytes += size
        if self._seen_bytes > _HELD:
            self._memory.release()
            self._seen_bytes = 0

    def _add(self, pc: int, *, exact: bool) -> None:
        call = self._unwinder.call(pc, exact=exact)
        self._count += 1
        if self._count <= 2 * KEPT:
            self._first.append(call)
        self._last.append(call)

    def go(self, pc: int, sp: int, *, exact: bool) -> None:
        """Walk until the outermost frame, or a fault."""
        place: _Place | None = (pc, sp, exact)
        while place is not None:
            if self._count >= self._skip_at:
                place = self._skipped(place)
            place = self._beyond(*place)

    def _skipped(self, place: _Place) -> _Place:
        """Beyond what repeats: a recursion of millions of frames is compared a window at a time, not walked."""
        if self._count < self._skip_at + _SEEN:
            self._recent.append(place[:2])
            return place
        cycle = _cycle_of(self._recent, place[:2])
        self._recent = []
        if cycle is not None:
            place = self._beyond_cycle(cycle, place)
        self._skip_at = self._count + _SKIP_AGAIN
        return place

    def _beyond_cycle(self, cycle: list[tuple[int, int]], place: _Place) -> _Place:
        """The last time that a cycle, whose next is at `place`, stands on the stack."""
        columns = [
            (sp - cycle[0][1] + self._unwinder.meaning(pc).depth, after[0])
            for (pc, sp), after in pairwise((*cycle, cycle[0]))
        ]
        stride, pc, sp = place[1] - cycle[0][1], place[0], place[1]
        # A window at a time, so the limit may be passed by what one holds.
        while self._count < self._unwinder.left:
            times = _repeats(self._memory.view(sp, _WINDOW), columns, stride)
            if times <= 1:
                break
            # The last one is walked: what comes after it may differ.
            self._count += (times - 1) * len(cycle)
            sp += (times - 1) * stride
            self._read(_WINDOW)
        return pc, sp, place[2]

    def _beyond(self, pc: int, sp: int, exact: bool) -> _Place | None:  # noqa: FBT001 - a place, spread out
        """Take the frame at a place; the place that it was called from, None where the walk ends."""
        known = self._unwinder.meaning(pc)
        if known.kind == "unknown":
            self._unknown(pc, exact=exact)
            self._native_sp = sp
            return None
        if known.kind == "grow" and self._switch:
            (sp, pc), self._switch = self._switch, None
            self._own = self._count
            return pc, sp, False
        self._add(pc, exact=exact)
        if known.kind in ("top", "grow"):
            return None
        if self._count >= self._unwinder.left:
            self._fault = f"the stacks of all goroutines have more than {_MOST:,} frames"
            return None
        if known.kind == "switch" and self._switch:
            (sp, _), self._switch = self._switch, None
        return self._caller(known, sp)

    def _caller(self, known: _Known, sp: int) -> _Place | None:
        found = self._word(sp + known.depth)
        if found is None:
            self._fault = f"the stack at {sp + known.depth:#x} is not to be had"
            return None
        sp += known.depth + 8
        if known.kind == "handler":
            place = self._interrupted(sp)
            self._own = self._count
            return (*place, True) if place else None
        return (found, sp, known.injected) if found else None

    def _unknown(self, pc: int, *, exact: bool) -> None:
        if exact and not self._unwinder.is_go(pc):
            self._native = pc
        elif self._count:
            self._fault = f"{pc:#x} is called from and lies in no Go function"
        else:
            self._native = pc

    def _interrupted(self, context: int) -> tuple[int, int] | None:
        """Where a signal interrupted, from the context that the kernel left on the stack."""
        rsp, rip = (
            word(self._memory, context + _UCONTEXT_RSP),
            word(self._memory, context + _UCONTEXT_RIP),
        )
        info = whole(self._memory, context + _SIGINFO, 24)
        if len(info) == 24:  # noqa: PLR2004 - to the end of the address
            number, code = (int.from_bytes(info[i : i + 4], "little", signed=True) for i in (0, 8))
            address = int.from_bytes(info[16:24], "little")
            self._caught.append(Caught(number, code, address, rip, context))
        known = self._caught and 0 < self._caught[-1].number <= _LAST_SIGNAL
        # rip is 0 where C called through a null pointer.
        if not known or not rsp or len(self._caught) > _MOST_SIGNALS:
            self._fault = "the context of the signal is not to be had"
            return None
        return rip, rsp

    def result(self) -> Stack:
        """The stack, its middle left out where it is long."""
        self._unwinder.left -= self._count
        calls, elided, inner = self._first, 0, 0
        if self._count > 2 * KEPT:
            elided, inner = self._count - 2 * KEPT, KEPT
            calls = self._first[:KEPT] + list(self._last)
        return Stack(
            calls=calls,
            elided=elided,
            inner=inner,
            caught=self._caught,
            native=self._native,
            native_sp=self._native_sp,
            fault=self._fault,
            own=self._own,
        )


def _cycle_of(
    recent: list[tuple[int, int]], place: tuple[int, int]
) -> list[tuple[int, int]] | None:
    """The last frames (pc, sp), if they come again and again at equal distances and `place` is the next of them."""
    seen = [*recent, place]
    pcs = [pc for pc, _ in seen]
    for length in range(1, _SEEN // 2):
        if pcs[-length - 1] != pcs[-1] or pcs[length:] != pcs[:-length]:
            continue
        stride = seen[-1][1] - seen[-1 - length][1]
        steady = all(b[1] - a[1] == stride for a, b in zip(seen, seen[length:], strict=False))
        if steady and stride > 0 and stride % 8 == 0:
            return seen[-1 - length : -1]
    return None


def _repeats(window: memoryview, columns: list[tuple[int, int]], stride: int) -> int:
    """How often in a row a cycle stands in a window: (offset of a return address, what it must be), each `stride`."""
    words = window[: len(window) // 8 * 8].cast("Q")
    farthest = max(offset for offset, _ in columns)
    times = max(0, (len(window) - farthest - 8) // stride + 1)
    for offset, wanted in columns:
        if offset % 8:
            return 0
        cells = words[offset // 8 :: stride // 8][:times].tolist()
        if cells.count(wanted) < len(cells):
            times = next(at for at, cell in enumerate(cells) if cell != wanted)
    return times

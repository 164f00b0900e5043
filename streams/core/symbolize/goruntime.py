"""Where the runtime's structures keep what we read: offsets of g, m and _panic, wait reasons, by Go release.

Values only. Offsets in bytes, linux/amd64, from the DWARF of programs built by each release (Go 1.16.15 to 1.27.4;
runtime/runtime2.go). `gobuf` is at 56 in g: sp, pc.
"""

from __future__ import annotations

from typing import Final

import msgspec

from streams.core.symbolize.goversion import GoVersion


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """Offsets in g, m and _panic. `parent`: g.parentGoid, from Go 1.21."""

    status: int
    goid: int
    wait_since: int
    wait_reason: int
    locked_m: int
    sig: int
    code: int
    parent: int | None
    go_pc: int
    syscall_sp: int
    thread: int
    current: int
    panic_arg: int
    panic_link: int
    recovered: int
    goexit: int
    repanicked: int | None
    reasons: tuple[str, ...]

    @property
    def size(self) -> int:
        """Bytes of g that hold everything."""
        return self.go_pc + 24


STACK_LOW: Final = 0
STACK_HIGH: Final = 8
PANIC: Final = 32
M: Final = 48
SCHED_SP: Final = 56
SCHED_PC: Final = 64

_TO_119: Final = (
    "|GC assist marking|IO wait|chan receive (nil chan)|chan send (nil chan)|dumping heap|garbage collection|"
    "garbage collection scan|panicwait|select|select (no cases)|GC assist wait|GC sweep wait|GC scavenge wait|"
    "chan receive|chan send|finalizer wait|force gc (idle)|semacquire|sleep|sync.Cond.Wait|timer goroutine (idle)|"
    "trace reader (blocked)|wait for GC cycle|GC worker (idle)|preempted|debug call"
)
_TO_121: Final = (
    "|GC assist marking|IO wait|chan receive (nil chan)|chan send (nil chan)|dumping heap|garbage collection|"
    "garbage collection scan|panicwait|select|select (no cases)|GC assist wait|GC sweep wait|GC scavenge wait|"
    "chan receive|chan send|finalizer wait|force gc (idle)|semacquire|sleep|sync.Cond.Wait|sync.Mutex.Lock|"
    "sync.RWMutex.RLock|sync.RWMutex.Lock|trace reader (blocked)|wait for GC cycle|GC worker (idle)|"
    "GC worker (active)|preempted|debug call|GC mark termination|stopping the world"
)
_TO_122: Final = _TO_121 + (
    "|flushing proc caches|trace goroutine status|trace proc status|page trace flush|coroutine"
)
_TO_123: Final = _TO_122 + "|GC weak to strong wait"
_TO_124: Final = _TO_123.replace(
    "|sync.RWMutex.Lock|", "|sync.RWMutex.Lock|sync.WaitGroup.Wait|"
) + ("|synctest.Run|synctest.Wait|chan receive (synctest)|chan send (synctest)|select (synctest)")
_TO_125: Final = (
    _TO_124.replace("|force gc (idle)|", "|force gc (idle)|GOMAXPROCS updater (idle)|").replace(
        "(synctest)", "(durable)"
    )
    + "|sync.WaitGroup.Wait (durable)|cleanup wait"
)
# 1.26 ordered them anew.
_TO_127: Final = (
    "|GC assist marking|IO wait|dumping heap|garbage collection|garbage collection scan|panicwait|GC assist wait|"
    "GC sweep wait|GC scavenge wait|finalizer wait|force gc (idle)|GOMAXPROCS updater (idle)|semacquire|sleep|"
    "chan receive (nil chan)|chan send (nil chan)|select (no cases)|select|chan receive|chan send|sync.Cond.Wait|"
    "sync.Mutex.Lock|sync.RWMutex.RLock|sync.RWMutex.Lock|sync.WaitGroup.Wait|trace reader (blocked)|"
    "wait for GC cycle|GC worker (idle)|GC worker (active)|preempted|debug call|GC mark termination|"
    "stopping the world|flushing proc caches|trace goroutine status|trace proc status|page trace flush|coroutine|"
    "GC weak to strong wait|synctest.Run|synctest.Wait|chan receive (durable)|chan send (durable)|select (durable)|"
    "sync.WaitGroup.Wait (durable)|cleanup wait"
)


def _layout(reasons: str, *cells: int | None) -> Layout:
    return Layout(
        **dict(zip(Layout.__struct_fields__[:-1], cells, strict=True)),  # type: ignore[arg-type]  # a row of numbers
        reasons=tuple(reasons.split("|")),
    )


# g: status goid since reason lockedm sig sigcode0 parent gopc syscallsp; m: procid curg;
# _panic: arg link recovered goexit repanicked
_ROWS: Final[tuple[tuple[int, Layout], ...]] = (
    (16, _layout(_TO_119, 144, 152, 168, 176, 216, 224, 256, None, 280, 112, 72, 192, 8, 24, 48, 50, None)),
    (19, _layout(_TO_119, 144, 152, 168, 176, 232, 240, 272, None, 296, 112, 72, 192, 8, 24, 48, 50, None)),
    (20, _layout(_TO_121, 144, 152, 168, 176, 232, 240, 272, None, 296, 112, 72, 192, 8, 24, 48, 50, None)),
    (21, _layout(_TO_121, 144, 152, 168, 176, 208, 216, 248, 272, 280, 112, 72, 192, 8, 24, 48, 50, None)),
    (22, _layout(_TO_122, 144, 152, 168, 176, 208, 216, 248, 272, 280, 112, 72, 192, 8, 24, 96, 97, None)),
    (23, _layout(_TO_123, 152, 160, 176, 184, 216, 224, 256, 280, 288, 112, 72, 192, 8, 24, 96, 97, None)),
    (24, _layout(_TO_124, 152, 160, 176, 184, 216, 228, 256, 280, 288, 112, 72, 192, 8, 24, 96, 97, None)),
    (25, _layout(_TO_125, 144, 152, 168, 176, 208, 220, 248, 272, 280, 104, 64, 184, 8, 24, 96, 98, 97)),
    (27, _layout(_TO_127, 144, 152, 168, 176, 208, 224, 256, 280, 288, 104, 64, 184, 0, 16, 88, 90, 89)),
)  # fmt: skip


def layout_of(version: GoVersion) -> Layout:
    """The row of a release between 1.16 and 1.27 (Binary.version refuses others)."""
    return next(layout for newest, layout in _ROWS if version.minor <= newest)


# Below a call that was put on the stack while other code ran, the pc is exact. Tracebacks before Go 1.21 looked one
# byte back below all but sigpanic, and so do we: what is read from a core is what the program would have printed.
_SIGPANIC: Final = frozenset(("runtime.sigpanic",))
_INJECTED: Final = _SIGPANIC | {
    "runtime.asyncPreempt",
    "runtime.debugCallV1",
    "runtime.debugCallV2",
}
_ALL_EXACT: Final = 21


def injected(version: GoVersion) -> frozenset[str]:
    """The functions below which a traceback of this release takes the pc as it is (isInjectedCall)."""
    return _INJECTED if version.minor >= _ALL_EXACT else _SIGPANIC

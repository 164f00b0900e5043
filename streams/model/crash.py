"""A crash record: everything that a dying Go program printed (schema crash.v1, docs/reference).

Values only. Absent facts are None, never guessed. Frames are innermost first, goroutines in printed order.
"""

from __future__ import annotations

from typing import Final, Literal

from msgspec import UNSET, UnsetType

from streams.model.identity import content_id
from streams.model.instant import Instant
from streams.model.message import Message, Value

_ARENA_BITS: Final = 26
_WITHOUT_PREFIX: Final = (1 << 40) - 1
_FIXED_HEAPS: Final = frozenset((0xC0 << 6, 0x40 << 6))

CrashKind = Literal["panic", "fatal", "signal", "dump", "race", "error"]
InAppBy = Literal["build", "config", "path"]


class Panic(Value, frozen=True, kw_only=True):
    """One panic of the chain, oldest first. `type` is the Go type where the text states it."""

    value: str
    type: str | None = None
    recovered: bool = False
    repanicked: bool = False
    goexit: bool = False


class Signal(Value, frozen=True, kw_only=True):
    """The signal line: `[signal SIGSEGV: … code=0x1 addr=0x0 pc=0x47a2f1]` or `SIGQUIT: quit`."""

    name: str
    code: str | None = None
    addr: str | None = None
    pc: str | None = None


class Exit(Value, frozen=True, kw_only=True):
    """How the process ended, where a line (`exit status 2`) or the supervisor says so.

    `oom`: whether the kernel killed it for want of memory; left out where nobody knows.
    """

    code: int | None = None
    signal: str | None = None
    oom: bool | UnsetType = UNSET


class ChainedError(Value, frozen=True, kw_only=True):
    """One link of a logged `%w` chain, outermost first."""

    type: str | None = None
    message: str


class Frame(Value, frozen=True, kw_only=True):
    """One stack frame as printed. `offset` and `pc` are hex texts; `args` the text between brackets.

    `std`, `in_app` and `in_app_by` are marks that the symbolize stage sets.
    """

    function: str
    package: str | None = None
    args: str | None = None
    file: str | None = None
    line: int | None = None
    offset: str | None = None
    pc: str | None = None
    inlined: bool = False
    std: bool = False
    native: bool = False
    in_app: bool = False
    in_app_by: InAppBy | None = None


class CreatedBy(Value, frozen=True, kw_only=True):
    """Where a goroutine was started; `goroutine` is the creator's id (Go >= 1.21)."""

    function: str
    file: str | None = None
    line: int | None = None
    goroutine: int | None = None


class Ancestor(Value, frozen=True, kw_only=True):
    """A creator's stack at creation (GODEBUG=tracebackancestors=N; race reports, which do not say whose it is)."""

    id: int | None = None
    frames: tuple[Frame, ...] = ()
    created_by: CreatedBy | None = None


class Goroutine(Value, frozen=True, kw_only=True):
    """One goroutine. `elided` counts frames that the runtime left out; `gp`, `m`: Go >= 1.23 headers."""

    id: int
    state: str
    wait_minutes: int | None = None
    locked: bool = False
    crashed: bool = False
    labels: dict[str, str] = {}
    bubble: int | None = None
    gp: str | None = None
    m: str | None = None
    mp: str | None = None
    frames: tuple[Frame, ...] = ()
    elided: int = 0
    created_by: CreatedBy | None = None
    ancestors: tuple[Ancestor, ...] = ()


class Access(Value, frozen=True, kw_only=True):
    """One access of a race report: `read`, `write`, `atomic read`, `atomic write`."""

    kind: str
    addr: str | None = None
    goroutine: int | None = None
    frames: tuple[Frame, ...] = ()


class Fault(Value, frozen=True, kw_only=True):
    """What the parser could not understand: 1-based line of the crash text, and why."""

    line: int
    reason: str


class Source(Value, frozen=True, kw_only=True):
    """Where the crash came from. `path` and `line` are provenance: never in an id or a compared report.

    `at` is the time of the first line; `at_zone_assumed` says that the line stated no zone.
    """

    service: str | None = None
    host: str | None = None
    container: str | None = None
    pod: str | None = None
    namespace: str | None = None
    stream: str | None = None
    at: Instant | None = None
    at_zone_assumed: bool = False
    anonymous: bool = False
    path: str | None = None
    line: int | None = None


class Build(Value, frozen=True, kw_only=True):
    """What is known of the binary. Unknown keys are kept and ignored."""

    go: str | None = None
    module: str | None = None
    version: str | None = None
    tag: str | None = None
    revision: str | None = None
    release: str | None = None
    build_id: str | None = None
    modified: bool | None = None
    trimpath: bool | None = None
    vendor: bool | None = None
    race: bool | None = None
    goarch: str | None = None
    gcflags: str | None = None
    mode: str | None = None


class Context(Value, frozen=True, kw_only=True):
    """What surrounded the crash: request, trace, other fields of a structured line.

    `last_events`: what the program noted last before it ended, oldest first; left out where it has no ring.
    """

    http_method: str | None = None
    http_path: str | None = None
    http_status: int | None = None
    trace_id: str | None = None
    span_id: str | None = None
    attributes: dict[str, str] = {}
    last_events: tuple[str, ...] | UnsetType = UNSET


class Told(Value, frozen=True, kw_only=True):
    """By which route a crash was told, and a content id of its scrubbed text: two may tell one crash (ADR 0022).

    `pid`: of its process, as that has it itself, where it is stated. Of a core (route `core`) `text` is the id of that
    instead (`process_id`): a core tells the crash of the same process again. `core` names it by what it holds: each
    reference that states another time or place is a record of its own, and all are one crash.
    """

    route: str
    text: str
    pid: int | UnsetType = UNSET
    core: str | UnsetType = UNSET


class Traceback(Value, frozen=True, kw_only=True):
    """What the text alone says: the parser's result, before source and marks are added."""

    kind: CrashKind
    message: str
    panics: tuple[Panic, ...] = ()
    signal: Signal | None = None
    registers: dict[str, str] = {}
    exit: Exit | None = None
    errors: tuple[ChainedError, ...] = ()
    goroutines: tuple[Goroutine, ...] = ()
    accesses: tuple[Access, ...] = ()
    truncated: bool = False
    faults: tuple[Fault, ...] = ()


class Crash(Message, frozen=True, kw_only=True):
    """crash.v1: one parsed crash with its source, build and context.

    `told` is left out of what can be told by one route only.
    """

    id: str
    kind: CrashKind
    message: str
    panics: tuple[Panic, ...] = ()
    signal: Signal | None = None
    registers: dict[str, str] = {}
    exit: Exit | None = None
    errors: tuple[ChainedError, ...] = ()
    goroutines: tuple[Goroutine, ...] = ()
    accesses: tuple[Access, ...] = ()
    source: Source = Source()
    build: Build = Build()
    context: Context = Context()
    continues: str | None = None
    truncated: bool = False
    faults: tuple[Fault, ...] = ()
    scrubbed: dict[str, int] = {}
    told: Told | UnsetType = UNSET


def process_id(pid: int) -> str:
    """The key under which what may be of one process meets; where and when tell those apart that have its number."""
    return content_id("process", str(pid))


def mark_of(crash: Crash) -> str | None:
    """What tells a process from others of its program, as a text and a core of it state it alike; None: nothing does.

    It is the address of the first goroutine, which is there as long as the process: in a traceback of level 2, without
    which the runtime leaves no core, `goroutine 1 gp=0x3a9b0899c1e0` (runtime/traceback.go goroutineheader, Go 1.23).
    From Go 1.26 on the heap begins at a random place, of 32 bits and more; before, each process has the same address
    (runtime/malloc.go mallocinit: 0x00c0<<32, arm64 0x0040<<32, each in one of 128 prefixes).
    """
    first = next((each.gp for each in crash.goroutines if each.id == 1), None)
    try:
        address = int(first or "", 16)
    except ValueError:
        return None
    if not 0 < address < 1 << 48 or (address & _WITHOUT_PREFIX) >> _ARENA_BITS in _FIXED_HEAPS:
        return None
    return hex(address)


def mark_id(mark: str) -> str:
    """The key under which a core and texts that state its mark meet."""
    return content_id("mark", mark)


def key_of(crash: Crash) -> str:
    """The key under which a crash travels: records that may tell of one crash meet in one partition."""
    return crash.id if isinstance(crash.told, UnsetType) else crash.told.text

"""A process that lives, by its PID, to a crash record with all of its goroutines; nothing of it is changed.

In: a PID as our /proc has it, of any PID and mount namespace below ours. Out: Snapshot. Raises NotReadable for what is
no Go program, BadInput where it may not be read: with what is missing for that.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec

from streams.adapters.freeze import Freeze
from streams.adapters.live_memory import LiveMemory
from streams.adapters.proc import Proc, Status, exists
from streams.core.symbolize.allgs import Goroutine, Process
from streams.core.symbolize.binary import Binary
from streams.core.symbolize.buildinfo import build_of
from streams.core.symbolize.elf import NotReadable
from streams.core.symbolize.marks import mark_goroutines
from streams.core.symbolize.memory import Mapping, load_bias
from streams.core.symbolize.postmortem import Postmortem
from streams.drivers.mapped import mapped
from streams.model.crash import Crash, Source
from streams.model.errors import BadInput
from streams.model.instant import Instant
from streams.model.settings import PipelineSettings

# Long enough for a hundred thousand goroutines, short enough for most health checks.
FREEZE_SECONDS: Final = 5.0
_BEFORE_FREEZING: Final = 2000
_CHILDREN_NAMED: Final = 5


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """`frozen_seconds`: how long the process stood still; None: not at all. `cut_short`: the limit ended that."""

    crash: Crash
    name: str
    frozen_seconds: float | None = None
    cut_short: bool = False


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """A process that can be looked at, and its program."""

    pid: int
    status: Status
    executable: str
    name: str


class _Frozen(Process):
    """Its goroutines are read while it stands still, and are all read before anything else is done."""

    def freeze_with(self, freeze: Freeze) -> None:
        self._freeze = freeze

    def goroutines(self, *, alive: bool = False) -> Iterator[Goroutine]:
        # What the tables say of the functions is worked out before it stands still.
        for _ in islice(super().goroutines(alive=alive), _BEFORE_FREEZING):
            pass
        with self._freeze:
            found = list(super().goroutines(alive=alive))
        return iter(found)


def find_target(pid: int, proc: Proc) -> Target:
    """The process. Raises BadInput for what is none, or has no memory."""
    try:
        status = proc.status(pid)
    except (FileNotFoundError, ProcessLookupError):
        raise BadInput(_absent(pid, proc)) from None
    except PermissionError:
        raise BadInput(_hidden(pid, proc)) from None
    if status.process != pid:
        raise BadInput(
            f"process {pid}: is a thread of process {status.process} ({status.name}): name that"
        )
    if status.kernel:
        raise BadInput(f"process {pid}: is a thread of the kernel ({status.name}), no Go program")
    if status.state in "ZX":
        raise BadInput(
            f"process {pid} ({status.name}): has ended; its parent has not asked for its exit code yet"
        )
    try:
        path = proc.executable(pid)
    except PermissionError:
        raise BadInput(refusal(pid, status, proc)) from None
    except (FileNotFoundError, ProcessLookupError):
        raise BadInput(_absent(pid, proc)) from None
    name = Path(path.removesuffix(" (deleted)")).name
    return Target(pid=pid, status=status, executable=path, name=name)


def _absent(pid: int, proc: Proc) -> str:
    if not exists(pid):
        return (
            f"process {pid}: there is none with this PID: give the PID that this machine has for it "
            "(in a container, `docker inspect` or `crictl inspect` says it), not the container's own"
        )
    return _hidden(pid, proc)


def _hidden(pid: int, proc: Proc) -> str:
    option = proc.hidden()
    if option is None:
        return f"process {pid}: exists, but {proc.root} does not show it: is that of another PID namespace?"
    return (
        f"process {pid}: exists, but {proc.root} is mounted with {option}, which hides it: run as its user, "
        "as root, or in the group that the mount names"
    )


def refusal(pid: int, status: Status, proc: Proc) -> str:
    """Why a process may not be read, and what is missing for it (ptrace(2), access mode checking)."""
    who = f"process {pid} ({status.name})"
    cap = "CAP_SYS_PTRACE (root has it; docker run --cap-add SYS_PTRACE)"
    if proc.may_trace():
        if not proc.same_user_namespace(pid):
            return f"{who}: is in another user namespace, in which we have not {cap}"
        return (
            f"{who}: may not be read although we have CAP_SYS_PTRACE: a security module (AppArmor, SELinux) or a "
            "seccomp filter forbids it"
        )
    ours = os.geteuid()
    if any(uid != ours for uid in status.uids):
        return f"{who}: belongs to user {status.uids[0]}, we are {ours}: run as that user, or with {cap}"
    scope = proc.trace_scope()
    if scope:
        allowed = "only its ancestors may" if scope == 1 else "nobody may without the capability"
        return f"{who}: kernel.yama.ptrace_scope is {scope}: {allowed} read it: run with {cap}, or set the value to 0"
    return (
        f"{who}: is not dumpable (set-uid, file capabilities, or it asked for that by prctl), or has capabilities "
        f"that we have not: run with {cap}"
    )


def program_of(target: Target, proc: Proc) -> Binary:
    """The binary that it runs, whatever namespace has it. Raises NotReadable where that is no Go program."""
    who = f"process {target.pid} ({target.executable})"
    try:
        binary = Binary(mapped(f"{proc.root}/{target.pid}/exe"), who)
    except NotReadable as problem:
        raise NotReadable(f"{problem}{_hint(target.pid, proc)}") from problem
    if binary.info.go is None:
        raise NotReadable(f"{who}: is no Go program{_hint(target.pid, proc)}")
    if binary.elf.machine != "amd64":
        raise NotReadable(f"{who}: is of {binary.elf.machine}; processes of amd64 are read")
    return binary


def _hint(pid: int, proc: Proc) -> str:
    """Shells and inits of containers are no Go programs; what they started may be."""
    names: list[str] = []
    for child in proc.children(pid)[:_CHILDREN_NAMED]:
        try:
            names.append(f"{child} ({proc.status(child).name})")
        except OSError:
            continue
    return f": name a Go program's PID; it started {', '.join(names)}" if names else ""


def read_live(
    pid: int,
    settings: PipelineSettings,
    *,
    service: str | None = None,
    freeze_seconds: float | None = None,
) -> Snapshot:
    """All goroutines now. `freeze_seconds`: stop it meanwhile, for so long at most."""
    proc = Proc()
    target = find_target(pid, proc)
    with ExitStack() as stack:
        try:
            memory = stack.enter_context(LiveMemory(pid))
        except PermissionError:
            raise BadInput(refusal(pid, target.status, proc)) from None
        except OSError as error:
            raise BadInput(f"process {pid} ({target.name}): {error.strerror}") from None
        try:
            return _read(target, memory, settings, service, freeze_seconds)
        except (FileNotFoundError, ProcessLookupError):
            raise BadInput(
                f"process {pid} ({target.name}): ended while it was read: nothing is shown of it"
            ) from None
        except PermissionError as error:
            raise BadInput(
                f"process {pid} ({target.name}): may not be stopped ({error.strerror}): run as its user, "
                "with CAP_KILL, or without --freeze"
            ) from None


def _read(
    target: Target,
    memory: LiveMemory,
    settings: PipelineSettings,
    service: str | None,
    freeze_seconds: float | None,
) -> Snapshot:
    proc = Proc()
    binary = program_of(target, proc)
    mappings = tuple(
        Mapping(area.start, area.end, area.offset, area.path)
        for area in proc.areas(target.pid)
        if area.path == target.executable
    )
    bias = load_bias(binary.elf, mappings, None)
    if bias is None:
        raise NotReadable(f"{binary.name}: its program is not among its mappings")
    at, clock = Instant(time.time_ns()), proc.monotonic(target.pid)
    freeze = None if freeze_seconds is None else Freeze(target.pid, freeze_seconds)
    kind = Process if freeze is None else _Frozen
    process = kind(binary, memory, bias, (), clock)
    if isinstance(process, _Frozen) and freeze is not None:
        process.freeze_with(freeze)
    crash = Postmortem(process).crash(None, build_of(binary.info))
    return Snapshot(
        crash=msgspec.structs.replace(
            crash,
            goroutines=mark_goroutines(crash.goroutines, crash.build, settings),
            message=f"snapshot of process {target.pid} ({target.name})",
            source=Source(service=service, at=at),
        ),
        name=service or target.name,
        frozen_seconds=freeze.seconds if freeze else None,
        cut_short=bool(freeze and freeze.too_late),
    )

"""A core of a process that lives, through gdb's gcore, and the reference to it that goes to `cores.refs`.

In: a PID, a folder. Out: Taken. Raises ServiceMissing without gcore, BadInput where there is no room or no core was
made; nothing is left in the folder then.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterable
from contextlib import suppress
from mmap import mmap
from pathlib import Path
from typing import Final

import msgspec

from streams.adapters import gcore
from streams.adapters.proc import Area, Proc
from streams.core.symbolize.binary import Binary
from streams.core.symbolize.buildinfo import build_of
from streams.core.symbolize.corefile import Core
from streams.core.symbolize.elf import NotReadable
from streams.drivers.live import Target, find_target, refusal
from streams.drivers.mapped import mapped
from streams.model.errors import BadInput, ServiceMissing
from streams.model.events import CoreRef
from streams.model.instant import Instant
from streams.model.message import encode

TIMEOUT_SECONDS: Final = 1800.0
# core(5): the bits of coredump_filter.
_PRIVATE: Final = 1 << 0
_SHARED: Final = 1 << 1
_FILE_PRIVATE: Final = 1 << 2
_FILE_SHARED: Final = 1 << 3
_HEADERS: Final = 1 << 4
_HUGE_PRIVATE: Final = 1 << 5
_HUGE_SHARED: Final = 1 << 6
_SAID_LINES: Final = 6


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """`reference`: the file beside the core with its event, where one was wanted; `seconds`: how long gcore took."""

    ref: CoreRef
    path: Path
    reference: Path | None
    estimated: int
    seconds: float


def estimate(areas: Iterable[Area], chosen: int) -> int:
    """Bytes that gcore will write: whole mappings, also what was never touched of them.

    Source: gdb/linux-tdep.c, dump_mapping_p, gdb 13. What the kernel itself writes is sparse, and far less on disk.
    """
    return sum(area.end - area.start for area in areas if _dumped(area, chosen))


def _dumped(area: Area, chosen: int) -> bool:
    if area.flags & {"dd", "io"} or area.path in ("[vsyscall]", "[vvar]", "[vvar_vclock]"):
        return False
    private = area.access[3] == "p"
    if "ht" in area.flags:
        return bool(chosen & (_HUGE_PRIVATE if private else _HUGE_SHARED))
    of_file = area.path.startswith("/") and not area.path.endswith(" (deleted)")
    wanted = 0
    if not of_file or area.anonymous:
        wanted |= _PRIVATE if private else _SHARED
    if of_file:
        wanted |= _FILE_PRIVATE if private else _FILE_SHARED
        if private and area.offset == 0:
            wanted |= _HEADERS
    return bool(chosen & wanted)


def readable_size(size: int) -> str:
    """1.2 GB."""
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return f"{size} bytes"


def take_core(  # noqa: PLR0913 - what a user may choose
    pid: int,
    folder: Path,
    *,
    service: str | None = None,
    timeout_seconds: float = TIMEOUT_SECONDS,
    force: bool = False,
    beside: bool = False,
) -> Taken:
    """Write it to the folder, which is made if need be. `beside`: its reference too. `force`: also without room."""
    proc = Proc()
    target = find_target(pid, proc)
    program = gcore.found()
    if program is None:
        raise ServiceMissing(
            "needs the program gcore, which is not on PATH: install the package gdb (apt-get install gdb)"
        )
    if target.status.tracer:
        raise BadInput(
            f"process {pid} ({target.name}): is traced by process {target.status.tracer}, and only one debugger "
            "can be attached: end that first"
        )
    size = _size(target, proc)
    at = Instant(time.time_ns())
    name = f"{file_name(service or target.name)}-{pid}-{stamp(at)}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not force:
            _check_room(folder, size, target)
        # Ours alone: a core holds whatever the process knew.
        with tempfile.TemporaryDirectory(prefix=".panictrail-", dir=folder) as private:
            seen = _seen(target, proc)
            dumped = gcore.dump(program, pid, Path(private), timeout_seconds)
            if dumped.path is None:
                raise BadInput(_failed(target, dumped, timeout_seconds))
            dumped.path.chmod(0o600)
            path = (folder / f"{name}.core").resolve()
            if seen.binary is None and seen.copy is not None:
                # Of another mount namespace: without it the core tells nothing.
                seen = _copied(seen, Path(private, "binary"), path.with_suffix(".binary"))
            ref = _ref(dumped.path, path, target, seen, at, service)
            reference = _write_beside(private, path, ref) if beside else None
            dumped.path.rename(path)
    except OSError as error:
        raise BadInput(f"{folder}: {error.strerror}: name a folder with --out") from error
    return Taken(ref=ref, path=path, reference=reference, estimated=size, seconds=dumped.seconds)


def _size(target: Target, proc: Proc) -> int:
    try:
        return estimate(proc.areas(target.pid, sizes=True), proc.core_filter(target.pid))
    except PermissionError:
        raise BadInput(refusal(target.pid, target.status, proc)) from None
    except OSError as error:
        raise BadInput(f"process {target.pid} ({target.name}): {error.strerror}") from error


def _check_room(folder: Path, size: int, target: Target) -> None:
    free = shutil.disk_usage(folder).free
    if size > free:
        raise BadInput(
            f"process {target.pid} ({target.name}): its core needs about {readable_size(size)}, and {folder} has "
            f"{readable_size(free)}: name another folder with --out, or try nevertheless with --force"
        )


def _failed(target: Target, dumped: gcore.Dumped, timeout_seconds: float) -> str:
    who = f"process {target.pid} ({target.name})"
    if dumped.timed_out:
        return (
            f"{who}: gcore was not done after {timeout_seconds:g} s and was ended; the process goes on. Give it more "
            "with --timeout"
        )
    said = "\n  ".join(dumped.said.splitlines()[-_SAID_LINES:])
    return f"{who}: gcore made no core; it said:\n  {said}"


class _Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of the process before it may end; `copy`: the bytes of its program."""

    binary: str | None
    copy: mmap | None
    build_id: str | None
    control_group: str | None


def _seen(target: Target, proc: Proc) -> _Seen:
    exe = Path(proc.root, str(target.pid), "exe")
    here = copy = build_id = None
    with suppress(OSError):
        if exe.samefile(target.executable):
            here = Path(target.executable).as_uri()
    with suppress(NotReadable):
        copy = mapped(exe)
        build_id = build_of(Binary(copy, target.executable).info).build_id
    return _Seen(
        binary=here, copy=copy, build_id=build_id, control_group=proc.control_group(target.pid)
    )


def _copied(seen: _Seen, first: Path, path: Path) -> _Seen:
    write_private(first, path, (seen.copy or b"",))
    return msgspec.structs.replace(seen, binary=path.as_uri())


def _ref(  # noqa: PLR0913, PLR0917 - an event of many parts
    now_at: Path, path: Path, target: Target, seen: _Seen, at: Instant, service: str | None
) -> CoreRef:
    with now_at.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return CoreRef(
        core=path.as_uri(),
        binary=seen.binary,
        build_id=seen.build_id,
        sha256=digest,
        size=now_at.stat().st_size,
        pid=target.pid,
        nspid=target.status.own_id,
        exe=target.executable,
        cgroup=seen.control_group,
        truncated=Core(mapped(now_at), now_at.name).missing > 0,
        at=at,
        service=service,
    )


def _write_beside(private: str, path: Path, ref: CoreRef) -> Path:
    reference = path.with_suffix(".core.json")
    write_private(Path(private, "reference"), reference, (encode(ref), b"\n"))
    return reference


def write_private(first: Path, path: Path, pieces: Iterable[bytes | mmap]) -> None:
    """A file for its owner only, there whole or not at all; it is written at `first` in the same file system."""
    handle = os.open(first, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.writelines(pieces)
            stream.flush()
            os.fsync(stream.fileno())
        first.rename(path)
    except BaseException:
        first.unlink(missing_ok=True)
        raise


def file_name(text: str) -> str:
    """As much of a name as may stand in a file's."""
    kept = "".join(c if c.isalnum() or c in "._" else "-" for c in text)[:100]
    return kept.lstrip(".-") or "process"


def stamp(at: Instant) -> str:
    """20261127T080102Z."""
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(at.ns // 1_000_000_000))

"""A program under panicwatch: which panicwatch keeps its dump, and in which spool. Nothing of it is changed.

In: a PID as our /proc has it. Out: Supervised, with the spool open. Raises BadInput where a dump would not be kept,
and says why. The rules are those of go/internal/supervise: what panicwatch would make of a dump of this program.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

import msgspec

from streams.adapters.proc import Proc
from streams.core.symbolize.binary import Binary
from streams.core.symbolize.buildinfo import BuildInfo
from streams.core.symbolize.elf import NotReadable
from streams.drivers.live import Target, find_target, refusal
from streams.drivers.mapped import mapped
from streams.model.errors import BadInput

# What `go version -m` says of it, under whatever name it was installed.
_PATH: Final = "panictrail.dev/go/panicwatch"
# The file that panicwatch makes in a spool that it can write to, for as long as its program runs (docs/spool.md).
_CRASH_FILE: Final = re.compile(r"(/.*)/(\.crash-\d+-[0-9a-f]{16})", re.DOTALL)
_ERRORS: Final = 2
_STEP: Final = "start it by `panicwatch --spool DIR -- COMMAND` (docs/panicwatch.md)"


class Supervised(msgspec.Struct, frozen=True, kw_only=True):
    """`handle`: of the process itself, whatever its PID names later; `watcher`: PID and handle of its panicwatch.

    `inner`: the PID that panicwatch has for the process; `words`: what panicwatch was started with. `folder`: the spool
    as panicwatch names it; `spool`: the same, open.
    """

    target: Target
    handle: int
    watcher: int
    watcher_handle: int
    inner: int
    words: tuple[str, ...]
    folder: str
    spool: int

    @property
    def who(self) -> str:
        """For messages."""
        return f"process {self.target.pid} ({self.target.name})"


def info_of(pid: int, proc: Proc) -> BuildInfo | None:
    """What the program of a process says of its build; None where it is no Go program, or is not to be seen."""
    try:
        info = Binary(mapped(f"{proc.root}/{pid}/exe"), f"process {pid}").info
    except NotReadable:
        return None
    return info if info.go is not None else None


@contextmanager
def supervised(pid: int) -> Iterator[Supervised]:
    """The process and its panicwatch, for as long as the handles are needed."""
    with ExitStack() as held:
        try:
            found = _found(pid, Proc(), held)
        except (FileNotFoundError, ProcessLookupError):
            raise BadInput(f"process {pid}: has ended meanwhile: nothing was sent") from None
        yield found


def _found(pid: int, proc: Proc, held: ExitStack) -> Supervised:
    target = find_target(pid, proc)
    # From here on a PID that comes again is not taken for this process.
    handle = _handle(pid, held)
    who = f"process {pid} ({target.name})"
    info = info_of(pid, proc)
    if info is None:
        raise BadInput(
            f"{who}: is no Go program, so SIGQUIT gives no goroutines of it{_below(pid, proc)}"
        )
    if info.path == _PATH:
        raise BadInput(f"{who}: is panicwatch itself{_below(pid, proc)}")
    watcher = _watcher(pid, who, proc)
    watcher_handle = _handle(watcher, held)
    beside = [each for each in _programs(watcher, proc) if each != pid]
    if beside:
        raise BadInput(
            f"{who}: panicwatch (process {watcher}) has other Go programs below it (process "
            f"{', '.join(map(str, beside))}), and keeps a dump only of the one that it is alone with"
        )
    try:
        folder, spool = _spool(watcher, proc)
        held.callback(os.close, spool)
        _check_errors(pid, watcher, who, proc)
    except PermissionError:
        raise BadInput(refusal(watcher, proc.status(watcher), proc)) from None
    ids, outer = proc.ids(pid), len(proc.ids(watcher))
    return Supervised(
        target=target,
        handle=handle,
        watcher=watcher,
        watcher_handle=watcher_handle,
        inner=ids[outer - 1] if outer <= len(ids) else ids[-1],
        words=proc.command(watcher),
        folder=folder,
        spool=spool,
    )


def _handle(pid: int, held: ExitStack) -> int:
    handle = os.pidfd_open(pid)
    held.callback(os.close, handle)
    return handle


def _watcher(pid: int, who: str, proc: Proc) -> int:
    """The nearest process above that is panicwatch. Raises BadInput where there is none."""
    unseen = []
    above = proc.parent(pid)
    while above > 0:
        info = info_of(above, proc)
        if info is not None and info.path == _PATH:
            return above
        try:
            proc.executable(above)
        except PermissionError:
            unseen.append(str(above))
        above = proc.parent(above)
    hidden = f" (process {', '.join(unseen)} above it may not be looked at)" if unseen else ""
    raise BadInput(
        f"{who}: does not run under panicwatch{hidden}, so its dump would be kept nowhere: {_STEP}. `snapshot --pid "
        f"{pid}` reads its goroutines without ending it"
    )


def _programs(root: int, proc: Proc) -> Iterator[int]:
    """The topmost Go programs below a process: what they start is theirs."""
    waiting = list(proc.children(root))
    while waiting:
        pid = waiting.pop()
        if info_of(pid, proc) is not None:
            yield pid
        else:
            waiting += proc.children(pid)


def _below(pid: int, proc: Proc) -> str:
    found = []
    for each in _programs(pid, proc):
        with suppress(OSError):
            found.append(f"{each} ({proc.status(each).name})")
    return (
        f": name the program that it runs: {', '.join(found)}"
        if found
        else ": name a Go program's PID"
    )


def _spool(watcher: int, proc: Proc) -> tuple[str, int]:
    """The folder that panicwatch keeps records in, as it names it, and open: proved by the file that it has there."""
    for descriptor, path in proc.open_files(watcher).items():
        match = _CRASH_FILE.fullmatch(path)
        if match is None:
            continue
        own = Path(proc.root, str(watcher), "fd", str(descriptor)).stat()
        # Of another mount namespace, or of ours; a container that lays a link there leads nowhere.
        for folder in (f"{proc.root}/{watcher}/root{match[1]}", match[1]):
            with suppress(OSError):
                opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
                with suppress(OSError):
                    there = os.stat(match[2], dir_fd=opened, follow_symlinks=False)
                    if (there.st_dev, there.st_ino) == (own.st_dev, own.st_ino):
                        return match[1], opened
                os.close(opened)
    raise BadInput(
        f"panicwatch (process {watcher}): keeps no spool: it was given none by --spool or PANICWATCH_SPOOL, or cannot "
        "write to it; it said so on standard error when it began"
    )


def _check_errors(pid: int, watcher: int, who: str, proc: Proc) -> None:
    """Raises BadInput where what the program writes to standard error does not come to panicwatch."""
    writes, reads = proc.open_files(pid).get(_ERRORS, ""), proc.open_files(watcher)
    if writes.startswith("pipe:[") and writes in reads.values():
        return
    number = writes.removeprefix("/dev/pts/")
    if number != writes and any(
        path.endswith("ptmx") and str(proc.terminal(watcher, descriptor)) == number
        for descriptor, path in reads.items()
    ):
        return
    raise BadInput(
        f"{who}: its standard error does not go to panicwatch (process {watcher}) but to {writes or 'nothing'}, so its "
        "dump would not be kept: do not redirect it"
    )

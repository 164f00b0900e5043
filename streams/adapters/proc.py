"""What Linux says of a process: its state, users, mappings, namespaces. Reads below /proc; changes nothing.

In: a PID as /proc has it. Out: values. Raises OSError where there is no such process, or it is not ours to see.

Sources: proc(5), Documentation/filesystems/proc.rst, time_namespaces(7), Linux 6.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

# include/linux/sched.h, PF_KTHREAD; include/uapi/linux/capability.h, CAP_SYS_PTRACE.
_KERNEL_THREAD: Final = 0x00200000
_PTRACE: Final = 1 << 19
_HEAD: Final = re.compile(r"([0-9a-f]+)-([0-9a-f]+) (\S{4}) ([0-9a-f]+) \S+ \d+ *(.*)\n?")
# drivers/tty/pty.c, pty_show_fdinfo.
_TERMINAL: Final = re.compile(r"^tty-index:\s*(\d+)$", re.MULTILINE)
_OFFSET: Final = re.compile(r"^monotonic\s+(-?\d+)\s+(-?\d+)$", re.MULTILINE)
_NS: Final = 1_000_000_000
# fs/proc/root.c: `hidepid=1` to 4, or by name.
_HIDING: Final = re.compile(r"\bhidepid=(?!0\b|off\b)\w+")


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """`process`: the process that the id is a thread of. `own_id`: in its own PID namespace."""

    name: str
    state: str
    process: int
    own_id: int
    tracer: int
    uids: tuple[int, ...]
    kernel: bool


class Area(msgspec.Struct, frozen=True, kw_only=True):
    """One mapping; the numbers of smaps are 0 where maps was read."""

    start: int
    end: int
    access: str
    offset: int
    path: str
    anonymous: int = 0
    flags: frozenset[str] = frozenset()


class Proc:
    """The processes of this machine, as this PID namespace shows them."""

    def __init__(self, root: str = "/proc") -> None:
        """`root`: another place than /proc."""
        self.root = root

    def _text(self, pid: int | str, name: str) -> str:
        return Path(self.root, str(pid), name).read_text(encoding="utf-8", errors="replace")

    def status(self, pid: int) -> Status:
        """State, users and ids. Raises FileNotFoundError or ProcessLookupError where there is none."""
        rows = dict(
            line.split(":", 1) for line in self._text(pid, "status").splitlines() if ":" in line
        )
        flags = int(self._text(pid, "stat").rpartition(")")[2].split()[6])
        return Status(
            name=rows["Name"].strip(),
            state=rows["State"].split()[0],
            process=int(rows["Tgid"]),
            own_id=int(rows.get("NSpid", rows["Pid"]).split()[-1]),
            tracer=int(rows["TracerPid"]),
            uids=tuple(map(int, rows["Uid"].split())),
            kernel=bool(flags & _KERNEL_THREAD),
        )

    def stopped(self, pid: int) -> bool:
        """Whether every thread of it stands still, or is gone."""
        for task in Path(self.root, str(pid), "task").iterdir():
            try:
                state = (task / "stat").read_text(errors="replace").rpartition(")")[2].split()[0]
            except (FileNotFoundError, ProcessLookupError):
                continue
            if state not in "TtZX":
                return False
        return True

    def children(self, pid: int) -> tuple[int, ...]:
        """The processes that it started, where the kernel tells."""
        found: list[int] = []
        try:
            for task in Path(self.root, str(pid), "task").iterdir():
                found.extend(map(int, (task / "children").read_text().split()))
        except OSError:
            pass
        return tuple(found)

    def parent(self, pid: int) -> int:
        """Who started it, or took it over; 0 where that is outside of our PID namespace."""
        return int(self._text(pid, "stat").rpartition(")")[2].split()[1])

    def ids(self, pid: int) -> tuple[int, ...]:
        """Its number in our PID namespace and in each one below, down to its own."""
        found = re.search(r"^NSpid:\s*(.+)$", self._text(pid, "status"), re.MULTILINE)
        return tuple(map(int, found[1].split())) if found else (pid,)

    def command(self, pid: int) -> tuple[str, ...]:
        """The words that it was started with; it may have changed them."""
        return tuple(self._text(pid, "cmdline").split("\0")[:-1])

    def open_files(self, pid: int) -> dict[int, str]:
        """By descriptor what it has open: a path as its mount namespace has it, or a name such as `pipe:[4711]`."""
        found: dict[int, str] = {}
        for each in Path(self.root, str(pid), "fd").iterdir():
            with suppress(FileNotFoundError):
                found[int(each.name)] = str(each.readlink())
        return found

    def terminal(self, pid: int, descriptor: int) -> int | None:
        """The number N of the /dev/pts/N of which a descriptor is the other end; None: of none, or an older kernel."""
        found = _TERMINAL.search(self._text(pid, f"fdinfo/{descriptor}"))
        return int(found[1]) if found else None

    def executable(self, pid: int) -> str:
        """The path of its program as it stands in its own mount namespace; the file is at `<root>/PID/exe`."""
        return str(Path(self.root, str(pid), "exe").readlink())

    def areas(self, pid: int, *, sizes: bool = False) -> Iterator[Area]:
        """Its mappings by address. `sizes`: with what is in memory of each, which takes the kernel longer."""
        head: re.Match[str] | None = None
        anonymous, flags = 0, frozenset[str]()
        with Path(self.root, str(pid), "smaps" if sizes else "maps").open(
            encoding="utf-8", errors="replace"
        ) as lines:
            for line in lines:
                if found := _HEAD.fullmatch(line):
                    if head:
                        yield _area(head, anonymous, flags)
                    head, anonymous, flags = found, 0, frozenset()
                elif line.startswith(("Anonymous:", "AnonHugePages:")):
                    anonymous += int(line.split()[1]) * 1024
                elif line.startswith("VmFlags:"):
                    flags = frozenset(line.split()[1:])
        if head:
            yield _area(head, anonymous, flags)

    def core_filter(self, pid: int) -> int:
        """/proc/PID/coredump_filter: which kinds of mappings belong into its core."""
        return int(self._text(pid, "coredump_filter"), 16)

    def control_group(self, pid: int) -> str | None:
        """Its path in the unified hierarchy, else in that of memory."""
        rows = (line.split(":", 2) for line in self._text(pid, "cgroup").splitlines())
        paths = {controllers: path for _, controllers, path in rows}
        return paths.get("", paths.get("memory"))

    def monotonic(self, pid: int) -> int | None:
        """Its monotonic clock in nanoseconds, now; None where it is in a time namespace that is not to be known."""
        theirs, ours = self._clock_offset(pid), self._clock_offset("self")
        if theirs is None or ours is None:
            return None
        return time.clock_gettime_ns(time.CLOCK_MONOTONIC) - ours + theirs

    def _clock_offset(self, pid: int | str) -> int | None:
        """From the machine's clock. The file is of the namespace that its children get."""
        try:
            text = self._text(pid, "timens_offsets")
            folder = Path(self.root, str(pid), "ns")
            if (folder / "time").readlink() != (folder / "time_for_children").readlink():
                return None
        except FileNotFoundError:
            return 0  # a kernel without time namespaces
        except OSError:
            return None
        found = _OFFSET.search(text)
        return int(found[1]) * _NS + int(found[2]) if found else 0

    # ------------------------------------------------------------------------------- why something is refused

    def hidden(self) -> str | None:
        """The mount option that hides the processes of others, as /proc/mounts has it."""
        for line in self._text("self", "mounts").splitlines():
            _, place, kind, options, *_ = line.split()
            if kind == "proc" and place == self.root and (found := _HIDING.search(options)):
                return found[0]
        return None

    def may_trace(self) -> bool:
        """Whether we have CAP_SYS_PTRACE in our user namespace."""
        found = re.search(r"^CapEff:\s*([0-9a-f]+)$", self._text("self", "status"), re.MULTILINE)
        return bool(found and int(found[1], 16) & _PTRACE)

    def trace_scope(self) -> int | None:
        """kernel.yama.ptrace_scope; None where there is no Yama."""
        try:
            return int(self._text("sys", "kernel/yama/ptrace_scope"))
        except (OSError, ValueError):
            return None

    def same_user_namespace(self, pid: int) -> bool:
        """Whether our capabilities count for it as they stand."""
        try:
            mine, its = (Path(self.root, name, "ns/user").readlink() for name in ("self", str(pid)))
        except OSError:
            return True
        return mine == its


def _area(head: re.Match[str], anonymous: int, flags: frozenset[str]) -> Area:
    start, end, access, offset, path = head.groups()
    return Area(
        start=int(start, 16),
        end=int(end, 16),
        access=access,
        offset=int(offset, 16),
        # A line end in a name is written \012.
        path=path.replace("\\012", "\n"),
        anonymous=anonymous,
        flags=flags,
    )


def exists(pid: int) -> bool:
    """Whether there is a process with this PID, seen in /proc or not."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True

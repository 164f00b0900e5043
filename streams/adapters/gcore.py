"""gdb's gcore: a core of a process that lives; the process stands still meanwhile and goes on afterwards.

In: a PID, a folder. Out: the core's path and what the program said. However it ends, the process is let go.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from streams.adapters.proc import Proc

PROGRAM: Final = "gcore"


class Dumped(msgspec.Struct, frozen=True, kw_only=True):
    """`path`: None where no core was made. `said`: the last lines of the program's output."""

    path: Path | None
    said: str
    seconds: float
    timed_out: bool = False


def found() -> str | None:
    """The program, where it is installed."""
    return shutil.which(PROGRAM)


def dump(program: str, pid: int, folder: Path, timeout_seconds: float) -> Dumped:
    """Run it. The folder must be empty and ours; a core that was cut off may be left in it when we are interrupted."""
    target = os.pidfd_open(pid)
    stood = Proc().status(pid).state == "T"
    began, timed_out, said = time.monotonic(), False, b""
    # In a session of its own: Ctrl-C is ours to pass on.
    process = subprocess.Popen(  # noqa: S603 - gdb's own program, a PID and a path of ours
        [program, "-o", str(folder / "core"), str(pid)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "LC_ALL": "C"},
        start_new_session=True,
    )
    try:
        said, _ = process.communicate(timeout=timeout_seconds)
    except subprocess.TimeoutExpired:
        timed_out = True
    finally:
        _end(process, target, stood=stood)
        os.close(target)
    path = folder / f"core.{pid}"
    whole = process.returncode == 0 and not timed_out and path.is_file()
    return Dumped(
        path=path if whole else None,
        said=said.decode("utf-8", "replace").strip(),
        seconds=time.monotonic() - began,
        timed_out=timed_out,
    )


def _end(process: subprocess.Popen[bytes], target: int, *, stood: bool) -> None:
    """End the script and its gdb, where they are not done, so that the process goes on.

    Asked by SIGINT or SIGTERM to end while it attaches, gdb passes a SIGINT on to the process (default_quit_handler,
    gdb 13), which ends it. When a debugger is gone the kernel lets go of what it traced; a SIGSTOP by which it attached
    may be left, and SIGCONT takes it away also where it is not delivered yet (kernel/signal.c, prepare_signal).
    """
    if process.poll() is not None:
        return
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    if not stood:
        with suppress(OSError):
            signal.pidfd_send_signal(target, signal.SIGCONT)

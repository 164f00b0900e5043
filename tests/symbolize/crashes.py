"""Crashes of crashy that leave a core: run a mode, keep core and trace, and read the trace into the oracle.

In: a binary, a mode, an empty folder. Out: core, trace.txt, oracle.json and run.json in it.
It changes no setting of the system: where the kernel puts cores elsewhere, it says so and stops.
"""

from __future__ import annotations

import hashlib
import json
import os
import resource
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Final

from tests.symbolize import trace

_PATTERN: Final = Path("/proc/sys/kernel/core_pattern")
_PATIENCE_SECONDS: Final = 240.0
_SETTLING_SECONDS: Final = 0.3  # from "ready" until the goroutine that said so waits, too


class CrashError(Exception):
    """A crash did not go as it must; the message says what was seen."""


@dataclass(frozen=True)
class Mode:
    """One way to die."""

    name: str
    argument: str = ""  # of crashy, where it is not the name
    crowd: int = 0
    signal: signal.Signals | None = None  # sent from outside to a process that waits
    namespace: bool = False  # in a PID namespace of its own, below an init
    cgo: bool = False


# A Go process that is PID 1 of its namespace drops its own SIGABRT and leaves no core: hence the init.
_ALL: Final = (
    Mode("panic", namespace=True),
    Mode("nil"),
    Mode("nilmap"),
    Mode("nested", namespace=True),
    Mode("fatal", namespace=True),
    Mode("overflow"),
    Mode("sigquit", "wait", signal=signal.SIGQUIT, namespace=True),
    Mode("sigabrt", "wait", signal=signal.SIGABRT),
    Mode("many", "panic", crowd=10_000, namespace=True),
    Mode("many-2000", "panic", crowd=2_000, namespace=True),
    Mode("busy"),
    Mode("cgosegv", namespace=True, cgo=True),
    Mode("cabort", cgo=True),
    Mode("cgopanic", cgo=True),
    Mode("overflow-1gb"),
)
MODES: Final = {one.name: one for one in _ALL}
MATRIX: Final = tuple(name for name in MODES if name not in {"many-2000", "overflow-1gb"})


def leave(binary: Path, mode: Mode, folder: Path) -> None:
    """Let the binary die by the mode in the folder, which must be empty."""
    _cores_come_here()
    binary = binary.resolve()
    started = time.monotonic()
    command = [str(binary), mode.argument or mode.name, *([str(mode.crowd)] if mode.crowd else [])]
    with (folder / "trace.txt").open("wb") as errors:
        _run(_namespaced(command) if mode.namespace else command, binary, mode, folder, errors)
    seconds = time.monotonic() - started
    _core(folder).rename(folder / "core")
    run = {"command": command[1:], "namespace": mode.namespace, "seconds": round(seconds, 2)}
    (folder / "run.json").write_text(json.dumps(run) + "\n")
    judge(folder)


def judge(folder: Path) -> None:
    """Write oracle.json by trace.txt, unless this parser wrote it already."""
    parser = folder / "oracle.key"
    if parser.exists() and parser.read_text() == _parser():
        return
    found = trace.parse((folder / "trace.txt").read_text(errors="replace"))
    if not found.goroutines:
        raise CrashError(f"the trace in {folder} holds no goroutine")
    (folder / "oracle.json").write_text(json.dumps(found.document(), indent=1) + "\n")
    parser.write_text(_parser())


@cache
def _parser() -> str:
    return hashlib.sha256(Path(trace.__file__).read_bytes()).hexdigest()[:16]


def _cores_come_here() -> None:
    pattern = _PATTERN.read_text().strip()
    if pattern.startswith(("|", "/")) or "/" in pattern:
        raise CrashError(
            f"kernel.core_pattern is {pattern!r}: cores do not come into the working directory; "
            "make the cases on a machine where it is a plain name (it is not changed from here)"
        )
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    if hard == 0:
        raise CrashError("the hard limit of core sizes is 0 (ulimit -Hc): no core can be left")
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))


def _namespaced(command: list[str]) -> list[str]:
    mapped = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    return [
        "unshare", *mapped, "--pid", "--fork", "--mount-proc", "sh", "-c", '"$@"; true', "sh", *command
    ]  # fmt: skip


def _run(command: list[str], binary: Path, mode: Mode, folder: Path, errors: IO[bytes]) -> None:
    """Start it, signal it where the mode says so, and wait for its end."""
    with subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, "GOTRACEBACK": "crash"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=errors,
    ) as process:
        try:
            if mode.signal is not None:
                _signal(process, binary, mode.signal)
            process.wait(_PATIENCE_SECONDS)
        except BaseException:
            process.kill()
            raise


def _signal(process: subprocess.Popen[bytes], binary: Path, number: signal.Signals) -> None:
    if not process.stdout or process.stdout.readline() != b"ready\n":
        raise CrashError(f"{binary} ended before it was ready to be sent {number.name}")
    time.sleep(_SETTLING_SECONDS)
    for pid in _family(process.pid):
        if Path(f"/proc/{pid}/exe").resolve() == binary:
            os.kill(pid, number)
            return
    raise CrashError(f"no process below {process.pid} runs {binary}")


def _family(pid: int) -> list[int]:
    """The process and all below it."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += _family(int(child))
    return found


def _core(folder: Path) -> Path:
    """The core, whatever kernel.core_pattern and core_uses_pid called it, once it is written in full."""
    size, until = -1, time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < until:
        cores = [path for path in folder.iterdir() if path.name != "trace.txt"]
        if len(cores) > 1:
            raise CrashError(f"more than one core in {folder}")
        now = cores[0].stat().st_blocks if cores else -1
        if cores and now == size:
            return cores[0]
        size = now
        time.sleep(0.05)
        if not cores and time.monotonic() > until - _PATIENCE_SECONDS + 10:
            break
    raise CrashError(
        f"no core came into {folder}; free disk: {shutil.disk_usage(folder).free} bytes"
    )

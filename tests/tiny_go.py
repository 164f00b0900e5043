"""The small Go program of go/fixtures/tiny: its binaries, and the cores and traces that it leaves when it dies.

In: a variant, a way to die. Out: paths below .cache, made once for this Go and these sources, whichever worker asks
first. No setting of the system is changed: where the kernel puts cores elsewhere, gdb writes them.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final, Literal

import pytest

from tests.symbolize.toolchains import GO, local

_ROOT: Final = Path(__file__).resolve().parents[1]
_SOURCES: Final = _ROOT / "go" / "fixtures" / "tiny"
_PATTERN: Final = Path("/proc/sys/kernel/core_pattern")

Variant = Literal["default", "stripped", "pie"]
By = Literal["kernel", "gdb"]

_LINKED: Final[Mapping[Variant, tuple[str, ...]]] = {
    "default": (),
    "stripped": ("-ldflags=-s -w",),
    "pie": ("-ldflags=-s -w", "-buildmode=pie"),
}
_ENVIRONMENT: Final = {
    "CGO_ENABLED": "0",
    "GOFLAGS": "",
    "GOTOOLCHAIN": "local",
    "GOWORK": "off",
}
# The signals by which the runtime has its other threads print, and preempts them, are no end of the program.
_BY_GDB: Final = (
    *("gdb", "-q", "-batch", "-nx", "-ex", "handle SIGURG SIGQUIT SIGSEGV nostop noprint pass"),
    *("-ex", "run", "-ex", "generate-core-file core", "-ex", "kill", "--args"),
)


class Tiny:
    """What is there of the program; makes what is not."""

    def __init__(self, folder: Path) -> None:
        """A folder for this Go and these sources."""
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def binary(self, variant: Variant = "default") -> Path:
        """The program, built as the variant says."""
        path = self._folder / variant
        if not path.exists():
            with (self._folder / f"{variant}.lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                if not path.exists():
                    _build(variant, path)
        return path

    def core(self, mode: str, variant: Variant = "stripped", by: By = "kernel") -> Path:
        """The core of a death."""
        return self._died(mode, variant, by) / "core"

    def trace(self, mode: str, variant: Variant = "stripped", by: By = "kernel") -> str:
        """What the runtime printed in that death."""
        folder = self._died(mode, variant, by)
        return (folder / "trace.txt").read_text(errors="replace")

    def _died(self, mode: str, variant: Variant, by: By) -> Path:
        binary = self.binary(variant)
        folder = self._folder / f"{variant}-{mode}-{by}"
        if not folder.exists():
            with folder.with_suffix(".lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                if not folder.exists():
                    fresh = folder.with_suffix(".new")
                    shutil.rmtree(fresh, ignore_errors=True)
                    fresh.mkdir()
                    leave(binary, (mode,), fresh, by=by)
                    fresh.rename(folder)
        return folder


def leave(
    binary: Path,
    arguments: tuple[str, ...],
    folder: Path,
    *,
    by: By = "kernel",
    environment: Mapping[str, str] | None = None,
) -> None:
    """Let it die in an empty folder: `core` and `trace.txt` are in it afterwards."""
    if by == "kernel" and "/" in _PATTERN.read_text():
        by = "gdb"
    start = _BY_GDB if by == "gdb" else ()
    # As much as may be: the hard limit.
    script = 'ulimit -S -c "$(ulimit -H -c)"; exec "$@"'
    with (folder / "trace.txt").open("wb") as trace:
        subprocess.run(
            ["sh", "-c", script, "sh", *start, str(binary), *arguments],
            cwd=folder,
            env={**os.environ, "GOTRACEBACK": "crash", **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=trace,
            check=False,
        )
    if by == "gdb":
        # It writes what was only reserved, too: a gigabyte of nothing.
        subprocess.run(["fallocate", "--dig-holes", "core"], cwd=folder, check=False)
    cores = [path for path in folder.iterdir() if path.name.startswith("core")]
    assert len(cores) == 1, f"{binary} {arguments} left {len(cores)} cores in {folder}"
    cores[0].rename(folder / "core")


def _build(variant: Variant, path: Path) -> None:
    fresh = path.with_suffix(".new")
    done = subprocess.run(
        [GO, "build", "-buildvcs=false", *_LINKED[variant], "-o", str(fresh), "."],
        cwd=_SOURCES,
        env={**os.environ, **_ENVIRONMENT},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    fresh.rename(path)


def go_tool(*arguments: object) -> str:
    """What `go ARGUMENTS` prints: the oracles."""
    return subprocess.run(
        [GO, *map(str, arguments)],
        env={**os.environ, "GOTOOLCHAIN": "local"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


@cache
def _key() -> str:
    digest = hashlib.sha256(local().encode())
    for path in (*sorted(_SOURCES.iterdir()), Path(__file__)):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


@cache
def tiny_go() -> Tiny:
    """The program, for whoever is no test."""
    return Tiny(_ROOT / ".cache" / "tiny-go" / _key())


@pytest.fixture(scope="session")
def tiny() -> Tiny:
    """The program: its binaries and its deaths, shared by all workers, kept between runs."""
    return tiny_go()

"""Go toolchains by version: the machine's own, or one that the go command takes from the module proxy.

In: a version such as 1.26.11, or 1.26 for the pinned patch of it. Out: a go command that is ready to run.
Nothing here names a proxy: the go command knows its own.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

GO: Final = shutil.which("go") or "/usr/local/go/bin/go"
_LOCK: Final = Path(__file__).resolve().parents[2] / ".cache" / "symbolize-build.lock"

# The newest patch of each that the module proxy had on 2026-11-27.
PINNED: Final = {
    "1.16": "1.16.15",
    "1.18": "1.18.10",
    "1.20": "1.20.14",
    "1.21": "1.21.13",
    "1.22": "1.22.12",
    "1.23": "1.23.12",
    "1.24": "1.24.13",
    "1.25": "1.25.14",
    "1.26": "1.26.11",
    "1.27": "1.27.4",
}


class ToolchainError(Exception):
    """The go command failed; the message holds what it said."""


@dataclass(frozen=True)
class Toolchain:
    """One release of Go."""

    version: str

    @property
    def minor(self) -> int:
        """26 of 1.26.11."""
        return int(self.version.split(".")[1])

    @property
    def language(self) -> str:
        """What stands in a go.mod file for it: 1.26 of 1.26.11."""
        return f"1.{self.minor}"

    def environment(self, extra: Mapping[str, str]) -> dict[str, str]:
        """The environment of the go command. GOFLAGS is set so that no unknown flag of the machine's reaches 1.16."""
        own = "local" if self.version == local() else f"go{self.version}"
        return {**os.environ, "GOTOOLCHAIN": own, "GOFLAGS": "-p=2", "GOWORK": "off", **extra}

    def run(self, folder: Path, *arguments: str, env: Mapping[str, str] | None = None) -> str:
        """What the go command prints; ToolchainError when it fails. Niced, and one at a time: builds are long."""
        _LOCK.parent.mkdir(parents=True, exist_ok=True)
        with _LOCK.open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            done = subprocess.run(
                ["nice", "-n", "10", GO, *arguments],
                cwd=folder,
                env=self.environment(env or {}),
                capture_output=True,
                text=True,
                check=False,
            )
        if done.returncode:
            said = (done.stderr or done.stdout).strip()
            raise ToolchainError(f"go{self.version} {' '.join(arguments)} failed:\n{said}")
        return done.stdout


@cache
def local() -> str:
    """The version of the machine's own toolchain."""
    done = subprocess.run(
        [GO, "env", "GOVERSION"],
        env={**os.environ, "GOTOOLCHAIN": "local"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip().removeprefix("go")


def named(word: str) -> Toolchain:
    """The toolchain that a word of the command line means: a pinned minor version, a full one, or `local`."""
    return Toolchain(local() if word == "local" else PINNED.get(word, word))

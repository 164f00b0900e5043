"""Truth by execution: programs are built at the revisions that matter, and run.

In: a repository, the cases of its plan. Out: for each case the text of its crash; a case that does not behave is
refused with the reason.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.suspects.history import ENVIRONMENT
from benchmarks.suspects.notation import Template

_SECONDS: Final = 20
_TRIES: Final = 12
_PASSES: Final = 4
"""A race may hide: so often it is looked for, and so often it must not be there."""
_CRASH: Final = re.compile(r"^(panic: |fatal error: )", re.MULTILINE)


@dataclass(frozen=True)
class Place:
    """Where builds are made and kept."""

    work: Path
    proxy: Path
    cache: Path

    def environment(self) -> dict[str, str]:
        """For go and git: nothing from the network, caches of our own."""
        return {
            **ENVIRONMENT,
            "GOCACHE": str(self.cache / "gocache"),
            "GOMODCACHE": str(self.work / "modcache"),
            "GOPROXY": f"file://{self.proxy}",
            "GOSUMDB": "off",
            "GONOSUMDB": "*",
            "GOFLAGS": "-modcacherw -p=2",
            "GOTOOLCHAIN": "local",
            "GOWORK": "off",
            "CGO_ENABLED": "0",
        }


def run(*words: str, cwd: Path, environment: Mapping[str, str]) -> str:
    """What a program says. Raises RuntimeError with its complaint where it fails."""
    done = subprocess.run(
        words, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)}: {done.stderr[:3000]}")
    return done.stdout


class Builds:
    """Programs of one repository by revision; each is built once."""

    def __init__(self, repository: Path, command: str, place: Place) -> None:
        self._place = place
        self._command = command
        self._tree = place.work / "tree"
        self._bin = place.work / "bin"
        self._bin.mkdir(parents=True)
        self._environment = place.environment()
        clone = ("git", "clone", "--quiet", "--no-checkout", str(repository), str(self._tree))
        self._run(*clone, cwd=place.work)

    def program(self, revision: str, *, stamped: bool) -> Path:
        """The program at a revision; `stamped` with what git knows, as a release has it."""
        path = self._bin / revision
        if not path.exists():
            self._run("git", "checkout", "--quiet", "--force", revision)
            # `go build` of a release runs git to stamp it; that costs, and the rest is thrown away
            flags = ["-trimpath", f"-buildvcs={str(stamped).lower()}", "-o", str(path)]
            self._run("go", "build", *flags, self._command)
        return path

    def info(self, program: Path) -> str:
        """What the program says of itself, as `debug.ReadBuildInfo` prints it."""
        said = self._run("go", "version", "-m", str(program), cwd=self._bin)
        return "".join(line.removeprefix("\t") + "\n" for line in said.splitlines()[1:])

    def _run(self, *words: str, cwd: Path | None = None) -> str:
        return run(*words, cwd=cwd or self._tree, environment=self._environment)


def crash_of(program: Path, argument: str) -> str | None:
    """The crash text of one run; None where it passes. Raises RuntimeError where it does neither."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("GO", "GIT"))}
    try:
        done = subprocess.run(
            [str(program), argument],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=_SECONDS,
            errors="replace",
        )
    except subprocess.TimeoutExpired as hung:
        raise RuntimeError(f"{program} {argument}: hangs") from hung
    crash = _CRASH.search(done.stderr)
    if crash:
        return done.stderr[crash.start() :].replace("\nexit status 2", "")
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{program} {argument}: {done.returncode}: {done.stderr[:400]}")
    return None


def crashes(template: Template, program: Path, argument: str) -> str | None:
    """The crash text, as its template expects it, within some tries. Raises RuntimeError where it is another one."""
    flaky = "flaky" in template.content.extra
    for _ in range(_TRIES if flaky else 1):
        text = crash_of(program, argument)
        if text is not None:
            if not re.search(template.content.expect, text.partition("\n")[0]):
                raise RuntimeError(f"{template.name}: not {template.content.expect}: {text[:300]}")
            return text
    return None


def passes(template: Template, program: Path, argument: str) -> bool:
    """Whether it never crashes within some tries."""
    flaky = "flaky" in template.content.extra
    return all(crash_of(program, argument) is None for _ in range(_PASSES if flaky else 1))

"""Releases as commits and tags, and builds of them.

In: sources per release. Out: a git repository that is the same for the same seed; binaries by toolchain and flags.
"""

from __future__ import annotations

import os
import random
import shutil
import stat
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from benchmarks.clusters.names import NOUNS, STRINGS, dice
from benchmarks.clusters.render import Source
from benchmarks.clusters.world import RELEASES, World

CACHE: Final = Path(__file__).resolve().parents[2] / ".cache" / "clusters"
_START: Final = 1_780_000_000  # 2026-05-28: the first commit
# Crash texts name the folder of a build: it has to be short, and the same in every checkout.
_CI: Final = Path("/tmp/ci")  # noqa: S108 - `folder_of_builds` refuses one that is somebody else's
_ROOTS: Final = ("build-{}/src", "runner-{}/work/app", "{}/checkout")
_LOCAL: Final = "local"


@dataclass(frozen=True)
class Build:
    """One build of a release."""

    release: int
    go: str
    gcflags: str
    trimpath: bool
    vendor: bool
    race: bool
    root: Path

    @property
    def described(self) -> dict[str, object]:
        """For the gold file; the revision comes to it."""
        return {
            "go": local() if self.go == _LOCAL else self.go,
            "release": f"r{self.release}",
            "tag": f"r{self.release}",
            "gcflags": self.gcflags,
            "trimpath": self.trimpath,
            "vendor": self.vendor,
            "race": self.race,
        }


# Go version, gcflags, -trimpath, vendored. The same for all sets: the standard library is compiled once per line.
_PLAIN: Final = (
    ("1.21.13", "", False, False),
    (_LOCAL, "", False, True),
    ("1.24.9", "", False, False),
    ("1.22.12", "", True, False),
    (_LOCAL, "all=-l", False, False),
    ("1.27.0", "", True, False),
    ("1.22.12", "all=-l", False, False),
    (_LOCAL, "", True, True),
    ("1.24.9", "all=-N -l", False, False),
    ("1.27.0", "", False, True),
)
_RACE: Final = ((_LOCAL, "", False, False), ("1.24.9", "", False, False))


@cache
def local() -> str:
    """The version of the machine's own Go."""
    said = subprocess.run(
        ["go", "env", "GOVERSION"],
        env=_environment(_LOCAL),
        capture_output=True,
        text=True,
        check=True,
    )
    return said.stdout.strip().removeprefix("go")


def folder_of_builds() -> Path:
    """The folder of builds. Raises RuntimeError where it is not this user's alone."""
    _CI.mkdir(mode=0o700, exist_ok=True)
    found = _CI.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o022:
        message = f"{_CI} can be written by others: remove it"
        raise RuntimeError(message)
    return _CI


def builds(world: World, *, quick: bool) -> list[Build]:
    """Ten builds, two of each release, and two with the race detector; half of the first when quick."""
    rng = dice(f"{world.seed}/builds")
    rows = list(_PLAIN)
    rng.shuffle(rows)
    releases = [number % RELEASES + 1 for number in range(len(rows))]
    if quick:
        rows, releases = rows[:RELEASES], releases[:RELEASES]
    made = [
        Build(release, *row, race=False, root=_root(rng))
        for release, row in zip(releases, rows, strict=True)
    ]
    low = rng.randint(1, 2)
    made += [
        Build(low + 2 * number, *row, race=True, root=_root(rng))
        for number, row in enumerate(_RACE)
    ]
    return made


def _root(rng: random.Random) -> Path:
    return _CI / rng.choice(_ROOTS).format(rng.randint(1000, 99999))


def _environment(go: str, *, race: bool = False) -> dict[str, str]:
    return {
        **os.environ,
        "GOTOOLCHAIN": go if go == _LOCAL else f"go{go}",
        "GOCACHE": str(CACHE / "gocache"),
        "GOFLAGS": "-buildvcs=false -p=2",
        "GOWORK": "off",
        "CGO_ENABLED": "1" if race else "0",
    }


def compile_all(world: World, build: Build, files: Mapping[str, str], bin_: Path) -> None:
    """The programs of a build, into a folder: svc and regress, or race."""
    if build.root.exists():
        shutil.rmtree(build.root)
    _write(build.root, files)
    bin_.mkdir(parents=True, exist_ok=True)
    if build.vendor:
        _go(build, "mod", "vendor")
    flags = [f"-gcflags={build.gcflags}"] if build.gcflags else []
    flags += ["-trimpath"] if build.trimpath else []
    try:
        if build.race:
            _go(
                build,
                "build",
                "-race",
                *flags,
                "-o",
                str(bin_ / "race"),
                f"./cmd/{world.service}race",
            )
        else:
            _go(build, "build", *flags, "-o", str(bin_ / "svc"), f"./cmd/{world.service}")
            _go(
                build,
                "test",
                "-c",
                "-vet=off",
                *flags,
                "-o",
                str(bin_ / "regress"),
                "./internal/regress",
            )
    finally:
        shutil.rmtree(_CI / build.root.relative_to(_CI).parts[0], ignore_errors=True)


def _go(build: Build, *arguments: str) -> None:
    done = subprocess.run(
        ["go", *arguments],
        cwd=build.root,
        env=_environment(build.go, race=build.race),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(
            f"r{build.release} {build.go} go {' '.join(arguments)}: {done.stderr[:3000]}"
        )


def _write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


# ------------------------------------------------------------------------------------------------------- history


def history(world: World, sources: list[Source], folder: Path) -> list[str]:
    """The repository; the commit of each release."""
    rng = dice(f"{world.seed}/history")
    folder.mkdir(parents=True)
    clock = _START
    _git(folder, clock, "init", "--quiet", "--initial-branch=main")
    revisions: list[str] = []
    for number, source in enumerate(sources, 1):
        for _ in range(rng.randint(0, 2) if number > 1 else 0):
            clock += rng.randint(3, 90) * 3600
            _unrelated(rng, folder)
            _commit(folder, clock, f"{rng.choice(('Docs', 'CI', 'Notes'))}: {rng.choice(STRINGS)}")
        clock += rng.randint(24, 200) * 3600
        _replace(folder, source.files)
        _commit(folder, clock, f"Release {number}")
        _git(folder, clock, "tag", f"r{number}")
        revisions.append(_git(folder, clock, "rev-parse", "HEAD"))
    clock += 3600
    _unrelated(rng, folder)
    _commit(folder, clock, "Notes after the release")
    return revisions


def _unrelated(rng: random.Random, folder: Path) -> None:
    path = folder / rng.choice(("README.md", "docs/notes.md", "deploy/values.yaml"))
    path.parent.mkdir(exist_ok=True)
    had = path.read_text() if path.exists() else ""
    path.write_text(f"{had}# {rng.choice(NOUNS)} {rng.choice(STRINGS)} {rng.randint(1, 9999)}\n")


def _replace(folder: Path, files: Mapping[str, str]) -> None:
    for old in folder.rglob("*.go"):
        if str(old.relative_to(folder)) not in files:
            old.unlink()
    _write(folder, files)


def _commit(folder: Path, clock: int, message: str) -> None:
    _git(folder, clock, "add", "--all")
    _git(folder, clock, "commit", "--quiet", "--allow-empty", f"--message={message}")


def _git(folder: Path, clock: int, *arguments: str) -> str:
    who = {
        f"GIT_{role}_{key}": value
        for role in ("AUTHOR", "COMMITTER")
        for key, value in _who(clock).items()
    }
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments],
        env={**os.environ, **who, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def _who(clock: int) -> dict[str, str]:
    return {"NAME": "Kit Moreau", "EMAIL": "kit@example.com", "DATE": f"{clock} +0000"}

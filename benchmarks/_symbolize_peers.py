"""Programs that look addresses up, for `symbolize.py`: pinned, and built or unpacked through the registries.

In: nothing but Go, Rust and apt. Out: the binary under test with and without its symbols, and a Peer for each program
with the frames that it prints. Raises MissingError where one cannot be had.

The binary is gopls. llvm-symbolizer is Debian's, addr2line the toolchain's, blazesym a crate (symbolize/blazesym).
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from tests.symbolize.toolchains import Toolchain, ToolchainError, named
from tests.symbolize.variants import STRIPPED

_ROOT: Final = Path(__file__).resolve().parent.parent
CACHE: Final = _ROOT / ".cache" / "benchmarks" / "symbolize"
_GO: Final = "1.26"
PACKAGE: Final = "golang.org/x/tools/gopls"
VERSION: Final = "v0.23.0"
_LEAST_BYTES: Final = 20_000_000
_LLVM: Final = ("llvm-19", "19.1.7")
_CRATE: Final = _ROOT / "benchmarks" / "symbolize" / "blazesym"
_PLACE: Final = re.compile(r"(.*?):(\d+)(?::\d+)?(?: \(discriminator \d+\))?")

Frame = tuple[str, str, int]
"""Function, file, line (0: not known)."""


class MissingError(Exception):
    """A peer or the binary cannot be had here; the message says why."""


class Peer(msgspec.Struct, frozen=True):
    """A program that reads addresses and prints frames. `chains`: it prints what was inlined, too."""

    name: str
    version: str
    chains: bool
    command: Callable[[Path, Path, int], list[str]]
    frames: Callable[[str], list[tuple[Frame, ...]]]
    environment: dict[str, str] = {}
    reads_stdin: bool = True


def _said(command: Sequence[str | Path], **environment: str) -> str:
    try:
        done = subprocess.run(
            command, env={**os.environ, **environment}, capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise MissingError(f"{command[0]}: {error.strerror}") from error
    if done.returncode:
        raise MissingError(f"{' '.join(map(str, command))}: {done.stderr.strip()[-2000:]}")
    return done.stdout


def _toolchain() -> Toolchain:
    return named(_GO)


def binaries() -> tuple[Path, Path]:
    """The one with symbols, and its stripped twin with the same text."""
    made = []
    for name, flags in (("whole", ()), ("stripped", ("-ldflags", STRIPPED))):
        go = _toolchain()
        target = CACHE / f"gopls-{VERSION}-go{go.version}-{name}"
        if not target.exists():
            folder = CACHE / name
            try:
                go.run(
                    _ROOT,
                    *("install", *flags, f"{PACKAGE}@{VERSION}"),
                    env={"GOBIN": str(folder), "CGO_ENABLED": "0"},
                )
            except ToolchainError as error:
                raise MissingError(str(error)) from error
            (folder / "gopls").rename(target)
        if target.stat().st_size < _LEAST_BYTES:
            raise MissingError(f"{target} has less than {_LEAST_BYTES:,} bytes: take a larger one")
        made.append(target)
    return made[0], made[1]


# ---------------------------------------------------------------------------------- llvm-symbolizer


def _llvm() -> Peer:
    package, version = _LLVM
    lines = _said([_ROOT / "ops" / "debian" / "fetch", "--env", package]).splitlines()
    environment = dict(line.split("=", 1) for line in lines)
    program = Path(environment["PATH"].split(os.pathsep)[0]) / f"llvm-symbolizer-{package[5:]}"
    said = _said([program, "--version"], **environment)
    if f" {version}" not in said:
        raise MissingError(f"llvm-symbolizer {version} is wanted, Debian has: {said.strip()}")
    return Peer(
        name="llvm-symbolizer",
        version=version,
        chains=True,
        command=lambda binary, _, __: [str(program), "--no-demangle", f"--obj={binary}"],
        frames=_frames_of_llvm,
        environment=environment,
    )


def _frames_of_llvm(text: str) -> list[tuple[Frame, ...]]:
    blocks = (block.splitlines() for block in text.strip("\n").split("\n\n"))
    return [tuple(_pairs(block)) if block and block[0] != "??" else () for block in blocks]


def _pairs(lines: list[str]) -> Iterator[Frame]:
    for function, place in zip(lines[::2], lines[1::2], strict=True):
        found = _PLACE.fullmatch(place)
        file, line = found.groups() if found else ("", "0")
        yield function, file, int(line)


# ------------------------------------------------------------------------------------- go addr2line


def _addr2line() -> Peer:
    go = _toolchain()
    with contextlib.suppress(ToolchainError):
        # It is built when it is first asked for; its help ends with 2.
        go.run(_ROOT, "tool", "addr2line", "--help")
    program = go.run(_ROOT, "tool", "-n", "addr2line").strip()
    return Peer(
        name="go tool addr2line",
        version=go.version,
        chains=False,
        command=lambda binary, _, __: [program, str(binary)],
        frames=lambda text: [
            (frame,) if frame[0] != "?" else () for frame in _pairs(text.splitlines())
        ],
    )


# ----------------------------------------------------------------------------------------- blazesym


def _blazesym() -> Peer:
    target = CACHE / "cargo"
    _said(
        ["nice", "-n", "10", "cargo", "build", "--quiet", "--release", "--locked",
         "--manifest-path", _CRATE / "Cargo.toml"],
        CARGO_TARGET_DIR=str(target),
    )  # fmt: skip
    pinned = re.search(r'blazesym = "=([^"]+)"', (_CRATE / "Cargo.toml").read_text())
    return Peer(
        name="blazesym",
        version=pinned[1] if pinned else "?",
        chains=True,
        command=lambda binary, pcs, rounds: [
            str(target / "release" / "peer"), str(binary), str(pcs), str(rounds)
        ],
        frames=lambda text: [
            tuple(_triples(line.split("\t")[1:])) for line in text.splitlines()
        ],
        reads_stdin=False,
    )  # fmt: skip


def _triples(cells: list[str]) -> Iterator[Frame]:
    for function, file, line in zip(cells[::3], cells[1::3], cells[2::3], strict=True):
        yield function, file, int(line)


def peers() -> tuple[Peer, ...]:
    """All of them."""
    try:
        return _llvm(), _addr2line(), _blazesym()
    except ToolchainError as error:
        raise MissingError(str(error)) from error

"""Record the golden inputs: build each case's program with the named Go toolchain, let it crash, keep the text.

In: tests/golden/cases.toml, the Go files of each case, names of cases as arguments (none: all).
Out: tests/golden/<case>/input.<variant>.txt. Needs the go command and, for a toolchain not yet there, the
Go module proxy. Only three paths are rewritten (the build root, GOROOT, the module cache), so that a text does not
depend on the machine; a wrapped variant then gets the prefix that the named tool writes.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
GO = shutil.which("go") or "/usr/local/go/bin/go"
POD = "[pod/shopd-7c9d8b5f4d-x2x8k/shopd] "
SERVICE = "cart-1  | "
UNIT = "Nov 23 08:15:04 node7 shopd[4711]: "


@dataclass(frozen=True)
class Variant:
    """One recording of one case; the fields are those of cases.toml."""

    case: str
    name: str
    go: str
    mode: str = "binary"  # or go-run, go-test
    args: tuple[str, ...] = ()
    then: tuple[str, ...] = ()  # arguments of a second run; its text follows the first
    env: dict[str, str] = field(default_factory=dict)
    build: tuple[str, ...] = ()  # flags of go build, go run, go test
    cgo: bool = False
    vendor: bool = False
    requires: tuple[str, ...] = ()  # modules, as go get takes them
    signal: str = ""
    after: str = ""  # send the signal when standard output has this line
    keep_stdout: bool = False
    wrap: str = ""
    cut: int = 0  # keep so many bytes only
    timeout: int = 60

    @property
    def output(self) -> Path:
        """Where the text goes."""
        return HERE / self.case / f"input.{self.name}.txt"


def load(path: Path) -> list[Variant]:
    """All variants of the manifest; a case's own keys hold for each of its variants."""
    found = []
    for case, table in tomllib.loads(path.read_text()).items():
        shared = {key: value for key, value in table.items() if key != "variants"}
        found += [variant(case, {**shared, **one}) for one in table["variants"]]
    return found


def variant(case: str, table: dict[str, Any]) -> Variant:
    """One table of the manifest as a value."""
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in table.items()
    }
    return Variant(case=case, **values)


# ------------------------------------------------------------------------------------------------ building


def environment(one: Variant) -> dict[str, str]:
    """What the go command sees: the named toolchain, no settings of this machine."""
    return {
        "CGO_ENABLED": "1" if one.cgo else "0",
        "GOENV": "off",
        "GOFLAGS": "",
        "GOTOOLCHAIN": "local" if local_version() == one.go else f"go{one.go}",
        "HOME": str(Path.home()),
        "LC_ALL": "C",
        "PATH": f"{Path(GO).parent}:/usr/bin:/bin",
        "TZ": "UTC",
    }


def local_version() -> str:
    """The version of the go command that was found."""
    text = subprocess.run(
        [GO, "env", "GOVERSION"], capture_output=True, text=True, check=True, env=bare()
    ).stdout
    return text.strip().removeprefix("go")


def bare() -> dict[str, str]:
    """The least that the go command needs, without a change of toolchain."""
    return {
        "HOME": str(Path.home()),
        "PATH": os.environ["PATH"],
        "GOTOOLCHAIN": "local",
        "GOENV": "off",
    }


def go(one: Variant, root: Path, *args: str) -> str:
    """Run the go command in the module; a failure is shown with what it said."""
    done = subprocess.run(
        [GO, *args], cwd=root, env=environment(one), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{one.case}/{one.name}: go {' '.join(args)} failed:\n{done.stderr}")
    return done.stdout.strip()


def make_module(one: Variant, root: Path) -> None:
    """Copy the case's Go files into a module of its own, with its dependencies."""
    root.mkdir(parents=True)
    for source in (HERE / one.case).glob("*.go"):
        shutil.copy(source, root)
    minor = ".".join(one.go.split(".")[:2])
    (root / "go.mod").write_text(f"module example.com/acme/{one.case}\n\ngo {minor}\n")
    for module in one.requires:
        go(one, root, "get", module)
    if one.vendor:
        go(one, root, "mod", "vendor")


def command(one: Variant, root: Path) -> list[str]:
    """What to start, after building it where the mode asks for a binary."""
    if one.mode == "go-run":
        return [GO, "run", *one.build, ".", *one.args]
    if one.mode == "go-test":
        return [GO, "test", *one.build, ".", *one.args]
    go(one, root, "build", *one.build, "-o", "app", ".")
    return ["./app", *one.args]


# ----------------------------------------------------------------------------------------------- recording


def run(one: Variant, root: Path, argv: list[str]) -> bytes:
    """Let the program run to its end; what it wrote to standard error, or to both."""
    out, err = root.with_suffix(".out"), root.with_suffix(".err")
    if one.keep_stdout:
        err = out
    with out.open("wb") as stdout, err.open("ab") if one.keep_stdout else err.open("wb") as stderr:
        env = environment(one) if one.mode != "binary" else {"PATH": "/usr/bin:/bin", "TZ": "UTC"}
        shared = stdout if one.keep_stdout else stderr
        process = subprocess.Popen(
            argv, cwd=root, env={**env, **one.env}, stdout=stdout, stderr=shared
        )
        if one.signal:
            wait_for(one, process, out)
            process.send_signal(signal.Signals[f"SIG{one.signal}"])
        finish(one, process)
    return err.read_bytes()


def wait_for(one: Variant, process: subprocess.Popen[bytes], out: Path) -> None:
    """Return when the program has written the line, and a moment for its goroutines to settle."""
    end = time.monotonic() + one.timeout
    while one.after.encode() not in out.read_bytes().splitlines():
        if time.monotonic() > end or process.poll() is not None:
            raise SystemExit(f"{one.case}/{one.name}: never wrote the line {one.after!r}")
        time.sleep(0.02)
    time.sleep(0.3)
    if process.poll() is not None:
        raise SystemExit(f"{one.case}/{one.name}: ended by itself before the signal")


def finish(one: Variant, process: subprocess.Popen[bytes]) -> None:
    """Wait for the end; a program that hangs is a mistake in the case."""
    try:
        process.wait(one.timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        raise SystemExit(f"{one.case}/{one.name}: still running after {one.timeout} s") from None


def neutral(one: Variant, root: Path, text: bytes) -> bytes:
    """The text without this machine's paths."""
    goroot, cache = (go(one, root, "env", name) for name in ("GOROOT", "GOMODCACHE"))
    for path, instead in (
        (str(root), f"/src/{one.case}"),
        (goroot, "/usr/local/go"),
        (cache, "/go/pkg/mod"),
    ):
        text = text.replace(path.encode(), instead.encode())
    return text


def record(one: Variant) -> Path:
    """Build, run, rewrite, wrap and write one variant."""
    with tempfile.TemporaryDirectory(prefix="panictrail-record-") as scratch:
        root = Path(scratch).resolve() / one.case
        make_module(one, root)
        argv = command(one, root)
        text = run(one, root, argv)
        if one.then:
            text += run(one, root, [argv[0], *one.then])
        text = neutral(one, root, text)
    if not text:
        raise SystemExit(f"{one.case}/{one.name}: nothing was written")
    text = WRAPS[one.wrap](text)
    one.output.write_bytes(text[: one.cut] if one.cut else text)
    return one.output


# ------------------------------------------------------------------------------------------------ wrapping


def lines(text: bytes) -> list[bytes]:
    """The lines of a text without their ends."""
    return text.removesuffix(b"\n").split(b"\n")


def prefixed(prefix: str, texts: Iterable[bytes]) -> bytes:
    """Each line with the prefix."""
    return b"".join(prefix.encode() + line + b"\n" for line in texts)


def kubectl(text: bytes) -> bytes:
    """`kubectl logs --prefix`: every line, empty ones too."""
    return prefixed(POD, lines(text))


def compose(text: bytes) -> bytes:
    """`docker compose logs --no-color`: every line, the name padded to the longest one."""
    return prefixed(SERVICE, lines(text))


def journald(text: bytes) -> bytes:
    """`journalctl`: journald drops empty lines, and the reader shows a tab as eight spaces."""
    return prefixed(UNIT, (line.replace(b"\t", b" " * 8) for line in lines(text) if line))


def journald_all(text: bytes) -> bytes:
    """`journalctl --all`: tabs stay, empty lines are gone all the same."""
    return prefixed(UNIT, filter(None, lines(text)))


WRAPS: dict[str, Callable[[bytes], bytes]] = {
    "": lambda text: text,
    "kubectl": kubectl,
    "compose": compose,
    "journald": journald,
    "journald-all": journald_all,
}


# ---------------------------------------------------------------------------------------------------- main


def arguments(argv: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="record tests/golden/<case>/input.<variant>.txt")
    parser.add_argument(
        "cases", nargs="*", metavar="CASE", help="CASE or CASE/VARIANT; default: all"
    )
    parser.add_argument("--missing", action="store_true", help="only what has no recording yet")
    parser.add_argument("--jobs", type=int, default=2, help="so many at a time")
    return parser.parse_args(argv)


def chosen(options: argparse.Namespace, variants: list[Variant]) -> list[Variant]:
    """The variants that the command line names."""
    wanted = set(options.cases)
    known = {one.case for one in variants} | {f"{one.case}/{one.name}" for one in variants}
    if unknown := wanted - known:
        raise SystemExit(f"no such case in cases.toml: {', '.join(sorted(unknown))}")
    picked = [
        one for one in variants if not wanted or wanted & {one.case, f"{one.case}/{one.name}"}
    ]
    return [one for one in picked if not (options.missing and one.output.exists())]


def main(argv: list[str]) -> int:
    """Record what was asked for; the number of failures is the exit status."""
    options = arguments(argv)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    failures = 0
    with ThreadPoolExecutor(options.jobs) as pool:
        jobs = [pool.submit(record, one) for one in chosen(options, load(HERE / "cases.toml"))]
        for job in jobs:
            try:
                print(job.result().relative_to(HERE))
            except SystemExit as error:
                failures += 1
                print(error, file=sys.stderr)
    return failures


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

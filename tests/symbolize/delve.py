"""`python -m tests.symbolize.delve CASE...`: what delve reads from the cores of a case; the second oracle.

In: folders of cases whose binaries have symbols. Out: cores/MODE/delve.json, shaped like oracle.json, for every core
that delve can open. delve itself is a pinned module, built into .cache/gobin.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Final, Protocol

from tests.symbolize.binaries import ROOT
from tests.symbolize.toolchains import named
from tests.symbolize.trace import Creator, Frame, Goroutine

PACKAGE: Final = "github.com/go-delve/delve/cmd/dlv"
VERSION: Final = "v1.27.2"
TOOLS: Final = ROOT / ".cache" / "gobin"
_PATIENCE_SECONDS: Final = 120.0
_DEPTH: Final = 2_000  # frames per goroutine; a stack overflow has millions
_PAGE: Final = 5_000  # goroutines per answer


class DelveError(Exception):
    """delve could not open the core or answered with an error."""


class Call(Protocol):
    """One request to delve's RPC server; the answer is JSON, whose shape the caller knows."""

    def __call__(self, method: str, **arguments: object) -> dict[str, list[dict[str, object]]]:
        """Answer the request, or raise DelveError."""


def program() -> Path:
    """The pinned dlv, built when it is not there."""
    target = TOOLS / f"dlv-{VERSION}"
    if not target.exists():
        go = named("local")
        go.run(
            ROOT, "install", f"{PACKAGE}@{VERSION}", env={"GOBIN": str(TOOLS), "CGO_ENABLED": "0"}
        )
        (TOOLS / "dlv").rename(target)
    return target


def goroutines(binary: Path, core: Path) -> list[Goroutine]:
    """All goroutines of the core with their full stacks, as delve sees them; `state` is its user-level status."""
    with _served(binary, core) as call:
        return [_goroutine(call, one) for one in _listed(call)]


@contextmanager
def _served(binary: Path, core: Path) -> Iterator[Call]:
    """A dlv that has the core open, until the block ends."""
    with TemporaryDirectory() as folder, (Path(folder) / "log").open("w+") as log:
        address = Path(folder) / "dlv.sock"
        command = [
            *(
                str(program()),
                "core",
                str(binary.resolve()),
                str(core.resolve()),
                "--headless",
                "--api-version=2",
            ),
            *("--accept-multiclient", "--check-go-version=false", f"--listen=unix:{address}"),
        ]
        with subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder,
            env={**os.environ, "XDG_CONFIG_HOME": folder},
        ) as process:  # fmt: skip
            try:
                with _connected(process, address, log) as connection:
                    yield _calls(connection)
            finally:
                process.kill()


def _connected(process: subprocess.Popen[bytes], address: Path, log: IO[str]) -> socket.socket:
    until = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < until and process.poll() is None:
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(str(address))
        except OSError:
            connection.close()
            time.sleep(0.05)
        else:
            return connection
    log.seek(0)
    raise DelveError(f"dlv did not open the core: {log.read().strip()}")


def _calls(connection: socket.socket) -> Call:
    stream = connection.makefile("rwb")

    def call(method: str, **arguments: object) -> dict[str, list[dict[str, object]]]:
        request = {"method": f"RPCServer.{method}", "params": [arguments], "id": 0}
        stream.write(json.dumps(request).encode())
        stream.flush()
        answer = json.loads(stream.readline() or "{}")
        if answer.get("error") or not isinstance(answer.get("result"), dict):
            raise DelveError(f"{method}: {answer.get('error') or 'no answer'}")
        result: dict[str, list[dict[str, object]]] = answer["result"]
        return result

    return call


def _listed(call: Call) -> Iterator[dict[str, object]]:
    start = 0
    while start >= 0:
        answer: dict[str, object] = {**call("ListGoroutines", Start=start, Count=_PAGE)}
        page = answer["Goroutines"]
        if isinstance(page, list):
            yield from page
        following = answer["Nextg"]
        start = following if isinstance(following, int) else -1


def _goroutine(call: Call, listed: dict[str, object]) -> Goroutine:
    """One goroutine of the list, with the stack that delve unwinds for it."""
    number = _number(listed["id"])
    creator = _place(listed["goStatementLoc"])
    frames = call("Stacktrace", Id=number, Depth=_DEPTH, Full=False)["Locations"]
    return Goroutine(
        number,
        state=str(_number(listed.get("waitReason", 0))),
        created_by=Creator(creator.func, creator.file, creator.line) if creator.func else None,
        frames=[_place(one) for one in frames],
    )


def _place(location: object) -> Frame:
    if not isinstance(location, dict):
        return Frame("")
    function = location.get("function")
    name = function["name"] if isinstance(function, dict) else ""
    return Frame(str(name), str(location["file"]), _number(location["line"]))


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def main() -> int:
    """Write delve.json beside every core of the cases."""
    parser = argparse.ArgumentParser(prog="python -m tests.symbolize.delve", description=__doc__)
    parser.add_argument("cases", metavar="CASE", type=Path, nargs="+")
    failed = 0
    for case in parser.parse_args().cases:
        for folder in sorted((case / "cores").glob("*")):
            started = time.monotonic()
            try:
                found = goroutines(case / "bin", folder / "core")
            except DelveError as error:
                failed += 1
                sys.stdout.write(f"{case.name} {folder.name}: {error}\n")
                continue
            document = {"goroutines": [asdict(one) for one in found], "delve": VERSION}
            (folder / "delve.json").write_text(json.dumps(document, indent=1) + "\n")
            seconds = time.monotonic() - started
            sys.stdout.write(f"{case.name} {folder.name}: {len(found)} in {seconds:.1f} s\n")
            sys.stdout.flush()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

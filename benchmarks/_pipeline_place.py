"""A pipeline of its own for one run: topics under a prefix, a folder, worker processes on their core.

In: a broker, a run's settings. Out: workers that are ready; they end with 0 on SIGTERM, or the run fails with what
they said. Whatever happens, no process outlives its block and no topic the place.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Final
from urllib.request import urlopen
from uuid import uuid4

import msgspec

from benchmarks._kafka_load import delete_topics
from benchmarks._kafka_programs import Running, running
from benchmarks._process import cpu_seconds, resident_mib
from streams.config import Settings
from streams.drivers.kafka import client, topics
from streams.drivers.kafka.client import Cluster
from streams.drivers.kafka.names import Names
from streams.topology import STAGES, Stage
from tests.ports import free_port

PARTITIONS: Final = 8
# A worker that is stopped while the backlog is written must not lose its partitions meanwhile.
PATIENT_SECONDS: Final = 120.0
PIPELINE: Final = ("symbolize", "fingerprint", "cluster", "link", "attribute")
_READY_SECONDS: Final = 120.0
_LOOK_SECONDS: Final = 0.1
# Nothing moved for so long: it will not move any more.
_STILL_SECONDS: Final = 120.0


class Bench(msgspec.Struct, frozen=True):
    """Where runs take place: a broker, and the cores that belong to the workers (`1`; `0,1`)."""

    bootstrap: str
    cores: str


class Place(msgspec.Struct, frozen=True):
    """What one run has for itself."""

    bench: Bench
    names: Names
    cluster: Cluster
    folder: Path

    def topic(self, name: str) -> str:
        """A topic's name on the broker."""
        return self.names.topic(name)


@asynccontextmanager
async def place(bench: Bench, stages: Sequence[Stage] = STAGES) -> AsyncIterator[Place]:
    """A pipeline with its topics and no worker yet. Raises RuntimeError where a topic cannot be made."""
    names = Names(app="bench", prefix=f"b{uuid4().hex[:8]}.")
    cluster = client.cluster(Settings(broker=bench.bootstrap))
    with tempfile.TemporaryDirectory(prefix="kafka-pipeline-") as folder:
        (Path(folder) / "empty.toml").touch()
        try:
            made = await topics.create(cluster, names, PARTITIONS, stages=stages)
            if made.problems:
                raise RuntimeError("; ".join(made.problems))
            yield Place(bench, names, cluster, Path(folder))
        finally:
            await delete_topics(bench.bootstrap, names.prefix)


class Worker:
    """One process; ended by the block that started it."""

    def __init__(self, name: str, program: Running, port: int) -> None:
        self.name = name
        self.started = time.monotonic()
        self._program = program
        self._port = port
        self.killed = False

    def check(self) -> None:
        """Raise RuntimeError with what it said when it has ended by itself."""
        try:
            self._program.check()
        except RuntimeError as error:
            raise RuntimeError(f"{self.name} {error}") from None

    def said(self) -> str:
        """Everything that it wrote so far. Raises RuntimeError when it has ended by itself."""
        self.check()
        return self._program.said().decode("utf-8", "replace")

    @property
    def cpu_seconds(self) -> float:
        """CPU so far. Raises RuntimeError when it has ended by itself."""
        self.check()
        return cpu_seconds(self._program.pid)

    @property
    def resident_mib(self) -> float:
        """Memory now. Raises RuntimeError when it has ended by itself."""
        self.check()
        return resident_mib(self._program.pid)

    async def until_ready(self) -> None:
        """Until /readyz says so. Raises RuntimeError at the limit."""
        end = time.monotonic() + _READY_SECONDS
        while not await asyncio.to_thread(self._is_ready):
            if time.monotonic() > end:
                raise RuntimeError(f"{self.name} is not ready: {self.said()[-2000:]}")
            self.check()
            await asyncio.sleep(_LOOK_SECONDS)

    def _is_ready(self) -> bool:
        try:
            with urlopen(f"http://127.0.0.1:{self._port}/readyz", timeout=2) as answer:
                return bool(answer.status == HTTPStatus.OK)
        except OSError:
            return False

    def pause(self) -> None:
        """Stop it where it is."""
        os.kill(self._program.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        """Wake it up."""
        os.kill(self._program.pid, signal.SIGCONT)

    def kill(self) -> None:
        """End it without a chance to tidy up."""
        self.killed = True
        self._program.kill()

    def stop(self) -> None:
        """SIGTERM. Raises RuntimeError where it does not end well."""
        try:
            self._program.stop()
        except RuntimeError as error:
            raise RuntimeError(f"{self.name} {error}") from None


@asynccontextmanager
async def started(
    at: Place, name: str, command: Sequence[str], *, port: int, settings: Mapping[str, str]
) -> AsyncIterator[Worker]:
    """A process of any command line that serves /readyz on `port`; inside the block it was started, no more."""
    given = [f"{key}={value}" for key, value in settings.items()]
    line = ["env", *given, *command]
    with running(line, at.bench.cores, at.folder / f"{name}.log") as program:
        worker = Worker(name, program, port)
        yield worker
        if not worker.killed:
            worker.stop()


@asynccontextmanager
async def launched(
    at: Place, name: str, *words: str, session: float = PATIENT_SECONDS
) -> AsyncIterator[Worker]:
    """`panictrail` with these words (`worker cluster`); not ready yet."""
    port = free_port()
    command = [
        *(sys.executable, "-m", "streams.cli.main", *words),
        *("--listen", f"127.0.0.1:{port}", "--data", str(at.folder / name)),
        *("--config", str(at.folder / "empty.toml")),
    ]
    settings = {
        "PANICTRAIL_BROKER": at.bench.bootstrap,
        "PANICTRAIL_TOPIC_PREFIX": at.names.prefix,
        "PANICTRAIL_APP_ID": at.names.app,
        "PANICTRAIL_SESSION_TIMEOUT_SECONDS": str(session),
    }
    async with started(at, name, command, port=port, settings=settings) as worker:
        yield worker


@asynccontextmanager
async def worker(
    at: Place, name: str, *stages: str, session: float = PATIENT_SECONDS
) -> AsyncIterator[Worker]:
    """`panictrail worker` with these stages, ready."""
    async with launched(at, name, "worker", *stages, session=session) as found:
        await found.until_ready()
        yield found


async def until(
    progress: Callable[[], Awaitable[float]],
    enough: float,
    workers: Sequence[Worker],
    what: str,
    *,
    still: float = _STILL_SECONDS,
) -> None:
    """Wait until `progress` has reached `enough`.

    Raises RuntimeError when a worker dies, or when it does not change for `still` seconds.
    """
    have, moved = await progress(), time.monotonic()
    while have < enough:
        for each in workers:
            if not each.killed:
                each.check()
        now = await progress()
        if now != have:
            have, moved = now, time.monotonic()
        elif time.monotonic() - moved > still:
            raise RuntimeError(
                f"{what}: {have:.0f} of {enough:.0f}, and nothing moved for {still:.0f} s"
            )

"""Processes of a real pipeline for tests: workers and collectors as users start them, with what they said.

In: a broker, names, stages. Out: a process that is ready; it must end with 0 on SIGTERM, unless a test kills it.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from streams.config import Settings
from streams.drivers.kafka import client, topics
from streams.drivers.kafka.client import Cluster
from streams.drivers.kafka.names import Names
from streams.topology import STAGES, Stage
from tests.kafka_broker import Broker
from tests.ports import free_port

# On two busy cores an interpreter with Faust in it takes seconds to start.
READY_SECONDS: Final = 60.0
END_SECONDS: Final = 40.0


def cluster_of(broker: Broker) -> Cluster:
    """Clients of the test's broker."""
    return client.cluster(Settings(broker=broker.bootstrap))


def create_topics(
    broker: Broker, names: Names, partitions: int, stages: Sequence[Stage] = STAGES
) -> None:
    """The topics and changelogs of a test's pipeline."""
    made = asyncio.run(
        topics.create(cluster_of(broker), names, partitions=partitions, stages=stages)
    )
    assert made.problems == ()


class Running:
    """A command that serves /readyz."""

    def __init__(
        self,
        words: Sequence[str],
        folder: Path,
        environment: dict[str, str],
        module: str = "streams.cli.main",
        *,
        piped: bool = False,
    ) -> None:
        """Start it; its output goes to `folder`/log. `piped`: a limit on its files is none on what it says."""
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.log = folder / "log"
        command = [sys.executable, "-m", module, *words]
        command += ["--listen", f"127.0.0.1:{self.port}", "--data", str(folder / "data")]
        self._writer: subprocess.Popen[bytes] | None = None
        with self.log.open("ab") as out:
            if piped:
                self._writer = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=out)
            said = out if self._writer is None else self._writer.stdin
            self.process = subprocess.Popen(
                command, stdout=said, stderr=said, env={**os.environ, **environment}
            )
        if self._writer is not None and self._writer.stdin is not None:
            self._writer.stdin.close()

    def get(self, path: str) -> tuple[int, str]:
        """Status and text of a page; 0 where nothing answers."""
        try:
            with urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except (URLError, OSError):
            return 0, ""

    def wait(self, reached: Callable[[], bool]) -> None:
        """Until it is so; asked ten times a second."""
        end = time.monotonic() + READY_SECONDS
        while not reached():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < end, self.said()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(0.1)

    def wait_ready(self) -> None:
        """Until /readyz says so."""
        self.wait(lambda: self.get("/readyz")[0] == 200)

    def wait_said(self, text: str) -> None:
        """Until it has written this."""
        self.wait(lambda: text in self.said())

    def said(self) -> str:
        """Everything that it wrote; all of it once it has ended."""
        if self._writer is not None and self.process.poll() is not None:
            self._writer.wait(END_SECONDS)
        return self.log.read_text(errors="replace")

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and wait for the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            self.process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(self.said()) from None
        if self._writer is not None:
            self._writer.wait(END_SECONDS)
        return self.process.returncode


def environment(broker: Broker, names: Names) -> dict[str, str]:
    """The settings of a test's pipeline."""
    return {
        "PANICTRAIL_BROKER": broker.bootstrap,
        "PANICTRAIL_TOPIC_PREFIX": names.prefix,
        "PANICTRAIL_APP_ID": names.app,
        "PANICTRAIL_SESSION_TIMEOUT_SECONDS": "6",
    }


@contextmanager
def ready(running: Running) -> Iterator[Running]:
    """Inside the block it is ready; afterwards it ends in good order, with 0."""
    try:
        running.wait_ready()
        yield running
        assert running.end() == 0, running.said()
    finally:
        if running.process.poll() is None:
            running.end(signal.SIGKILL)


@contextmanager
def worker(
    broker: Broker, names: Names, folder: Path, *words: str, **more: str
) -> Iterator[Running]:
    """`panictrail worker` with these words; `more` are further settings."""
    with ready(Running(["worker", *words], folder, {**environment(broker, names), **more})) as it:
        yield it


@contextmanager
def collector(
    broker: Broker, names: Names, folder: Path, *words: str, **more: str
) -> Iterator[Running]:
    """`panictrail collect lines` with these words; `more` are further settings."""
    command = ["collect", "lines", *words]
    with ready(Running(command, folder, {**environment(broker, names), **more})) as it:
        yield it

"""The programs that are compared: ours, and the one on Kafka Streams; how each is built, started and read.

In: the broker, a run's name, a mode. Out: a running process on a core of its own. Raises MissingError where a peer
cannot be had.
"""

from __future__ import annotations

import contextlib
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Final, Literal, Protocol
from urllib.request import urlopen

import msgspec
import orjson

from benchmarks import _kafka_synthetic as synthetic
from benchmarks._kafka_load import COMPACTED, STAMPED, create_topics
from benchmarks._kafka_meter import Headers, Outputs
from streams.model.message import rows

ROOT: Final = Path(__file__).resolve().parent.parent
_PEER: Final = ROOT / "benchmarks" / "kafka_streams"
_PEER_LIBS: Final = ROOT / ".cache" / "kafka-streams" / "libs"
_STOP_SECONDS: Final = 60

Mode = Literal["throughput", "latency"]


class MissingError(Exception):
    """A peer that cannot be run here; says what to install."""


class Program(Protocol):
    """One of the two."""

    name: str

    async def create(self, bootstrap: str, app: str) -> None:
        """Make every topic of a run, all of them named after it: no start has to."""
        ...

    def reads(self, app: str) -> str:
        """The topic that it is fed by."""
        ...

    def writes(self, app: str) -> str:
        """The topic that is measured."""
        ...

    def command(self, bootstrap: str, app: str, folder: Path, mode: Mode) -> list[str]:
        """What to start."""
        ...

    def is_ready(self, said: bytes) -> bool:
        """Whether it reads by now, given what it has printed."""
        ...

    def open_record(self, value: bytes, headers: Headers) -> Outputs:
        """Ids and feeding times in a record of the measured topic."""
        ...


class Ours:
    """Two stages of ours on the exact layer, each a Faust agent, in one worker; the product's defaults."""

    name = "panictrail"

    def __init__(self) -> None:
        """Nothing to build."""
        self._port = 0

    async def create(self, bootstrap: str, app: str) -> None:
        """The topics of a pipeline, as `panictrail topics create` makes them, and the synthetic ones."""
        await synthetic.create(bootstrap, f"{app}.")

    def reads(self, app: str) -> str:
        """The topic that it is fed by."""
        return f"{app}.{synthetic.FED}"

    def writes(self, app: str) -> str:
        """The topic that is measured."""
        return f"{app}.{synthetic.FRESH}"

    def command(self, bootstrap: str, app: str, folder: Path, mode: Mode) -> list[str]:
        """Both stages in one process."""
        del mode
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]
        script = ROOT / "benchmarks" / "_kafka_synthetic.py"
        return [
            *(sys.executable, str(script)),
            *(bootstrap, f"{app}.", str(folder / "data"), str(self._port)),
        ]

    def is_ready(self, said: bytes) -> bool:
        """What a probe of Kubernetes would ask."""
        del said
        try:
            with urlopen(f"http://127.0.0.1:{self._port}/readyz", timeout=1) as answer:
                return bool(answer.status == HTTPStatus.OK)
        except OSError:
            return False

    def open_record(self, value: bytes, headers: Headers) -> Outputs:
        """A micro-batch."""
        del headers
        for _key, event in rows(value):
            fresh = msgspec.convert(event, synthetic.Fresh)
            yield fresh.id, fresh.ts


class KafkaStreams:
    """Kafka Streams, exactly_once_v2: benchmarks/kafka_streams."""

    name = "Kafka Streams"
    # A heap of 128 MiB cost 10 % more CPU and saved 10 % of memory, the default one (6 GiB here) took 10 % more of it.
    # Without the second compiler (TieredStopAtLevel=1) it starts in half the time and takes half the CPU for so short
    # a run, but half as much again once it is warm, which is what a service is for.
    _JVM: Final = ("-Xmx256m",)
    # Backlog: the longer a transaction, the fewer of them. Quiet: half a commit is the mean wait of each stage.
    _COMMIT_MS: Final[Mapping[Mode, int]] = {"throughput": 100, "latency": 50}

    def __init__(self) -> None:
        """Build it. Raises MissingError."""
        for tool, package in (("java", "a JRE, version 17 or newer"), ("mvn", "Maven")):
            if shutil.which(tool) is None:
                message = f"Kafka Streams cannot be measured: no {tool} on PATH: install {package}"
                raise MissingError(message)
        built = subprocess.run(
            ["mvn", "-q", "-B", "package"], cwd=_PEER, capture_output=True, text=True, check=False
        )
        if built.returncode:
            message = (
                f"Kafka Streams cannot be measured: `mvn package` in {_PEER.relative_to(ROOT)} "
                f"failed:\n{(built.stdout + built.stderr).strip()}"
            )
            raise MissingError(message)

    async def create(self, bootstrap: str, app: str) -> None:
        """Three topics, and the changelogs that Kafka Streams would otherwise make at its first start."""
        logs = {f"{app}-{store}-changelog": COMPACTED for store in ("sums", "seen")}
        plain: dict[str, Mapping[str, str]] = {f"{app}-in": {}, f"{app}-mid": {}}
        await create_topics(bootstrap, plain | logs | {self.writes(app): STAMPED})

    def reads(self, app: str) -> str:
        """The topic that it is fed by."""
        return f"{app}-in"

    def writes(self, app: str) -> str:
        """The topic that is measured."""
        return f"{app}-out"

    def command(self, bootstrap: str, app: str, folder: Path, mode: Mode) -> list[str]:
        """The JVM with settings for `mode`."""
        return [
            *("java", *self._JVM, "-Dorg.slf4j.simpleLogger.defaultLogLevel=error"),
            *("-cp", f"{_PEER_LIBS}/*", "dev.panictrail.peer.Peer"),
            *(bootstrap, app, str(folder), str(self._COMMIT_MS[mode])),
        ]

    def is_ready(self, said: bytes) -> bool:
        """It says so itself."""
        return b"ready" in said.splitlines()

    def open_record(self, value: bytes, headers: Headers) -> Outputs:
        """One `[id, key, ts]` per record."""
        del headers
        name, _key, fed = orjson.loads(value)
        yield name, fed


class Running:
    """A program that was started on a core, or on several (`0,1`); ends with the block."""

    def __init__(self, command: list[str], core: int | str, log: Path) -> None:
        self._log = log
        self.started = time.time()
        with log.open("wb") as out:
            self._process = subprocess.Popen(
                ["taskset", "-c", str(core), *command], cwd=ROOT, stdout=out, stderr=out
            )
        # taskset becomes the program that it starts: one process, one id.
        self.pid = self._process.pid

    def check(self) -> None:
        """Raise with what it said when it has ended by itself."""
        if self._process.poll() is not None:
            message = f"ended with {self._process.returncode}: {self._said()}"
            raise RuntimeError(message)

    def said(self) -> bytes:
        """What it has printed. Raises when it has ended by itself."""
        self.check()
        return self._log.read_bytes()

    def stop(self) -> None:
        """SIGTERM; a program that does not end well fails the benchmark."""
        self._process.send_signal(signal.SIGTERM)
        code = self._process.wait(_STOP_SECONDS)
        if code:
            message = f"ended with {code} after SIGTERM: {self._said()}"
            raise RuntimeError(message)

    def kill(self) -> None:
        """End it in any case."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def _said(self) -> str:
        return self._log.read_text(errors="replace")[-2000:].strip()


@contextlib.contextmanager
def running(command: list[str], core: int | str, log: Path) -> Iterator[Running]:
    """Start a program on a core; whatever happens, it does not outlive the block."""
    program = Running(command, core, log)
    try:
        yield program
    finally:
        program.kill()

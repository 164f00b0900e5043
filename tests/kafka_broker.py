"""Real Kafka brokers for tests: the one that all tests of a run share, and brokers of a test's own.

In: a folder. Out: an address on loopback. Every broker ends, and its folder goes, with the process that runs the
tests, however that ends; see ops/kafka/kafka-local. A missing Java or Maven is a failure that names it.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import msgspec
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

_KAFKA_LOCAL: Final = Path(__file__).resolve().parents[1] / "ops" / "kafka" / "kafka-local"
# Room for a record of 64 MiB on its way.
_HEAP: Final = "512m"
# A broker of a test lives for minutes: the quick compiler alone brings it up with two thirds of the CPU time.
_JAVA: Final = "-XX:TieredStopAtLevel=1"


class Broker(msgspec.Struct, frozen=True):
    """A broker that answers. `bootstrap` takes clients without TLS or password."""

    bootstrap: str

    def ask(self, tool: str, *words: str) -> str:
        """What a tool of Kafka's own says, such as `log-dirs`."""
        port = self.bootstrap.rpartition(":")[2]
        with tempfile.TemporaryDirectory() as folder:
            return _kafka_local("--port", port, "--dir", folder, "cli", tool, *words)

    @asynccontextmanager
    async def admin(self) -> AsyncIterator[AIOKafkaAdminClient]:
        """A client for topics, groups and settings."""
        client = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await client.start()
        try:
            yield client
        finally:
            await client.close()

    async def create(
        self, topic: str, partitions: int = 1, config: Mapping[str, str] | None = None
    ) -> None:
        """Make a topic that is not one of ours; nothing is made by merely asking for it."""
        wanted = NewTopic(topic, partitions, 1, topic_configs=dict(config or {}))
        async with self.admin() as admin:
            answer = await admin.create_topics([wanted])
            assert [row for row in answer.topic_errors if row[1]] == []
            await _until(admin, lambda there: topic in there)

    async def send(
        self,
        topic: str,
        value: bytes | None,
        *,
        key: bytes | None = None,
        partition: int = 0,
        headers: Sequence[tuple[str, bytes]] = (),
    ) -> None:
        """Write one record, and wait until it is written."""
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap)
        await producer.start()
        try:
            await producer.send_and_wait(topic, value, key, partition, headers=list(headers))
        finally:
            await producer.stop()

    async def forget(self, prefix: str, *, until_gone: bool = False) -> None:
        """Delete every topic whose name begins with `prefix`: when Kafka finds the time, or before the return."""
        async with self.admin() as admin:
            found = {topic for topic in await admin.list_topics() if topic.startswith(prefix)}
            if found:
                await admin.delete_topics(list(found))
                if until_gone:
                    await _until(admin, found.isdisjoint)


async def _until(admin: AIOKafkaAdminClient, done: Callable[[list[str]], bool]) -> None:
    """Kafka answers that topics are made, or gone, before it says so to others."""
    async with asyncio.timeout(10):
        while True:
            if done(await admin.list_topics()):
                return
            await asyncio.sleep(0.05)


class OwnBroker:
    """A broker for one test: to be killed and restarted, or with listeners of its own.

    With `tls` (a folder with broker.pem and ca.pem) it also listens for SASL_SSL and SSL.
    """

    def __init__(self, folder: Path, *, tls: Path | None = None, scram: str | None = None) -> None:
        self._options = ["--port", "0", "--dir", str(folder), "--heap", _HEAP, f"--java={_JAVA}"]
        if tls is not None:
            self._options += ["--tls", str(tls)]
        if scram is not None:
            self._options += ["--scram", scram]

    def start(self) -> Broker:
        """Start it, or do nothing where it runs; data and port are those of the last time."""
        status = json.loads(self._run("--while", str(_whole_run()), "start"))
        return Broker(bootstrap=status["bootstrap"])

    def stop(self) -> None:
        """End it in order."""
        self._run("stop")

    def kill(self) -> None:
        """End it without a chance to tidy up."""
        self._run("kill")

    def pid(self) -> int:
        """Its process, for signals such as SIGSTOP."""
        return int(json.loads(self._run("status"))["pid"])

    def wipe(self) -> None:
        """End it and delete its data."""
        self._run("wipe")

    def _run(self, *words: str) -> str:
        return _kafka_local(*self._options, *words)


def _kafka_local(*words: str) -> str:
    """What the script says; a test in which it fails fails with its words."""
    done = subprocess.run(
        [sys.executable, _KAFKA_LOCAL, *words], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.fail((done.stderr or done.stdout).strip(), pytrace=False)
    return done.stdout


def tls_ports(broker: Broker) -> tuple[str, str]:
    """Addresses for SASL_SSL and for SSL of a broker that was started with `tls`."""
    host, _, port = broker.bootstrap.rpartition(":")
    return f"{host}:{int(port) + 2}", f"{host}:{int(port) + 3}"


def shared(folder: Path, start: Callable[[Path], Broker]) -> Broker:
    """The broker of this run: the first worker that asks starts it in `folder`, the others get the same.

    A start that failed fails for all of them, once each and at once.
    """
    folder.mkdir(exist_ok=True)
    answer = folder / "answer.json"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not answer.exists():
            answer.write_text(json.dumps(_first_start(folder / "broker", start)))
    found: dict[str, str] = json.loads(answer.read_text())
    if "failure" in found:
        pytest.fail(found["failure"], pytrace=False)
    return Broker(bootstrap=found["bootstrap"])


def _first_start(folder: Path, start: Callable[[Path], Broker]) -> dict[str, str]:
    try:
        return {"bootstrap": start(folder).bootstrap}
    except pytest.fail.Exception as failure:
        return {"failure": str(failure)}


def run_folder(factory: pytest.TempPathFactory) -> Path:
    """The folder that all workers of this run share."""
    base = factory.getbasetemp()
    # pytest-xdist gives each worker a folder of its own below that of the run.
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


def _whole_run() -> int:
    """The process that lives as long as the run: the controller of pytest-xdist, which started its workers."""
    return os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()

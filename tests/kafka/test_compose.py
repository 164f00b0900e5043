"""The commands of docker-compose.kafka.yml, with its environment, on a real Kafka and a real PostgreSQL."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from streams.drivers.kafka.names import Names
from tests.kafka.processes import END_SECONDS, Running
from tests.kafka_broker import Broker
from tests.ops import compose

pytestmark = pytest.mark.timeout(400)  # eight processes on two cores


def _environment(
    service: compose.Service, broker: Broker, names: Names, database: str
) -> dict[str, str]:
    """What the service gets, with the addresses of the test in place of those between containers."""
    given: dict[str, str] = dict(service["environment"])
    given["PANICTRAIL_BROKER"] = broker.bootstrap
    given["PANICTRAIL_TOPIC_PREFIX"] = names.prefix
    given["PANICTRAIL_PARTITIONS"] = "2"
    if "PANICTRAIL_DATABASE" in given:
        given["PANICTRAIL_DATABASE"] = database
        del given["PGPASSWORD"]
    # Running gives each its own.
    del given["PANICTRAIL_DATA"]
    given.pop("PANICTRAIL_LISTEN", None)
    return given


@contextmanager
def _running(words: list[str], folder: Path, environment: dict[str, str]) -> Iterator[Running]:
    running = Running(words, folder, environment)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.process.kill()
            running.process.wait()


def test_every_command_does_its_work_and_ends_cleanly(
    broker: Broker, names: Names, database: str, tmp_path: Path
) -> None:
    services = compose.ours({"PANICTRAIL_POSTGRES_PASSWORD": "a password"})
    environments = {
        name: _environment(service, broker, names, database) for name, service in services.items()
    }
    topics = services.pop("topics")
    done = subprocess.run(
        [sys.executable, "-m", "streams.cli.main", *topics["command"]],
        env={**os.environ, **environments["topics"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr

    with ExitStack() as stack:
        workers = [
            stack.enter_context(_running(service["command"], tmp_path / name, environments[name]))
            for name, service in services.items()
        ]
        for worker in workers:
            worker.wait_ready()
            assert worker.get("/healthz")[0] == 200
            assert "panictrail_" in worker.get("/metrics")[1]
        for worker in workers:
            worker.process.terminate()
        for worker in workers:
            assert worker.process.wait(END_SECONDS) == 0, worker.said()

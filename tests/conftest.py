"""What tests of every folder may ask for: the Kafka broker of the run, and names on it that nobody else uses."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import settings

from streams.drivers.kafka.names import Names
from tests.kafka_broker import Broker, OwnBroker, run_folder, shared
from tests.panicwatch import crasher, live, panicwatch
from tests.postgres_server import database, postgres
from tests.s3_server import bucket, s3_server
from tests.tiny_go import tiny

__all__ = (
    "broker",
    "bucket",
    "cache_of_the_run",
    "crasher",
    "database",
    "live",
    "names",
    "panicwatch",
    "postgres",
    "s3_server",
    "tiny",
)


# A busy machine is no defect: how long things take is measured in benchmarks/ only.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session", autouse=True)
def cache_of_the_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Whatever a test starts keeps indexes and places here, not in the user's own cache; that of Go stays."""
    go = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "go-build"
    with pytest.MonkeyPatch.context() as patch:
        if "GOCACHE" not in os.environ:
            patch.setenv("GOCACHE", str(go))
        folder = tmp_path_factory.mktemp("cache")
        patch.setenv("XDG_CACHE_HOME", str(folder))
        yield folder


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Broker:
    """One broker per run, whatever the number of workers; it ends with the run."""
    return shared(run_folder(tmp_path_factory) / "kafka", lambda folder: OwnBroker(folder).start())


@pytest.fixture
def names(broker: Broker) -> Iterator[Names]:
    """Names of this test's own topics, groups and changelogs; the topics go with the test."""
    prefix = f"t{uuid4().hex[:10]}."
    yield Names(prefix=prefix)
    asyncio.run(broker.forget(prefix))

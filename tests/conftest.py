"""What tests of every folder may ask for: the Kafka broker of the run, and names on it that nobody else uses."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from uuid import uuid4

import pytest

from streams.drivers.kafka.names import Names
from tests.kafka_broker import Broker, OwnBroker, run_folder, shared
from tests.postgres_server import database, postgres
from tests.tiny_go import tiny

__all__ = ("broker", "database", "names", "postgres", "tiny")


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

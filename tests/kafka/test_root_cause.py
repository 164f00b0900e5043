"""The root cause on Kafka: pushes, builds, deploys and crashes in another order give the bytes of the embedded run."""

from __future__ import annotations

import asyncio
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Final

import pytest

from streams.adapters.memory_meter import MemoryMeter
from streams.adapters.sqlite_store import SqliteStore
from streams.adapters.system_clock import SystemClock
from streams.drivers.causes import CauseFacts
from streams.drivers.embedded.engine import Engine
from streams.drivers.embedded.reading import reports
from streams.drivers.kafka.names import Names
from streams.drivers.places import PlaceFacts
from streams.model.message import encode
from streams.model.report import Report
from streams.model.settings import PipelineSettings
from streams.topology import stages
from tests.embedded import content
from tests.kafka.processes import cluster_of, create_topics, worker
from tests.kafka.traffic import raw, reports_like, send
from tests.kafka_broker import Broker
from tests.root_cause_world import REPO, Sent, events_of, make

PARTITIONS: Final = 2


def embedded(folder: Path, events: tuple[Sent, ...]) -> dict[str, Report]:
    """The reports of the embedded driver, in the order in which things happened."""
    repos = {REPO: folder}
    chosen = stages(PipelineSettings(repositories=(REPO,)))
    with (
        SqliteStore(None) as store,
        closing(PlaceFacts(repos)) as places,
        closing(CauseFacts(repos, places)) as facts,
    ):
        engine = Engine(chosen, store, facts, SystemClock(), MemoryMeter())
        for topic, event in events:
            engine.submit(topic, "", event)
        return {report.cluster: report for report in reports(store)}


@pytest.mark.timeout(240)
def test_both_drivers_name_the_same_commit_build_and_batch(
    broker: Broker, names: Names, tmp_path: Path
) -> None:
    commits = make(tmp_path / REPO)
    events = events_of(commits)
    expected = embedded(tmp_path / REPO, events)
    (report,) = expected.values()
    assert report.suspects[0].commit == commits[1]
    assert report.introduced.deploy_batch == "eu-1"
    create_topics(broker, names, PARTITIONS)
    settings = {
        "PANICTRAIL_REPOSITORIES": f"{REPO}={tmp_path / REPO}",
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }
    shuffled = [*events, *events[:7]]
    Random(7).shuffle(shuffled)  # noqa: S311 - an order, and always the same
    with worker(broker, names, tmp_path / "worker", "all", **settings):
        sent = (raw(topic, event) for topic, event in shuffled)
        asyncio.run(send(cluster_of(broker), names, sent))
        hashes = {name: one.content_hash for name, one in expected.items()}
        found = asyncio.run(reports_like(cluster_of(broker), names, hashes, 120))
    lines = [encode(found[name]) for name in sorted(found)]
    assert content(lines) == content(encode(expected[name]) for name in sorted(expected))

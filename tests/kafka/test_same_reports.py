"""Law 1 on both drivers: the same raw events give byte-identical reports, however many partitions and workers."""

from __future__ import annotations

import asyncio
import itertools
from contextlib import ExitStack
from pathlib import Path

import pytest

from streams.adapters.sqlite_store import SqliteStore
from streams.drivers.embedded.reading import reports
from streams.drivers.embedded.session import Session
from streams.drivers.kafka.names import Names
from streams.model.events import CiBuild, Deploy, GitPush, RawPanic
from streams.model.message import Message, encode
from streams.model.report import Report
from streams.topology import STAGES
from tests.embedded import content
from tests.kafka.crashes import golden_events, mixed
from tests.kafka.processes import cluster_of, create_topics, worker
from tests.kafka.traffic import raw, reports_like, send
from tests.kafka_broker import Broker

SIDE: tuple[tuple[str, Message], ...] = (
    ("git.pushed", GitPush(delivery_id="g1", repo="shop", after="a" * 40)),
    ("ci.finished", CiBuild(delivery_id="c1", repo="shop", build_id="b1")),
    ("deploys.changed", Deploy(delivery_id="d1", service="service-1", build_id="b1")),
    ("deploys.changed", Deploy(delivery_id="d2", service="service-2", batch="7")),
)


def embedded(crashes: list[RawPanic]) -> dict[str, Report]:
    """The reports of the embedded driver, side inputs last."""
    with SqliteStore(None) as store:
        session = Session(STAGES, store)
        for event in crashes:
            session.engine.submit("panics.raw", event.event_id or "", event)
        for topic, side in SIDE:
            session.engine.submit(topic, "", side)
        return {report.cluster: report for report in reports(store)}


def assert_whole(found: dict[str, Report]) -> None:
    """At least 50 clusters, and no field that nothing could fill."""
    assert len(found) >= 50
    for name in ("services", "first_seen", "last_seen", "unknown", "explain", "representative"):
        assert any(getattr(report, name) for report in found.values()), name


@pytest.mark.parametrize("size", [(1, 1), (4, 2)], ids=["one-worker", "two-workers"])
@pytest.mark.timeout(240)
def test_both_drivers_give_the_same_bytes(
    size: tuple[int, int], broker: Broker, names: Names, tmp_path: Path
) -> None:
    """Every golden case on one partition; 10,000 mixed crashes on four, between two workers."""
    partitions, workers = size
    crashes = list(golden_events()) if partitions == 1 else list(mixed(10_000))
    expected = embedded(crashes)
    assert_whole(expected)
    cluster = cluster_of(broker)
    create_topics(broker, names, partitions)
    sides = (raw(topic, event) for topic, event in SIDE)
    events = itertools.chain(sides, (raw("panics.raw", event) for event in crashes))
    with ExitStack() as running:
        for number in range(workers):
            running.enter_context(worker(broker, names, tmp_path / str(number), "all"))
        asyncio.run(send(cluster, names, events))
        hashes = {name: report.content_hash for name, report in expected.items()}
        found = asyncio.run(reports_like(cluster, names, hashes, 180))
    lines = [encode(found[name]) for name in sorted(found)]
    assert content(lines) == content(encode(expected[name]) for name in sorted(expected))

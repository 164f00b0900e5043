"""`panictrail collect spool` on a real broker: nothing lost by kill -9, nothing counted twice, damage kept aside."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from streams.adapters.sqlite_store import SqliteStore
from streams.drivers.embedded.reading import reports
from streams.drivers.embedded.session import Session
from streams.drivers.kafka.names import Names
from streams.topology import STAGES
from tests.kafka.processes import cluster_of, create_topics, worker
from tests.kafka.spool_kills import following, ids, killed, occurrences, of_topic, started
from tests.kafka.traffic import raw, reports_like, send
from tests.kafka_broker import Broker, OwnBroker
from tests.property.test_two_routes import shipped, spooled
from tests.spool_writer import at, crash, record, write
from tests.waiting import until


def test_kills_in_the_middle_lose_nothing_and_count_nothing_twice(
    broker: Broker, names: Names, tmp_path: Path
) -> None:
    events, wanted = killed(broker, names, tmp_path, 5)
    assert len(wanted) == 4000
    assert {event.event_id for event in events} == wanted
    assert occurrences(events) == 4000


def test_a_damaged_segment_is_kept_aside_and_said(
    broker: Broker, names: Names, tmp_path: Path
) -> None:
    create_topics(broker, names, 1)
    one, other = record(crash(1)), record(crash(2), at=at(1))
    path = write(tmp_path / "spool", one, b"\xf5PS1 no record", other)
    secret = record(crash(3, "password=hunter2-the-second"), at=at(2))
    write(tmp_path / "spool", secret, number=1)
    with following(broker, names, tmp_path / "data", "--spool", tmp_path / "spool") as it:
        events = of_topic(broker, names, ids(one, other, secret))
        aside = path.with_name(path.name + ".corrupt")
        until(aside.exists, "the segment kept aside")
        assert "panictrail_spool_corrupt_bytes_total 14" in it.get("/metrics")[1]
        assert f"{path}: 14 bytes from offset {len(one)} on" in it.said()
    assert len(events) == 3
    assert all("hunter2" not in repr(event) for event in events)


def test_a_broker_that_is_away_costs_nothing(names: Names, tmp_path: Path) -> None:
    """It comes back while the collector runs; and the collector ends while it is away."""
    own = OwnBroker(tmp_path / "kafka")
    broker = own.start()
    spool, data = tmp_path / "spool", tmp_path / "data"
    rows = [record(crash(n), at=at(n)) for n in range(3)]
    try:
        create_topics(broker, names, 1)
        with following(broker, names, data, "--delete", "--spool", spool_of(spool, rows[0])):
            of_topic(broker, names, ids(rows[0]))
            own.kill()
            path = write(spool, rows[1], number=1)
            own.start()
            of_topic(broker, names, ids(*rows[:2]))
            until(lambda: not path.exists(), "the removal of what is sent")
            own.kill()
            path = write(spool, rows[2], number=2)
        assert path.exists()
        own.start()
        with following(broker, names, data, "--spool", spool):
            found = of_topic(broker, names, ids(*rows))
    finally:
        own.wipe()
    assert {event.event_id for event in found} == ids(*rows)


def spool_of(folder: Path, *rows: bytes) -> Path:
    """A spool with one segment."""
    write(folder, *rows)
    return folder


def test_without_a_broker_it_does_not_begin(tmp_path: Path, names: Names) -> None:
    write(tmp_path / "spool", record(crash(1)))
    it = started(Broker(bootstrap="127.0.0.1:1"), names, tmp_path, "--spool", tmp_path / "spool")
    assert it.process.wait(60) == 3
    assert "127.0.0.1:1" in it.said()


@pytest.mark.timeout(240)
def test_crashes_by_both_routes_count_once_on_workers(
    broker: Broker, names: Names, tmp_path: Path
) -> None:
    """Four partitions, two workers; the same reports as of the embedded driver."""
    events = [spooled(n % 3, n / 10, n + 1) for n in range(200)]
    events += [shipped(n % 3, n / 10 + 0.05) for n in range(200)]
    with SqliteStore(None) as store:
        session = Session(STAGES, store)
        for event in reversed(events):
            session.engine.submit("panics.raw", event.event_id or "", event)
        expected = {report.cluster: report.content_hash for report in reports(store)}
        assert sum(report.occurrences for report in reports(store)) == 200
    create_topics(broker, names, 4)
    cluster = cluster_of(broker)
    with (
        worker(broker, names, tmp_path / "a", "all"),
        worker(broker, names, tmp_path / "b", "all"),
    ):
        sent = (raw("panics.raw", event) for event in events)
        asyncio.run(send(cluster, names, sent))
        found = asyncio.run(reports_like(cluster, names, expected, 180))
    assert sum(report.occurrences for report in found.values()) == 200

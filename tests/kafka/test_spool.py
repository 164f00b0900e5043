"""`panictrail collect spool` on a real broker: nothing lost by kill -9, nothing counted twice, damage kept aside."""

from __future__ import annotations

import asyncio
import itertools
import re
import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from streams.adapters.sqlite_store import SqliteStore
from streams.core.spool import Kept, identity, scan
from streams.drivers.embedded.reading import reports
from streams.drivers.embedded.session import Session
from streams.drivers.kafka.names import Names
from streams.model.events import RawPanic
from streams.model.message import decode
from streams.topology import STAGES
from tests.kafka.processes import Running, cluster_of, create_topics, environment, ready, worker
from tests.kafka.traffic import raw, read_until, reports_like, send
from tests.kafka_broker import Broker, OwnBroker
from tests.property.test_two_routes import shipped, spooled
from tests.spool_writer import at, crash, record, write
from tests.waiting import until

_READ = re.compile(r"^panictrail_spool_records_total (\d+)", re.MULTILINE)


def ids(*data: bytes) -> set[str]:
    """The ids of some records."""
    whole = b"".join(data)
    return {identity(each) for each in scan(whole, 0, len(whole)) if isinstance(each, Kept)}


def of_topic(broker: Broker, names: Names, wanted: set[str]) -> list[RawPanic]:
    """The events of panics.raw, once all of these are there."""

    def read(records: Iterable[tuple[bytes | None, bytes | None]]) -> list[RawPanic]:
        return [decode(value or b"", RawPanic) for _, value in records]

    def all_there(records: list[tuple[bytes | None, bytes | None]]) -> bool:
        return wanted <= {event.event_id for event in read(records)}

    topic = names.topic("panics.raw")
    return read(asyncio.run(read_until(cluster_of(broker), topic, all_there)))


def started(broker: Broker, names: Names, folder: Path, *words: object) -> Running:
    """`panictrail collect spool` with these words."""
    command = ["collect", "spool", *map(str, words)]
    return Running(command, folder, {**environment(broker, names), "PANICTRAIL_DRAIN_SECONDS": "5"})


@contextmanager
def following(broker: Broker, names: Names, folder: Path, *words: object) -> Iterator[Running]:
    """The collector; afterwards it ended with 0."""
    with ready(started(broker, names, folder, *words)) as it:
        yield it


def has_read(it: Running) -> bool:
    """Whether it has sent some records."""
    found = _READ.search(it.get("/metrics")[1])
    return bool(found and int(found[1]))


def test_kills_in_the_middle_lose_nothing_and_count_nothing_twice(
    broker: Broker, names: Names, tmp_path: Path
) -> None:
    create_topics(broker, names, 2)
    spools = (tmp_path / "one", tmp_path / "two")
    written: list[bytes] = []
    for kill in range(5):
        for number, spool in enumerate(spools):
            n = 2 * kill + number
            rows = [record(crash(i % 9), at=at(i / 10), pid=1000 * n + i) for i in range(400)]
            write(spool, *rows, number=n)
            written += rows
        it = started(broker, names, tmp_path / "data", "--spool", spools[0], "--spool", spools[1])
        it.wait(partial(has_read, it))
        assert it.end(signal.SIGKILL) == -signal.SIGKILL
    wanted = ids(*written)
    assert len(wanted) == 4000
    with following(
        broker,
        names,
        tmp_path / "data",
        "--delete",
        *itertools.chain(*(("--spool", s) for s in spools)),
    ):
        events = of_topic(broker, names, wanted)
        until(lambda: not any(any(spool.glob("*.spool")) for spool in spools), "removed segments")
    assert {event.event_id for event in events} == wanted
    with SqliteStore(None) as store:
        session = Session(STAGES, store)
        for event in events:
            session.engine.submit("panics.raw", event.event_id or "", event)
        assert sum(report.occurrences for report in reports(store)) == 4000


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

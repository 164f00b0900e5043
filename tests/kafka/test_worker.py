"""A worker as an operator meets it: what it refuses at its start, and what it lives through."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import socket
import subprocess
import sys
from base64 import b64decode
from pathlib import Path

import pytest

from streams.drivers.kafka import topics
from streams.drivers.kafka.compute import MAX_INPUT_BYTES
from streams.drivers.kafka.names import Names
from streams.model.errors import Reason
from streams.model.events import DeadLetter, RawPanic
from streams.model.message import decode, encode, loads
from tests.kafka.crashes import mixed
from tests.kafka.processes import (
    Running,
    cluster_of,
    create_topics,
    environment,
    ready,
    worker,
)
from tests.kafka.traffic import newest, raw, read_until, send
from tests.kafka_broker import Broker

Rows = list[tuple[bytes | None, bytes | None]]


def refused(
    words: list[str], settings: dict[str, str], folder: Path
) -> subprocess.CompletedProcess[str]:
    """A worker that is expected to end at once."""
    command = [sys.executable, "-m", "streams.cli.main", "worker", *words, "--data", str(folder)]
    listen = [] if "--listen" in words else ["--listen", "127.0.0.1:0"]
    return subprocess.run(
        [*command, *listen],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **settings},
    )


def counted(names: Names, broker: Broker, crashes: int) -> Rows:
    """Records of the reports topic, once so many crashes are counted."""

    def enough(found: Rows) -> bool:
        return sum(report.occurrences for report in newest(found).values()) >= crashes

    topic = names.topic("reports.root_cause")
    return asyncio.run(read_until(cluster_of(broker), topic, enough))


def feed(broker: Broker, names: Names, crashes: list[RawPanic]) -> None:
    asyncio.run(send(cluster_of(broker), names, [raw("panics.raw", e) for e in crashes]))


def test_what_is_wrong_at_the_start_is_said_with_the_next_step(
    broker: Broker, names: Names, tmp_path: Path
) -> None:
    settings = environment(broker, names)
    missing = refused(["all"], settings, tmp_path / "a")
    assert missing.returncode == 2
    assert "panictrail topics create" in missing.stderr
    create_topics(broker, names, 1)
    unknown = refused(["clusters"], settings, tmp_path / "a")
    assert unknown.returncode == 2
    assert "known are symbolize, fingerprint, decide, cluster" in unknown.stderr
    blind = refused(["view"], settings, tmp_path / "a")
    assert blind.returncode == 2
    assert "--database" in blind.stderr
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        busy = refused(["cluster", "--listen", address], settings, tmp_path / "a")
    assert busy.returncode == 2
    assert f"{address}: Address already in use: name an address" in busy.stderr
    other = tmp_path / "other"
    other.mkdir()
    (other / "cluster").write_text("another\n")
    foreign = refused(["cluster"], settings, other)
    assert foreign.returncode == 2
    assert "belongs to another Kafka cluster" in foreign.stderr
    away = refused(["all"], {**settings, "PANICTRAIL_BROKER": "127.0.0.1:1"}, tmp_path / "a")
    assert away.returncode == 3
    assert "127.0.0.1:1" in away.stderr


def test_a_data_folder_belongs_to_one_worker_and_a_drain_sends_what_was_held(
    broker: Broker, names: Names, tmp_path: Path
) -> None:
    create_topics(broker, names, 1)
    crashes = list(mixed(40, bugs=1))
    with worker(broker, names, tmp_path, "all") as running:
        assert "view is off" in running.said()
        assert running.get("/healthz") == (200, "ok\n")
        second = refused(["all"], environment(broker, names), tmp_path / "data")
        assert second.returncode == 2
        assert f"in use by process {running.process.pid}" in second.stderr
        feed(broker, names, crashes[:20])
        counted(names, broker, 20)
        feed(broker, names, crashes)
        counted(names, broker, 40)
        assert 'panictrail_events_total{stage="cluster"}' in running.get("/metrics")[1]
    found = counted(names, broker, 40)
    revisions = [
        decode(value, type(next(iter(newest(found).values())))) for _, value in found if value
    ]
    assert len({(r.cluster, r.revision) for r in revisions}) == len(revisions)


@pytest.mark.timeout(300)
def test_a_changelog_that_is_deleted_under_a_worker_is_written_back(
    broker: Broker, names: Names, tmp_path: Path
) -> None:
    create_topics(broker, names, 1)
    crashes = list(mixed(60, bugs=5))
    with worker(broker, names, tmp_path, "all") as running:
        feed(broker, names, crashes[:30])
        counted(names, broker, 30)
        changelog = names.changelog("cluster")

        async def delete() -> None:
            async with broker.admin() as admin:
                await admin.delete_topics([changelog])

        asyncio.run(delete())
        feed(broker, names, crashes[25:])
        running.wait_said(f"{changelog}: no such changelog: panictrail topics create")
        asyncio.run(topics.create(cluster_of(broker), names, partitions=1))
        found = counted(names, broker, 60)
        assert "rows are written back from the local store" in running.said()
    assert sum(report.occurrences for report in newest(found).values()) == 60


def test_a_message_of_20_mb_and_foreign_ones_stop_nothing(
    broker: Broker, names: Names, tmp_path: Path
) -> None:
    create_topics(broker, names, 1)
    (crash,) = mixed(1)
    large = b'{"text":"panic: ' + b"x" * (20 * 1024 * 1024) + b'"}'
    assert len(large) > MAX_INPUT_BYTES
    bad = [b"\x00\xff\x13binary", large, b'{"hello": "world"}', b"[1,2]"]

    async def send_all() -> None:
        cluster = cluster_of(broker)
        producer = cluster.producer(max_request_size=64 * 1024 * 1024)
        await producer.start()
        try:
            for value in (*bad, encode(crash)):
                await producer.send_and_wait(names.topic("panics.raw"), value, partition=0)
        finally:
            await producer.stop()

    asyncio.run(send_all())
    with worker(broker, names, tmp_path, "symbolize", "fingerprint", "cluster", "attribute"):
        counted(names, broker, 1)
        topic = names.topic("deadletter")
        rows = asyncio.run(read_until(cluster_of(broker), topic, lambda found: len(found) >= 4))
    letters = sorted((decode(v, DeadLetter) for _, v in rows if v), key=lambda x: x.offset or 0)
    assert [(x.offset, x.reason) for x in letters] == [
        (0, Reason.UNDECODABLE),
        (1, Reason.TOO_LARGE),
        (2, Reason.INVALID),
        (3, Reason.INVALID),
    ]
    assert loads(b64decode(letters[2].bytes_base64)) == loads(bad[2])


def test_a_worker_that_cannot_move_leaves_with_3(
    broker: Broker, names: Names, tmp_path: Path
) -> None:
    create_topics(broker, names, 1)
    settings = {**environment(broker, names), "PANICTRAIL_STUCK_SECONDS": "3"}
    running = Running(["worker", "symbolize"], tmp_path, settings)
    try:
        running.wait_ready()

        async def delete() -> None:
            async with broker.admin() as admin:
                await admin.delete_topics([names.changelog("symbolize")])

        asyncio.run(delete())
        feed(broker, names, list(mixed(1)))
        assert running.process.wait(60) == 3
        assert "nothing moved for" in running.said()
    finally:
        running.end(signal.SIGKILL)


@pytest.mark.timeout(300)
def test_a_disk_that_is_full_holds_back_and_loses_nothing(
    broker: Broker, names: Names, tmp_path: Path
) -> None:
    """As full as a test can make it without being root: no file may be written to any more."""
    create_topics(broker, names, 1)
    crashes = list(mixed(600, bugs=60))
    settings = environment(broker, names)
    with ready(Running(["worker", "all"], tmp_path, settings, piped=True)) as running:
        feed(broker, names, crashes[:200])
        counted(names, broker, 200)
        pid = running.process.pid
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, hard))
        more = iter(crashes[200:])

        def is_noticed() -> bool:
            """A store is written with a commit, some seconds after the last time."""
            feed(broker, names, [next(more)])
            return "starts over" in running.said()

        running.wait(is_noticed)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard, hard))
        feed(broker, names, list(more))
        found = counted(names, broker, 600)
        assert "free some space" in running.said()
    assert sum(report.occurrences for report in newest(found).values()) == 600

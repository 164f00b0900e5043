"""Cores on Kafka: a reference becomes a report, as embedded; a binary that comes late has its cores worked out."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from base64 import b64decode
from pathlib import Path

import pytest

from streams.adapters.no_facts import NoFacts
from streams.adapters.sqlite_store import SqliteStore
from streams.drivers.binaries import Binaries
from streams.drivers.embedded.reading import reports
from streams.drivers.embedded.session import Session
from streams.drivers.kafka.names import Names
from streams.drivers.symbol_facts import SymbolFacts
from streams.model.events import CoreRef, DeadLetter
from streams.model.instant import Instant
from streams.model.message import decode, encode
from streams.model.report import Report
from streams.topology import STAGES
from tests.embedded import content
from tests.kafka.processes import cluster_of, create_topics, environment, worker
from tests.kafka.traffic import raw, read_until, reports_like, send
from tests.kafka_broker import Broker
from tests.tiny_go import Tiny

PARTITIONS = 2


def reference(core: Path) -> CoreRef:
    """A core as a collector refers to it."""
    return CoreRef(core=core.as_uri(), service="shop", at=Instant(1_795_420_800_000_000_000))


def letters(broker: Broker, names: Names, count: int) -> list[DeadLetter]:
    """The dead letters, once there are so many."""
    found = asyncio.run(
        read_until(cluster_of(broker), names.topic("deadletter"), lambda seen: len(seen) >= count)
    )
    return [decode(value, DeadLetter) for _, value in found if value]


@pytest.mark.timeout(240)
def test_a_core_waits_for_its_binary_and_gives_the_report_that_the_embedded_pipeline_gives(
    broker: Broker, names: Names, tmp_path: Path, tiny: Tiny
) -> None:
    """The binary is absent at first; it is put into the workers' folder, and announced."""
    cores, folder = tmp_path / "cores", tmp_path / "binaries"
    cores.mkdir()
    folder.mkdir()
    core = cores / "core.7"
    shutil.copyfile(tiny.core("panic"), core)
    outside = tmp_path / "core.8"
    shutil.copyfile(core, outside)
    event = reference(core)
    create_topics(broker, names, PARTITIONS)
    settings = {
        "PANICTRAIL_BINARIES": str(folder),
        "PANICTRAIL_CORES": str(cores),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }
    with worker(
        broker, names, tmp_path / "worker", "symbolize", "fingerprint", "cluster", "attribute",
        **settings,
    ):  # fmt: skip
        events = [raw("cores.refs", event), raw("cores.refs", reference(outside))]
        asyncio.run(send(cluster_of(broker), names, events))
        said = {letter.reason: letter for letter in letters(broker, names, 2)}
        assert set(said) == {"binary-absent", "core-absent"}
        assert "set `cores`" in said["core-absent"].error
        kept = decode(b64decode(said["binary-absent"].bytes_base64), CoreRef)
        assert kept == event

        binary = shutil.copyfile(tiny.binary("stripped"), folder / "shop")
        done = subprocess.run(
            [sys.executable, "-m", "streams.cli.main", "binary", str(binary), "--announce"],
            env=environment(broker, names),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        (expected,) = embedded(event, binary)
        hashes = {expected.cluster: expected.content_hash}
        found = asyncio.run(reports_like(cluster_of(broker), names, hashes))
    assert content([encode(found[expected.cluster])]) == content([encode(expected)])
    assert expected.occurrences == 1


def embedded(event: CoreRef, binary: Path) -> tuple[Report, ...]:
    """The report of the embedded driver, which has the binary from the beginning."""
    with SqliteStore(None) as store:
        session = Session(STAGES, store, resolver=SymbolFacts(Binaries((binary,)), NoFacts()))
        session.engine.submit("cores.refs", "", event)
        return reports(store)

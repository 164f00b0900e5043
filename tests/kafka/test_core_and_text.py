"""Cores and texts of one process on a real broker and worker: one crash, whichever comes first, as embedded."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from streams.adapters.no_facts import NoFacts
from streams.adapters.sqlite_store import SqliteStore
from streams.drivers.binaries import Binaries
from streams.drivers.cores import core_head
from streams.drivers.embedded.reading import reports
from streams.drivers.embedded.session import Session
from streams.drivers.kafka.names import Names
from streams.drivers.symbol_facts import SymbolFacts
from streams.model.crash import Exit
from streams.model.events import CoreRef, RawPanic
from streams.model.identity import content_id
from streams.model.instant import Instant
from streams.model.message import Message, encode
from streams.model.report import Report
from streams.model.settings import PipelineSettings
from streams.topology import stages
from tests.embedded import content
from tests.kafka.processes import cluster_of, create_topics, worker
from tests.kafka.traffic import raw, reports_like, send
from tests.kafka_broker import Broker
from tests.tiny_go import Tiny

PARTITIONS = 3
START = 1_795_809_600 * 10**9
# What is told first of each crash; by lines without a process, by a spool with one.
TEXT_FIRST = {"nested": "lines", "panic": "spool"}
CORE_FIRST = {"nil": "lines", "error": "spool"}

Sent = tuple[str, Message]


def text(tiny: Tiny, mode: str, route: str) -> Sent:
    """The crash as log lines or a spool tell it."""
    event = RawPanic(
        text=tiny.trace(mode).partition("Aborted")[0],
        event_id=content_id("text", mode, route),
        at=Instant(START),
        service="shop",
        host="node-7",
        route=route,
    )
    if route == "spool":
        pid = core_head(str(tiny.core(mode))).pid
        ended = Exit(signal="SIGABRT")
        event = msgspec.structs.replace(event, nspid=pid, pid=1, exit=ended)
    return "panics.raw", event


def references(cores: Path, mode: str) -> list[Sent]:
    """The handler's reference to a core, and that of who took it from a folder an hour later."""
    core = (cores / mode).as_uri()
    own = CoreRef(core=core, service="shop", host="node-7", at=Instant(START + 10**9))
    later = CoreRef(core=core, at=Instant(START + 3600 * 10**9))
    return [("cores.refs", own), ("cores.refs", later)]


def embedded(events: Sequence[Sent], binary: Path) -> dict[str, Report]:
    """The reports of the embedded driver, by cluster."""
    with SqliteStore(None) as store:
        own = stages(PipelineSettings(binaries=True))
        session = Session(own, store, resolver=SymbolFacts(Binaries((binary,)), NoFacts()))
        for topic, event in events:
            session.engine.submit(topic, "", event)
        return {report.cluster: report for report in reports(store)}


@pytest.mark.timeout(240)
def test_a_core_and_a_text_of_one_process_are_one_crash_in_both_orders(
    broker: Broker, names: Names, tmp_path: Path, tiny: Tiny
) -> None:
    cores = tmp_path / "cores"
    cores.mkdir()
    routes = {**TEXT_FIRST, **CORE_FIRST}
    for mode in routes:
        shutil.copyfile(tiny.core(mode), cores / mode)
    binary = Path(shutil.copyfile(tiny.binary("stripped"), tmp_path / "shop"))
    first = [text(tiny, mode, route) for mode, route in TEXT_FIRST.items()]
    first += (ref for mode in CORE_FIRST for ref in references(cores, mode))
    then = [ref for mode in TEXT_FIRST for ref in references(cores, mode)]
    then += (text(tiny, mode, route) for mode, route in CORE_FIRST.items())
    begun, expected = embedded(first, binary), embedded((*then, *first), binary)
    for found in (begun, expected):
        assert sum(report.occurrences for report in found.values()) == len(routes)

    create_topics(broker, names, PARTITIONS)
    cluster = cluster_of(broker)
    settings = {
        "PANICTRAIL_BINARIES": str(binary),
        "PANICTRAIL_CORES": str(cores),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }
    with worker(
        broker, names, tmp_path / "worker", "symbolize", "fingerprint", "cluster", "attribute",
        **settings,
    ):  # fmt: skip
        for events, wanted in ((first, begun), ([*first, *then], expected)):
            asyncio.run(send(cluster, names, [raw(topic, event) for topic, event in events]))
            hashes = {report.cluster: report.content_hash for report in wanted.values()}
            sent = asyncio.run(reports_like(cluster, names, hashes))
            for name, report in wanted.items():
                assert content([encode(sent[name])]) == content([encode(report)])

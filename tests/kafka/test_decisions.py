"""What people decide on Kafka: over four partitions, blocks of several in one cluster, the same as in one process."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest

from streams.adapters.sqlite_reader import SqliteReader
from streams.adapters.sqlite_store import SqliteStore
from streams.drivers.cluster_facts import find
from streams.drivers.embedded.reading import reports
from streams.drivers.embedded.session import Session
from streams.drivers.kafka.names import Names
from streams.model.events import ClusterCommand, SplitRule
from streams.model.instant import Instant
from streams.model.message import Message
from streams.model.report import Report
from streams.topology import STAGES
from tests.kafka.crashes import mixed
from tests.kafka.processes import create_topics
from tests.kafka.replaying import Pipeline, content
from tests.kafka.traffic import raw, send
from tests.kafka_broker import Broker

CRASHES = tuple(mixed(240, bugs=10))
LAST = max(crash.at for crash in CRASHES if crash.at)
# Before the commands' own times, so that every order of arrival has one meaning.
DAY = 24 * 3600 * 10**9


def embedded(commands: tuple[ClusterCommand, ...] = ()) -> dict[str, Report]:
    """The reports of the embedded driver, commands first."""
    with SqliteStore(None) as store:
        session = Session(STAGES, store)
        for command in commands:
            session.engine.submit("cluster.commands", command.cluster, command)
        for crash in CRASHES:
            session.engine.submit("panics.raw", crash.event_id or "", crash)
        return {report.cluster: report for report in reports(store)}


def decided(found: dict[str, Report]) -> tuple[ClusterCommand, ...]:
    """A merge that stays and one that is undone, each of two blocks; a split of the merged; states."""
    by_size = sorted(found.values(), key=lambda report: (-report.occurrences, report.cluster))
    one, two, three, four, five, six, seven, *_ = (report.cluster for report in by_size)
    rule = SplitRule(on="kind", values=(by_size[6].kind,))
    made = (
        ClusterCommand(command="merge", cluster=one, other=two),
        ClusterCommand(command="merge", cluster=three, other=four),
        ClusterCommand(command="undo", cluster=four),
        ClusterCommand(command="merge", cluster=two, other=five),
        ClusterCommand(command="ignore", cluster=three),
        ClusterCommand(command="resolve", cluster=four, resolved_at=Instant(LAST.ns - DAY)),
        ClusterCommand(command="resolve", cluster=six, resolved_at=Instant(LAST.ns + DAY)),
        ClusterCommand(command="split", cluster=seven, rule=rule),
    )
    return tuple(
        msgspec.structs.replace(each, at=Instant(LAST.ns + number))
        for number, each in enumerate(made)
    )


@pytest.mark.timeout(240)
def test_commands_and_crashes_give_the_same_bytes_as_in_one_process(
    broker: Broker, names: Names, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = embedded()
    commands = decided(plain)
    expected = embedded(commands)
    assert {"ignored", "resolved", "regressed"} <= {each.status for each in expected.values()}
    assert len(expected) < len(plain)
    pipeline = Pipeline(broker, names, tmp_path)
    database = f"sqlite:///{tmp_path / 'view'}"
    create_topics(broker, names, 4)

    def events(*found: Message) -> list[tuple[str, str, bytes]]:
        return [
            raw("panics.raw", each)
            if not isinstance(each, ClusterCommand)
            else raw("cluster.commands", each, each.cluster)
            for each in found
        ]

    asyncio.run(send(pipeline.cluster, names, events(*CRASHES[:150], *CRASHES[:20])))
    pipeline.work(database=database)
    # Out of order, one of them twice, among the rest of the crashes.
    sent = (*CRASHES[150:200], *reversed(commands), commands[0], *CRASHES[140:])
    asyncio.run(send(pipeline.cluster, names, events(*sent)))
    pipeline.work(database=database)

    assert content(pipeline.seen()) == content(expected)
    reader = SqliteReader(tmp_path / "view")
    try:
        assert content({r.cluster: r for r in reports(reader)}) == content(expected)
        former = commands[0].other or ""
        assert find(reader, former).occurrences == find(reader, commands[0].cluster).occurrences
    finally:
        reader.close()

    undo = ("clusters", "undo", commands[3].cluster, "--by", "ada", "--database", database)
    assert pipeline.command(*undo) == 0
    assert "sent" in capsys.readouterr().out
    pipeline.work(database=database)
    assert len(pipeline.seen()) == len(expected) + 1
    assert pipeline.command("clusters", "show", commands[3].cluster, "--database", database) == 0
    assert "by ada" in capsys.readouterr().out

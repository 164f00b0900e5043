"""`panictrail regroup --broker`: a replay by another method, compared and adopted; decisions follow their crashes."""

from __future__ import annotations

import asyncio
from contextlib import closing
from pathlib import Path

import pytest

from streams.drivers.cluster_facts import find
from streams.drivers.database import open_reader
from streams.drivers.embedded.reading import fingerprints, reports
from streams.drivers.embedded.session import Session
from streams.drivers.embedded.state import State
from streams.drivers.kafka.deciding import send
from streams.drivers.kafka.names import Names
from streams.model.events import ClusterCommand
from streams.model.instant import Instant
from streams.model.settings import PipelineSettings
from streams.topology import stages
from tests.kafka.processes import worker
from tests.kafka.replaying import CRASHES, LIVE, SIDE, Pipeline, content, count
from tests.kafka_broker import Broker
from tests.waiting import until

METHOD = ("--method", "top1")
NAME = "regroup-top1"


def grouped(*crashes: object) -> list[bytes]:
    """What one process makes of the same input by that method, without decisions."""
    with State(None) as store:
        session = Session(stages(PipelineSettings(method="top1")), store)
        for topic, event in SIDE:
            session.engine.submit(topic, "", event)
        for crash in crashes:
            session.engine.submit("panics.raw", "", crash)  # type: ignore[arg-type]  # raw panics
        return content({report.cluster: report for report in reports(store)})


@pytest.mark.timeout(300)
def test_another_method_is_compared_adopted_and_worked_on_and_decisions_follow(
    broker: Broker, names: Names, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline = Pipeline(broker, names, tmp_path)
    database = f"sqlite:///{tmp_path / 'view'}"
    pipeline.fill(database=database)
    table = pipeline.table()
    one, other = sorted(table, key=lambda name: (-table[name].occurrences, name))[:2]
    commands = (
        ClusterCommand(command="merge", cluster=one, other=other, at=Instant(1)),
        ClusterCommand(command="ignore", cluster=other, at=Instant(2)),
    )
    asyncio.run(send(pipeline.cluster, names, commands))
    pipeline.work(database=database)
    merged = min(one, other)
    crash = pipeline.table()[merged].representative
    assert pipeline.table()[merged].status == "ignored"

    command = ("regroup", *METHOD, "--database", database)
    assert pipeline.command(*command) == 0
    said = capsys.readouterr()
    assert said.out.startswith(f"is locus1: {len(CRASHES)} crashes in ")
    # The same crashes under other ids, each with an example and its rule.
    for text in ("would be top1: ", "\nmoved, ", "such as ", "because top1/", "\n  ignore "):
        assert text in said.out
    assert "2 decisions would follow to new ids" in said.err
    assert "nothing was switched" in said.err
    assert content(pipeline.table(NAME)) == grouped(*CRASHES)
    assert pipeline.seen().keys() == pipeline.table().keys()

    assert pipeline.command(*command, "--adopt") == 0
    said = capsys.readouterr()
    assert "2 decisions follow to new ids" in said.err
    assert said.out.startswith(f"was locus1: {len(CRASHES)} crashes in ")
    seen = pipeline.seen()
    assert count(seen) == len(CRASHES)
    assert seen.keys() == pipeline.table(NAME).keys()
    assert not seen.keys() & pipeline.table().keys()
    ignored = [report for report in seen.values() if report.status == "ignored"]
    assert [report.occurrences for report in ignored] == [
        table[one].occurrences + table[other].occurrences
    ]
    with closing(open_reader(database, NAME)) as reader:
        assert {event.crash for event in fingerprints(reader)} >= {crash}
        assert find(reader, ignored[0].cluster).status == "ignored"
        # Former ids lead to where most of their crashes are, merged ones to the one that they were shown under.
        for former, report in table.items():
            assert find(reader, former).occurrences >= report.occurrences
        assert find(reader, other).cluster == ignored[0].cluster

    # Its workers know the method that it was begun with, and nobody goes on with another.
    for words in (("regroup",), ("worker", "all"), ("replay",)):
        assert pipeline.command(*words, "--method", "plain1", "--as", NAME) == 2
        assert f"{NAME} was begun with top1, and " in capsys.readouterr().err
    pipeline.send(LIVE)
    with worker(broker, names, tmp_path / "live", "all", "--as", NAME):
        until(
            lambda: count(pipeline.table(NAME)) == len(CRASHES) + len(LIVE), "the replay to go on"
        )
    plain = {r.cluster: r for r in pipeline.table(NAME).values() if r.status != "ignored"}
    assert set(content(plain)) < set(grouped(*CRASHES, *LIVE))

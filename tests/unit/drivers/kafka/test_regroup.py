"""Decisions for a pipeline that groups otherwise, as far as two views tell; on the real broker: tests/kafka."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from streams.core.cluster.decisions import decision_id, fault
from streams.drivers.cluster_facts import find
from streams.drivers.embedded.reading import reports
from streams.drivers.embedded.session import Session
from streams.drivers.embedded.state import State
from streams.drivers.kafka.regroup import following
from streams.model.events import ClusterCommand, RawPanic, VariantName
from streams.model.instant import Instant
from streams.model.settings import Method, PipelineSettings
from streams.model.view import DECISIONS, VARIANTS
from streams.topology import stages
from tests.unit.core.steps.test_decided import TEXTS


def fed(store: State, method: Method, commands: Iterable[ClusterCommand] = ()) -> None:
    """Every crash, then commands."""
    session = Session(stages(PipelineSettings(method=method)), store)
    for number, text in enumerate(TEXTS):
        raw = RawPanic(text=text, event_id=f"e{number}")
        session.engine.submit("panics.raw", "", raw)
    for command in commands:
        session.engine.submit("cluster.commands", command.cluster, command)
    store.commit()


@pytest.mark.parametrize(("one", "other"), [("plain1", "locus1"), ("dual1", "top1")])
def test_commands_about_what_is_there_have_the_same_effect(one: Method, other: Method) -> None:
    with State(None) as source, State(None) as target, State(None) as plain:
        fed(plain, one)
        ids = sorted(report.cluster for report in reports(plain))
        stacks = (
            VariantName(block=v.block, fingerprint=v.fingerprint)
            for _, v in plain.scan(VARIANTS, ids[2])
        )
        commands = (
            ClusterCommand(command="merge", cluster=ids[0], other=ids[1], at=Instant(1)),
            ClusterCommand(command="ignore", cluster=ids[1], at=Instant(2)),
            ClusterCommand(command="resolve", cluster=ids[2], at=Instant(3)),
            ClusterCommand(command="undo", cluster=ids[2], at=Instant(4)),
            ClusterCommand(command="pin", cluster=ids[2], variants=tuple(stacks), at=Instant(5)),
        )
        fed(source, one, commands)
        fed(target, other, commands)
        made = following(source, target)
        # What was merged may be one there by itself.
        assert [each.command for each in made if each.command != "merge"] == ["ignore", "pin"]
        fed(source, one, made)
        fed(target, other, made)
        assert find(target, made[0].cluster).status == "ignored"
        ignored = [r.occurrences for r in reports(target) if r.status == "ignored"]
        assert ignored == [r.occurrences for r in reports(source) if r.status == "ignored"]
        # Nothing is left to be sent, and the pipeline that they come from is as it was.
        assert following(source, target) == ()
        known = dict(source.scan(DECISIONS))
        assert all(decision_id(command) in known for command in (*commands, *made))
        assert all(fault(command) is None for command in made)


def test_where_nothing_was_decided_nothing_follows() -> None:
    with State(None) as source, State(None) as target:
        assert following(source, target) == ()

"""Decisions for a pipeline that groups otherwise, as far as two views tell; on the real broker: tests/kafka."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from streams.adapters.no_facts import NoFacts
from streams.core.cluster.decisions import decision_id, fault
from streams.drivers.cluster_facts import find
from streams.drivers.embedded.reading import reports
from streams.drivers.embedded.regroup import Regroup
from streams.drivers.embedded.session import Session
from streams.drivers.embedded.state import GROUPING, State
from streams.drivers.kafka.regroup import following, grouping_in, regrouped
from streams.model.events import ClusterCommand, Generation, RawPanic, VariantName
from streams.model.instant import Instant
from streams.model.regrouping import Grouping
from streams.model.settings import Method, PipelineSettings
from streams.model.step import put
from streams.model.view import DECISIONS, REDIRECTS, REPORTS, VARIANTS
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


@pytest.mark.parametrize(
    ("one", "other"), [("plain1", "locus1"), ("dual1", "top1"), ("top1", "dual1")]
)
@pytest.mark.parametrize("merged", [False, True])
def test_what_is_different_is_what_a_state_says_of_the_same_crashes(
    one: Method, other: Method, *, merged: bool
) -> None:
    groupings = Grouping(method=one), Grouping(method=other)
    with State(None) as source, State(None) as target, State(None) as state:
        ids: list[str] = []
        for store in (source, state):
            fed(store, one)
            store.apply((put(GROUPING, "", groupings[0]),))
            store.commit()
            ids = sorted(report.cluster for report in reports(store))
            if merged:
                fed(store, one, (ClusterCommand(command="merge", cluster=ids[0], other=ids[1]),))
        fed(target, other)
        found = regrouped(source, target, groupings)
        pipeline = PipelineSettings(method=other)
        with Regroup(state, groupings[1], pipeline, NoFacts()) as made:
            if not merged:
                assert found.regrouping == made.found
            made.adopt()
        leads = {row.cluster: row.to for row in found.redirects}
        assert found.missing == 0
        assert leads.keys() == {r.cluster for r in reports(source)} - {
            r.cluster for r in reports(target)
        } | {name for name in ids[:2] if merged and target.get(REPORTS, name) is None}
        if not merged:
            assert leads == {name: row.to for name, row in state.scan(REDIRECTS)}
        for name, to in leads.items():
            assert target.get(REPORTS, to) is not None, name


def test_a_crash_that_the_other_pipeline_lacks_is_counted_and_leads_nowhere() -> None:
    with State(None) as source, State(None) as target:
        fed(source, "plain1")
        found = regrouped(source, target, (Grouping(method="plain1"), Grouping(method="top1")))
        assert (found.missing, found.regrouping.changes, found.redirects) == (len(TEXTS), (), ())


def test_how_a_pipeline_groups_is_said_by_its_row_else_by_its_fingerprints() -> None:
    settings = Grouping(method="dual1", eps=0.2, repositories={"till": ""})
    row = Generation(name="r", generation=0, grouping=Grouping(method="top1"))
    with State(None) as store:
        assert grouping_in(row, store, settings) == Grouping(method="top1")
        assert grouping_in(None, store, settings) == Grouping(method="dual1", eps=0.2)
        fed(store, "plain1")
        assert grouping_in(None, store, settings).method == "plain1"


def test_where_nothing_was_decided_nothing_follows() -> None:
    with State(None) as source, State(None) as target:
        assert following(source, target) == ()

"""ATTRIBUTE's counts: of how many crashes commit, build and deploy are known, and what came back."""

from __future__ import annotations

from collections import Counter

import msgspec
import pytest

from streams.core.steps.attribute import step
from streams.model.attributing import Joined, Ran
from streams.model.events import AttributionRequest, ClusterChange, ClusterChanged, ClusterSummary
from streams.model.instant import Instant
from streams.model.message import Message
from tests.unit.core.steps.bench import Rows, done
from tests.unit.core.steps.test_attribute import summary

RAN = Ran(commit="c0ffee", batch="b-7", began=Instant(1))


def changed(cluster: ClusterSummary, change: ClusterChange = "grew") -> ClusterChanged:
    return ClusterChanged(cluster=cluster.cluster, change=change, summary=cluster)


def linked(cluster: ClusterSummary, joined: Joined) -> AttributionRequest:
    crash = cluster.representative.crash
    return AttributionRequest(cluster=cluster.cluster, service="shop", crash=crash, joined=joined)


def counted(*events: Message) -> Counter[tuple[str, ...]]:
    """By name and labels what events count together, but reports."""
    state, found = Rows(), Counter[tuple[str, ...]]()
    for event in events:
        made = done(step, state, event)
        state.apply(made.changes)
        for count in made.counts:
            found[count.name.removeprefix("panictrail_"), *count.labels] += count.value
    del found["reports_total",]
    return found


def all_known(number: int) -> Counter[tuple[str, ...]]:
    kinds = ("commit", "build", "deploy", "all")
    return Counter({("joined_crashes_total", kind): number for kind in kinds})


WHOLE = Joined(crashed="c0ffee", build_id="17", ran=(RAN,))


def test_nothing_is_known_of_crashes_that_nobody_joined() -> None:
    assert counted(changed(summary(5)), changed(summary(5, 6))) == {
        ("attributed_crashes_total",): 2
    }


def test_what_becomes_known_later_counts_for_all_crashes_until_then_and_those_after() -> None:
    found = counted(changed(summary(5, 6)), linked(summary(5, 6), WHOLE), changed(summary(5, 6, 7)))
    assert found == all_known(3) + Counter({("attributed_crashes_total",): 3})


@pytest.mark.parametrize(
    ("joined", "known"),
    [
        (Joined(crashed="c0ffee"), {"commit"}),
        (Joined(build_id="17"), {"build"}),
        (Joined(ran=(RAN,)), {"deploy"}),
        (Joined(crashed="c0ffee", ran=(RAN,)), {"commit", "deploy"}),
        (Joined(), set()),
    ],
)
def test_a_part_of_it_is_no_whole(joined: Joined, known: set[str]) -> None:
    found = counted(changed(summary(5)), linked(summary(5), joined))
    assert {labels[1] for labels in found if len(labels) > 1} == known


def test_the_same_again_counts_nothing() -> None:
    once = (changed(summary(5)), linked(summary(5), WHOLE))
    assert counted(*once, *once) == counted(*once)


def test_crashes_that_people_move_are_not_counted_where_they_come_to() -> None:
    found = counted(changed(summary(5)), changed(summary(5, 6, 7), "merged"))
    assert found == {("attributed_crashes_total",): 1}


def test_a_cluster_comes_back_once() -> None:
    def resolved(*times: int) -> ClusterChanged:
        cluster = summary(*times, builds=("v1", "v2"))
        return msgspec.structs.replace(changed(cluster), resolved_at=Instant(6))

    events = (changed(summary(5)), resolved(5), resolved(5, 7), resolved(5, 7, 8))
    assert counted(*events)["regressions_total", "unknown"] == 1
    assert ("regressions_total", "unknown") not in counted(*events[:2])

"""One crash into its cluster: the value laws behind the step."""

from __future__ import annotations

from typing import get_args

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.cluster.assign import (
    Assignment,
    assignment,
    born,
    cluster_id_of,
    grown,
    representative_of,
)
from streams.core.fingerprint.explain import fingerprint
from streams.core.steps.symbolize import crash_of
from streams.model.events import ClusterSummary, Fingerprinted, RawPanic
from streams.model.instant import Instant
from streams.model.settings import Method, PipelineSettings
from tests.unit.core.steps.bench import crashed, panic_text

CRASH = crashed(panic_text(), event_id="e-0", at=5, service="shop", build="v1")


def add(cluster: ClusterSummary, event: Fingerprinted) -> ClusterSummary:
    return grown(cluster, event, new_host=False, new_fingerprint=False)


def test_a_cluster_id_depends_on_block_and_locus_only() -> None:
    same = crashed(panic_text(goroutine=9), event_id="e-9", at=9, service="x", host="h")
    assert cluster_id_of(same) == cluster_id_of(CRASH)
    for name in ("block", "locus"):
        other = msgspec.structs.replace(CRASH, **{name: "other"})
        assert cluster_id_of(other) != cluster_id_of(CRASH)


def test_fingerprints_and_cluster_ids_carry_the_version_of_the_method() -> None:
    """Each method is named with its version: what two of them make of one crash never meets."""
    made = {}
    for method in get_args(Method):
        crash = crash_of(RawPanic(text=panic_text(), event_id="e"), PipelineSettings())
        assert crash is not None
        event = fingerprint(crash, PipelineSettings(method=method))
        assert isinstance(event, Fingerprinted)
        assert event.fingerprint.startswith(f"{method}:")
        assert event.locus.startswith(f"{method}:")
        assert (event.root_cause.rule or "").startswith(f"{method}/")
        made[cluster_id_of(event)] = method
    assert len(made) == len(get_args(Method))


def test_a_cluster_is_born_empty_and_its_first_crash_stands_for_it() -> None:
    cluster = born(CRASH)
    assert (cluster.occurrences, cluster.first_seen, cluster.services) == (0, None, ())
    assert cluster.representative == representative_of(CRASH)
    assert (cluster.block, cluster.explain) == (CRASH.block, CRASH.explain)


def test_hosts_and_fingerprints_grow_when_they_are_new() -> None:
    cluster = grown(born(CRASH), CRASH, new_host=True, new_fingerprint=True)
    cluster = grown(cluster, CRASH, new_host=False, new_fingerprint=False)
    assert (cluster.hosts, cluster.fingerprints, cluster.occurrences) == (1, 1, 2)


events = st.builds(
    lambda number, at, service, build: msgspec.structs.replace(
        CRASH,
        crash=f"e-{number}",
        at=None if at is None else Instant(at),
        service=service,
        build=build,
        title=f"t{number}",
        explain=CRASH.explain[: number % 3],
    ),
    st.integers(0, 99),
    st.none() | st.integers(0, 4),
    st.none() | st.sampled_from("abc"),
    st.none() | st.sampled_from("xyz"),
)


@settings(deadline=None)
@given(st.lists(events, min_size=1, max_size=8, unique_by=lambda e: e.crash), st.data())
def test_growing_commutes(found: list[Fingerprinted], data: st.DataObject) -> None:
    results = []
    for order in (found, data.draw(st.permutations(found))):
        cluster = born(order[0])
        for event in order:
            cluster = add(cluster, event)
        results.append(cluster)
    assert results[0] == results[1]


def test_a_timed_crash_stands_for_the_cluster_before_an_untimed_one() -> None:
    untimed = msgspec.structs.replace(CRASH, crash="a", at=None)
    cluster = add(add(born(untimed), untimed), CRASH)
    assert cluster.representative.crash == "e-0"
    assert (cluster.untimed, cluster.first_seen, cluster.last_seen) == (1, Instant(5), Instant(5))


def test_an_assignment_says_cluster_rule_and_distance_or_why_there_is_none() -> None:
    found = assignment(7, CRASH)
    assert found == Assignment(
        id=7,
        cluster=cluster_id_of(CRASH),
        fingerprint=CRASH.fingerprint,
        rule=CRASH.root_cause.rule or "",
        distance=0.0,
        title=CRASH.title,
        by="names",
    )
    assert assignment("x", None) == Assignment(id="x", rule="no crash is recognised in the text")

"""Points that move because others came: clusters that join and part, and what is told of it."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.cluster.assign import cluster_id_of
from streams.core.cluster.placement import Placement, place
from streams.core.cluster.state import CLUSTERS, MEMBERS, POINTS, SENT
from streams.core.steps.cluster import clustering, step
from streams.model.events import (
    ClusterChanged,
    ClusterDecided,
    ClusterRedirected,
    ClusterVariant,
    Fingerprinted,
    SplitRule,
)
from streams.model.instant import Instant
from streams.model.step import Emit, State
from tests.unit.core.steps.bench import Rows, crashed, done
from tests.unit.core.steps.test_decided import LOOKS, TEXTS, assert_whole

CART = [crashed(text, event_id=f"e-{n}", host=f"h{n % 3}") for n, text in enumerate(TEXTS[:4])]


def placing(*clusters: str, bridge: int = 99) -> object:
    """The n-th crash goes into the n-th cluster; from the number `bridge` on everything is the smallest of them."""
    number = -1
    points: dict[str, str] = {}

    def placed(_state: State, event: Fingerprinted) -> Placement:
        nonlocal number
        number += 1
        joined = number >= bridge
        mine = min(clusters) if joined else clusters[number % len(clusters)]
        moved = [
            (name, old, mine)
            for name, old in sorted(points.items())
            if joined and name != event.fingerprint and old != mine
        ]
        points.update((name, mine) for name, _, _ in moved)
        points[event.fingerprint] = mine
        return Placement(mine, tuple(moved))

    return placed


def run(state: Rows, placed: object, events: Sequence[Fingerprinted]) -> list[Emit]:
    """What is told."""
    work = clustering(placed)  # type: ignore[arg-type] # made above
    sent: list[Emit] = []
    for event in events:
        made = done(work, state, event)
        state.apply(made.changes)
        sent += made.outputs
    return sent


def told(sent: Sequence[Emit]) -> list[tuple[str, str, bool]]:
    """Cluster, change, whether it is there."""
    changed = (each.event for each in sent)
    return [
        (each.cluster, each.change, each.summary is not None)
        for each in changed
        if isinstance(each, ClusterChanged)
    ]


def test_by_key_nothing_moves() -> None:
    assert place(Rows(), CART[0]) == Placement(cluster_id_of(CART[0]))


def test_clusters_that_a_crash_joins_are_one_and_the_former_id_leads_to_it() -> None:
    state = Rows()
    other = crashed(TEXTS[2], event_id="e-9", host="h7")
    placed = placing("b", "a", bridge=2)
    sent = run(state, placed, [CART[0], other])
    assert told(sent) == [("b", "born", True), ("a", "born", True)]
    sent = run(state, placed, [crashed(TEXTS[2], event_id="e-10", host="h0")])
    assert told(sent) == [("b", "merged", False), ("a", "merged", True)]
    assert [e for e in sent if isinstance(e.event, ClusterRedirected)] == [
        Emit("clusters.redirected", "b", ClusterRedirected(cluster="b", to="a"))
    ]
    (cluster,) = state.all(CLUSTERS).values()
    assert (cluster.cluster, cluster.occurrences, cluster.fingerprints) == ("a", 3, 2)
    assert cluster.hosts == 2
    assert_whole(state)
    gone = [e.key for e in sent if e.topic == "clusters.variants" and e.event is None]
    assert gone == [f"b\x1f{CART[0].fingerprint}"]


@settings(deadline=None)
@given(
    numbers=st.lists(st.integers(0, 11), min_size=1, max_size=12),
    clusters=st.lists(st.sampled_from("abcd"), min_size=1, max_size=4),
    bridge=st.integers(0, 12),
)
def test_a_summary_is_what_its_points_amount_to_whatever_moves(
    numbers: list[int], clusters: list[str], bridge: int
) -> None:
    """Only points of one block move; here all of them are of one."""
    state = Rows()
    texts = TEXTS[:2] * 6
    events = [
        crashed(texts[n], event_id=f"e-{at}", host=f"h{n % 4}", at=n)
        for at, n in enumerate(numbers)
    ]
    run(state, placing(*clusters, bridge=bridge), events)
    assert_whole(state)
    members = {key.rpartition("\x1f")[::2] for key in state.all(MEMBERS)}
    assert members == {(p.cluster, p.fingerprint) for p in state.all(POINTS).values()}


def test_a_point_that_is_moved_out_leaves_the_rest() -> None:
    state = Rows()
    run(state, placing("a"), CART[:1])
    first = LOOKS[2]
    rule = SplitRule(on="variant", values=(first.fingerprint,))
    run(state, placing("a"), [crashed(TEXTS[2], event_id="e-5", host="h0")])
    made = done(step, state, ClusterDecided(cluster="a", rules=(rule,)))
    state.apply(made.changes)
    assert_whole(state)
    assert ("a", "split", True) in told(made.outputs)
    assert len(state.all(CLUSTERS)) == 2
    back = done(step, state, ClusterDecided(cluster="a"))
    state.apply(back.changes)
    assert_whole(state)
    assert list(state.all(CLUSTERS)) == ["a"]
    assert ("a", "merged", True) in told(back.outputs)
    # What people put together and take apart is nothing new.
    names = [[count.name for count in each.counts] for each in (made, back)]
    assert [found.count("panictrail_new_clusters_total") for found in names] == [0, 0]
    assert [found.count("panictrail_merges_total") for found in names] == [0, 1]


def test_the_same_decision_again_changes_nothing() -> None:
    state = Rows()
    run(state, place, CART[:1])
    decided = ClusterDecided(cluster=cluster_id_of(CART[0]), ignored=True)
    made = done(step, state, decided)
    assert told(made.outputs) == [(decided.cluster, "assigned", True)]
    state.apply(made.changes)
    again = done(step, state, decided)
    assert (again.changes, again.outputs, again.counts) == ((), (), ())


def test_a_crash_after_the_resolve_is_told_as_a_regression_once() -> None:
    state = Rows()
    cluster = cluster_id_of(CART[0])
    state.apply(done(step, state, ClusterDecided(cluster=cluster, resolved_at=Instant(5))).changes)
    events = [crashed(TEXTS[0], event_id=f"e-{at}", at=at) for at in (4, 5, 6, 7)]
    changes = [change for _, change, _ in told(run(state, place, events))]
    assert changes == ["born", "grew", "regressed", "grew"]


def test_what_is_not_as_usual_is_noted_and_forgotten() -> None:
    state = Rows()
    run(state, place, CART[:1])
    cluster = cluster_id_of(CART[0])
    merged = done(step, state, ClusterDecided(cluster=cluster, canonical="0", shared=True))
    state.apply(merged.changes)
    assert told(merged.outputs) == [(cluster, "merged", False), ("0", "merged", True)]
    assert state.all(SENT)[cluster].redirect == "0"
    back = done(step, state, ClusterDecided(cluster=cluster))
    state.apply(back.changes)
    assert told(back.outputs) == [("0", "split", False), (cluster, "split", True)]
    assert [e.event for e in back.outputs if e.topic == "clusters.redirected"] == [None]
    assert not state.all(SENT)


def test_a_stack_is_told_when_it_looks_otherwise_only() -> None:
    state = Rows()
    events = [crashed(TEXTS[0], event_id=f"e-{n}", at=n, build=f"v{n // 3}") for n in range(6)]
    sent = [e.event for e in run(state, place, events) if e.topic == "clusters.variants"]
    assert [e.builds for e in sent if isinstance(e, ClusterVariant)] == [("v0",), ("v0", "v1")]

"""CLUSTER: counts are exact, arrival order is not seen."""

from __future__ import annotations

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.cluster.applied import APPLIED, ID_BYTES
from streams.core.cluster.state import CLUSTERS, FACETS
from streams.core.fingerprint.fold import fold
from streams.core.steps.cluster import last_states, step
from streams.model.events import ClusterChanged, Fingerprinted, ServiceSeen
from streams.model.instant import Instant
from streams.model.step import Count, Done, Emit
from tests.unit.core.steps.bench import Rows, crashed, done, panic_text

TEXTS = (
    panic_text(),
    panic_text(line=7),
    panic_text(message="integer divide by zero"),
    panic_text("example.com/acme/shop/stock.Reserve"),
    "panic: cut\n",
)

crashes = st.builds(
    crashed,
    st.sampled_from(TEXTS),
    event_id=st.sampled_from([f"e-{n}" for n in range(30)]),
    at=st.none() | st.integers(0, 5),
    service=st.none() | st.sampled_from(["shop", "cart", "stock"]),
    host=st.none() | st.sampled_from(["h1", "h2", "h3"]),
    build=st.none() | st.sampled_from(["v1", "v2"]),
)
# One crash id is one content (law 2).
many = st.lists(crashes, max_size=14, unique_by=lambda crash: crash.crash)


def state_of(events: list[Fingerprinted]) -> Rows:
    state = Rows()
    for event in events:
        state.apply(done(step, state, event).changes)
    return state


@settings(deadline=None)
@given(events=many)
def test_counts_are_exactly_what_was_there(events: list[Fingerprinted]) -> None:
    found = state_of(events).all(CLUSTERS)
    groups: dict[str, list[Fingerprinted]] = {}
    for event in events:
        groups.setdefault(event.locus, []).append(event)
    assert len(found) == len(groups)
    for cluster in found.values():
        members = next(
            g for g in groups.values() if cluster.representative.crash in {e.crash for e in g}
        )
        times = [e.at for e in members if e.at]
        assert cluster.occurrences == len(members)
        assert cluster.untimed == len(members) - len(times)
        assert cluster.anonymous == sum(e.anonymous for e in members)
        assert cluster.zone_assumed == sum(e.at_zone_assumed for e in members)
        assert cluster.first_seen == min(times, default=None)
        assert cluster.last_seen == max(times, default=None)
        assert cluster.services == tuple(sorted({e.service for e in members if e.service}))
        assert cluster.builds == tuple(sorted({e.build for e in members if e.build}))
        assert cluster.hosts == len({e.host for e in members if e.host})
        assert cluster.fingerprints == len({e.fingerprint for e in members})


@settings(deadline=None)
@given(data=st.data(), events=many)
def test_the_order_of_arrival_and_repeats_change_nothing(
    data: st.DataObject, events: list[Fingerprinted]
) -> None:
    again = data.draw(st.lists(st.sampled_from(events), max_size=8)) if events else []
    shuffled = data.draw(st.permutations([*events, *again]))
    assert state_of(shuffled).rows == state_of(events).rows


def test_a_crash_that_was_counted_changes_nothing_and_is_counted_as_a_duplicate() -> None:
    event = crashed(panic_text(), event_id="e-1", service="shop")
    state = state_of([event])
    made = done(step, state, event)
    assert made == Done(counts=(Count("panictrail_duplicates_total"),))


def test_crashes_and_new_clusters_are_counted_by_service() -> None:
    storm = [
        crashed(panic_text(), event_id=f"e-{number}", service=service)
        for number, service in enumerate(("shop", "cart", None, "cart"))
    ]
    (sent,) = fold([Emit("crashes.fingerprinted", each.block, each) for each in storm])
    assert isinstance(sent.event, Fingerprinted)
    counts = done(step, Rows(), sent.event).counts
    by_service = {each for each in counts if each.name == "panictrail_occurrences_total"}
    assert by_service == {
        Count("panictrail_occurrences_total", 1, ("shop",)),
        Count("panictrail_occurrences_total", 2, ("cart",)),
        Count("panictrail_occurrences_total", 1, ("unknown",)),
    }
    born = [each for each in counts if each.name == "panictrail_new_clusters_total"]
    assert [each.value for each in born] == [1]


def test_the_rest_of_a_crash_is_not_counted() -> None:
    event = crashed("main.f()\n\t/a.go:1 +0x1\n", event_id="e-2", continues="e-1")
    assert done(step, Rows(), event) == Done()


def test_the_first_crash_is_a_birth_and_later_ones_growth() -> None:
    state, changes = Rows(), []
    for name in ("e-1", "e-2", "e-3"):
        made = done(step, state, crashed(panic_text(), event_id=name, service="shop"))
        state.apply(made.changes)
        changes += [s.event for s in made.outputs if isinstance(s.event, ClusterChanged)]
        assert made.counts[:2] == (
            Count("panictrail_crashes_total", 1, ("panic",)),
            Count("panictrail_grouped_total", 1, ("names",)),
        )
    assert [(c.change, c.crash) for c in changes] == [
        ("born", "e-1"),
        ("grew", "e-2"),
        ("grew", "e-3"),
    ]
    assert [c.summary.occurrences for c in changes if c.summary] == [1, 2, 3]


def test_a_service_is_told_once_per_cluster() -> None:
    state, seen = Rows(), []
    for number, service in enumerate(["shop", "cart", "shop", None, "cart"]):
        made = done(step, state, crashed(panic_text(), event_id=f"e-{number}", service=service))
        state.apply(made.changes)
        seen += [(s.key, s.event.service) for s in made.outputs if isinstance(s.event, ServiceSeen)]
    assert seen == [("shop", "shop"), ("cart", "cart")]


def test_each_crash_id_is_kept_and_hosts_are_counted() -> None:
    events = [crashed(panic_text(), event_id=f"e-{n}", host="h") for n in range(3)]
    state = state_of(events)
    assert [len(row.ids) for row in state.all(APPLIED).values()] == [3 * ID_BYTES]
    assert {key.split("\x1f", 1)[1]: row.count for key, row in state.all(FACETS).items()} == {
        "host\x1fh": 1,
        f"{events[0].fingerprint}\x1fhost\x1fh": 1,
    }


def test_the_earliest_crash_stands_for_the_cluster_then_the_smallest_id() -> None:
    untimed = crashed(panic_text(), event_id="a")
    late = crashed(panic_text(line=9), event_id="b", at=9)
    early = crashed(panic_text(line=1), event_id="d", at=1)
    tie = crashed(panic_text(line=2), event_id="c", at=1)
    (cluster,) = state_of([untimed, late, early, tie]).all(CLUSTERS).values()
    assert cluster.representative.crash == "c"
    assert cluster.representative.root_cause.line == 2
    assert cluster.representative.at == Instant(1)


def test_the_explanation_is_that_of_the_representative() -> None:
    first = crashed(panic_text(), event_id="e-1", at=5)
    other = msgspec.structs.replace(first, crash="e-2", at=Instant(1), explain=())
    (cluster,) = state_of([first, other]).all(CLUSTERS).values()
    assert cluster.explain == ()
    (cluster,) = state_of([other, first]).all(CLUSTERS).values()
    assert cluster.explain == ()


def test_other_messages_are_none_of_its_business() -> None:
    assert done(step, Rows(), ServiceSeen(service="s", cluster="c")) == Done()


@settings(deadline=None)
@given(data=st.data(), events=many)
def test_folded_crashes_are_counted_as_if_each_came_alone(
    data: st.DataObject, events: list[Fingerprinted]
) -> None:
    emitted = [Emit("crashes.fingerprinted", e.block, e) for e in events]
    cut = data.draw(st.integers(0, len(events)))
    batches = (fold(emitted[:cut]), fold(emitted[cut:]))
    folded = [s.event for batch in batches for s in batch if isinstance(s.event, Fingerprinted)]
    assert state_of(folded).rows == state_of(events).rows


def test_a_batch_says_only_the_last_state_of_a_cluster() -> None:
    state = Rows()
    sent: list[Emit] = []
    for name in ("e-1", "e-2", "e-3"):
        made = done(step, state, crashed(panic_text(), event_id=name, service=name))
        state.apply(made.changes)
        sent += made.outputs
    changes = [s.event for s in last_states(sent) if isinstance(s.event, ClusterChanged)]
    assert [(c.change, c.crash) for c in changes] == [("born", "e-3")]
    assert [c.summary.occurrences for c in changes if c.summary] == [3]
    assert len([s for s in last_states(sent) if isinstance(s.event, ServiceSeen)]) == 3

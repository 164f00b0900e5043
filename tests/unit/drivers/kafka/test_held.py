"""At most one report per cluster and second goes out; the last state of the second wins, and none is lost."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from streams.adapters.sqlite_store import SqliteStore
from streams.drivers.kafka.held import HELD, Pacer
from streams.model.events import LinkChanged
from streams.model.report import Report
from streams.model.step import Emit

TOPIC = "reports.root_cause"


def report(cluster: str, revision: int) -> Emit:
    made = Report(
        cluster=cluster,
        revision=revision,
        title="t",
        kind="panic",
        occurrences=1,
        representative="r",
    )
    return Emit(TOPIC, cluster, made)


def test_other_topics_are_not_paced() -> None:
    store = SqliteStore(None)
    sent = [Emit("links.changed", "s", LinkChanged(service="s"))] * 3
    assert list(Pacer(store).pace(sent, 0.0)) == sent


def test_the_last_state_of_a_second_goes_out_when_it_is_over() -> None:
    store = SqliteStore(None)
    pacer = Pacer(store)
    assert list(pacer.pace([report("a", 1)], 10.0)) == [report("a", 1)]
    assert list(pacer.pace([report("a", 2), report("b", 1)], 10.2)) == [report("b", 1)]
    assert list(pacer.pace([report("a", 3)], 10.9)) == []
    assert pacer.due(10.9) == ()
    assert pacer.due(11.0) == (report("a", 3),)
    assert list(store.scan(HELD)) == []
    assert list(pacer.pace([report("a", 4)], 11.5)) == []
    assert list(pacer.pace([report("a", 5)], 12.1)) == [report("a", 5)]
    assert list(store.scan(HELD)) == []


def test_what_an_earlier_owner_held_is_due_at_once_nulls_included() -> None:
    store = SqliteStore(None)
    first = Pacer(store)
    null = Emit(TOPIC, "b", None)
    list(first.pace([report("a", 1), Emit(TOPIC, "b", None)], 10.0))
    assert list(first.pace([report("a", 2), null], 10.1)) == []
    assert set(Pacer(store).due(0.0)) == {report("a", 2), null}


moments = st.lists(st.tuples(st.sampled_from("ab"), st.floats(0, 0.7)), min_size=1, max_size=30)


@given(steps=moments)
def test_every_last_state_goes_out_and_never_two_within_a_second(
    steps: list[tuple[str, float]],
) -> None:
    store = SqliteStore(None)
    pacer, now = Pacer(store), 100.0
    out: list[tuple[float, Emit]] = []
    last: dict[str, Emit] = {}
    for revision, (cluster, passed) in enumerate(steps, 1):
        now += passed
        out += [(now, sent) for sent in pacer.due(now)]
        last[cluster] = report(cluster, revision)
        out += [(now, sent) for sent in pacer.pace([last[cluster]], now)]
    out += [(float("inf"), sent) for sent in pacer.due(float("inf"))]
    for cluster, state in last.items():
        mine = [(at, sent) for at, sent in out if sent.key == cluster]
        assert mine[-1][1] == state
        times = [at for at, _ in mine]
        assert all(b - a > 1.0 - 1e-9 for a, b in pairwise(times))

"""Clusters as people name them: ids, their beginnings, former ids; what is known of one; rules made of crashes."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from streams.adapters.no_facts import NoFacts
from streams.adapters.sqlite_store import SqliteStore
from streams.core.report.facts_text import lines, words
from streams.core.report.history import histories
from streams.drivers.cluster_facts import facts, find, follow
from streams.drivers.cluster_split import rule_of_crashes
from streams.drivers.embedded.deciding import decide
from streams.drivers.embedded.reading import cluster_of, fingerprints, fingerprints_of, placed
from streams.drivers.embedded.session import Session
from streams.model.errors import BadInput
from streams.model.events import ClusterCommand, ClusterRedirected, RawPanic, SplitRule
from streams.model.instant import Instant
from streams.model.report import Report
from streams.model.step import put
from streams.model.view import REDIRECTS, REPORTS
from streams.topology import STAGES
from tests.unit.core.steps.test_decided import LOOKS, TEXTS

FRAME = SplitRule(on="frame", values=("example.com/acme/shop/api.Put",))


@pytest.fixture
def store() -> Iterator[SqliteStore]:
    """Crashes of three clusters, each with two stacks."""
    with SqliteStore(None) as opened:
        session = Session(STAGES, opened)
        for number, text in enumerate(TEXTS):
            event = RawPanic(text=text, event_id=f"e-{number}")
            session.engine.submit("panics.raw", f"e-{number}", event)
        session.finish()
        yield opened


def told(store: SqliteStore, *commands: ClusterCommand) -> None:
    """Decide, one after the other."""
    timed = (msgspec.structs.replace(each, at=Instant(n)) for n, each in enumerate(commands, 1))
    decide(store, STAGES, timed, NoFacts())


def ids(store: SqliteStore) -> list[str]:
    return [key for key, _ in store.scan(REPORTS)]


def test_a_cluster_is_named_by_its_id_or_the_beginning_of_it(store: SqliteStore) -> None:
    for name in ids(store):
        assert find(store, name).cluster == find(store, name[:6]).cluster == name


@pytest.mark.parametrize(
    ("name", "said"), [("", "an empty cluster id"), ("zz", "no cluster has an id"), ("b", "1 of")]
)
def test_other_names_are_refused_with_the_next_step(
    store: SqliteStore, name: str, said: str
) -> None:
    report = Report(cluster="b1", title="t", kind="panic", occurrences=1, representative="e-0")
    store.apply(
        (
            put(REPORTS, "b1", report),
            put(REPORTS, "b2", msgspec.structs.replace(report, cluster="b2")),
        )
    )
    said = "clusters have an id that begins with 'b'" if said == "1 of" else said
    with pytest.raises(BadInput, match=said):
        find(store, name)


def test_a_former_id_leads_to_the_present_one_and_a_circle_ends(store: SqliteStore) -> None:
    one, two, _ = ids(store)
    told(store, ClusterCommand(command="merge", cluster=one, other=two))
    former = max(one, two)
    assert follow(store, former) == find(store, former[:8]).cluster == min(one, two)
    assert [e.crash for e in fingerprints_of(store, former)] == [
        e.crash for e in fingerprints_of(store, min(one, two))
    ]
    store.apply(
        tuple(put(REDIRECTS, a, ClusterRedirected(cluster=a, to=b)) for a, b in ("xy", "yx"))
    )
    assert follow(store, "x") in "xy"


def test_everything_that_is_known_of_a_merged_cluster(store: SqliteStore) -> None:
    one, two, _ = ids(store)
    told(store, ClusterCommand(command="merge", cluster=one, other=two, by="ada", reason="same"))
    found = facts(store, one)
    assert found.parts == (one, two)
    assert (found.report.occurrences, len(found.variants), found.more_variants) == (8, 4, 0)
    assert [row.command.by for row in found.decisions] == ["ada"]
    text = "\n".join(lines(found))
    assert "4 distinct stacks:" in text
    assert "because: same" in text
    told(store, ClusterCommand(command="pin", cluster=one, variants=()))
    assert facts(store, two).parts == (one, two)


def test_a_crash_is_shown_where_decisions_put_it(store: SqliteStore) -> None:
    one = cluster_of(store, "e-0")
    assert one is not None
    told(store, ClusterCommand(command="split", cluster=one, rule=FRAME))
    where = placed(store)
    events = {event.crash: where(event) for event in fingerprints(store)}
    assert events["e-0"] == events["e-1"] != events["e-2"] == events["e-3"] == one
    assert sorted(set(events.values())) == ids(store)
    assert sorted(histories(fingerprints(store), placed(store))) == ids(store)
    assert cluster_of(store, "nothing") is None


def test_a_rule_is_made_of_what_only_these_crashes_have(store: SqliteStore) -> None:
    one = find(store, cluster_of(store, "e-0") or "")
    stacks = [each.variant for each in facts(store, one.cluster).variants]
    assert rule_of_crashes(store, one, stacks, ["e-0"]) == FRAME
    every = rule_of_crashes(store, one, stacks, ["e-0", "e-2"])
    assert every.on == "frame"
    alike = [msgspec.structs.replace(each, frames=b"") for each in stacks]
    assert rule_of_crashes(store, one, alike, ["e-0"]) == SplitRule(
        on="variant", values=(LOOKS[0].fingerprint,)
    )
    with pytest.raises(BadInput, match="which is not in"):
        rule_of_crashes(store, one, stacks, ["e-4"])


def test_commands_can_be_read() -> None:
    at = Instant(0)
    said = [
        words(each)
        for each in (
            ClusterCommand(command="merge", cluster="a", other="b"),
            ClusterCommand(command="split", cluster="a", rule=FRAME),
            ClusterCommand(command="resolve", cluster="a", at=at),
            ClusterCommand(command="pin", cluster="a"),
            ClusterCommand(command="undo", cluster="a", decision="d"),
            ClusterCommand(command="ignore", cluster="a"),
        )
    ]
    assert said == [
        "merge a b",
        "split a: example.com/acme/shop/api.Put is on the stack",
        "resolve a as of 1970-01-01T00:00:00Z",
        "pin a: 0 stacks",
        "undo d",
        "ignore a",
    ]

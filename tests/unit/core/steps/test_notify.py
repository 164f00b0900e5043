"""NOTIFY: one message for each new cluster, regression and storm, in any order and however often."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from streams.core.steps.notify import TOLD, step
from streams.model.events import (
    ClusterChange,
    ClusterChanged,
    ClusterRate,
    ClusterSummary,
    Notice,
    Representative,
    Storm,
)
from streams.model.instant import Instant, parse_instant
from streams.model.message import Message
from streams.model.report import ClusterStatus, Report, RootCause
from streams.model.step import Done
from tests.unit.core.steps.bench import Rows

BEGIN = parse_instant("2026-11-23T08:00:00Z")
assert BEGIN is not None
START = BEGIN.ns
MINUTE = 60 * 10**9


def at(minute: float) -> Instant:
    return Instant(START + int(minute * MINUTE))


def report(
    occurrences: int = 1, status: ClusterStatus = "new", last: float = 0.0, cluster: str = "c"
) -> Report:
    return Report(
        cluster=cluster,
        title="boom",
        kind="panic",
        occurrences=occurrences,
        first_seen=at(0),
        last_seen=at(last),
        services=("shop",),
        representative="1",
        status=status,
    )


def changed(
    change: ClusterChange = "born",
    crash: str | None = "1",
    resolved: float | None = None,
    cluster: str = "c",
) -> ClusterChanged:
    best = Representative(crash="1", title="boom", kind="panic", root_cause=RootCause())
    return ClusterChanged(
        cluster=cluster,
        change=change,
        crash=crash,
        summary=ClusterSummary(cluster=cluster, block="b", occurrences=1, representative=best),
        resolved_at=None if resolved is None else at(resolved),
    )


def storm(began: float, last: float, crashes: int = 500, cluster: str = "c") -> ClusterRate:
    return ClusterRate(
        cluster=cluster,
        service="shop",
        minute=at(last),
        crashes=crashes,
        window_minutes=5,
        usual=1.0,
        limit=20,
        usual_per_hour=12.0,
        weeks=4,
        storm=Storm(began=at(began), last=at(last), crashes=crashes),
    )


def told(events: Iterable[Message], state: Rows | None = None) -> list[Notice]:
    rows = state or Rows()
    found: list[Notice] = []
    for event in events:
        made = step(rows, event, {})
        assert isinstance(made, Done)
        rows.apply(made.changes)
        found.extend(sent.event for sent in made.outputs if isinstance(sent.event, Notice))
    return found


def kinds(notices: Iterable[Notice]) -> list[str]:
    return [notice.event for notice in notices]


def test_a_new_cluster_is_told_once_whichever_is_known_first() -> None:
    one = told([changed(), report(), report(2), changed("grew"), report(3)])
    other = told([report(), changed(), report(2)])
    assert kinds(one) == kinds(other) == ["new"]
    assert one[0].id == other[0].id
    assert (one[0].severity, one[0].at, one[0].services) == ("warning", at(0), ("shop",))


def test_what_people_made_of_clusters_is_nothing_new() -> None:
    assert told([changed("split", None), report()]) == []
    assert told([changed("born", None), report()]) == []
    assert told([changed("grew"), report()]) == []


def test_what_is_ignored_is_told_by_nobody() -> None:
    assert told([changed(), report(status="ignored"), storm(0, 5)]) == []


def test_a_regression_is_told_once_for_each_time_that_it_was_resolved() -> None:
    back = [report(2, "regressed", 90), report(3, "regressed", 91)]
    again = [report(3, "resolved", 91), report(4, "regressed", 200)]
    events = [changed(), report(), changed("resolved", None, 60), *back]
    assert kinds(told(events)) == ["new", "regressed"]
    # Facts that come late may take it back, and bring it again.
    assert kinds(told([*events, *again])) == ["new", "regressed"]
    second = changed("resolved", None, 120)
    found = told([*events, second, *again])
    assert kinds(found) == ["new", "regressed", "regressed"]
    assert len({notice.id for notice in found}) == 3


def test_a_storm_is_told_once_and_then_summed_up() -> None:
    days = 3 * 24 * 60.0
    found = told([
        changed(), report(),
        storm(days, days), report(600, "ongoing", days), storm(days, days + 9, 4_000),
        report(5_001, "ongoing", days + 9), report(5_001, "ongoing", days + 9),
    ])  # fmt: skip
    assert kinds(found)[:2] == ["new", "storm"]
    assert set(kinds(found)[2:]) == {"summary"}
    assert len({notice.id for notice in found}) == 3
    assert found[-1].crashes == 5_000
    assert found[-1].report.occurrences == 5_001


def test_a_new_cluster_that_begins_with_a_storm_is_one_message_and_a_summary() -> None:
    found = told(
        [storm(0, 0, 40), changed(), report(40), storm(0, 3, 5_000), report(5_000, last=3)]
    )
    assert kinds(found)[0] == "new"
    assert set(kinds(found)[1:]) == {"summary"}
    assert len({notice.id for notice in found}) == 2
    assert found[-1].crashes == 5_000


def test_a_storm_in_two_services_is_one() -> None:
    days = 3 * 24 * 60.0
    other = storm(days + 2, days + 4)
    found = told([changed(), report(), storm(days, days), other, report(900, "ongoing", days + 4)])
    assert [kind for kind in kinds(found) if kind != "summary"] == ["new", "storm"]


EVENTS = (
    changed(), report(), changed("resolved", None, 60), report(5, "resolved", 59),
    report(6, "regressed", 100), storm(100, 101), storm(100, 110), report(500, "regressed", 110),
    storm(9_000, 9_001), storm(9_000, 9_004), report(900, "regressed", 9_004),
    changed(cluster="d"), report(cluster="d"), storm(0, 1, cluster="d"),
)  # fmt: skip


@given(st.permutations(EVENTS), st.lists(st.sampled_from(EVENTS), max_size=20))
def test_no_order_and_no_repeat_tells_a_thing_twice(
    events: list[Message], repeats: list[Message]
) -> None:
    rows = Rows()
    found = [n for n in told([*events, *repeats, *EVENTS], rows) if n.event != "summary"]
    things = [(notice.event, notice.cluster) for notice in found if notice.event != "storm"]
    assert len(things) == len(set(things))
    assert sum(notice.event == "storm" for notice in found) <= 2
    assert len({notice.id for notice in found}) == len(found)
    assert not [n for n in told(EVENTS, rows) if n.event != "summary"]


def test_rows_stay_small() -> None:
    rows = Rows()
    told([changed(), report()], rows)
    for number in range(200):
        at_minute = 10_000.0 + number * 200
        told([storm(at_minute, at_minute), report(number, "ongoing", at_minute)], rows)
    row = rows.get(TOLD, "c")
    assert row is not None
    assert len(row.storms) == 32

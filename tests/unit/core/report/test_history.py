"""What the crashes of a cluster tell together."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.cluster.assign import cluster_id_of
from streams.core.report import summary
from streams.core.report.history import MOST_BARS, History, Times, histories
from streams.model.events import Features, Fingerprinted
from streams.model.instant import LATEST, Instant, parse_instant
from streams.model.report import RootCause


def crash(
    number: int, at: Instant | None = None, title: str = "boom", line: int = 7, build: str = "b1"
) -> Fingerprinted:
    return Fingerprinted(
        crash=f"c{number:03}",
        block="panic",
        fingerprint="f",
        title=title,
        kind="panic",
        root_cause=RootCause(function="main.f", file="/src/a.go", line=line),
        features=Features(panic_type="runtime"),
        at=at,
        service="shop",
        build=build,
    )


def history(*events: Fingerprinted) -> History:
    (found,) = histories(events).values()
    return found


def moment(text: str) -> Instant:
    found = parse_instant(text)
    assert found is not None
    return found


def test_crashes_are_counted_in_round_steps() -> None:
    clock = ("08:00:10", "08:01:00", "08:31:00", "09:59:59")
    found = history(
        *(crash(n, moment(f"2026-11-23T{at}Z")) for n, at in enumerate(clock)), crash(9)
    )
    assert found.times == Times(
        start=moment("2026-11-23T08:00:00Z"),
        step_seconds=900,
        counts=(2, 0, 1, 0, 0, 0, 0, 1),
        untimed=1,
    )
    assert summary.bars(found.times) == "█·▄····▄"
    assert summary.over_time(found.times) == (
        "in steps of 15 minutes, 2026-11-23 08:00 to 10:00 UTC, at most 2; 1 at unknown times"
    )
    assert summary.bar_words(found.times, 2) == "1 from 2026-11-23 08:30 UTC on"


@pytest.mark.parametrize(
    "times", [(), ("2026-11-23T08:00:00Z",), ("2026-11-23T08:00:00Z",) * 3], ids=len
)
def test_one_moment_has_no_course(times: tuple[str, ...]) -> None:
    assert history(crash(0), *(crash(n, moment(at)) for n, at in enumerate(times))).times is None


@given(st.lists(st.integers(0, LATEST.ns), min_size=2, max_size=60))
def test_every_crash_is_in_a_bar_and_every_page_has_room(times: list[int]) -> None:
    found = history(*(crash(n, Instant(at)) for n, at in enumerate(times))).times
    if found is None:
        assert len({at // 10**9 for at in times}) == 1
        return
    assert sum(found.counts) == len(times)
    assert 1 <= len(found.counts) <= MOST_BARS
    assert len(summary.bars(found)) == len(found.counts)
    assert "to" in summary.over_time(found)


def test_variants_differ_in_what_they_say_or_hit_most_frequent_first() -> None:
    events = [crash(1), crash(2, line=9, build="b2"), crash(3, title="bang"), crash(4)]
    found = history(*events).variants
    assert [(v.title, v.where, v.occurrences, v.builds, v.example) for v in found] == [
        ("boom", "/src/a.go:7", 2, ("b1",), "c001"),
        ("bang", "/src/a.go:7", 1, ("b1",), "c003"),
        ("boom", "/src/a.go:9", 1, ("b2",), "c002"),
    ]


def test_no_order_of_arrival_changes_anything() -> None:
    at = moment("2026-11-23T08:00:00Z")
    events = [crash(1), crash(2, at, line=9), crash(3, LATEST, title="bang"), crash(4, at)]
    assert len({history(*order) for order in permutations(events)}) == 1


def test_crashes_that_are_all_alike_have_no_variants_and_many_are_counted() -> None:
    assert history(crash(1), crash(2)).variants == ()
    many = history(*(crash(n, line=n) for n in range(20)))
    assert (len(many.variants), many.more_variants) == (5, 15)


def test_numbers_make_no_variant_and_a_thousand_of_them_are_enough() -> None:
    said = [crash(n, title=f"order {n} of 0x{n:x}a not found") for n in range(1, 5)]
    assert history(*said).variants == ()
    found = history(*said, crash(9, title="no order")).variants
    assert [(v.title, v.occurrences) for v in found] == [
        ("order 1 of 0x1a not found", 4),
        ("no order", 1),
    ]
    names = history(*(crash(n, title="user " + "x" * n) for n in range(1, 1200)))
    assert (len(names.variants), names.more_variants) == (5, 995)


def test_a_clock_that_began_in_1970_makes_no_year_wrong() -> None:
    found = history(crash(1, Instant(10**9)), crash(2, moment("2024-05-05T00:00:00Z"))).times
    assert found is not None
    assert summary.bar_words(found, len(found.counts) - 1).startswith("1 from 20")
    assert (
        found.at(len(found.counts) - 1)
        <= moment("2024-05-05T00:00:00Z")
        < found.at(len(found.counts))
    )


def test_of_too_many_variants_the_same_are_kept_in_whatever_order() -> None:
    events = [crash(n, title="user " + "x" * (n % 1150)) for n in range(1, 2300)]
    assert history(*events) == history(*reversed(events))


def test_each_cluster_has_its_own() -> None:
    one, other = crash(1), crash(2)
    other = Fingerprinted(
        **{name: getattr(other, name) for name in other.__struct_fields__} | {"fingerprint": "g"}
    )
    assert set(histories([one, other])) == {cluster_id_of(one), cluster_id_of(other)}

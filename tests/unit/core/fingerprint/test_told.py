"""One crash that two routes tell: how many pairs there are, whatever came first, and what may be one."""

from __future__ import annotations

from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.fingerprint.told import (
    OTHERS,
    TOLD,
    WITHIN_NS,
    Pairing,
    Record,
    same_place,
    told_of,
)
from streams.core.steps.symbolize import crash_of
from streams.model.crash import Told
from streams.model.events import RawPanic
from streams.model.instant import Instant
from streams.model.settings import PipelineSettings
from tests.unit.core.steps.bench import Rows, panic_text

ROUTES = ("lines", "spool")
START = 1_764_273_600 * 10**9
LONG, OTHER = "a1b2c3d4e5f6" + "0" * 52, "f" * 64


def record(
    number: int,
    seconds: float = 0.0,
    *,
    container: str | None = None,
    pod: str | None = None,
    host: str | None = None,
) -> Record:
    """A record so long after the start."""
    return Record(
        crash=f"{number:032x}",
        at=START + int(seconds * 1e9),
        container=container,
        pod=pod,
        host=host,
    )


def add(rows: Rows, each: Record, route: str) -> Record | None:
    """Take one more."""
    pairing = Pairing(rows, "text")
    found = pairing.add(each, route)
    rows.apply(pairing.changes())
    return found


def most_pairs(came: list[tuple[str, Record]]) -> int:
    """How many pairs there can be, by trying (Kuhn's algorithm over all of them)."""
    lines = [each for route, each in came if route == "lines"]
    spool = [each for route, each in came if route == "spool"]
    partner: dict[int, Record] = {}

    def finds(each: Record, tried: set[int]) -> bool:
        for at, other in enumerate(spool):
            near = abs(other.at - each.at) <= WITHIN_NS and same_place(each, other)
            if at in tried or not near:
                continue
            tried.add(at)
            if at not in partner or finds(partner[at], tried):
                partner[at] = each
                return True
        return False

    return sum(finds(each, set()) for each in lines)


places = st.sampled_from((None, LONG, LONG[:12], OTHER))
records = st.lists(
    st.tuples(
        st.sampled_from(ROUTES),
        st.integers(0, 60_000),
        places,
        st.sampled_from((None, "node7", LONG[:12])),
    ),
    max_size=14,
)


@settings(max_examples=300, deadline=None)
@given(drawn=records, order=st.randoms())
def test_there_are_as_many_pairs_as_there_can_be_in_any_order(
    drawn: list[tuple[str, int, str | None, str | None]], order: Random
) -> None:
    came = [
        (route, record(n, at / 1000, container=container, host=host))
        for n, (route, at, container, host) in enumerate(drawn)
    ]
    wanted = most_pairs(came)
    for _ in range(2):
        rows = Rows()
        assert sum(add(rows, each, route) is not None for route, each in came) == wanted
        kept = {each.crash: each for row in rows.all(TOLD).values() for each in row.records}
        assert len(kept) == len(came)
        for each in kept.values():
            assert each.partner is None or kept[each.partner].partner == each.crash
        for row in rows.all(TOLD).values():
            assert row.free == sum(each.partner is None for each in row.records)
        order.shuffle(came)


def test_two_hundred_equal_crashes_of_one_instant_are_two_hundred() -> None:
    rows = Rows()
    found = [add(rows, record(n, n / 1e6), ROUTES[n % 2]) for n in range(400)]
    assert sum(each is None for each in found) == 200
    assert max(len(row.records) for row in rows.all(TOLD).values()) <= 256


def test_ten_seconds_are_near_and_more_is_not() -> None:
    rows = Rows()
    assert add(rows, record(1, 0.0), "lines") is None
    assert add(rows, record(2, 10.000000001), "spool") is None
    found = add(rows, record(3, 10.0), "spool")
    assert found is not None
    assert found.crash == record(1).crash


def test_one_route_tells_nothing_twice() -> None:
    rows = Rows()
    assert add(rows, record(1), "lines") is None
    assert add(rows, record(2), "lines") is None


def placed(place: dict[str, str]) -> Record:
    """A record of this place."""
    return record(1, container=place.get("container"), pod=place.get("pod"), host=place.get("host"))


def test_whoever_tells_again_is_told_again_by_that_one() -> None:
    assert {OTHERS[OTHERS[route]] for route in OTHERS} == set(OTHERS)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({}, {}, True),
        ({"container": LONG}, {}, True),
        ({"container": LONG}, {"container": LONG}, True),
        ({"container": LONG}, {"container": LONG[:12]}, True),
        ({"container": LONG}, {"container": OTHER}, False),
        ({"container": LONG, "host": "inside"}, {"container": LONG, "host": "node7"}, True),
        ({"container": "short"}, {"container": "shorter"}, False),
        ({"pod": "shop-1"}, {"pod": "shop-1", "host": "node7"}, True),
        ({"pod": "shop-1"}, {"pod": "shop-2"}, False),
        ({"host": "node7"}, {"host": "node7"}, True),
        ({"host": "node7"}, {"host": "node8"}, False),
        ({"host": "shop-1"}, {"pod": "shop-1", "host": "node7"}, True),
        ({"host": LONG[:12]}, {"container": LONG, "host": "node7"}, True),
        ({"host": LONG[:12]}, {"container": OTHER, "host": "node7"}, False),
    ],
)
def test_the_narrowest_place_that_both_state_decides(
    one: dict[str, str], other: dict[str, str], *, same: bool
) -> None:
    first, second = placed(one), placed(other)
    assert same_place(first, second) is same
    assert same_place(second, first) is same


_TOLD = RawPanic(text=panic_text(), route="lines", at=Instant(START), event_id="0" * 32)


def crash_told(event: RawPanic = _TOLD) -> Told | None:
    """How the crash of an event is told."""
    crash = crash_of(event, PipelineSettings())
    assert crash is not None
    return told_of(crash)


def but(**changes: object) -> RawPanic:
    """The event with other fields."""
    return msgspec.structs.replace(_TOLD, **changes)


def test_only_what_has_a_route_a_time_and_an_id_of_ours_may_be_told_twice() -> None:
    assert crash_told() is not None
    assert crash_told(but(route=None)) is None
    assert crash_told(but(route="carrier pigeon")) is None
    assert crash_told(but(at=None)) is None
    assert crash_told(but(event_id="a-producer's")) is None
    assert crash_told(but(continues="1" * 32)) is None


def test_blank_lines_around_a_text_are_no_difference() -> None:
    assert crash_told(but(text=panic_text() + "\n")) == crash_told(but(text=panic_text().rstrip()))
    assert crash_told(but(text=panic_text(line=7))) != crash_told()

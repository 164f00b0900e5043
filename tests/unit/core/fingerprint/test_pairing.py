"""One crash that two routes tell: how many pairs there are, whatever came first."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.fingerprint.pairing import Pairing
from streams.core.fingerprint.told import (
    TOLD,
    WITHIN_NS,
    Record,
    same_place,
    same_process,
    slot_of,
)
from tests.unit.core.steps.bench import Rows

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


# A core by number: where and when each reference to it says that it died. A text: the same, once.
Stated = tuple[int, str | None, str | None]
# Far enough from each other that chains are long.
stated = st.tuples(
    st.integers(0, 8).map(lambda n: n * 8),
    st.sampled_from((None, None, None, LONG)),
    st.sampled_from(("node7", "node7", "node7", "node8")),
)
drawn_cores = st.lists(st.lists(stated, min_size=1, max_size=3), max_size=5)


def placed(number: int, where: Stated) -> Record:
    """A record of a core or of a text."""
    at, container, host = where
    return record(number, at, container=container, host=host)


def are_near(one: Record, other: Record) -> bool:
    """Whether a reference and a text may be of one process."""
    return abs(one.at - other.at) <= WITHIN_NS and same_process(one, other)


def most_cores_with_a_text(cores: list[list[Record]], texts: list[Record]) -> int:
    """How many cores can have a text of their own, by trying."""
    taken: dict[int, int] = {}

    def finds(core: int, tried: set[int]) -> bool:
        for at, text in enumerate(texts):
            if at in tried or not any(are_near(each, text) for each in cores[core]):
                continue
            tried.add(at)
            if at not in taken or finds(taken[at], tried):
                taken[at] = core
                return True
        return False

    return sum(finds(core, set()) for core in range(len(cores)))


@settings(max_examples=150, deadline=None)
@given(drawn=drawn_cores, texts=st.lists(stated, max_size=6), order=st.randoms())
def test_a_core_has_one_text_however_many_references_tell_of_it(
    drawn: list[list[Stated]], texts: list[Stated], order: Random
) -> None:
    cores = [[placed(n, each) for each in core] for n, core in enumerate(drawn)]
    told = [placed(100 + n, each) for n, each in enumerate(texts)]
    wanted = most_cores_with_a_text(cores, told)
    came = [("core", each) for core in cores for each in core]
    came += (("process", each) for each in told)
    for _ in range(3):
        order.shuffle(came)
        rows, slots, paired = Rows(), dict[str, tuple[int, ...]](), list[str]()
        for route, each in came:
            pairing = Pairing(rows, "process 7")
            if route == "process":
                pairing.add(each, route)
                found = pairing.reached
                assert found is None or found.partner is not None
                paired += [found.crash] if found else []
            elif each.crash not in slots:
                paired += [each.crash] if pairing.add(each, route) else []
            else:
                found = pairing.again(each, slots[each.crash])
                paired += [found.crash] if found else []
            if route == "core":
                slots[each.crash] = (*slots.get(each.crash, ()), slot_of(each.at))
            rows.apply(pairing.changes())
        assert len(paired) == len(set(paired)) == wanted
        check(rows, set(paired), len(came))


def check(rows: Rows, paired: set[str], number: int) -> None:
    """Whether the records say the same of who has whom."""
    kept = [each for row in rows.all(TOLD).values() for each in row.records]
    assert len(kept) == number
    partners = {(each.crash, each.partner) for each in kept}
    assert len(partners) == len({crash for crash, _ in partners})
    has = dict(partners)
    assert {crash for crash, partner in partners if partner and int(crash, 16) < 100} == paired
    assert all(has[partner] == crash for crash, partner in partners if partner)
    for row in rows.all(TOLD).values():
        assert row.free == sum(each.partner is None for each in row.records)


def test_a_core_that_may_have_another_text_leaves_its_own_to_one_that_may_not() -> None:
    rows = Rows()

    def take(route: str, number: int, seconds: float) -> Record | None:
        pairing = Pairing(rows, "process 7")
        found = pairing.add(record(number, seconds, host="node7"), route)
        rows.apply(pairing.changes())
        return found

    take("core", 1, 0.0)
    take("core", 2, 1.0)
    first = take("process", 101, 0.0)
    assert first is not None
    assert first.crash == record(1).crash
    assert take("process", 102, 25.0) is None
    pairing = Pairing(rows, "process 7")
    found = pairing.again(record(1, 25.0, host="node7"), (slot_of(record(1).at),))
    rows.apply(pairing.changes())
    assert found is not None
    assert (found.crash, found.partner) == (record(2).crash, record(101).crash)
    check(rows, {record(1).crash, record(2).crash}, 5)

"""What the goroutines of a dump prove together, and what they do not."""

from __future__ import annotations

import pytest

from streams.core.features.census import MOST_GOROUTINES, WAIT_RULES, census
from streams.model.crash import Frame, Goroutine
from tests.unit.core.features.stacks import goroutine, lib, own, std

CONN = std("database/sql.(*DB).conn")
QUERY = std("database/sql.(*DB).QueryContext")
MUTEX = (
    std("sync.runtime_SemacquireMutex"),
    std("sync.(*Mutex).lockSlow"),
    std("sync.(*Mutex).Lock"),
)


def many(count: int, *frames: Frame, state: str = "select") -> tuple[Goroutine, ...]:
    return tuple(
        goroutine(*frames, number=n, state=state, crashed=False) for n in range(1, count + 1)
    )


@pytest.mark.parametrize(
    "frames",
    [
        (CONN, QUERY, own("find")),
        (std("runtime.gopark"), std("runtime.selectgo"), CONN, QUERY, own("find")),
        (
            lib("golang.org/x/sync/semaphore.(*Weighted).Acquire"),
            lib("github.com/jackc/puddle/v2.(*Pool[...]).acquire"),
            own("find"),
        ),
        (lib("github.com/redis/go-redis/v9/internal/pool.(*ConnPool).waitTurn"), own("get")),
    ],
)
def test_three_goroutines_that_wait_for_a_connection_prove_a_full_pool(
    frames: tuple[Frame, ...],
) -> None:
    assert set(census(many(3, *frames))) == {"pool"}
    assert census(many(2, *frames)) == {}


def test_a_goroutine_that_dials_does_not_wait_for_the_pool() -> None:
    dials = (std("net.(*Dialer).DialContext"), CONN, QUERY, own("find"))
    assert "pool" not in census(many(9, *dials, state="IO wait"))


def test_goroutines_at_one_lock_are_a_convoy_and_at_different_ones_are_not() -> None:
    found = census(many(4, *MUTEX, own("Add"), state="sync.Mutex.Lock"))
    assert found == {"lock": "4 goroutines wait in example.com/acme/shop.Add"}
    apart = [goroutine(*MUTEX, own(f"f{n}"), state="sync.Mutex.Lock") for n in range(20)]
    assert census(tuple(apart)) == {}


def test_a_full_pool_that_is_locked_is_both() -> None:
    both = (*many(5, CONN, own("find")), *many(6, *MUTEX, own("Add"), state="sync.Mutex.Lock"))
    assert set(census(both)) == {"pool", "lock"}


def test_most_goroutines_at_one_channel_operation_are_a_leak() -> None:
    leaked = many(60, own("produce"), state="chan send")
    others = tuple(goroutine(own(f"f{n}"), state="select") for n in range(40))
    assert set(census((*leaked, *others))) == {"leak"}
    assert census((*leaked, *others, *many(30, own("g"), state="running"))) == {}
    assert census(many(49, own("produce"), state="chan send")) == {}
    idle = many(90, std("net/http.(*persistConn).writeLoop"))
    assert census(idle) == {}


def test_only_the_first_few_thousand_of_a_million_are_looked_at() -> None:
    quiet = goroutine(own("f"), state="running")
    late = many(9, CONN, own("find"))
    assert census((*[quiet] * 1_000_000, *late)) == {}
    assert set(census((*late, *[quiet] * 1_000_000))) == {"pool"}
    assert MOST_GOROUTINES < 10_000


def test_every_rule_has_a_reason() -> None:
    assert all(rule.why and wait == rule.wait for wait, rule in WAIT_RULES.items())

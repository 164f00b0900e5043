"""How long rows of trace_link are kept: days of event times, and the newest row of a place for ever."""

from __future__ import annotations

import msgspec

from streams.core.join.keeping import BY_DAY, NEWEST, SENT
from streams.model.instant import Instant
from streams.model.message import Message
from tests.unit.core.join.linked import DAY_NS, Linked, build, deploy

DAYS = [deploy(f"d{day}", at=day * DAY_NS + 5) for day in range(6)]


def kept(linked: Linked) -> list[str]:
    """Batches of the rows that are left."""
    return sorted(row.deploy_batch or "" for row in linked.rows.values())


def test_rows_are_kept_for_so_many_days_before_the_newest_event() -> None:
    assert kept(Linked(2).take(*DAYS)) == ["batch-d3", "batch-d4", "batch-d5"]
    assert kept(Linked().take(*DAYS)) == [f"batch-d{day}" for day in range(6)]
    # Late ones that are too old never get a row.
    linked = Linked(2).take(*reversed(DAYS))
    assert kept(linked) == ["batch-d3", "batch-d4", "batch-d5"]
    assert {emit.key for emit in linked.sent} == linked.rows.keys()


def test_rows_that_are_removed_are_counted() -> None:
    assert Linked(2).take(*DAYS, *DAYS).removed == 3
    # What never had a row, or lost it to a newer truth, was not removed by age.
    assert Linked(2).take(*reversed(DAYS)).removed == 0
    assert Linked(2).take(build("b1", number="1", at=0), DAYS[5]).removed == 1
    deployed = msgspec.structs.replace(DAYS[0], build_id="7")
    linked = Linked(9).take(build(at=0), deployed)
    assert (len(linked.sent) > len(linked.rows), linked.removed) == (True, 0)


def test_what_is_gone_leaves_nothing_but_the_events() -> None:
    linked = Linked(2).take(*DAYS)
    assert linked.state.all(SENT).keys() == linked.rows.keys()
    assert len(linked.state.all(BY_DAY)) == 3
    assert len(linked.state.all(NEWEST)) == 1


def test_the_newest_row_of_a_place_stays_until_there_is_a_newer_one() -> None:
    elsewhere = deploy("us", region="us", at=0)
    linked = Linked(2).take(elsewhere, *DAYS)
    assert kept(linked) == ["batch-d3", "batch-d4", "batch-d5", "batch-us"]
    linked.take(deploy("us2", region="us", at=1))
    assert kept(linked) == ["batch-d3", "batch-d4", "batch-d5", "batch-us2"]


def test_a_restart_does_not_push_out_what_says_what_runs() -> None:
    restart = deploy("r", action="restart", at=DAY_NS)
    failed = deploy("f", phase="failed", at=2 * DAY_NS)
    later = deploy("z", service="cart", at=9 * DAY_NS)
    linked = Linked(2).take(DAYS[0], restart, failed, later)
    assert kept(linked) == ["batch-d0", "batch-f", "batch-z"]


def test_builds_that_were_never_deployed_have_no_place() -> None:
    builds = [build("b1", number="1", at=0), build("b2", number="2", at=4 * DAY_NS)]
    linked = Linked(2).take(*builds, DAYS[5])
    assert [row.build_id for row in linked.undeployed()] == ["2"]


def test_a_row_that_is_gone_does_not_come_back_when_its_build_becomes_known() -> None:
    first = msgspec.structs.replace(DAYS[0], build_id="7")
    linked = Linked(2).take(first, *DAYS[1:])
    before = dict(linked.rows)
    assert linked.take(build(at=0)).rows == before


def test_a_clock_that_is_years_ahead_deletes_nothing() -> None:
    """An event is not later than its receipt."""
    wrong = msgspec.structs.replace(
        deploy("w", service="cart", at=9000 * DAY_NS), received_at=Instant(5 * DAY_NS)
    )
    assert kept(Linked(2).take(*DAYS, wrong)) == ["batch-d3", "batch-d4", "batch-d5", "batch-w"]


def test_a_pause_of_years_ends_them_all_but_the_newest() -> None:
    late: Message = deploy("late", at=4000 * DAY_NS)
    assert kept(Linked(2).take(*DAYS, late)) == ["batch-late"]
    assert kept(Linked(2).take(late, *DAYS)) == ["batch-late"]


def test_rows_of_unknown_time_stay() -> None:
    assert kept(Linked(2).take(deploy("n"), *DAYS))[-1] == "batch-n"


def test_the_setting_may_come_later() -> None:
    """Rows of before are judged by it at the next event."""
    linked = Linked().take(*DAYS)
    other = Linked(2)
    other.state, other.rows = linked.state, linked.rows
    assert kept(other.take(deploy("x", service="cart", at=5 * DAY_NS))) == [
        "batch-d3",
        "batch-d4",
        "batch-d5",
        "batch-x",
    ]

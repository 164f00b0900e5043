"""The outbox: each notification once, what waits and what is due, and nothing is forgotten by a restart."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from streams.adapters.sqlite_outbox import FILE_NAME, Addressed, Due, SqliteOutbox, standings
from streams.model.errors import BadInput
from streams.model.events import Notice
from streams.model.notifying import Verdict
from tests.unit.core.notify.notices import notice

SENT = Verdict(state="sent")


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[SqliteOutbox]:
    with closing(SqliteOutbox(tmp_path)) as found:
        yield found


def to(*channels: str, told: Notice | None = None, quiet: float = 0.0) -> Addressed:
    return Addressed(notice=told or notice(), channels=channels, quiet_seconds=quiet)


def due(outbox: SqliteOutbox, now: float, channel: str = "a") -> Due:
    found = outbox.due(channel, now)
    assert found is not None
    return found


def test_what_is_told_again_is_sent_once(outbox: SqliteOutbox) -> None:
    outbox.add([to("a", "b")], 1)
    outbox.settle(due(outbox, 1), SENT, 2)
    outbox.add([to("a", "b")], 3)
    assert outbox.due("a", 99) is None
    assert due(outbox, 99, "b").notice == notice()
    assert outbox.unsettled(["id-1", "other"]) == {"id-1"}
    outbox.settle(due(outbox, 99, "b"), SENT, 99)
    assert outbox.unsettled(["id-1"]) == set()


def test_what_waits_comes_back_at_its_time_after_a_restart_too(tmp_path: Path) -> None:
    with closing(SqliteOutbox(tmp_path)) as outbox:
        outbox.add([to("a")], 1)
        outbox.settle(due(outbox, 1), Verdict(state="waiting", error="HTTP 500", wait=30), 2)
    with closing(SqliteOutbox(tmp_path)) as outbox:
        assert outbox.due("a", 31) is None
        assert outbox.next_due("a") == 32
        found = due(outbox, 32)
        assert (found.attempt, found.began) == (2, 2)


def test_of_a_summary_the_last_one_is_sent_when_it_was_quiet(outbox: SqliteOutbox) -> None:
    told = [msgspec.structs.replace(notice("summary"), crashes=n) for n in (1, 2, 3)]
    for at, each in enumerate(told):
        outbox.add([to("a", told=each, quiet=10)], float(at))
    assert outbox.due("a", 11.9) is None
    found = due(outbox, 12)
    assert found.notice.crashes == 3
    outbox.settle(found, SENT, 12)
    outbox.add([to("a", told=told[0], quiet=10)], 13)
    assert outbox.due("a", 99) is None


def test_a_storm_without_end_is_summed_up_all_the_same(outbox: SqliteOutbox) -> None:
    for at in range(0, 1000, 5):
        outbox.add([to("a", told=notice("summary"), quiet=10)], float(at))
    assert outbox.due("a", 1000) is not None


def test_what_was_given_up_can_be_tried_again(outbox: SqliteOutbox, tmp_path: Path) -> None:
    outbox.add([to("a", "b")], 1)
    outbox.settle(due(outbox, 1), SENT, 1)
    outbox.settle(due(outbox, 1, "b"), Verdict(state="dead", error="HTTP 404"), 1)
    # Read beside it, as doctor does; that must leave the other's file as it is.
    told = [(each.channel, each.state, each.number, each.error) for each in standings(tmp_path)]
    assert told == [("a", "sent", 1, ""), ("b", "dead", 1, "HTTP 404")]
    outbox.again("id-1", 5)
    assert outbox.due("a", 99) is None
    assert due(outbox, 99, "b").attempt == 1


def test_without_a_channel_it_is_known_and_sent_to_none_that_comes_later(
    outbox: SqliteOutbox,
) -> None:
    outbox.add([to()], 1)
    outbox.add([to("a")], 2)
    assert outbox.due("a", 99) is None


def test_ids_are_known_for_so_many_days_and_what_waits_for_ever(tmp_path: Path) -> None:
    day = 86_400.0
    with closing(SqliteOutbox(tmp_path, keep_days=10)) as outbox:
        told = {
            name: msgspec.structs.replace(notice(), id=name) for name in ("sent", "dead", "late")
        }
        for name in ("sent", "dead"):
            outbox.add([to("a", told=told[name])], 0)
        outbox.settle(due(outbox, 0), SENT, 0)
        outbox.settle(due(outbox, 0), Verdict(state="dead", error="HTTP 404"), 0)
        outbox.add([to("b", told=told["late"])], 0)

        def settle_another(name: str, now: float) -> int:
            other = msgspec.structs.replace(notice(), id=name)
            outbox.add([to("c", told=other)], now)
            return outbox.settle(due(outbox, now, "c"), SENT, now)

        assert settle_another("ninth day", 9 * day) == 0
        outbox.add([to("a", told=told["sent"])], 9 * day)
        assert outbox.due("a", 9 * day) is None
        assert [each.state for each in standings(tmp_path) if each.channel == "a"] == [
            "dead",
            "sent",
        ]
        assert settle_another("eleventh day", 11 * day) == 2
        assert [each.channel for each in standings(tmp_path)] == ["b", "c"]
        assert due(outbox, 11 * day, "b").notice == told["late"]
        # Known no more, it is told again.
        outbox.add([to("a", told=told["sent"])], 11 * day)
        assert due(outbox, 11 * day).notice == told["sent"]


def test_a_file_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"no database at all" * 100)
    with pytest.raises(BadInput, match=r"notifications\.db"):
        SqliteOutbox(tmp_path)

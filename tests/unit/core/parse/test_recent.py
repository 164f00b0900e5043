"""The window of recent lines is the same whether lines are pushed or skipped."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.core.parse.recent import KEPT, Recent


@given(st.lists(st.text(alphabet="ab", max_size=3), min_size=1, max_size=40))
def test_skipping_keeps_the_same_lines_as_pushing(lines: list[str]) -> None:
    pushed, skipped = Recent(()), Recent(())
    for line in lines:
        pushed.push(line)
    data = "".join(line + "\n" for line in lines)
    skipped.extend(data, 0, len(data))
    assert skipped.frozen() == pushed.frozen()
    assert len(pushed.frozen()) <= KEPT


def test_lines_above_a_used_line_of_the_stream_are_out_of_reach() -> None:
    recent = Recent(("a",))
    recent.push("b", ("s",))
    recent.push("c")
    assert list(recent.newest_first("s", None)) == [(1, "c")]
    assert list(recent.newest_first("other", None)) == [(1, "c"), (3, "a")]


def test_lines_without_the_mark_of_a_stream_are_passed_over() -> None:
    recent = Recent(("a one", "b", "c one"))
    assert list(recent.newest_first("", "one")) == [(1, "c one"), (3, "a one")]


def test_only_lines_of_shippers_are_looked_for_far_above() -> None:
    shipped = '{"log": "x", "kubernetes": {"docker_id": "c1"}}'
    recent = Recent((shipped, *["a"] * 40))
    found = list(recent.newest_first("", None))
    assert [distance for distance, _ in found] == [*range(1, 13), 41]


def test_lines_that_never_were_keep_their_distance() -> None:
    recent = Recent(("a",))
    recent.skip(3)
    recent.push("b")
    assert list(recent.newest_first("s", None)) == [(1, "b"), (5, "a")]


def test_of_a_joined_line_what_no_record_has_used_is_left() -> None:
    recent = Recent(("a",))
    recent.push("joined", ("s", "t"), others=True)
    recent.push("all used", ("u", "v"))
    assert list(recent.newest_first("other", None)) == [(2, "joined"), (3, "a")]
    for stream, distance in (("s", 2), ("t", 2), ("u", 1), ("v", 1)):
        assert [at for at, _ in recent.newest_first(stream, None)] == [*range(2, distance)], stream
    again = Recent(recent.frozen())
    assert again.marked() == [(["u", "v"], ""), (["s", "t"], "joined"), ((), "a")]

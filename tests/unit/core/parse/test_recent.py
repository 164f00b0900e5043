"""The window of recent lines is the same whether lines are pushed or skipped."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.core.parse.recent import KEPT, Recent


@given(st.lists(st.text(alphabet="ab", max_size=3), min_size=1, max_size=40))
def test_skipping_keeps_the_same_lines_as_pushing(lines: list[str]) -> None:
    pushed, skipped = Recent(()), Recent(())
    for line in lines:
        pushed.push(line, "", used=False)
    data = "".join(line + "\n" for line in lines)
    skipped.extend(data, 0, len(data))
    assert skipped.frozen() == pushed.frozen()
    assert len(pushed.frozen()) <= KEPT


def test_lines_above_a_used_line_of_the_stream_are_out_of_reach() -> None:
    recent = Recent(("a",))
    recent.push("b", "s", used=True)
    recent.push("c", "s", used=False)
    assert recent.newest_first("s") == [(1, "c")]
    assert recent.newest_first("other") == [(1, "c"), (3, "a")]

"""Quiet text is passed over without being read line by line."""

from __future__ import annotations

from streams.core.parse.quiet import Quiet


def test_the_next_telling_word_is_found_from_any_position() -> None:
    data = "a\nb panic: x\nSIGNED\nSIGQUIT: quit\n"
    quiet = Quiet(data)
    assert quiet.after(0) == data.index("panic")
    assert quiet.after(data.index("panic") + 1) == data.index("SIGQUIT")
    assert quiet.after(len(data)) == len(data)

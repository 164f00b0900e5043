"""The kernel's words, and another handler's command line made of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.capture.arguments import expanded, known_in, read

WORDS = ("7", "8", "1000", "1001", "11", "1795766400", "0", "node1", "shop", "!app!shop")


def test_words_are_read_by_their_places() -> None:
    died = read(WORDS)
    assert (died.pid, died.signal, died.at_seconds, died.host) == (7, 11, 1795766400, "node1")
    assert died.exe == "/app/shop"
    assert expanded(("/x", "%P-%i", "%u:%g", "%s%%", "%t", "%c", "%h", "%e", "%E", "%d", "%p"), died.words) == (
        "/x", "7-8", "1000:1001", "11%", "1795766400", "0", "node1", "shop", "!app!shop", "", "",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("rest", "name", "exe", "mode"),
    [
        (("a b", "!app!a b"), "a b", "/app/a b", None),
        # Kernels before 5.3 split what they have put in.
        (("a", "b", "!app!a", "b"), "a b", "/app/a b", None),
        (("shop", "!app!shop", "2"), "shop", "/app/shop", "2"),
        (("shop", "shop"), "shop", None, None),
        (("", ""), "", None, None),
        (("!x", "!app!x"), "!x", "/app/x", None),
    ],
)
def test_names_with_blanks_and_what_may_follow(
    rest: tuple[str, ...], name: str, exe: str | None, mode: str | None
) -> None:
    died = read((*WORDS[:8], *rest))
    assert (died.words["%e"], died.exe, died.words.get("%d")) == (name, exe, mode)


@given(st.lists(st.text(max_size=20), max_size=14))
def test_anything_else_is_an_error_that_says_what_is_wanted(words: list[str]) -> None:
    try:
        read(words)
    except ValueError as error:
        assert "want" in str(error)  # noqa: PT017 - whatever the words are


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ((), None),
        (("/usr/lib/systemd/systemd-coredump", "%P", "%d", "%%"), None),
        (("systemd-coredump",), "whole path"),
        (("/x", "%F"), "%F is not known here: known are %%"),
        (("/x", "%"), "% is not known"),
    ],
)
def test_a_command_that_cannot_be_made_is_said(command: tuple[str, ...], said: str | None) -> None:
    found = known_in(command)
    assert (found is None) if said is None else (found is not None and said in found)

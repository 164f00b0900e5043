"""`model.identity`: ids are hashes of content, printable, and never of ambiguous joins."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from streams.model.identity import content_id, crash_id, producer_crash_id

PARTS = st.lists(st.text(), max_size=4)
ANY_TEXT = st.text(st.characters())
PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/+=-]{0,127}")


def test_ids_are_frozen() -> None:
    """An id that changes counts every stored crash again: a change here needs a new version of ids."""
    assert content_id("crash", "ab", "c") == "519663c82e0a16aae4f1c3f6ba447d2b"


@given(PARTS, PARTS)
def test_different_parts_have_different_ids_however_they_join(
    one: list[str], two: list[str]
) -> None:
    assert (content_id("k", *one) == content_id("k", *two)) == (one == two)


def test_moving_a_boundary_changes_the_id() -> None:
    ids = {
        content_id("k", "ab", "c"),
        content_id("k", "a", "bc"),
        content_id("k", "abc"),
        content_id("k", "abc", ""),
    }
    assert len(ids) == 4


def test_a_kind_is_an_id_space_of_its_own() -> None:
    assert content_id("crash", "x") != content_id("event", "x")


@given(ANY_TEXT)
def test_every_text_hashes_even_with_lone_surrogates(text: str) -> None:
    assert re.fullmatch(r"[0-9a-f]{32}", content_id("k", text))


@given(st.binary(max_size=50))
def test_bytes_kept_by_surrogateescape_hash_and_stay_distinct(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    assert content_id("k", text) == content_id("k", text)
    assert (content_id("k", text) == content_id("k", text + "x")) is False


@given(st.text(), st.text(), st.text(), st.integers(0, 1000))
def test_a_crash_id_depends_on_stream_time_text_and_ordinal(
    stream: str, time: str, text: str, ordinal: int
) -> None:
    own = crash_id(stream, time, text, ordinal)
    assert own == crash_id(stream, time, text, ordinal)
    others = {
        crash_id(stream + "x", time, text, ordinal),
        crash_id(stream, time + "x", text, ordinal),
        crash_id(stream, time, text + "x", ordinal),
        crash_id(stream, time, text, ordinal + 1),
    }
    assert len(others | {own}) == 5


@given(st.text())
def test_a_producers_id_wins_where_it_is_printable_and_is_hashed_where_not(event_id: str) -> None:
    made = producer_crash_id(event_id)
    assert PLAIN.fullmatch(made)
    assert (made == event_id) == bool(PLAIN.fullmatch(event_id))


def test_a_producers_id_that_is_too_long_is_hashed() -> None:
    assert producer_crash_id("a" * 128) == "a" * 128
    assert len(producer_crash_id("a" * 129)) == 32

"""Words: counts, times, lists, sizes, and texts made harmless."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.report import words
from streams.model.instant import parse_instant
from tests.unit.core.report.strategies import texts


@pytest.mark.parametrize(
    ("value", "noun", "expected"),
    [
        (0, "crash", "0 crashes"),
        (1, "crash", "1 crash"),
        (2, "crash", "2 crashes"),
        (1234, "line", "1,234 lines"),
        (2, "registry", "2 registries"),
        (2, "day", "2 days"),
    ],
)
def test_a_count_agrees_with_its_noun(value: int, noun: str, expected: str) -> None:
    assert words.count(value, noun) == expected


def test_an_irregular_plural_can_be_given() -> None:
    assert words.count(2, "index", "indices") == "2 indices"


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([], ""),
        (["a"], "a"),
        (["a", "b"], "a and b"),
        (["a", "b", "c"], "a, b and c"),
        (["a", "b", "c", "d", "e"], "a, b, c and 2 more"),
        (["\x1b[2J"], "\\x1b[2J"),
    ],
)
def test_a_list_names_a_few_and_counts_the_rest(items: list[str], expected: str) -> None:
    assert words.listing(items) == expected


@pytest.mark.parametrize(
    ("size_bytes", "expected"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (9_949, "9.9 kB"),
        (56_789, "57 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (3_400_000_000, "3.4 GB"),
        (5 * 10**15, "5,000 TB"),
    ],
)
def test_a_size_has_two_or_three_digits_and_a_unit(size_bytes: int, expected: str) -> None:
    assert words.size(size_bytes) == expected


@pytest.mark.parametrize(
    ("share", "expected"),
    [(0, "0 %"), (0.001, "< 1 %"), (0.834, "83 %"), (0.999, "99 %"), (1, "100 %")],
)
def test_a_share_is_never_rounded_to_certainty(share: float, expected: str) -> None:
    assert words.percent(share) == expected


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (None, None, "unknown time"),
        ("2026-11-23T08:00:05Z", None, "at 2026-11-23 08:00:05 UTC"),
        (None, "2026-11-23T08:00:05Z", "at 2026-11-23 08:00:05 UTC"),
        ("2026-11-23T08:00:05Z", "2026-11-23T08:00:05Z", "at 2026-11-23 08:00:05 UTC"),
        (
            "2026-11-23T08:00:05Z",
            "2026-11-23T09:12:44Z",
            "since 2026-11-23 08:00 UTC, last 09:12 UTC",
        ),
        (
            "2026-11-23T08:00:05Z",
            "2026-11-23T08:00:44Z",
            "since 2026-11-23 08:00:05 UTC, last 08:00:44 UTC",
        ),
        (
            "2026-11-23T08:00:05Z",
            "2026-11-24T08:00:44Z",
            "since 2026-11-23 08:00 UTC, last 2026-11-24 08:00 UTC",
        ),
    ],
)
def test_a_range_of_time_is_as_short_as_it_stays_exact(
    first: str | None, last: str | None, expected: str
) -> None:
    start = None if first is None else parse_instant(first)
    end = None if last is None else parse_instant(last)
    assert words.when(start, end) == expected


def test_what_a_terminal_would_obey_is_named_instead() -> None:
    assert words.visible("a\x1b[31m\r\n\x9b\u202e\u200b\x7f") == (
        "a\\x1b[31m\\r\\n\\x9b\\u202e\\u200b\\x7f"
    )


def test_a_lone_surrogate_becomes_something_that_can_be_encoded() -> None:
    assert words.visible("\udc80").encode() == b"\\udc80"


def test_letters_of_all_scripts_stay_as_they_are() -> None:
    assert words.visible("žluťoučký 語 🙂 → …") == "žluťoučký 語 🙂 → …"


@given(st.text() | texts)
def test_a_visible_text_is_printable_and_stays_so(text: str) -> None:
    shown = words.visible(text)
    assert shown.isprintable()
    assert words.visible(shown) == shown


@given(texts, st.integers(1, 50))
def test_a_clipped_text_is_never_longer_than_asked(text: str, most: int) -> None:
    assert len(words.clip(text, most)) <= most


def test_a_clipped_text_says_that_it_was_longer() -> None:
    assert words.clip("abcdef", 4) == "abc…"
    assert words.clip("abcd", 4) == "abcd"


def test_lines_beyond_the_limit_are_counted() -> None:
    assert words.visible_lines("a\r\n\tb\nc\nd", 2) == ("a", "    b", "… 2 more lines")

"""The dual-mode distance: the formula by hand, the laws by chance."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.similarity.bounds import may_fit, most_missing, size_of
from streams.core.similarity.dual import Shape, distance, sequence_distance, set_distance


def shape(frames: str, trees: str = "") -> Shape:
    """A frame per letter; a subtree per letter."""
    return Shape(
        b"".join(ord(letter).to_bytes(8, "little") for letter in frames),
        b"".join(ord(letter).to_bytes(4, "little") for letter in sorted(set(trees))),
    )


shapes = st.builds(shape, st.text("abcdef", max_size=9), st.text("uvwxyz", max_size=6))


def test_the_formula_with_source() -> None:
    one, other = shape("abcd", "uvw"), shape("abxd", "vwxy")
    assert sequence_distance(one, other) == pytest.approx(1 / 4)
    assert set_distance(one, other) == pytest.approx(1 - 2 / 5)
    assert distance(one, other) == pytest.approx(0.4 / 4 + 0.6 * 3 / 5)


def test_the_formula_without_source_takes_runs_of_frames() -> None:
    """Of a, b, c, ab, bc and a, b, d, ab, bd 3 of 7 are shared."""
    one, other = shape("abc"), shape("abd", "uv")
    assert distance(one, other) == pytest.approx(0.4 / 3 + 0.6 * 4 / 7)


def test_eps_means_what_it_says_in_spite_of_binary_fractions() -> None:
    assert distance(shape("abcd", "u"), shape("axyz", "u")) == 0.3


@pytest.mark.parametrize(("one", "other"), [("", ""), ("abc", "abc")])
def test_equal_ones_are_at_0(one: str, other: str) -> None:
    assert distance(shape(one), shape(other)) == 0


@pytest.mark.parametrize(("one", "other"), [("", "a"), ("abc", "xyz")])
def test_what_shares_nothing_is_at_1(one: str, other: str) -> None:
    assert distance(shape(one), shape(other)) == 1


@given(one=shapes, other=shapes)
def test_it_is_symmetric_and_between_0_and_1(one: Shape, other: Shape) -> None:
    found = distance(one, other)
    assert 0 <= found <= 1
    assert found == distance(other, one)
    assert distance(one, one) == 0


@given(one=shapes, other=shapes, cutoff=st.floats(0, 1))
def test_a_cutoff_changes_nothing_below_it(one: Shape, other: Shape, cutoff: float) -> None:
    found = distance(one, other)
    assert distance(one, other, cutoff) == (found if found <= cutoff else 1.0)


@given(one=shapes, other=shapes)
def test_no_more_frames_are_missing_than_the_bound_allows(one: Shape, other: Shape) -> None:
    missing = len(set(one.frames) - set(other.frames))
    found = distance(one, other)
    sourced = one.has_source and other.has_source
    assert missing <= most_missing(one, found, grams=not sourced)


def test_the_bound_is_as_tight_as_the_filter_needs() -> None:
    """Of ten different frames two may be missing at 0.3 without source, seven with it."""
    assert most_missing(shape("abcdefghij"), 0.3, grams=True) == 2
    assert most_missing(shape("abcdefghij"), 0.3, grams=False) == 7
    assert most_missing(shape(""), 0.3, grams=True) == 0


@given(one=shapes, other=shapes)
def test_sizes_rule_out_only_what_is_farther(one: Shape, other: Shape) -> None:
    found = distance(one, other)
    sourced = one.has_source and other.has_source
    assert may_fit(size_of(one), size_of(other), found, grams=not sourced)


def test_sizes_rule_out_what_is_much_longer() -> None:
    short, long = shape("abcde"), shape("abcdefgh")
    assert not may_fit(size_of(short), size_of(long), 0.3, grams=True)
    assert may_fit(size_of(short), size_of(long), 0.3, grams=False)


def test_a_size_beyond_its_byte_rules_out_nothing() -> None:
    huge, larger = shape("".join(map(chr, range(300)))), shape("".join(map(chr, range(600))))
    assert may_fit(size_of(huge), size_of(larger), 0.0, grams=True)

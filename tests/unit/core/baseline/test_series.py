"""Counts of a series: bounded, exact, the same in any order."""

from __future__ import annotations

from collections import Counter
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from streams.core.baseline.series import (
    HOUR,
    RECENT_HOURS,
    WEEK_HOURS,
    Series,
    Weeks,
    counted,
    hours_of,
    in_minutes,
    pairs,
)

BEGIN = 29_655_360
# Some days, and a crash whose clock is a century ahead.
minutes = st.lists(
    st.one_of(st.integers(BEGIN, BEGIN + 3 * 24 * HOUR), st.just(BEGIN + 100 * 365 * 24 * HOUR)),
    min_size=1,
    max_size=80,
)


def all_of(wanted: list[int]) -> tuple[Series, Weeks]:
    series, weeks = Series(), Weeks()
    for minute in wanted:
        series, weeks = counted(series, weeks, minute)
    return series, weeks


@given(minutes, st.randoms(use_true_random=False))
def test_no_order_changes_what_is_counted(wanted: list[int], random: Random) -> None:
    shuffled = wanted[:]
    random.shuffle(shuffled)
    assert all_of(wanted) == all_of(shuffled)


@given(minutes)
def test_every_crash_is_counted_in_its_hour(wanted: list[int]) -> None:
    series, weeks = all_of(wanted)
    assert hours_of(series, weeks) == Counter(minute // HOUR for minute in wanted)
    assert len({minute // HOUR for minute, _ in pairs(series)}) <= RECENT_HOURS


@given(minutes)
def test_the_minutes_of_the_newest_hours_are_exact(wanted: list[int]) -> None:
    series, _ = all_of(wanted)
    newest = sorted({minute // HOUR for minute in wanted})[-RECENT_HOURS:]
    kept = Counter(minute for minute in wanted if minute // HOUR in newest)
    assert dict(pairs(series)) == kept
    assert in_minutes(series, min(kept), max(kept)) == kept.total()
    assert in_minutes(series, max(kept) + 1, max(kept) + 9) == 0


def test_rows_stay_small_however_long_a_series_is() -> None:
    series, weeks = Series(), Weeks()
    for hour in range(2 * WEEK_HOURS):
        series, weeks = counted(series, weeks, BEGIN + hour * HOUR, 7)
    assert len(weeks.hours) == 8 * WEEK_HOURS
    assert len(series.minutes) == 2 * RECENT_HOURS


def test_counts_at_once_are_counts_one_by_one() -> None:
    one, other = all_of([BEGIN] * 5), counted(Series(), Weeks(), BEGIN, 5)
    assert one == other

"""Storms against what is usual: what is one, what is none, and that no order makes or hides one."""

from __future__ import annotations

from math import comb
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.baseline.burst import (
    AFTER_DEPLOY,
    LEAST,
    QUIET,
    after_deploy,
    joined,
    judge,
    surprise,
    take,
)
from streams.core.baseline.series import HOUR, WEEK, Series, Span, Weeks, counted
from streams.core.baseline.usual import usual

BEGIN = 29_655_360
DAY = 24 * HOUR


def past(rate: dict[int, int], weeks: int) -> tuple[Series, Weeks]:
    """A series with so many crashes in each hour of the week, spread over its minutes."""
    series, old = Series(), Weeks()
    for hour in range(weeks * WEEK):
        crashes = rate.get(hour % 24, 0)
        for number in range(crashes):
            minute = BEGIN + hour * HOUR + number * HOUR // crashes
            series, old = counted(series, old, minute)
    return series, old


BUSY_AT_NOON = {hour: 240 if 11 <= hour <= 13 else 4 for hour in range(24)}


def test_what_is_usual_goes_by_the_hour_of_the_week() -> None:
    series, weeks = past(BUSY_AT_NOON, 4)
    begin = BEGIN // HOUR + 4 * WEEK
    assert usual(series, weeks, begin + 12).crashes == pytest.approx(240, rel=0.1)
    assert usual(series, weeks, begin + 3).crashes == pytest.approx(4, rel=0.1)


def test_a_storm_in_one_of_the_weeks_does_not_move_it() -> None:
    series, weeks = past(BUSY_AT_NOON, 5)
    noon = BEGIN // HOUR + 5 * WEEK + 12
    before = usual(series, weeks, noon).crashes
    series, weeks = counted(series, weeks, (noon - WEEK) * HOUR, 50_000)
    assert usual(series, weeks, noon).crashes == pytest.approx(before, rel=0.2)


def test_the_same_burst_is_a_storm_at_night_and_none_at_noon() -> None:
    series, weeks = past(BUSY_AT_NOON, 4)
    begin = BEGIN + 4 * WEEK * HOUR
    at_night, _ = take(series, weeks, begin + 3 * HOUR + 30, 30)
    assert at_night.storms == (Span(began=begin + 3 * HOUR + 30, last=begin + 3 * HOUR + 30),)
    for minute in range(30):
        series, weeks = counted(series, weeks, begin + 12 * HOUR + minute, 4)
    at_noon, _ = take(series, weeks, begin + 12 * HOUR + 30, 11)
    assert at_noon.storms == ()


def test_a_bug_that_nobody_has_seen_is_a_storm_from_some_crashes_on() -> None:
    few, _ = take(Series(), Weeks(), BEGIN, LEAST - 1)
    many, _ = take(Series(), Weeks(), BEGIN, 5_000)
    assert (few.storms, len(many.storms)) == ((), 1)


def test_judging_says_from_how_many_on_it_is_too_much() -> None:
    series, weeks = past(BUSY_AT_NOON, 4)
    at = BEGIN + 4 * WEEK * HOUR + 3 * HOUR + 30
    limit = judge(series, weeks, at).limit
    below, past_weeks = counted(series, weeks, at, limit - 1)
    above, other_weeks = counted(series, weeks, at, 4 * limit)
    assert not judge(below, past_weeks, at).excess or limit - 1 >= LEAST
    assert judge(above, other_weeks, at).excess


def storming(counts: list[tuple[int, int]]) -> tuple[Series, Weeks]:
    series, weeks = Series(), Weeks()
    for offset, crashes in counts:
        series, weeks = take(series, weeks, BEGIN + offset, crashes)
    return series, weeks


@settings(max_examples=50)
@given(
    st.lists(st.tuples(st.integers(0, 59), st.integers(1, 40)), min_size=1, max_size=25),
    st.randoms(use_true_random=False),
)
def test_crashes_that_come_late_hide_no_storm(
    counts: list[tuple[int, int]], random: Random
) -> None:
    shuffled = counts[:]
    random.shuffle(shuffled)
    series, weeks = storming(sorted(counts))
    late, late_weeks = storming(shuffled)
    assert (late.minutes, late_weeks) == (series.minutes, weeks)
    for storm in series.storms:
        assert any(other.began <= storm.began and storm.last <= other.last for other in late.storms)


@given(st.integers(1, 60), st.floats(0.1, 20), st.floats(0.05, 1.5))
def test_the_bound_is_never_below_the_chance_itself(
    crashes: int, mean: float, variance: float
) -> None:
    """Against a negative binomial distribution that is summed term by term, with a whole number of failures."""
    size = max(1, round(1 / variance))
    chance = size / (size + mean)
    below = sum(comb(n + size - 1, n) * chance**size * (1 - chance) ** n for n in range(crashes))
    bound = 2.718281828459045 ** -surprise(crashes, mean, 1 / size)
    assert 1 - below <= bound * (1 + 1e-6) + 1e-9


def test_storms_with_little_between_them_are_one() -> None:
    spans = [Span(began=at, last=at) for at in (0, QUIET, 2 * QUIET, 3 * QUIET + 1)]
    one, two = joined(spans[::-1])
    assert (one, two) == (Span(began=0, last=2 * QUIET), spans[-1])


def test_after_a_deploy_less_is_enough() -> None:
    series, weeks = past(BUSY_AT_NOON, 4)
    deploy = BEGIN + 4 * WEEK * HOUR + 3 * HOUR
    for minute in range(10):
        series, weeks = counted(series, weeks, deploy + minute, 1)
    found = after_deploy(series, weeks, deploy, deploy + 9)
    assert found is not None
    assert found.excess
    assert not judge(series, weeks, deploy + 9).excess
    assert after_deploy(series, weeks, deploy, deploy - 1) is None
    assert after_deploy(series, weeks, deploy, deploy + max(AFTER_DEPLOY.windows)) is None


def test_a_late_crash_of_a_storm_leaves_what_is_usual_known() -> None:
    """The rate that is told of a storm says what was usual in its hour."""
    series, weeks, hour = Series(), Weeks(), 1000
    for minute, crashes in ((0, 10), (61, 11), (57, 60), (58, 1)):
        series, weeks = take(series, weeks, hour * HOUR + minute, crashes)
    assert series.storms == (Span(began=hour * HOUR + 57, last=hour * HOUR + 61),)
    assert series.band is not None
    assert (series.band.hour, series.band.crashes) == (hour + 1, 71)

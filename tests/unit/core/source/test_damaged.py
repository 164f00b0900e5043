"""Source that nobody would write: pairs that once failed, and new ones (tests/fuzz/source.py)."""

from __future__ import annotations

from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.source import Pair, judge, pair, pairs, seeds


def test_what_once_failed_does_not() -> None:
    for found in pairs().values():
        judge(found)


def test_the_programs_of_the_fixtures_are_placed() -> None:
    assert sum(judge(Pair(data, data, str(n))) for n, data in enumerate(seeds()[:12])) > 60


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(dice=st.randoms(use_true_random=False))
def test_a_damaged_pair_is_answered_the_same_in_any_order(dice: Random) -> None:
    judge(pair(dice, str(dice.random())))

"""Binaries and cores that once failed, and new ones: hypothesis throws the dice, and makes what fails smaller."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.damage import NAMES, Name, Recipe, damaged, recipe, sample
from tests.fuzz.reading import judge
from tests.fuzz.symbolize import recipes

EXAMPLES = 40


@pytest.mark.parametrize("name", NAMES)
def test_a_whole_file_answers_everything(name: Name) -> None:
    good = sample(name)
    assert damaged(good, Recipe(sample=name)) == good.data
    assert judge(good, Recipe(sample=name)) == (3 if good.is_core else 7)


@pytest.mark.parametrize("found", recipes().values(), ids=recipes().keys())
def test_what_once_failed_does_not(found: Recipe) -> None:
    judge(sample(found.sample), found)


@pytest.mark.parametrize("name", NAMES)
@settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None
)
@given(dice=st.randoms(use_true_random=False))
def test_a_file_that_lies_is_answered_or_refused(name: Name, dice: Random) -> None:
    good = sample(name)
    judge(good, recipe(dice, good))

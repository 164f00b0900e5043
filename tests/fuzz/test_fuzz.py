"""Inputs that once failed, and a few hundred new ones with a seed that stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.crashes import dice
from tests.fuzz.inputs import seeds, text
from tests.fuzz.judge import judge

CORPUS = sorted((Path(__file__).parent / "corpus").glob("*.txt"))


def test_what_once_failed_does_not() -> None:
    for path in CORPUS:
        found = path.read_bytes().decode("utf-8", "surrogatepass")
        for seed in range(20):
            judge(found, dice(seed))


@pytest.mark.parametrize("part", range(4))
def test_texts_that_nobody_wrote_do_no_harm(part: int) -> None:
    known = seeds()
    records = 0
    for number in range(60):
        thrown = dice(f"{part}/{number}")
        records += judge(text(thrown, known), thrown)
    assert records > 30

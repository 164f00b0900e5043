"""`python -m tests.fuzz.symbolize`: the readers of binaries and cores on files that lie, for a time.

In: `--seconds`, `--seed`. Out: progress, how many files; the recipe of one that fails is kept in
tests/fuzz/corpus/symbolize and ends it. Recipes damage the small program of go/fixtures/tiny.
"""

from __future__ import annotations

import sys
from typing import Final

from tests.chaos.crashes import dice
from tests.fuzz.damage import NAMES, Recipe, recipe, sample
from tests.fuzz.reading import judge
from tests.fuzz.trying import Fuzz


def _made(seed: str, number: int) -> Recipe:
    return recipe(dice(seed), sample(NAMES[number % len(NAMES)]))


def _judged(found: Recipe) -> int:
    return judge(sample(found.sample), found)


FUZZ: Final = Fuzz("symbolize", Recipe, _made, _judged, "file", "answers")
recipes: Final = FUZZ.known

if __name__ == "__main__":
    sys.exit(FUZZ.run(__doc__, 1800.0))

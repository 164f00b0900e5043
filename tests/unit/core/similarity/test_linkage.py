"""Average link by the chain is average link by the book."""

from __future__ import annotations

from itertools import combinations
from random import Random

import pytest

from streams.core.similarity.linkage import average_link


def by_the_book(count: int, far: dict[frozenset[int], float], cut: float) -> set[frozenset[int]]:
    """Join the two nearest groups again and again; means over all pairs, computed anew."""
    groups = [frozenset((number,)) for number in range(count)]

    def mean(one: frozenset[int], other: frozenset[int]) -> float:
        return sum(far[frozenset((a, b))] for a in one for b in other) / (len(one) * len(other))

    while len(groups) > 1:
        one, other = min(combinations(groups, 2), key=lambda pair: mean(*pair))
        if mean(one, other) > cut:
            break
        groups = [group for group in groups if group not in (one, other)] + [one | other]
    return set(groups)


@pytest.mark.parametrize("seed", range(20))
def test_it_joins_what_the_definition_joins(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - seeded, not secret
    count = random.randint(1, 14)
    far = {frozenset(pair): random.random() for pair in combinations(range(count), 2)}
    for cut in (0.0, 0.2, 0.4, 0.5, 1.0):
        found = average_link(count, lambda i, j: far[frozenset((i, j))], cut)
        groups = {frozenset(n for n in range(count) if found[n] == g) for g in found}
        assert groups == by_the_book(count, far, cut)
        assert all(found[group] == group for group in found)


def test_equal_distances_end() -> None:
    assert average_link(50, lambda _i, _j: 0.1 + 0.2, 0.5) == [0] * 50


def test_nothing_has_no_groups() -> None:
    assert average_link(0, lambda _i, _j: 0.0, 1) == []

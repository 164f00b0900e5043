"""The mean distance inside a cluster is that of a sample which the set alone decides."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations
from random import Random

import pytest

from streams.core.similarity.dual import Shape, distance
from streams.core.similarity.spread import SAMPLED, Spread

Variant = tuple[str, bytes, bytes]


def variants(count: int) -> list[Variant]:
    random = Random(5)  # noqa: S311 - seeded, not secret
    return [
        (f"f{number}", b"".join(bytes([random.randrange(4)] * 8) for _ in range(5)), b"")
        for number in range(count)
    ]


def mean(several: Iterable[Variant]) -> float:
    spread = Spread()
    for variant in several:
        spread.add(*variant)
    return spread.mean()


def test_a_singleton_has_0() -> None:
    assert mean(variants(1)) == 0
    assert mean([]) == 0


def test_a_small_cluster_is_the_mean_of_all_pairs() -> None:
    found = [Shape(frames) for _, frames, _ in variants(10)]
    pairs = [distance(one, other) for one, other in combinations(found, 2)]
    assert mean(variants(10)) == pytest.approx(sum(pairs) / 45)


@pytest.mark.parametrize("seed", range(5))
def test_a_large_one_is_the_same_in_any_order(seed: int) -> None:
    several = variants(4 * SAMPLED)
    expected = mean(sorted(several))
    Random(seed).shuffle(several)  # noqa: S311 - seeded, not secret
    spread = Spread()
    changed = sum(spread.add(*variant) for variant in several)
    assert spread.mean() == expected
    assert SAMPLED < changed < len(several)


def test_a_variant_counts_once() -> None:
    spread = Spread()
    assert spread.add("a", b"12345678")
    assert not spread.wants("a")
    assert not spread.add("a", b"87654321")
    assert spread.mean() == 0

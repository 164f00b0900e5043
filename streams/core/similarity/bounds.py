"""What a stack must share with another to be near it: exact bounds, proven in the docstrings.

In: a shape, how much distance is left. Out: how many of its distinct frames the other may lack. A filter that asks for
one frame more than that among any of them misses nothing (the prefix filter, whatever the order of the frames).
"""

from __future__ import annotations

from typing import Final

from streams.core.similarity.dual import LONGEST_GRAM, SEQUENCE_WEIGHT, SET_WEIGHT, SLACK, Shape

_MOST: Final = 255


def _lost_grams(shape: Shape, missing: int) -> int:
    """At least so many distinct n-grams of the shape hold one of `missing` distinct frames.

    Where no frame repeats, deleting x of n positions of a path leaves at most n - x - k + 1 of its n - k + 1 runs of k,
    so x of each length are lost (as many as there are). Where frames repeat, the runs of k that end at the first
    occurrence of a missing frame are distinct, and only the first k - 1 positions have none.
    """
    size = len(shape.frames)
    if size == len(set(shape.frames)):
        return sum(min(missing, max(size - run + 1, 0)) for run in range(1, LONGEST_GRAM + 1))
    return sum(max(missing - run + 1, 0) for run in range(1, LONGEST_GRAM + 1))


def most_missing(shape: Shape, room: float, *, grams: bool) -> int:
    """How many distinct frames of `shape` another within `room` of it may lack.

    With x distinct frames missing at most n - x positions can match, so the sequence distance is at least x / n,
    whatever the length of the other. `grams`: the other part of the distance is that of the n-grams, which is then at
    least lost / all n-grams of the shape; else it is known, and `room` is what it left.
    """
    size, distinct = len(shape.frames), len(set(shape.frames))
    total = len(shape.grams) if grams else 0
    for missing in range(1, distinct + 1):
        bound = SEQUENCE_WEIGHT * missing / size
        if grams:
            bound += SET_WEIGHT * _lost_grams(shape, missing) / total
        if bound > room + SLACK:
            return missing - 1
    return distinct


def size_of(shape: Shape) -> int:
    """Length and number of n-grams in 16 bits; what is above 255 counts as 255, which stands for "at least"."""
    return min(len(shape.frames), _MOST) << 8 | min(len(shape.grams), _MOST)


def _ratio(one: int, other: int) -> float:
    """At most the smaller divided by the larger: 1 where either may be larger than it says."""
    if one >= _MOST or other >= _MOST or not max(one, other):
        return 1.0
    return min(one, other) / max(one, other)


def may_fit(one: int, other: int, eps: float, *, grams: bool) -> bool:
    """Whether two shapes of these sizes can be within `eps`.

    The sequence distance is at least the difference of the lengths / the longer one; the Jaccard distance at least
    1 - the smaller set / the larger one.
    """
    bound = SEQUENCE_WEIGHT * (1 - _ratio(one >> 8, other >> 8))
    if grams:
        bound += SET_WEIGHT * (1 - _ratio(one & _MOST, other & _MOST))
    return bound <= eps + SLACK

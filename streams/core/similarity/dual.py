"""The dual-mode distance: 0.4 x how the frame sequences differ + 0.6 x how the root functions differ.

In: frames and subtrees as bytes (core/fingerprint/stack.py, model/events.py). Out: a number from 0 (equal) to 1.
Symmetric. Not a metric: the triangle inequality does not hold where one has source and the other has not.
"""

from __future__ import annotations

from functools import cached_property
from typing import Final

from rapidfuzz.distance import Levenshtein

SEQUENCE_WEIGHT: Final = 0.4
SET_WEIGHT: Final = 0.6
# Runs of 1 and 2 frames stand in for subtrees where there is no source (docs/reference/methods.md has the figures).
LONGEST_GRAM: Final = 2
_DIGITS: Final = 12
# A bound is compared with this much room: it must not reject what the rounded distance takes.
SLACK: Final = 1e-9

Gram = int | tuple[int, ...]


def trees_of(data: bytes) -> frozenset[int]:
    """Subtrees from bytes, 4 each (what is left over is ignored)."""
    return frozenset(memoryview(data)[: len(data) // 4 * 4].cast("I").tolist())


class Shape:
    """What the distance sees of one distinct stack. Equal bytes make equal shapes; never changed.

    `trees`: the distinct subtrees of the root function; empty without source.
    """

    def __init__(self, frames: bytes, trees: bytes | frozenset[int] = b"") -> None:
        """Decode; `frames` in whole 8 bytes (what is left over is ignored)."""
        self.frames: tuple[int, ...] = tuple(
            memoryview(frames)[: len(frames) // 8 * 8].cast("Q").tolist()
        )
        self.trees = trees_of(trees) if isinstance(trees, bytes) else trees

    @cached_property
    def grams(self) -> frozenset[Gram]:
        """The distinct runs of 1 to LONGEST_GRAM neighbouring frames."""
        shifted = [self.frames[start:] for start in range(LONGEST_GRAM)]
        found: set[Gram] = set(self.frames)
        for length in range(2, LONGEST_GRAM + 1):
            found.update(zip(*shifted[:length], strict=False))
        return frozenset(found)

    @property
    def has_source(self) -> bool:
        """Whether the root function was seen."""
        return bool(self.trees)


def sequence_distance(one: Shape, other: Shape) -> float:
    """Levenshtein distance (insert, delete, replace: 1 each) / the longer length; 0 for two empty ones."""
    longest = max(len(one.frames), len(other.frames))
    return Levenshtein.distance(one.frames, other.frames) / longest if longest else 0.0


def jaccard(one: frozenset[Gram], other: frozenset[Gram]) -> float:
    """1 - |intersection| / |union|; 0 for two empty sets."""
    shared = len(one & other)
    union = len(one) + len(other) - shared
    return (union - shared) / union if union else 0.0


def set_distance(one: Shape, other: Shape) -> float:
    """Jaccard distance of the root functions' subtrees where both are known, else of the frames' n-grams."""
    if one.has_source and other.has_source:
        return jaccard(one.trees, other.trees)
    return jaccard(one.grams, other.grams)


def blend(sequence: float, sets: float) -> float:
    """Both parts as one number, rounded, so that `eps = 0.3` means 0.3: 0.4 x 0.75 is 0.30000000000000004."""
    return round(SEQUENCE_WEIGHT * sequence + SET_WEIGHT * sets, _DIGITS)


def distance(one: Shape, other: Shape, score_cutoff: float = 1.0) -> float:
    """The dual-mode distance; 1.0 where it is greater than `score_cutoff`.

    The cheapest bound comes first: lengths, then the sequences, then the sets.
    """
    short, longest = len(one.frames), len(other.frames)
    if short > longest:
        short, longest = longest, short
    room = score_cutoff + SLACK
    sequence = 0.0
    if longest:
        if SEQUENCE_WEIGHT * (longest - short) / longest > room:
            return 1.0
        sequence = Levenshtein.distance(one.frames, other.frames) / longest
        if SEQUENCE_WEIGHT * sequence > room:
            return 1.0
    found = blend(sequence, set_distance(one, other))
    return found if found <= score_cutoff else 1.0

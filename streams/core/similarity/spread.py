"""How far apart the variants of a cluster are: the mean dual distance over at most SAMPLED distinct ones.

In: distinct fingerprints with their frames and subtrees. Out: a number from 0 to 1, a function of the set alone: the
sample is the variants with the smallest hashes, so a new one changes it ever more rarely.
"""

from __future__ import annotations

import math
from bisect import insort
from hashlib import blake2b
from typing import Final

from streams.core.similarity.dual import Shape, distance

SAMPLED: Final = 64


def _rank(fingerprint: str) -> bytes:
    return blake2b(
        fingerprint.encode("utf-8", "surrogatepass"), digest_size=8, person=b"spread"
    ).digest()


class Spread:
    """The sample of one cluster. `add` costs a hash, and at most SAMPLED distances where the sample changes."""

    def __init__(self) -> None:
        """A cluster without variants."""
        self._ranked: list[tuple[bytes, str]] = []
        self._shapes: dict[str, Shape] = {}
        self._far: dict[tuple[str, str], float] = {}

    def wants(self, fingerprint: str) -> bool:
        """Whether a variant would change the sample; cheap, to ask before its bytes are fetched."""
        if fingerprint in self._shapes:
            return False
        return len(self._ranked) < SAMPLED or (_rank(fingerprint), fingerprint) < self._ranked[-1]

    def add(self, fingerprint: str, frames: bytes, trees: bytes = b"") -> bool:
        """Take a variant; whether the sample changed, and the mean with it. The first look of a fingerprint counts."""
        if not self.wants(fingerprint):
            return False
        shape = Shape(frames, trees)
        insort(self._ranked, (_rank(fingerprint), fingerprint))
        for name, other in self._shapes.items():
            self._far[min(name, fingerprint), max(name, fingerprint)] = distance(shape, other)
        self._shapes[fingerprint] = shape
        if len(self._ranked) > SAMPLED:
            self._leave(self._ranked.pop()[1])
        return True

    def _leave(self, fingerprint: str) -> None:
        del self._shapes[fingerprint]
        for name in self._shapes:
            del self._far[min(name, fingerprint), max(name, fingerprint)]

    def mean(self) -> float:
        """The mean over all pairs of the sample; 0 for fewer than two."""
        return math.fsum(self._far.values()) / len(self._far) if self._far else 0.0

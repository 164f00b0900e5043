"""From signals to a ranking with confidences; that no change is guilty is one of the answers.

In: weighed commits. Out: the same, the likeliest first, with confidences that sum up to at most 1 together with that of
no change. Ties go by distance to the crash, then by hash: nothing depends on the order of arrival.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from streams.core.suspects import calibration
from streams.core.suspects.scene import Signal
from streams.model.change import Change


class Weighed(NamedTuple):
    """A commit with what speaks for it. `steps`: revisions that ran between it and the crash; `age`: its place."""

    change: Change
    signals: Sequence[Signal]
    steps: int
    age: int


class Ranked(NamedTuple):
    """A commit and its confidence 0..1."""

    weighed: Weighed
    confidence: float


def strength(signals: Sequence[Signal]) -> float:
    """The weight of several signals: the strongest, and a little of the others."""
    left = 1.0
    for number, signal in enumerate(sorted(signals, key=lambda s: -s.weight)[:6]):
        left *= 1.0 - signal.weight * (0.98 if number == 0 else 0.15)
    return 1.0 - left


def ranked(commits: Sequence[Weighed], most: float = 1.0) -> tuple[list[Ranked], float]:
    """Commits, the likeliest first, and how likely it is that none is guilty. `most`: no confidence is higher."""
    weights = [(_weight(item), item) for item in commits]
    greatest = max((weight for weight, _ in weights), default=0.0)
    certain = greatest**calibration.CERTAIN
    guilty = min(most, certain / (certain + calibration.NONE**calibration.CERTAIN))
    total = sum(weight**calibration.SHARE for weight, _ in weights) or 1.0
    rows = [
        Ranked(item, round(weight**calibration.SHARE / total * guilty, 4))
        for weight, item in weights
        if weight > 0
    ]
    rows.sort(key=lambda r: (-r.confidence, r.weighed.steps, r.weighed.age, r.weighed.change.sha))
    return rows, round(1.0 - guilty, 4)


def _weight(item: Weighed) -> float:
    value = strength(item.signals)
    floor = calibration.FLOOR if item.change.files else 0.0
    older = calibration.OLDER[min(item.steps, len(calibration.OLDER) - 1)]
    return max(value, floor) * older

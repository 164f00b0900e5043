"""Figures with their bars, as one table.

In: figures. Out: lines on stdout, and how many bars are missed. Measures nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

Sense = Literal["at most", "at least", "exactly"]


class Figure(msgspec.Struct, frozen=True):
    """One line. Without a bar it is only stated."""

    name: str
    value: float
    unit: str
    sense: Sense | None = None
    bar: float = 0.0

    @property
    def missed(self) -> bool:
        """Whether there is a bar and the value is on the wrong side of it."""
        if self.sense == "at most":
            return not self.value <= self.bar
        if self.sense == "at least":
            return not self.value >= self.bar
        return self.sense == "exactly" and self.value != self.bar

    @property
    def line(self) -> str:
        """The figure, its bar and the verdict."""
        verdict = ""
        if self.sense is not None:
            verdict = f"  {self.sense:8} {_shown(self.bar):>9}  {'MISSED' if self.missed else 'ok'}"
        return f"{self.name:62} {_shown(self.value):>10} {self.unit:10}{verdict}".rstrip()


def _shown(value: float) -> str:
    """Four digits; whole numbers whole."""
    return f"{value:.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:.4g}"  # noqa: PLR2004 - digits


def show(title: str, figures: Sequence[Figure]) -> int:
    """Print the table; how many bars are missed."""
    print(f"-- {title}")
    for figure in figures:
        print(figure.line)
    return sum(figure.missed for figure in figures)

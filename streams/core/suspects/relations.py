"""Data that maps names to names: parents, aliases, what follows what.

In: two texts of a file. Out: whether what it maps leads back to itself now, and did not before.
"""

from __future__ import annotations

import re
from typing import Final

_BETWEEN: Final = re.compile(r"\s*(?:->|=>|[,;|\t=: ])\s*")
_QUOTES: Final = "\"'`"
_MOST_LINES: Final = 20_000
_TWO: Final = 2


def leads_back(before: str, after: str) -> str:
    """A name that leads back to itself since, so that what goes from name to name does not end; or nothing."""
    had = _in_circles(before)
    return min(_in_circles(after) - had, default="")


def _in_circles(text: str) -> frozenset[str]:
    """Names from which on their lines come back to them. Lines of two words are read: `a b`, `a: b`, `"a": "b",`."""
    follows: dict[str, list[str]] = {}
    for line in text.splitlines()[:_MOST_LINES]:
        words = [word.strip(_QUOTES) for word in _BETWEEN.split(line.strip().rstrip(",;"))]
        if len(words) == _TWO and all(words) and not words[0].startswith(("#", "//")):
            follows.setdefault(words[0], []).append(words[1])
    return frozenset(_left(_left(follows)))


def _left(follows: dict[str, list[str]]) -> dict[str, list[str]]:
    """The other way round, without names that lead nowhere, nor those that lead only to such: none is in a circle."""
    back: dict[str, list[str]] = {}
    for name, names in follows.items():
        for other in names:
            back.setdefault(other, []).append(name)
    ahead = {name: len(names) for name, names in follows.items()}
    ends = [name for name in back if not ahead.get(name)]
    gone = set(ends)
    while ends:
        for name in back.get(ends.pop(), ()):
            ahead[name] -= 1
            if not ahead[name]:
                gone.add(name)
                ends.append(name)
    kept = {name: [n for n in names if n not in gone] for name, names in back.items()}
    return {name: names for name, names in kept.items() if name not in gone}

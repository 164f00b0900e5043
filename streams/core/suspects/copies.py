"""Commits that are one change: a cherry-pick and its original, a branch and its rebased self, met again in one range.

In: changes, the graph of commits. Out: the commits of each change that was made more than once. One that has the other
behind it is no copy: what both do had been undone between them, and it did it anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from streams.core.suspects.ancestry import reach
from streams.core.suspects.fixed import written
from streams.model.change import Change

# More than so many that look the same were made by a program, each anew.
_MOST_COPIES: Final = 8


def copies_of(
    changes: Sequence[Change], graph: Mapping[str, Sequence[str]]
) -> dict[str, tuple[Change, ...]]:
    """By the id of its first commit all commits of a change, where there are several. `changes`: the newest first."""
    groups: dict[object, list[Change]] = {}
    for change in reversed(changes):
        if change.files and len(change.parents) == 1:
            groups.setdefault(written(change), []).append(change)
    found = {}
    for group in groups.values():
        apart: list[Change] = []
        for change in group if 1 < len(group) <= _MOST_COPIES else ():
            behind = reach(graph, (change.sha,))
            if all(other.sha not in behind for other in apart):
                apart.append(change)
        if len(apart) > 1:
            first = min(apart, key=lambda each: (each.committed, each.sha))
            found[first.sha] = tuple(apart)
    return found

"""Agglomerative clustering by average link: a nearest-neighbour chain, O(n²) distances and memory.

In: a count and a distance. Out: a group for each, numbered by its first member. The order of the input breaks ties.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable

_GONE = float("inf")


def _matrix(count: int, far: Callable[[int, int], float]) -> list[array[float]]:
    rows = [array("d", [_GONE]) * count for _ in range(count)]
    for one in range(count):
        for other in range(one):
            rows[one][other] = rows[other][one] = far(one, other)
    return rows


def _merge(rows: list[array[float]], sizes: list[int], kept: int, lost: int) -> None:
    """Average link: the distance to a union is the mean over its members (Lance-Williams)."""
    one, other = sizes[kept], sizes[lost]
    row, gone = rows[kept], rows[lost]
    for number, size in enumerate(sizes):
        if size and number not in (kept, lost):
            mean = (one * row[number] + other * gone[number]) / (one + other)
            row[number] = rows[number][kept] = mean
            rows[number][lost] = _GONE
    row[lost] = _GONE
    sizes[kept], sizes[lost] = one + other, 0


def _merges(count: int, far: Callable[[int, int], float]) -> list[tuple[float, int, int]]:
    """Every merge with its height; average link is reducible, so the chain finds the same ones as a full search."""
    rows, sizes = _matrix(count, far), [1] * count
    found: list[tuple[float, int, int]] = []
    chain: list[int] = []
    while len(found) < count - 1:
        if not chain:
            chain.append(next(number for number, size in enumerate(sizes) if size))
        row = rows[chain[-1]]
        height = min(row)
        # Back to where the chain came from, if that is as near: it ends there.
        before = chain[-2] if len(chain) > 1 else -1
        nearest = before if before >= 0 and row[before] == height else row.index(height)
        if nearest != before:
            # Rounded means can contradict each other by a bit; a chain that bites its tail starts over.
            chain = [nearest] if nearest in chain else [*chain, nearest]
            continue
        kept, lost = sorted(chain[-2:])
        chain[-2:] = []
        found.append((height, kept, lost))
        _merge(rows, sizes, kept, lost)
    return found


def average_link(count: int, far: Callable[[int, int], float], cut: float) -> list[int]:
    """Groups whose mean distance is at most `cut`."""
    parent = list(range(count))

    def root(number: int) -> int:
        while parent[number] != number:
            number = parent[number]
        return number

    for height, one, other in _merges(count, far):
        if height <= cut:
            kept, lost = sorted((root(one), root(other)))
            parent[lost] = kept
    return [root(number) for number in range(count)]

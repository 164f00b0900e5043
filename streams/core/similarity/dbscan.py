"""DBSCAN of a whole set at once, with fixed tie-breaks: the result is a function of the set, not of its order.

In: names and who is near whom. Out: the name that stands for each one's cluster. It is what incremental clustering
(core/cluster/dense.py) must be equal to. Points are distinct fingerprints: each counts once, with however many crashes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence


def neighbourhoods(count: int, near: Callable[[int, int], bool]) -> list[list[int]]:
    """For each of `count` points those that are near it, itself included; `near` is asked once for a pair."""
    found: list[list[int]] = [[number] for number in range(count)]
    for one in range(count):
        for other in range(one):
            if near(one, other):
                found[one].append(other)
                found[other].append(one)
    return found


def _components(neighbours: Sequence[Sequence[int]], core: Sequence[bool]) -> list[int]:
    """A number for each core point, equal for those that a path of core points joins; -1 for the others."""
    component = [-1] * len(core)
    for start, is_core in enumerate(core):
        if not is_core or component[start] >= 0:
            continue
        component[start] = start
        waiting = [start]
        while waiting:
            for near in neighbours[waiting.pop()]:
                if core[near] and component[near] < 0:
                    component[near] = start
                    waiting.append(near)
    return component


def dbscan(
    names: Sequence[str], neighbours: Sequence[Sequence[int]], min_samples: int
) -> list[str]:
    """The cluster of each point, named by the smallest core point of it; noise is one of its own, by its own name.

    Core: at least `min_samples` points are near it, itself included. A border point (near a core point, not core) goes
    to the cluster of the smallest core point that it is near. Names must be distinct.
    """
    core = [len(near) >= min_samples for near in neighbours]
    component = _components(neighbours, core)
    smallest: dict[int, str] = {}
    for number, group in enumerate(component):
        if group >= 0:
            smallest[group] = min(smallest.get(group, names[number]), names[number])
    found: list[str] = []
    for number, near in enumerate(neighbours):
        cores = [number] if core[number] else [each for each in near if core[each]]
        owner = min(cores, key=lambda each: names[each], default=None)
        found.append(names[number] if owner is None else smallest[component[owner]])
    return found

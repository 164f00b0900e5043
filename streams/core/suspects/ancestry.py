"""What a commit was made of.

In: parents by commit. Out: commits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence


def reach(graph: Mapping[str, Sequence[str]], commits: Iterable[str]) -> frozenset[str]:
    """Commits and all that they were made of, as far as the graph goes."""
    found: set[str] = set()
    open_commits = list(commits)
    while open_commits:
        sha = open_commits.pop()
        if sha in found or sha not in graph:
            continue
        found.add(sha)
        open_commits.extend(graph[sha])
    return frozenset(found)

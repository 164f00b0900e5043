"""How well a clustering agrees with the labels.

In: gold and predicted cluster by trace id. Out: B-cubed, pairwise, shares of bugs exact, split and merged.
As a command: python -m benchmarks.clusters.score GOLD PREDICTED (JSON lines with id and label, id and cluster).
"""

from __future__ import annotations

import json
import sys
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Score:
    """All from 0 to 1 but the counts."""

    traces: int
    bugs: int
    clusters: int
    precision: float
    """B-cubed: of a trace's cluster, the share that has its label; the mean over traces."""
    recall: float
    """B-cubed: of a trace's bug, the share that is in its cluster; the mean over traces."""
    f1: float
    pair_precision: float
    """Of the pairs in one cluster, the share that has one label."""
    pair_recall: float
    pair_f1: float
    exact: float
    """The share of bugs that are one cluster, with nothing else in it."""
    split: float
    """The share of bugs that are in more than one cluster."""
    merged: float
    """The share of bugs that share a cluster with another bug."""


def score(gold: Mapping[str, str], predicted: Mapping[str, str]) -> Score:
    """A trace without a prediction is a cluster of its own."""
    where = {key: predicted.get(key, f"\0{key}") for key in gold}
    cells = Counter((label, where[key]) for key, label in gold.items())
    labels, clusters = Counter(gold.values()), Counter(where.values())
    total = len(gold)
    precision = _share(sum(n * n / clusters[cluster] for (_, cluster), n in cells.items()), total)
    recall = _share(sum(n * n / labels[label] for (label, _), n in cells.items()), total)
    both = _pairs(cells)
    pair_precision, pair_recall = _share(both, _pairs(clusters)), _share(both, _pairs(labels))
    own: defaultdict[str, set[str]] = defaultdict(set)
    held: defaultdict[str, set[str]] = defaultdict(set)
    for label, cluster in cells:
        own[label].add(cluster)
        held[cluster].add(label)
    split = {label for label, found in own.items() if len(found) > 1}
    merged = {
        label for label, found in own.items() if any(len(held[cluster]) > 1 for cluster in found)
    }
    return Score(
        total,
        len(labels),
        len(clusters),
        precision,
        recall,
        _harmonic(precision, recall),
        pair_precision,
        pair_recall,
        _harmonic(pair_precision, pair_recall),
        _share(len(labels) - len(split | merged), len(labels)),
        _share(len(split), len(labels)) if labels else 0.0,
        _share(len(merged), len(labels)) if labels else 0.0,
    )


def _pairs(counts: Mapping[object, int] | Counter[str] | Counter[tuple[str, str]]) -> int:
    return sum(n * (n - 1) // 2 for n in counts.values())


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 1.0


def _harmonic(one: float, other: float) -> float:
    return 2 * one * other / (one + other) if one + other else 0.0


def read(path: Path, key: str) -> dict[str, str]:
    """A field by id."""
    rows = [json.loads(line) for line in path.read_text().splitlines() if line.strip()]
    return {str(row["id"]): str(row[key]) for row in rows}


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    gold, predicted = sys.argv[1:3] if arguments is None else arguments
    for name, value in asdict(
        score(read(Path(gold), "label"), read(Path(predicted), "cluster"))
    ).items():
        print(f"{name:15} {value:.4f}" if isinstance(value, float) else f"{name:15} {value}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The gauges of clustering: how wide the most active clusters are.

In: what a driver knows after a commit. Out: values in a meter. At most `most` clusters have a gauge: the ones that
changed last; the gauge of one that falls behind is taken away, so the label stays bounded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from streams.core.similarity.spread import Spread
from streams.ports.meter import Meter

MOST_ACTIVE: Final = 100
# Fingerprint, frames, subtrees.
Variant = tuple[str, bytes, bytes]
_WIDTH: Final = "clustering_intra_cluster_avg_distance"


class ClusterGauges:
    """Sets and takes away the gauges; one for a process."""

    def __init__(self, meter: Meter, most: int = MOST_ACTIVE) -> None:
        """No cluster is known."""
        self._meter = meter
        self._most = most
        self._active: dict[str, Spread] = {}

    def active(self, cluster: str, variants: Callable[[], Iterable[Variant]]) -> None:
        """A cluster grew. `variants`: all of its distinct stacks, read where it has no gauge yet."""
        if cluster in self._active:
            self._active[cluster] = self._active.pop(cluster)
            return
        self._active[cluster] = Spread()
        self._meter.set(_WIDTH, 0.0, (cluster,))
        for fingerprint, frames, trees in variants():
            self.variant(cluster, fingerprint, frames, trees)
        self._bound()

    def variant(self, cluster: str, fingerprint: str, frames: bytes, trees: bytes) -> None:
        """A crash of a cluster: its variant is taken into the mean, the cluster is the most active now."""
        spread = self._active.pop(cluster, None) or Spread()
        self._active[cluster] = spread
        if spread.add(fingerprint, frames, trees):
            self._meter.set(_WIDTH, spread.mean(), (cluster,))
        self._bound()

    def gone(self, cluster: str) -> None:
        """A cluster was merged away, or is not among the most active any more."""
        if self._active.pop(cluster, None) is not None:
            self._meter.forget(_WIDTH, (cluster,))

    def _bound(self) -> None:
        if len(self._active) > self._most:
            self.gone(next(iter(self._active)))

"""The gauges of clustering: how wide the most active clusters are.

In: what a driver knows after a commit. Out: values in a meter. At most `most` clusters have a gauge: the ones that
changed last; the gauge of one that falls behind is taken away, so the label stays bounded, and it is counted how many
clusters have none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from heapq import nlargest
from typing import Final

from streams.core.cluster.state import CLUSTERS, MEMBERS, POINTS, SENT, SEPARATOR, point_key
from streams.core.similarity.spread import Spread
from streams.drivers.database import Reader
from streams.model.events import ClusterChanged, ClusterVariant
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
        self.most = most
        self._active: dict[str, Spread] = {}
        self._exist = 0

    def exist(self, number: int) -> None:
        """So many clusters more."""
        self._exist += number
        self._meter.set("clustering_centers_count", self._exist, ())
        self._left_out()

    def _left_out(self) -> None:
        left = max(0, self._exist - len(self._active))
        self._meter.set("panictrail_clusters_left_out", left, ())

    def active(self, cluster: str, variants: Callable[[], Iterable[Variant]]) -> None:
        """A cluster grew. `variants`: all of its distinct stacks, read where it has no gauge yet."""
        if cluster in self._active:
            self._active[cluster] = self._active.pop(cluster)
            return
        self._enter(cluster, Spread())
        self._meter.set(_WIDTH, 0.0, (cluster,))
        for fingerprint, frames, trees in variants():
            self.variant(cluster, fingerprint, frames, trees)

    def variant(self, cluster: str, fingerprint: str, frames: bytes, trees: bytes) -> None:
        """A crash of a cluster: its variant is taken into the mean, the cluster is the most active now."""
        spread = self._active.pop(cluster, None) or Spread()
        self._enter(cluster, spread)
        if spread.add(fingerprint, frames, trees):
            self._meter.set(_WIDTH, spread.mean(), (cluster,))

    def shown(self) -> tuple[str, ...]:
        """The clusters that have a gauge."""
        return tuple(self._active)

    def gone(self, cluster: str) -> None:
        """A cluster was merged away, or is not among the most active any more."""
        if self._active.pop(cluster, None) is not None:
            self._meter.forget(_WIDTH, (cluster,))
            self._left_out()

    def _enter(self, cluster: str, spread: Spread) -> None:
        """It is the most active one; first the least active one goes: there is never one gauge too many."""
        while len(self._active) >= self.most:
            self.gone(next(iter(self._active)))
        self._active[cluster] = spread
        self._left_out()


class PartGauges:
    """The gauges of the clusters of one partition: parts that people merged have one, under the id that is shown.

    Stacks of parts in other partitions are not in it.
    """

    def __init__(self, gauges: ClusterGauges, rows: Reader) -> None:
        """`rows`: the committed tables of the partition."""
        self._gauges = gauges
        self._rows = rows
        # Only parts that are shown under another id: people merge few.
        self._shown: dict[str, str] = {}
        self._parts: dict[str, dict[str, None]] = {}
        for part, sent in rows.scan(SENT, ""):
            if sent.to:
                self._put(part, sent.to)

    def fill(self) -> None:
        """Show what is in the tables already: the clusters that were seen last."""
        found = (
            (cluster.last_seen.ns if cluster.last_seen else 0, part)
            for part, cluster in self._rows.scan(CLUSTERS, "")
        )
        for _, part in reversed(nlargest(self._gauges.most, found)):
            cluster = self._shown.get(part, part)
            self._gauges.active(cluster, partial(self._stacks, self._of(cluster)))

    def show(self, events: Iterable[ClusterChanged | ClusterVariant]) -> None:
        """What a batch told, after its commit: clusters that grew are the active ones."""
        for event in events:
            if isinstance(event, ClusterVariant):
                self._variant(event)
            elif event.summary is None:
                self._gone(event.cluster, event.part or event.cluster)
            else:
                self._changed(event.cluster, event.part or event.cluster)

    def close(self) -> None:
        """The partition is another's: take away the gauges of its clusters."""
        for cluster in self._gauges.shown():
            if self._of(cluster):
                self._gauges.gone(cluster)

    def _variant(self, event: ClusterVariant) -> None:
        if self._rows.get(CLUSTERS, event.cluster) is not None:
            cluster = self._shown.get(event.cluster, event.cluster)
            self._gauges.variant(cluster, event.fingerprint, event.frames, event.trees)

    def _changed(self, cluster: str, part: str) -> None:
        if self._shown.get(part, part) != cluster:
            self._put(part, cluster)
            # Its stacks are new to this cluster.
            self._gauges.gone(cluster)
        self._gauges.active(cluster, lambda: self._stacks(self._of(cluster)))

    def _gone(self, cluster: str, part: str) -> None:
        shown = self._gauges.shown()
        self._take(part)
        self._gauges.gone(cluster)
        others = [other for other in self._of(cluster) if other != part]
        if cluster in shown and others:
            self._gauges.active(cluster, partial(self._stacks, others))

    def _put(self, part: str, cluster: str) -> None:
        self._take(part)
        if part != cluster:
            self._shown[part] = cluster
            self._parts.setdefault(cluster, {})[part] = None

    def _take(self, part: str) -> None:
        cluster = self._shown.pop(part, None)
        if cluster is not None:
            self._parts[cluster].pop(part)
            if not self._parts[cluster]:
                del self._parts[cluster]

    def _of(self, cluster: str) -> list[str]:
        """The parts of a cluster that are in this partition."""
        parts = list(self._parts.get(cluster, ()))
        if cluster not in self._shown and self._rows.get(CLUSTERS, cluster) is not None:
            parts.append(cluster)
        return parts

    def _stacks(self, parts: Iterable[str]) -> Iterator[Variant]:
        for part in parts:
            for key, member in self._rows.scan(MEMBERS, part + SEPARATOR):
                fingerprint = key[len(part) + len(SEPARATOR) :]
                point = self._rows.get(POINTS, point_key(member.block, fingerprint))
                if point is not None:
                    yield fingerprint, point.frames, point.trees

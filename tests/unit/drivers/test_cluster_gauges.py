"""The gauge of a cluster comes and goes with its activity."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from streams.adapters.memory_meter import MemoryMeter
from streams.adapters.prometheus_meter import PrometheusMeter
from streams.adapters.sqlite_store import SqliteStore
from streams.core.cluster.state import (
    CLUSTERS,
    MEMBERS,
    POINTS,
    SENT,
    SEPARATOR,
    Member,
    Point,
    Sent,
    point_key,
)
from streams.drivers.cluster_gauges import ClusterGauges, PartGauges, Variant
from streams.model.events import ClusterChanged, ClusterSummary, ClusterVariant, Representative
from streams.model.report import RootCause
from streams.model.step import put

WIDTH: Final = "clustering_intra_cluster_avg_distance"
A: Final[Variant] = ("a", b"1" * 8, b"")
B: Final[Variant] = ("b", b"2" * 8, b"")


class Table:
    """The stacks of a cluster as a store has them; counts how often they are read."""

    def __init__(self, *variants: Variant) -> None:
        self.variants = variants
        self.reads = 0

    def __call__(self) -> Iterator[Variant]:
        """All of them."""
        self.reads += 1
        yield from self.variants


def shown(meter: MemoryMeter) -> dict[str, float]:
    return {
        labels[0]: round(value, 3)
        for (name, labels), value in meter.gauges.items()
        if name == WIDTH
    }


def test_a_cluster_has_the_mean_distance_of_its_variants() -> None:
    meter = MemoryMeter()
    gauges = ClusterGauges(meter)
    gauges.variant("c1", *A)
    assert shown(meter) == {"c1": 0}
    gauges.variant("c1", *B)
    gauges.variant("c1", *B)
    assert shown(meter) == {"c1": 1}


def test_only_the_most_active_have_a_gauge() -> None:
    meter = MemoryMeter()
    gauges = ClusterGauges(meter, most=2)
    for cluster in ("c1", "c2", "c1", "c3"):
        gauges.variant(cluster, *A)
    assert shown(meter).keys() == {"c1", "c3"}
    gauges.gone("c3")
    gauges.gone("c3")
    assert shown(meter).keys() == {"c1"}


def test_of_a_cluster_that_grows_the_stacks_are_read_once() -> None:
    meter = MemoryMeter()
    gauges = ClusterGauges(meter)
    stacks = Table(A, B)
    gauges.active("c1", stacks)
    assert shown(meter) == {"c1": 1}
    gauges.active("c1", stacks)
    assert stacks.reads == 1
    # What comes later comes one by one, and what is known already changes nothing.
    gauges.variant("c1", *B)
    assert shown(meter) == {"c1": 1}
    gauges.variant("c1", "c", b"2" * 8, b"")
    assert shown(meter) == {"c1": 0.667}


def test_one_that_grows_is_more_active_than_one_that_does_not() -> None:
    meter = MemoryMeter()
    gauges = ClusterGauges(meter, most=2)
    stacks = {name: Table(A) for name in ("c1", "c2", "c3")}
    for name in ("c1", "c2", "c1", "c3"):
        gauges.active(name, stacks[name])
    assert shown(meter).keys() == {"c1", "c3"}
    # One that had fallen behind is read anew: its stacks were forgotten with its gauge.
    gauges.active("c2", stacks["c2"])
    assert shown(meter).keys() == {"c3", "c2"}
    assert {name: table.reads for name, table in stacks.items()} == {"c1": 1, "c2": 2, "c3": 1}


def test_clusters_without_stacks_do_not_make_more_gauges_than_there_may_be() -> None:
    meter = MemoryMeter()
    gauges = ClusterGauges(meter, most=2)
    for number in range(9):
        gauges.active(f"c{number}", Table())
    assert shown(meter) == {"c7": 0, "c8": 0}


def test_prometheus_forgets_the_label() -> None:
    meter = PrometheusMeter()
    gauges = ClusterGauges(meter, most=1)
    gauges.variant("c1", *A)
    gauges.variant("c2", *A)
    text, _ = meter.text()
    assert b'{cluster_id="c2"} 0.0' in text
    assert b"c1" not in text
    meter.forget(WIDTH, ("c9",))
    PrometheusMeter().forget(WIDTH, ("c9",))


# ---- parts that people merged


def summary_of(part: str) -> ClusterSummary:
    first = Representative(crash="", title="t", kind="panic", root_cause=RootCause())
    return ClusterSummary(cluster=part, block="k", occurrences=1, representative=first)


class Partition:
    """The rows of one partition, and its gauges."""

    def __init__(self, gauges: ClusterGauges) -> None:
        """No cluster is there."""
        self._store = SqliteStore(None)
        self._gauges = gauges
        self.parts = PartGauges(gauges, self._store)

    def has(self, part: str, *variants: Variant) -> None:
        """A part with these stacks."""
        summary = summary_of(part)
        self._store.apply((put(CLUSTERS, part, summary),))
        for name, frames, trees in variants:
            point = Point(
                fingerprint=name, cluster=part, summary=summary, frames=frames, trees=trees
            )
            member = put(MEMBERS, f"{part}{SEPARATOR}{name}", Member(block="k"))
            self._store.apply((member, put(POINTS, point_key("k", name), point)))

    def grew(self, part: str, cluster: str | None = None) -> None:
        """The part grew, and is shown under this id."""
        sent = Sent(to=cluster, redirect=cluster) if cluster else None
        self._store.apply((put(SENT, part, sent),))
        summary = summary_of(part)
        other = part if cluster else None
        event = ClusterChanged(cluster=cluster or part, change="grew", summary=summary, part=other)
        self.parts.show((event,))

    def left(self, part: str, cluster: str | None = None) -> None:
        """The part is not shown under this id any more."""
        other = part if cluster else None
        self.parts.show((ClusterChanged(cluster=cluster or part, change="merged", part=other),))

    def retired(self, part: str) -> None:
        """The part is not there any more."""
        self._store.apply((put(CLUSTERS, part, None),))
        self.left(part)

    def variant(self, part: str, variant: Variant) -> None:
        """A crash of a part."""
        name, frames, trees = variant
        event = ClusterVariant(
            cluster=part,
            block="k",
            fingerprint=name,
            crash="",
            title="",
            frames=frames,
            trees=trees,
        )
        self.parts.show((event,))

    def opened_again(self) -> None:
        """What is remembered is in the rows."""
        self.parts = PartGauges(self._gauges, self._store)


def test_a_merged_cluster_has_one_gauge_with_the_stacks_of_its_parts() -> None:
    meter = MemoryMeter()
    partition = Partition(ClusterGauges(meter))
    partition.has("c1", A)
    partition.has("c2", B)
    partition.grew("c1")
    partition.grew("c2")
    assert shown(meter) == {"c1": 0, "c2": 0}
    partition.left("c2")
    partition.grew("c2", "c1")
    assert shown(meter) == {"c1": 1}
    partition.opened_again()
    partition.variant("c2", ("c", b"2" * 8, b""))
    assert shown(meter) == {"c1": 0.667}
    # The merge is taken back.
    partition.left("c2", "c1")
    partition.grew("c2")
    assert shown(meter) == {"c1": 0, "c2": 0}


def test_a_cluster_that_is_retired_has_no_gauge_whatever_comes_later() -> None:
    meter = MemoryMeter()
    partition = Partition(ClusterGauges(meter))
    partition.has("c1", A)
    partition.grew("c1")
    partition.retired("c1")
    partition.variant("c1", B)
    assert shown(meter) == {}


def test_a_part_whose_cluster_is_in_another_partition_is_shown_under_its_id() -> None:
    meter = MemoryMeter()
    partition = Partition(ClusterGauges(meter))
    partition.has("c2", A, B)
    partition.grew("c2", "c1")
    assert shown(meter) == {"c1": 1}


def test_the_gauges_of_a_partition_go_with_it() -> None:
    meter = MemoryMeter()
    gauges = ClusterGauges(meter)
    one, other = Partition(gauges), Partition(gauges)
    one.has("c1", A)
    one.has("c2", B)
    other.has("c3", A)
    one.grew("c1")
    one.grew("c2", "c0")
    other.grew("c3")
    assert shown(meter).keys() == {"c1", "c0", "c3"}
    one.parts.close()
    assert shown(meter).keys() == {"c3"}

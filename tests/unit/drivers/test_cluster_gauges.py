"""The gauge of a cluster comes and goes with its activity."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from streams.adapters.memory_meter import MemoryMeter
from streams.adapters.prometheus_meter import PrometheusMeter
from streams.drivers.cluster_gauges import ClusterGauges, Variant

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
    assert b'{cluster_id="c2"} 0.0' in meter.text()
    assert b"c1" not in meter.text()
    meter.forget(WIDTH, ("c9",))
    PrometheusMeter().forget(WIDTH, ("c9",))

"""The gauge of a cluster comes and goes with its activity."""

from __future__ import annotations

from typing import Final

from streams.adapters.memory_meter import MemoryMeter
from streams.adapters.prometheus_meter import PrometheusMeter
from streams.drivers.cluster_gauges import ClusterGauges

WIDTH: Final = "clustering_intra_cluster_avg_distance"


def shown(meter: MemoryMeter) -> dict[str, float]:
    return {
        labels[0]: round(value, 3)
        for (name, labels), value in meter.gauges.items()
        if name == WIDTH
    }


def test_a_cluster_has_the_mean_distance_of_its_variants() -> None:
    meter = MemoryMeter()
    gauges = ClusterGauges(meter)
    gauges.count(7)
    gauges.variant("c1", "a", b"1" * 8, b"")
    assert shown(meter) == {"c1": 0}
    gauges.variant("c1", "b", b"2" * 8, b"")
    gauges.variant("c1", "b", b"2" * 8, b"")
    assert shown(meter) == {"c1": 1}
    assert meter.gauges["clustering_centers_count", ()] == 7


def test_only_the_most_active_have_a_gauge() -> None:
    meter = MemoryMeter()
    gauges = ClusterGauges(meter, most=2)
    for cluster in ("c1", "c2", "c1", "c3"):
        gauges.variant(cluster, "a", b"1" * 8, b"")
    assert shown(meter).keys() == {"c1", "c3"}
    gauges.gone("c3")
    gauges.gone("c3")
    assert shown(meter).keys() == {"c1"}


def test_prometheus_forgets_the_label() -> None:
    meter = PrometheusMeter()
    gauges = ClusterGauges(meter, most=1)
    gauges.variant("c1", "a", b"1" * 8, b"")
    gauges.variant("c2", "a", b"1" * 8, b"")
    assert b'{cluster_id="c2"} 0.0' in meter.text()
    assert b"c1" not in meter.text()
    meter.forget(WIDTH, ("c9",))
    PrometheusMeter().forget(WIDTH, ("c9",))

"""Gauges of what stages sent: bounded, moved with their service, there again after a start."""

from __future__ import annotations

import pytest

from streams.adapters.memory_meter import MemoryMeter
from streams.adapters.sqlite_store import SqliteStore
from streams.core.steps.attribute import ATTRIBUTED, Attributed
from streams.drivers.output_gauges import Gauges, PartOfGauges, shown
from streams.model.events import ClusterSummary, LinkChanged, Representative
from streams.model.instant import Instant
from streams.model.report import ClusterStatus, Report, RootCause, Suspect
from streams.model.step import Emit, put

SECOND = 10**9
OCCURRENCES = "panictrail_cluster_occurrences"


def report(
    cluster: str, service: str = "cart", status: ClusterStatus = "new", *, confidence: float = 0.0
) -> Emit:
    suspects = (Suspect(commit="c0ffee", confidence=confidence),) if confidence else ()
    event = Report(
        cluster=cluster,
        title="t",
        kind="panic",
        occurrences=3,
        first_seen=Instant(5 * SECOND),
        services=(service,) if service else (),
        representative="c",
        status=status,
        suspects=suspects,
    )
    return Emit("reports.root_cause", cluster, event)


def gone(cluster: str) -> Emit:
    return Emit("reports.root_cause", cluster, None)


def part(meter: MemoryMeter, most: int = 100, store: SqliteStore | None = None) -> PartOfGauges:
    return PartOfGauges(Gauges(meter, most), store or SqliteStore(None), (ATTRIBUTED,))


def labels(meter: MemoryMeter, name: str = OCCURRENCES) -> list[tuple[str, ...]]:
    return [labels for (key, labels) in meter.gauges if key == name]


def test_a_report_says_how_often_since_when_and_whether_it_is_back() -> None:
    meter = MemoryMeter()
    part(meter).show((report("c1"), report("c2", status="regressed")))
    names = ("occurrences", "first_seen_timestamp_seconds", "regressed")
    found = {
        cluster: [
            meter.gauges[f"panictrail_cluster_{name}", (cluster, "cart")]  # type: ignore[index]  # names are a closed list
            for name in names
        ]
        for cluster in ("c1", "c2")
    }
    assert found == {"c1": [3, 5, 0], "c2": [3, 5, 1]}
    # It was never seen at a known time.
    assert labels(meter, "panictrail_cluster_last_seen_timestamp_seconds") == []


def test_the_clusters_that_changed_last_are_shown() -> None:
    meter = MemoryMeter()
    gauges = part(meter, most=2)
    gauges.show((report("c1"), report("c2"), report("c1"), report("c3")))
    assert labels(meter) == [("c1", "cart"), ("c3", "cart")]


def test_a_cluster_has_one_service_at_a_time() -> None:
    meter = MemoryMeter()
    gauges = part(meter)
    gauges.show((report("c1"), report("c1", "mail")))
    assert labels(meter) == [("c1", "mail")]
    gauges.show((report("c1", ""),))
    assert labels(meter) == [("c1", "unknown")]


def test_what_is_no_more_is_not_shown() -> None:
    meter = MemoryMeter()
    gauges = part(meter)
    gauges.show((report("c1"), report("c2"), gone("c1"), gone("c9")))
    assert labels(meter) == [("c2", "cart")]
    gauges.close()
    assert not [key for key, _ in meter.gauges if key.startswith("panictrail_cluster_")]


def test_the_first_suspect_of_each_revision_is_observed() -> None:
    meter = MemoryMeter()
    part(meter).show((report("c1", confidence=0.75), report("c2")))
    assert meter.total("panictrail_suspect_confidence_ratio") == 2


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (2, 0, 3, 1)])
def test_a_deploy_is_when_its_batch_began(order: tuple[int, ...]) -> None:
    def row(batch: str, at: int, action: str = "rollout") -> Emit:
        event = LinkChanged(
            link=f"{batch}{at}",
            service="cart",
            deploy_batch=batch,
            timestamp=Instant(at * SECOND),
            action=action,
        )
        return Emit("links.changed", "cart", event)

    rows = (row("b-6", 10), row("b-7", 20), row("b-7", 30), row("b-7", 40, "scale"))
    meter = MemoryMeter()
    part(meter).show(rows[number] for number in order)
    assert meter.gauges["panictrail_deploy_timestamp_seconds", ("cart",)] == 20


def test_what_was_there_before_the_start_is_shown() -> None:
    store, meter = SqliteStore(None), MemoryMeter()
    for number in range(3):
        cluster = f"c{number}"
        best = Representative(crash="c", title="t", kind="panic", root_cause=RootCause())
        summary = ClusterSummary(
            cluster=cluster,
            block="b",
            occurrences=3,
            last_seen=Instant(number * SECOND),
            services=("cart",),
            representative=best,
        )
        store.apply((put(ATTRIBUTED, cluster, Attributed(summary=summary)),))
    store.apply((put(ATTRIBUTED, "c9", Attributed()),))
    part(meter, most=2, store=store)
    assert labels(meter) == [("c1", "cart"), ("c2", "cart")]
    # Nothing was sent just now.
    assert meter.total("panictrail_suspect_confidence_ratio") == 0


def test_only_what_a_gauge_says_something_of_is_kept() -> None:
    assert shown(report("c1"))
    assert shown(gone("c1"))
    assert not shown(Emit("attribution.requests", "c1", None))

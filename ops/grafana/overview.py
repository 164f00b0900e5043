"""What crashes, since when, and whether it is more than usual: the dashboard to begin with.

In: nothing. Out: the dashboard `panictrail-overview`.
"""

from __future__ import annotations

from typing import Final

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.models import units

from ops.grafana import parts
from ops.grafana.parts import About, Figure, Query

_WHERE: Final = '{service=~"$service"}'
_FIRST: Final = f"cluster:panictrail_first_seen:timestamp_seconds{_WHERE}"
_RATE: Final = f"service:panictrail_occurrences:rate5m{_WHERE}"
_STORM: Final = f"service:panictrail_occurrences:storm5m{_WHERE}"
_FIRING: Final = 'ALERTS{alertname=~"Panictrail.+", alertstate="firing"}'


def overview() -> builders.Dashboard:
    """The dashboard."""
    found = parts.page(
        "panictrail-overview",
        "overview",
        "What crashes, what is new, and whether it is more than usual.",
    )
    found = found.with_variable(
        parts.several("service", "label_values(panictrail_occurrences_total, service)", "Service")
    ).annotation(parts.deploys(_WHERE))
    found = parts.row(found, "In this time range", *_figures())
    found = parts.row(found, "Crashes", *_crashes())
    return parts.row(found, "Clusters", *_clusters())


def _figures() -> tuple[parts.Panel, ...]:
    occurrences = parts.grown("panictrail_occurrences_total", "service", _WHERE, "$__range")
    storms = parts.grown("panictrail_storms_total", "service", _WHERE, "$__range")
    regressed = f"max by (cluster_id, service) (panictrail_cluster_regressed{_WHERE})"
    return parts.figures(
        Figure(
            "Clusters", "Bugs that are known, of all services.", "sum(clustering_centers_count)"
        ),
        Figure(
            "Crashes", "Distinct crashes in the time range.", f"sum({occurrences})", or_zero=True
        ),
        Figure(
            "New clusters",
            "Bugs that were seen for the first time in the time range.",
            f"count({_FIRST} >= $__from / 1000)",
            bad_from=1,
            or_zero=True,
        ),
        Figure(
            "Back after a fix",
            "Resolved clusters that a build with the fix crashes with.",
            f"sum({regressed})",
            bad_from=1,
            or_zero=True,
        ),
        Figure(
            "Storms",
            "Far more crashes of a cluster than usual: times that one began.",
            f"sum({storms})",
            bad_from=1,
            or_zero=True,
        ),
        Figure(
            "Alerts",
            "Alerts that fire: ops/runbooks says what to do.",
            f"count({_FIRING})",
            bad_from=1,
            or_zero=True,
        ),
    )


def _crashes() -> tuple[parts.Panel, ...]:
    kinds = parts.grown("panictrail_crashes_total", "kind", "", "$__rate_interval")
    return (
        parts.lines(
            About("Crashes per minute, by service", "Over five minutes; blue marks are deploys."),
            Query(f"{_RATE} * 60", "{{service}}"),
        ),
        parts.limited(
            About(
                "Against what is usual",
                "1 is the bound for a service as a whole: six deviations above the median of a day.",
                units.PercentUnit,
            ),
            1,
            Query(f"{_RATE} / {_STORM}", "{{service}}"),
        ),
        parts.lines(
            About("Crashes, by kind", "Panic, fatal error, signal, killed: of all services."),
            Query(kinds, "{{kind}}"),
        ),
        parts.rows(
            About("Alerts that fire", "One bug is one message: docs/alerts.md."),
            [Query(f"max by (alertname, severity, service, cluster_id) ({_FIRING})", "fires")],
            parts.to_cluster("cluster_id"),
        ),
    )


def _clusters() -> tuple[parts.Panel, ...]:
    changes = parts.grown("panictrail_clusters_changed_total", "change", "", "$__rate_interval")
    last = f"max by (cluster_id, service) (panictrail_cluster_last_seen_timestamp_seconds{_WHERE})"
    number = f"max by (cluster_id, service) (panictrail_cluster_occurrences{_WHERE})"
    return (
        parts.rows(
            About(
                "Newest clusters",
                "The clusters that changed last, at most 100 of a process.",
                width=24,
            ),
            [
                Query(f"{_FIRST} * 1000", "first seen"),
                Query(f"{last} * 1000", "last seen"),
                Query(number, "crashes"),
            ],
            parts.to_cluster("cluster_id"),
            times=("first seen", "last seen"),
        ),
        parts.lines(
            About(
                "Clusters",
                "Known; and those that have no gauge of their own, for others changed later.",
            ),
            Query("sum(clustering_centers_count)", "known"),
            Query("sum(panictrail_clusters_left_out)", "without a gauge"),
        ),
        parts.lines(
            About("What happened to clusters", "Born, seen again, merged, split, resolved."),
            Query(changes, "{{change}}"),
        ),
    )

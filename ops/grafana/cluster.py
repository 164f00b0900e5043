"""One cluster: since when, how often, how wide, after which deploy. `cluster_id` drives every panel.

In: nothing. Out: the dashboard `panictrail-cluster`.
"""

from __future__ import annotations

from typing import Final

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.models import dashboard, units

from ops.grafana import parts
from ops.grafana.parts import About, Figure, Query
from streams.cli.options import LISTEN

_THIS: Final = '{cluster_id="$cluster_id"}'
_SERVICE: Final = '{service=~"$service"}'
_COUNT: Final = f"cluster:panictrail_occurrences:max{_THIS}"
_FIRST: Final = f"max(panictrail_cluster_first_seen_timestamp_seconds{_THIS}) * 1000"
_LAST: Final = f"max(panictrail_cluster_last_seen_timestamp_seconds{_THIS}) * 1000"
_FIRING: Final = 'ALERTS{cluster_id="$cluster_id", alertstate="firing"}'
# Where `panictrail serve` or `panictrail web` shows the page by default.
_PAGE: Final = f"http://{LISTEN}"


def cluster() -> builders.Dashboard:
    """The dashboard."""
    found = parts.page(
        "panictrail-cluster", "cluster", "One bug: since when, how often, after which deploy."
    )
    found = (
        found.with_variable(
            parts.choice(
                "cluster_id",
                "label_values(clustering_intra_cluster_avg_distance, cluster_id)",
                "Cluster",
            )
        )
        .with_variable(
            parts.choice(
                "service",
                f"label_values(panictrail_cluster_occurrences{_THIS}, service)",
                "Service",
            ).hide(dashboard.VariableHide.HIDE_VARIABLE)
        )
        .with_variable(builders.ConstantVariable("page").value(_PAGE))
        .annotation(parts.deploys(_SERVICE))
        .link(
            builders.DashboardLink("Report of this cluster")
            .type(dashboard.DashboardLinkType.LINK)
            .url("${page}/clusters/${cluster_id}")
            .target_blank(target_blank=True)
        )
    )
    found = parts.row(found, "This cluster", *_figures())
    return parts.row(found, "Over time", *_over_time())


def _figures() -> tuple[parts.Panel, ...]:
    deploy = f"max(cluster:panictrail_first_seen:since_deploy_seconds{_THIS})"
    return parts.figures(
        Figure("Crashes", "Distinct ones, since it is known.", f"max({_COUNT})"),
        Figure("First seen", "By the time of its crashes.", _FIRST, units.DateTimeFromNow),
        Figure("Last seen", "By the time of its crashes.", _LAST, units.DateTimeFromNow),
        Figure(
            "Seen first after the deploy",
            "Time from the last deploy of its service to its first crash; negative: it is older.",
            deploy,
            units.Seconds,
        ),
        Figure(
            "Back after a fix",
            "1: it was resolved, and a build with the fix crashes so.",
            f"max(panictrail_cluster_regressed{_THIS})",
            bad_from=1,
        ),
        Figure(
            "Width",
            "Mean distance between its variants: 0 all alike, 1 nothing in common.",
            f"max(clustering_intra_cluster_avg_distance{_THIS})",
        ),
    )


def _over_time() -> tuple[parts.Panel, ...]:
    of_service = f"service:panictrail_occurrences:rate5m{_SERVICE}"
    growth = "cluster:panictrail_occurrences:increase10m"
    return (
        parts.lines(
            About(
                "Crashes in ten minutes", "Two or more for twenty minutes are PanictrailCrashLoop."
            ),
            Query(f"{growth}{_THIS}", "this cluster"),
            Query(f"sum by (service) ({growth}{_SERVICE})", "all of {{service}}"),
        ),
        parts.lines(About("Crashes in total", "Distinct ones."), Query(_COUNT, "{{service}}")),
        parts.lines(
            About(
                "Width", "A cluster that becomes wider may be two bugs: panictrail clusters split."
            ),
            Query(f"max(clustering_intra_cluster_avg_distance{_THIS})", "this cluster"),
            Query("quantile(0.5, clustering_intra_cluster_avg_distance)", "median of all"),
        ),
        parts.lines(
            About(
                "Crashes per minute of its service", "Of all its clusters; blue marks are deploys."
            ),
            Query(f"{of_service} * 60", "{{service}}"),
        ),
        parts.rows(
            About(
                "Alerts of this cluster",
                "The alert that names the bug silences its effects.",
                width=24,
            ),
            [Query(f"max by (alertname, severity, service) ({_FIRING})", "fires")],
        ),
    )

"""A deploy, before and after: crash rate, new clusters, services that crash more since.

In: nothing. Out: the dashboard `panictrail-deploys`. The deploy is the last one of a service before the end of the time
range: move the range back to see an earlier one. What is compared lies within `window` seconds before it and after.
"""

from __future__ import annotations

from typing import Final

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.models import dashboard, units

from ops.grafana import parts
from ops.grafana.parts import About, Figure, Query

_SERVICE: Final = '{service="$service"}'
_FIRST: Final = "cluster:panictrail_first_seen:timestamp_seconds"
_OCCURRENCES: Final = "panictrail_occurrences_total"
_WINDOW: Final = "${window}s"
# So many seconds of the window after the deploy are over.
_OVER: Final = "scalar(clamp_max(vector(time() - $deploy), $window))"
_LAST_DEPLOY: Final = (
    "query_result(max by (service) "
    f"(max_over_time(panictrail_deploy_timestamp_seconds{_SERVICE}[$__range])))"
)


def deploys() -> builders.Dashboard:
    """The dashboard."""
    found = parts.page(
        "panictrail-deploys",
        "deploys",
        "A deploy, before and after: what crashes more, and what is new.",
    )
    found = (
        found.with_variable(
            parts.choice(
                "service", "label_values(panictrail_deploy_timestamp_seconds, service)", "Service"
            )
        )
        # In seconds, as Prometheus prints it, between the labels and the time of the answer.
        .with_variable(parts.choice("deploy", _LAST_DEPLOY, "Deploy").regex(r"/\} (\d+)/"))
        .with_variable(
            builders.CustomVariable("window")
            .label("Before and after")
            .values("15 minutes : 900, 1 hour : 3600, 6 hours : 21600, 1 day : 86400")
            .current(dashboard.VariableOption(selected=True, text="1 hour", value="3600"))
        )
        .annotation(parts.deploys(_SERVICE))
    )
    found = parts.row(found, "$service, before and after", *_figures())
    found = parts.row(found, "All services", *_affected())
    return parts.row(found, "Over time", *_over_time())


def _before(where: str = "") -> str:
    """Crashes in the window before the deploy, by service; the first one of a counter is none of `increase`."""
    total = f"sum by (service) (last_over_time({_OCCURRENCES}{where}[{_WINDOW}] @ $deploy))"
    earlier = f"sum by (service) ({_OCCURRENCES}{where} @ $deploy offset {_WINDOW})"
    growth = f"sum by (service) (increase({_OCCURRENCES}{where}[{_WINDOW}] @ $deploy))"
    return f"({total} unless {earlier} or {growth})"


def _after(where: str = "") -> str:
    """Crashes in the window after the deploy, as far as it is over."""
    window = f"{_OCCURRENCES}{where}[{_WINDOW}] @ $deploy offset -{_WINDOW}"
    earlier = f"sum by (service) ({_OCCURRENCES}{where} @ $deploy)"
    total = f"sum by (service) (last_over_time({window}))"
    return f"({total} unless {earlier} or sum by (service) (increase({window})))"


def _per_hour_before(where: str = "") -> str:
    return f"{_before(where)} * 3600 / $window"


def _per_hour_after(where: str = "") -> str:
    return f"{_after(where)} * 3600 / {_OVER}"


def _new_after(where: str = "") -> str:
    return f"{_FIRST}{where} >= $deploy < ($deploy + $window)"


def _new_before(where: str = "") -> str:
    return f"{_FIRST}{where} >= ($deploy - $window) < $deploy"


def _more() -> str:
    """Services that crash more often since, and those that did not crash before."""
    before, after = _per_hour_before(), _per_hour_after()
    return f"(({after}) > ({before})) or (({after}) > 0 unless ({before}))"


def _figures() -> tuple[parts.Panel, ...]:
    return parts.figures(
        Figure("Deploy", "When it began.", "vector($deploy) * 1000", units.DateTimeFromNow),
        Figure(
            "Crashes per hour before",
            "In the window before the deploy.",
            f"({_per_hour_before(_SERVICE)})",
            or_zero=True,
        ),
        Figure(
            "Crashes per hour after",
            "In the window after it, as far as that is over.",
            f"({_per_hour_after(_SERVICE)})",
            or_zero=True,
        ),
        Figure(
            "New clusters before",
            "Seen first in the window before the deploy.",
            f"count({_new_before(_SERVICE)})",
            or_zero=True,
        ),
        Figure(
            "New clusters after",
            "Seen first in the window after it.",
            f"count({_new_after(_SERVICE)})",
            bad_from=1,
            or_zero=True,
        ),
        Figure(
            "Services that crash more",
            "Of all services, in the window after this deploy.",
            f"count({_more()})",
            bad_from=1,
            or_zero=True,
        ),
    )


def _affected() -> tuple[parts.Panel, ...]:
    return (
        parts.rows(
            About(
                "Affected services",
                "Crashes per hour and new clusters, before this deploy and after it.",
            ),
            [
                Query(f"{_per_hour_after()}", "after, per hour"),
                Query(f"{_per_hour_before()}", "before, per hour"),
                Query(f"count by (service) ({_new_after()})", "new after"),
                Query(f"count by (service) ({_new_before()})", "new before"),
            ],
        ),
        parts.rows(
            About(
                "New clusters",
                "Seen first in the window after the deploy: time since it began.",
                units.Seconds,
            ),
            [Query(f"({_new_after()}) - $deploy", "after the deploy")],
            parts.to_cluster("cluster_id"),
        ),
    )


def _over_time() -> tuple[parts.Panel, ...]:
    rate = f"service:panictrail_occurrences:rate5m{_SERVICE}"
    clusters = f"count by (service) ({_FIRST}{_SERVICE})"
    return (
        parts.lines(
            About("Crashes per minute", "Over five minutes; the blue mark is the deploy."),
            Query(f"{rate} * 60", "{{service}}"),
        ),
        parts.lines(
            About(
                "Clusters of the service", "Of those that changed last, at most 100 of a process."
            ),
            Query(clusters, "{{service}}"),
        ),
    )

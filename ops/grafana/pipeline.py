"""Whether the pipeline itself is well: what it does, what waits, what failed, how complete its reports are.

In: nothing. Out: the dashboard `panictrail-pipeline`.
"""

from __future__ import annotations

from typing import Final

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.models import units

from ops.grafana import parts
from ops.grafana.parts import About, Figure, Query

_STAGE: Final = '{stage=~"$stage"}'
_WINDOW: Final = "$__rate_interval"
_AGE: Final = About(
    "Age of the last commit", "While there is work; above a minute: PanictrailLag.", units.Seconds
)


def pipeline() -> builders.Dashboard:
    """The dashboard."""
    found = parts.page(
        "panictrail-pipeline",
        "pipeline",
        "Whether panictrail itself gets on: work, waiting, failures.",
    )
    found = found.with_variable(
        parts.several("stage", "label_values(panictrail_events_total, stage)", "Stage")
    )
    found = parts.row(found, "Now", *_figures())
    found = parts.row(found, "Work", *_work())
    found = parts.row(found, "Waiting", *_waiting())
    found = parts.row(found, "What came, what failed", *_failures())
    found = parts.row(found, "How complete reports are", *_complete())
    found = parts.row(found, "What is kept", *_kept())
    return parts.row(found, "On Kafka", *_kafka())


def _rate(what: str, by: str, where: str = "") -> str:
    return f"sum by ({by}) (rate({what}{where}[{_WINDOW}]))"


def _high(histogram: str, by: str, where: str = "") -> str:
    """Nine of ten take less."""
    return f"histogram_quantile(0.9, {_rate(f'{histogram}_bucket', f'le, {by}', where)})"


def _figures() -> tuple[parts.Panel, ...]:
    letters = parts.grown("panictrail_dead_letters_total", "stage", "", "$__range")
    return parts.figures(
        Figure("Processes", "That answer.", 'sum(up{job="panictrail"})', or_zero=True),
        Figure(
            "Away",
            "Processes that do not answer: PanictrailDown.",
            'count(up{job="panictrail"}) - sum(up{job="panictrail"})',
            bad_from=1,
        ),
        Figure(
            _AGE.title,
            _AGE.says,
            "max(panictrail_position_age_seconds)",
            _AGE.unit,
            bad_from=60,
        ),
        Figure(
            "Dead letters",
            "In the time range: panictrail deadletter list.",
            f"sum({letters})",
            bad_from=5,
            or_zero=True,
        ),
    )


def _work() -> tuple[parts.Panel, ...]:
    return (
        parts.lines(
            About("Events per second", "That a stage took.", units.EventsPerSecond),
            Query(_rate("panictrail_events_total", "stage", _STAGE), "{{stage}}"),
        ),
        parts.lines(
            About(
                "CPU of an event",
                "What a stage computes for one event, mean of five minutes.",
                units.Seconds,
            ),
            Query(f"stage:panictrail_event_seconds:mean5m{_STAGE}", "{{stage}}"),
        ),
        parts.lines(
            About(
                "Time of a stage",
                "For what it takes at once, nine of ten are below.",
                units.Seconds,
            ),
            Query(_high("panictrail_stage_seconds", "stage", _STAGE), "{{stage}}"),
        ),
        parts.lines(
            About(
                "Time of a fact",
                "Binaries, source, changes of a repository; nine of ten are below.",
                units.Seconds,
            ),
            Query(_high("panictrail_fact_seconds", "kind"), "{{kind}}"),
        ),
    )


def _waiting() -> tuple[parts.Panel, ...]:
    return (
        parts.lines(
            About("Records", "Read and not committed yet; on Kafka also those not read yet."),
            Query(f"sum by (stage) (panictrail_queue_records{_STAGE})", "{{stage}} read"),
            Query(f"stage:panictrail_partition_lag_records:sum{_STAGE}", "{{stage}} lag"),
        ),
        parts.limited(
            _AGE,
            60,
            Query(f"stage:panictrail_position_age_seconds:max{_STAGE}", "{{stage}}"),
        ),
        parts.lines(
            About("Bytes", "Kept and not worked off yet.", units.BytesIEC),
            Query("sum(panictrail_inbox_bytes)", "inbox"),
            Query("sum(panictrail_spool_bytes)", "spools"),
        ),
        parts.lines(
            About("Log lines per second", "That collectors read, by process.", units.Short),
            Query(_rate("panictrail_lines_read_total", "instance"), "{{instance}}"),
        ),
    )


def _failures() -> tuple[parts.Panel, ...]:
    letters = parts.grown("panictrail_dead_letters_total", "stage, reason", _STAGE, _WINDOW)
    posted = parts.grown("panictrail_deliveries_total", "provider, result", "", _WINDOW)
    told = parts.grown("panictrail_notifications_total", "channel, result", "", _WINDOW)
    secrets = parts.grown("panictrail_secrets_scrubbed_total", "pattern", "", _WINDOW)
    return (
        parts.lines(
            About(
                "Deliveries", "Webhooks and crashes that were posted: accepted, duplicate, refused."
            ),
            Query(posted, "{{provider}} {{result}}"),
        ),
        parts.lines(
            About("Dead letters", "Events that could not be processed; they are kept."),
            Query(letters, "{{stage}}: {{reason}}"),
        ),
        parts.lines(
            About("Notifications", "Attempts: sent, tried again, given up."),
            Query(told, "{{channel}} {{result}}"),
        ),
        parts.lines(
            About("Secrets", "Replaced before anything was stored."),
            Query(secrets, "{{pattern}}"),
        ),
    )


def _complete() -> tuple[parts.Panel, ...]:
    confidence = "panictrail_suspect_confidence_ratio"
    mean = f"sum(rate({confidence}_sum[{_WINDOW}])) / sum(rate({confidence}_count[{_WINDOW}]))"
    return (
        parts.lines(
            About(
                "Share of crashes of which it is known",
                "Commit, build, deploy, or all three, of the crashes of a day.",
                units.PercentUnit,
            ),
            Query("known:panictrail_joined_crashes:ratio1d", "{{known}}"),
        ),
        parts.lines(
            About(
                "Confidence",
                "Of the first suspect of a report revision; 0 where none is named.",
                units.PercentUnit,
            ),
            Query(mean, "mean"),
        ),
        parts.rows(
            About("What runs", "More than one version: an upgrade that is not over.", width=24),
            [Query("count by (version, python) (panictrail_build_info)", "processes")],
        ),
    )


def _kept() -> tuple[parts.Panel, ...]:
    removed = parts.grown("panictrail_retention_removed_total", "table", "", _WINDOW)
    return (
        parts.lines(
            About("Removed by retention", "Texts, rows of crashes, dead letters, links."),
            Query(removed, "{{table}}"),
        ),
        parts.lines(
            About("Since retention ran", "Passes over the view: one a minute.", units.Seconds),
            Query("time() - max(panictrail_retention_timestamp_seconds)", "seconds"),
        ),
    )


def _kafka() -> tuple[parts.Panel, ...]:
    # A stage that never started over has no counter.
    restarts = (
        f"{parts.grown('panictrail_partition_restarts_total', 'stage', _STAGE, _WINDOW)}"
        f" or 0 * sum by (stage) (panictrail_rebalances_total{_STAGE})"
    )
    return (
        parts.lines(
            About("Transactions", "From begin to commit; nine of ten are below.", units.Seconds),
            Query(_high("panictrail_transaction_seconds", "stage", _STAGE), "{{stage}}"),
        ),
        parts.lines(
            About(
                "Recovery",
                "How far it is where a partition comes from its changelog.",
                units.PercentUnit,
            ),
            Query(f"min by (stage) (panictrail_recovery_progress_ratio{_STAGE})", "{{stage}}"),
        ),
        parts.lines(
            About("Partitions that started over", "After an error; the log says which."),
            Query(restarts, "{{stage}}"),
        ),
        parts.lines(
            About("Rebalances", "Times that a member was given partitions, since it runs."),
            Query(f"sum by (stage) (panictrail_rebalances_total{_STAGE})", "{{stage}}"),
        ),
    )

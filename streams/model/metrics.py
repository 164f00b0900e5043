"""The closed list of metrics: name, type, labels, help. Code that uses another name does not type-check.

Base unit in the name, counters end in `_total`, no unbounded label but the user's `cluster_id`.
"""

from __future__ import annotations

from typing import Literal

import msgspec

MetricName = Literal[
    "clustering_centers_count",
    "clustering_intra_cluster_avg_distance",
    "panictrail_lines_read_total",
    "panictrail_bytes_read_total",
    "panictrail_crashes_total",
    "panictrail_duplicates_total",
    "panictrail_grouped_total",
    "panictrail_clusters_changed_total",
    "panictrail_secrets_scrubbed_total",
    "panictrail_dead_letters_total",
    "panictrail_events_total",
    "panictrail_reports_total",
    "panictrail_fact_retries_total",
    "panictrail_partition_lag_records",
    "panictrail_position_age_seconds",
    "panictrail_transaction_seconds",
    "panictrail_partition_restarts_total",
    "panictrail_recovery_seconds",
    "panictrail_recovery_records",
    "panictrail_recovery_progress_ratio",
    "panictrail_rebalances_total",
    "panictrail_deliveries_total",
    "panictrail_inbox_bytes",
    "panictrail_spool_records_total",
    "panictrail_spool_corrupt_bytes_total",
    "panictrail_spool_bytes",
]
MetricType = Literal["counter", "gauge", "histogram"]


class Metric(msgspec.Struct, frozen=True):
    """One metric."""

    name: MetricName
    type: MetricType
    labels: tuple[str, ...]
    help: str


METRICS: tuple[Metric, ...] = (
    Metric("clustering_centers_count", "gauge", (), "Clusters that exist."),
    Metric(
        "clustering_intra_cluster_avg_distance",
        "gauge",
        ("cluster_id",),
        "Mean distance between the variants of a cluster, 0 to 1.",
    ),
    Metric("panictrail_lines_read_total", "counter", (), "Log lines read."),
    Metric("panictrail_bytes_read_total", "counter", (), "Bytes read, after decompression."),
    Metric("panictrail_crashes_total", "counter", ("kind",), "Distinct crashes, by kind."),
    Metric("panictrail_duplicates_total", "counter", (), "Crashes that were counted already."),
    Metric(
        "panictrail_grouped_total",
        "counter",
        ("by",),
        "Distinct crashes by what they were grouped by: their place in the source, names, or the message.",
    ),
    Metric(
        "panictrail_clusters_changed_total",
        "counter",
        ("change",),
        "Clusters that were born, merged, split, resolved or seen again.",
    ),
    Metric("panictrail_secrets_scrubbed_total", "counter", ("pattern",), "Secrets replaced."),
    Metric(
        "panictrail_dead_letters_total",
        "counter",
        ("stage", "reason"),
        "Events that could not be processed and were kept.",
    ),
    Metric("panictrail_events_total", "counter", ("stage",), "Events that a stage took."),
    Metric("panictrail_reports_total", "counter", (), "Report revisions sent."),
    Metric("panictrail_fact_retries_total", "counter", ("kind",), "Facts asked for again."),
    Metric(
        "panictrail_partition_lag_records",
        "gauge",
        ("stage", "partition"),
        "Records of a partition that are not committed yet.",
    ),
    Metric(
        "panictrail_position_age_seconds",
        "gauge",
        ("stage", "partition"),
        "Time since a partition last moved or had nothing to do.",
    ),
    Metric(
        "panictrail_transaction_seconds",
        "histogram",
        ("stage",),
        "Time from the begin to the commit of a transaction.",
    ),
    Metric(
        "panictrail_partition_restarts_total",
        "counter",
        ("stage",),
        "Partitions that started over after an error.",
    ),
    Metric(
        "panictrail_recovery_seconds",
        "gauge",
        ("stage", "partition"),
        "Time that the last recovery of a partition took.",
    ),
    Metric(
        "panictrail_recovery_records",
        "gauge",
        ("stage", "partition"),
        "Changelog records that the last recovery of a partition read.",
    ),
    Metric(
        "panictrail_recovery_progress_ratio",
        "gauge",
        ("stage", "partition"),
        "How far the running recovery of a partition is, 0 to 1.",
    ),
    Metric(
        "panictrail_rebalances_total",
        "counter",
        ("stage",),
        "Times that a member was given partitions.",
    ),
    Metric(
        "panictrail_deliveries_total",
        "counter",
        ("provider", "result"),
        "What was posted, by sender or kind of body: accepted, ignored, duplicate, refused, or a dead letter.",
    ),
    Metric(
        "panictrail_inbox_bytes",
        "gauge",
        (),
        "Deliveries that are kept and not worked off yet.",
    ),
    Metric("panictrail_spool_records_total", "counter", (), "Records read from spools."),
    Metric(
        "panictrail_spool_corrupt_bytes_total",
        "counter",
        (),
        "Bytes of spools that are no whole record.",
    ),
    Metric("panictrail_spool_bytes", "gauge", (), "Bytes of spools that are not read yet."),
)

BY_NAME: dict[MetricName, Metric] = {metric.name: metric for metric in METRICS}

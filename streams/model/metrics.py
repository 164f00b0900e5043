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
    "panictrail_secrets_scrubbed_total",
    "panictrail_dead_letters_total",
    "panictrail_events_total",
    "panictrail_reports_total",
    "panictrail_fact_retries_total",
]
MetricType = Literal["counter", "gauge"]


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
)

BY_NAME: dict[MetricName, Metric] = {metric.name: metric for metric in METRICS}

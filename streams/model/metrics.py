"""The closed list of metrics: name, type, labels, help. Code that uses another name does not type-check.

Base unit in the name, counters end in `_total`, no unbounded label: `MOST_VALUES` says how many values each may have
in one process, whatever events and people say; what is beyond that is counted under `OTHER`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

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
    "panictrail_cores_total",
    "panictrail_cores_removed_total",
    "panictrail_core_spool_bytes",
    "panictrail_build_info",
    "panictrail_occurrences_total",
    "panictrail_recognised_total",
    "panictrail_new_clusters_total",
    "panictrail_regressions_total",
    "panictrail_merges_total",
    "panictrail_storms_total",
    "panictrail_notifications_total",
    "panictrail_clusters_left_out",
    "panictrail_cluster_occurrences",
    "panictrail_cluster_first_seen_timestamp_seconds",
    "panictrail_cluster_last_seen_timestamp_seconds",
    "panictrail_cluster_regressed",
    "panictrail_deploys_total",
    "panictrail_deploy_timestamp_seconds",
    "panictrail_attributed_crashes_total",
    "panictrail_joined_crashes_total",
    "panictrail_suspect_confidence_ratio",
    "panictrail_stage_seconds",
    "panictrail_fact_seconds",
    "panictrail_queue_records",
    "panictrail_retention_removed_total",
    "panictrail_retention_timestamp_seconds",
]
MetricType = Literal["counter", "gauge", "histogram"]

# Where an event names no service.
NO_SERVICE: Final = "unknown"
# Stands for every value of a label beyond those that it may have.
OTHER: Final = "other"
# So many values of a label does one process show, the first ones that it meets; of `cluster_id` the clusters that
# changed last. Labels that are not named here come from our own closed lists.
MOST_VALUES: Final[Mapping[str, int]] = {
    "cluster_id": 100,
    "service": 200,
    "partition": 256,
    "pattern": 64,
    "reason": 32,
    "stage": 32,
}
MOST_OF_ANY: Final = 24
# A metric has at most so many sets of labels, whatever the product of the above.
MOST_SETS: Final = 256
# A value is cut to so many bytes: the names of Kubernetes have 63.
MOST_BYTES: Final = 64


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
    Metric(
        "panictrail_cores_total",
        "counter",
        ("state",),
        "Cores that were stored and sent; state: whole, or cut.",
    ),
    Metric(
        "panictrail_cores_removed_total",
        "counter",
        (),
        "Cores removed from the store, by core_keep_days or core_keep_bytes.",
    ),
    Metric(
        "panictrail_core_spool_bytes",
        "gauge",
        (),
        "Bytes of cores in the spool, which the store does not have yet.",
    ),
    Metric("panictrail_build_info", "gauge", ("version", "python"), "What runs; always 1."),
    Metric(
        "panictrail_occurrences_total",
        "counter",
        ("service",),
        "Distinct crashes, by the service that crashed.",
    ),
    Metric(
        "panictrail_recognised_total",
        "counter",
        ("service",),
        "Crashes that were parsed, repeats included; with the trace of the last one as exemplar.",
    ),
    Metric(
        "panictrail_new_clusters_total",
        "counter",
        ("service",),
        "Clusters that a crash began, by its service.",
    ),
    Metric(
        "panictrail_regressions_total",
        "counter",
        ("service",),
        "Resolved clusters that came back, by the service of the crash that stands for them.",
    ),
    Metric(
        "panictrail_merges_total",
        "counter",
        ("service",),
        "Clusters that went into another one, by the service of the crash that stood for them.",
    ),
    Metric(
        "panictrail_storms_total",
        "counter",
        ("service",),
        "Storms of a cluster that began in a service, against its baseline.",
    ),
    Metric(
        "panictrail_notifications_total",
        "counter",
        ("channel", "result"),
        "Attempts to send a notification: sent, retried, or dead.",
    ),
    Metric(
        "panictrail_clusters_left_out",
        "gauge",
        (),
        "Clusters that exist and have no clustering_intra_cluster_avg_distance here: others changed later.",
    ),
    Metric(
        "panictrail_cluster_occurrences",
        "gauge",
        ("cluster_id", "service"),
        "Distinct crashes of a cluster; of the clusters that changed last, by the first of their services.",
    ),
    Metric(
        "panictrail_cluster_first_seen_timestamp_seconds",
        "gauge",
        ("cluster_id", "service"),
        "When a cluster was seen first, by the time of its crashes.",
    ),
    Metric(
        "panictrail_cluster_last_seen_timestamp_seconds",
        "gauge",
        ("cluster_id", "service"),
        "When a cluster was seen last, by the time of its crashes.",
    ),
    Metric(
        "panictrail_cluster_regressed",
        "gauge",
        ("cluster_id", "service"),
        "1 while a resolved cluster is back, else 0.",
    ),
    Metric(
        "panictrail_deploys_total",
        "counter",
        ("service",),
        "Steps of deploys that were told, each delivery once.",
    ),
    Metric(
        "panictrail_deploy_timestamp_seconds",
        "gauge",
        ("service",),
        "When the last deploy batch of a service began, as far as this process was told.",
    ),
    Metric(
        "panictrail_attributed_crashes_total",
        "counter",
        (),
        "Distinct crashes whose cluster has a report.",
    ),
    Metric(
        "panictrail_joined_crashes_total",
        "counter",
        ("known",),
        "Of these, those of which the commit, the build, the deploy or all three are known, at once or later.",
    ),
    Metric(
        "panictrail_suspect_confidence_ratio",
        "histogram",
        (),
        "Confidence of the first suspect of a report revision, 0 where it names none.",
    ),
    Metric(
        "panictrail_stage_seconds",
        "histogram",
        ("stage",),
        "Time that a stage computed on what it took at once: one event in serve, a batch on Kafka.",
    ),
    Metric(
        "panictrail_fact_seconds",
        "histogram",
        ("kind",),
        "Time until a fact from outside was there: binaries, source, changes of a repository.",
    ),
    Metric(
        "panictrail_queue_records",
        "gauge",
        ("stage",),
        "Records that are read and not committed yet.",
    ),
    Metric(
        "panictrail_retention_removed_total",
        "counter",
        ("table",),
        "What retention removed: texts, rows of crashes (with their fingerprints), dead_letters, links, notifications.",
    ),
    Metric(
        "panictrail_retention_timestamp_seconds",
        "gauge",
        (),
        "When retention last went over the view.",
    ),
)

BY_NAME: dict[MetricName, Metric] = {metric.name: metric for metric in METRICS}

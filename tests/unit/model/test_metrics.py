"""`model.metrics`: the closed list keeps its own rules."""

from __future__ import annotations

import re
from typing import get_args

import pytest

from streams.model.metrics import BY_NAME, METRICS, Metric, MetricName

# The user fixed these two names; all others carry our prefix.
FIXED = {"clustering_centers_count", "clustering_intra_cluster_avg_distance"}
BOUNDED_LABELS = {
    *("by", "change", "cluster_id", "kind", "known", "partition", "pattern", "provider", "python"),
    *("channel", "reason", "result", "service", "stage", "state", "table", "version"),
}
# Of the clusters that changed last, as many as the user's own metric has.
OF_A_CLUSTER = {
    "panictrail_cluster_occurrences",
    "panictrail_cluster_first_seen_timestamp_seconds",
    "panictrail_cluster_last_seen_timestamp_seconds",
    "panictrail_cluster_regressed",
}
every_metric = pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)


def test_each_name_of_the_type_is_described_once() -> None:
    assert sorted(metric.name for metric in METRICS) == sorted(get_args(MetricName))
    assert len(BY_NAME) == len(METRICS)


@every_metric
def test_a_name_has_our_prefix_or_is_the_users(metric: Metric) -> None:
    assert metric.name in FIXED or metric.name.startswith("panictrail_")
    assert re.fullmatch(r"[a-z_]+", metric.name)


@every_metric
def test_counters_and_only_counters_end_in_total(metric: Metric) -> None:
    assert metric.name.endswith("_total") == (metric.type == "counter")


@every_metric
def test_labels_are_of_the_bounded_set(metric: Metric) -> None:
    assert set(metric.labels) <= BOUNDED_LABELS
    assert "cluster_id" not in metric.labels or metric.name in FIXED | OF_A_CLUSTER


@every_metric
def test_help_is_a_sentence(metric: Metric) -> None:
    assert metric.help[0].isupper() or metric.help[0].isdigit()
    assert metric.help.endswith(".")

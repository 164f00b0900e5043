"""What a MemoryMeter counted, in the text format of Prometheus (0.0.4): for `serve`, which needs no client library.

In: a meter. Out: text. Histograms are left out: the embedded pipeline observes none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from streams.adapters.memory_meter import MemoryMeter
from streams.model.metrics import METRICS, Metric

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


def exposition(meter: MemoryMeter) -> str:
    """Every counter and gauge that has a value; counters without labels begin at 0."""
    return "".join(line for metric in METRICS for line in _metric(metric, meter))


def _metric(metric: Metric, meter: MemoryMeter) -> Iterator[str]:
    # A copy: the pipeline's thread counts meanwhile.
    kept = dict(meter.counts if metric.type == "counter" else meter.gauges)
    rows: dict[tuple[str, ...], float] = {
        labels: value for (name, labels), value in kept.items() if name == metric.name
    }
    if metric.type == "counter" and not metric.labels:
        rows.setdefault((), 0)
    if not rows or metric.type == "histogram":
        return
    yield f"# HELP {metric.name} {metric.help}\n# TYPE {metric.name} {metric.type}\n"
    for labels, value in sorted(rows.items()):
        yield f"{metric.name}{_labels(dict(zip(metric.labels, labels, strict=True)))} {value}\n"


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")

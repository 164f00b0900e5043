"""The closed list of metrics in a Prometheus registry, and its text form."""

from __future__ import annotations

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from streams.model.metrics import BY_NAME, MetricName

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
# A transaction takes 5 to 50 ms; the broker ends it after 10 s.
_BUCKETS: Final = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)


class PrometheusMeter:
    """Implements the meter port. A metric appears once it has been touched."""

    def __init__(self) -> None:
        """An own registry: two meters of a process do not meet."""
        self._registry = CollectorRegistry()
        self._made: dict[MetricName, Counter | Gauge | Histogram] = {}

    def _metric(self, name: MetricName) -> Counter | Gauge | Histogram:
        if name not in self._made:
            metric = BY_NAME[name]
            made: Counter | Gauge | Histogram
            if metric.type == "counter":
                made = Counter(name, metric.help, metric.labels, registry=self._registry)
            elif metric.type == "gauge":
                made = Gauge(name, metric.help, metric.labels, registry=self._registry)
            else:
                made = Histogram(
                    name, metric.help, metric.labels, registry=self._registry, buckets=_BUCKETS
                )
            self._made[name] = made
        return self._made[name]

    def add(self, name: MetricName, value: int, labels: tuple[str, ...]) -> None:
        """Add to a counter, or to a gauge that is a number of things."""
        metric = self._metric(name)
        child = metric.labels(*labels) if labels else metric
        if isinstance(child, (Counter, Gauge)):
            child.inc(value)

    def set(self, name: MetricName, value: float, labels: tuple[str, ...]) -> None:
        """Set a gauge."""
        metric = self._metric(name)
        child = metric.labels(*labels) if labels else metric
        if isinstance(child, Gauge):
            child.set(value)

    def forget(self, name: MetricName, labels: tuple[str, ...]) -> None:
        """Take a gauge away."""
        if name in self._made:
            self._made[name].remove(*labels)

    def observe(self, name: MetricName, value: float, labels: tuple[str, ...]) -> None:
        """Take a value into a histogram."""
        metric = self._metric(name)
        child = metric.labels(*labels) if labels else metric
        if isinstance(child, Histogram):
            child.observe(value)

    def text(self) -> bytes:
        """Everything in Prometheus' text format."""
        return generate_latest(self._registry)

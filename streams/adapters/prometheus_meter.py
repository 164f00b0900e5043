"""The closed list of metrics in a Prometheus registry, and its text form.

In: counts and values, from any thread. Out: the text of /metrics, in OpenMetrics with exemplars where that is asked
for. A scrape takes each metric's lock for as long as it copies that metric, so it never blocks who counts.
"""

from __future__ import annotations

import platform
import re
import threading
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
)
from prometheus_client.exposition import choose_encoder

from streams import __version__
from streams.model.metrics import (
    BY_NAME,
    MOST_BYTES,
    MOST_OF_ANY,
    MOST_SETS,
    MOST_VALUES,
    OTHER,
    MetricName,
)
from streams.model.text import readable

_Made = Counter | Gauge | Histogram
_Key = tuple[MetricName, tuple[str, ...]]
# A transaction takes 5 to 50 ms; the broker ends it after 10 s.
_BUCKETS: Final = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
# A step of one event takes 10 us to 10 ms, a fact of a repository seconds.
_FINE: Final = (0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0)
_BUCKETS_OF: Final[dict[MetricName, tuple[float, ...]]] = {
    "panictrail_stage_seconds": _FINE,
    "panictrail_fact_seconds": _FINE,
    "panictrail_suspect_confidence_ratio": (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0),
}
# Our names need no escaping, which prometheus-client does letter by letter, a third of the time that OpenMetrics takes.
_UNDERSCORES: Final = "underscores"
_AS_THEY_ARE: Final = "allow-utf-8"
# The time at which each series began: a third of /metrics, and nobody reads it. It has no types.
_without_created: Final[Callable[[], None]] = disable_created_metrics
# https://www.w3.org/TR/trace-context/#trace-id, and the 8 bytes of older tracers: what anybody could write into a log
# is no trace id, and OpenMetrics takes 128 characters at most.
_TRACE: Final = re.compile(r"[0-9a-f]{16}(?:[0-9a-f]{16})?", re.ASCII)


class PrometheusMeter:
    """Implements the meter port. A metric with labels appears once it has been touched."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        """An own registry, unless one is given: two meters of a process do not meet."""
        self._registry = registry or CollectorRegistry()
        _without_created()
        self._made: dict[MetricName, _Made] = {}
        # By name and labels as they were given; what is beyond the budget is not kept here.
        self._children: dict[_Key, _Made] = {}
        self._values: defaultdict[tuple[MetricName, int], set[str]] = defaultdict(set)
        self._sets: defaultdict[MetricName, set[tuple[str, ...]]] = defaultdict(set)
        self._lock = threading.Lock()
        for metric in BY_NAME.values():
            # An alert on a counter that is not there until it is 1 would not see it grow.
            if metric.type == "counter" and not metric.labels:
                self._child(metric.name, ())
        self.set("panictrail_build_info", 1, (__version__, platform.python_version()))

    def _metric(self, name: MetricName) -> _Made:
        if name not in self._made:
            metric = BY_NAME[name]
            made: _Made
            if metric.type == "counter":
                made = Counter(name, metric.help, metric.labels, registry=self._registry)
            elif metric.type == "gauge":
                made = Gauge(name, metric.help, metric.labels, registry=self._registry)
            else:
                made = Histogram(
                    name,
                    metric.help,
                    metric.labels,
                    registry=self._registry,
                    buckets=_BUCKETS_OF.get(name, _BUCKETS),
                )
            self._made[name] = made
        return self._made[name]

    def _child(self, name: MetricName, labels: tuple[str, ...]) -> _Made:
        known = self._children.get((name, labels))
        if known is not None:
            return known
        with self._lock:
            metric = self._metric(name)
            fitting = self._fitting(name, tuple(map(_cut, labels)))
            child = metric.labels(*fitting) if labels else metric
            # Names that nobody shows must not fill the memory either.
            if fitting == labels:
                self._children[name, labels] = child
        return child

    def _fitting(self, name: MetricName, labels: tuple[str, ...]) -> tuple[str, ...]:
        """The labels within the budget of the metric: what is beyond it is `other`."""
        if labels in self._sets[name]:
            return labels
        if len(self._sets[name]) >= MOST_SETS:
            return (OTHER,) * len(labels)
        found = []
        for place, value in enumerate(labels):
            values = self._values[name, place]
            if value not in values and len(values) >= _most(name, place):
                found.append(OTHER)
                continue
            values.add(value)
            found.append(value)
        self._sets[name].add(tuple(found))
        return tuple(found)

    def add(self, name: MetricName, value: int, labels: tuple[str, ...], trace: str = "") -> None:
        """Add to a counter, or to a gauge that is a number of things."""
        child = self._child(name, labels)
        if isinstance(child, Counter):
            example = {"trace_id": trace} if _TRACE.fullmatch(trace) else None
            child.inc(value, example)
        elif isinstance(child, Gauge):
            child.inc(value)

    def set(self, name: MetricName, value: float, labels: tuple[str, ...]) -> None:
        """Set a gauge."""
        child = self._child(name, labels)
        if isinstance(child, Gauge):
            child.set(value)

    def forget(self, name: MetricName, labels: tuple[str, ...]) -> None:
        """Take a gauge away, and give back its part of the budget."""
        with self._lock:
            self._children.pop((name, labels), None)
            shown = tuple(map(_cut, labels))
            if name not in self._made or shown not in self._sets[name]:
                return
            self._made[name].remove(*shown)
            left = self._sets[name]
            left.discard(shown)
            for place, value in enumerate(shown):
                if all(each[place] != value for each in left):
                    self._values[name, place].discard(value)

    def observe(self, name: MetricName, value: float, labels: tuple[str, ...]) -> None:
        """Take a value into a histogram."""
        child = self._child(name, labels)
        if isinstance(child, Histogram):
            child.observe(value)

    def text(self, accept: str = "") -> tuple[bytes, str]:
        """Everything, and its content type: OpenMetrics where the header Accept asks for it."""
        try:
            encode, kind = choose_encoder(accept)
        except TypeError:  # it compares what stands as a version with numbers
            encode, kind = choose_encoder("")
        if isinstance(encode, partial) and encode.keywords.get("escaping") == _UNDERSCORES:
            encode = partial(encode, escaping=_AS_THEY_ARE)
        return encode(self._registry), kind


def _most(name: MetricName, place: int) -> int:
    return MOST_VALUES.get(BY_NAME[name].labels[place], MOST_OF_ANY)


def _cut(value: str) -> str:
    if len(value) <= MOST_BYTES and value.isascii():
        return value
    data = readable(value).encode("utf-8", "replace")[:MOST_BYTES]
    return data.decode("utf-8", "ignore")

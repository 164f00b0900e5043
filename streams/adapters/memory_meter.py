"""Counters in memory: what one run counted."""

from __future__ import annotations

from collections import Counter

from streams.model.metrics import MetricName


class MemoryMeter:
    """Implements the meter port; `counts` maps (name, labels) to a number, `gauges` to the last value set."""

    def __init__(self) -> None:
        """Start at zero."""
        self.counts: Counter[tuple[MetricName, tuple[str, ...]]] = Counter()
        self.gauges: dict[tuple[MetricName, tuple[str, ...]], float] = {}

    def add(self, name: MetricName, value: int, labels: tuple[str, ...], trace: str = "") -> None:
        """Add to a counter; examples are not kept."""
        del trace
        self.counts[name, labels] += value

    def set(self, name: MetricName, value: float, labels: tuple[str, ...]) -> None:
        """Set a gauge."""
        self.gauges[name, labels] = value

    def forget(self, name: MetricName, labels: tuple[str, ...]) -> None:
        """Take a gauge away."""
        self.gauges.pop((name, labels), None)

    def observe(self, name: MetricName, value: float, labels: tuple[str, ...]) -> None:
        """Count a value of a histogram, and keep it as the last one."""
        self.counts[name, labels] += 1
        self.gauges[name, labels] = value

    def total(self, name: MetricName) -> int:
        """The sum over all labels."""
        return sum(value for (key, _), value in self.counts.items() if key == name)

    def by_label(self, name: MetricName) -> dict[str, int]:
        """Counts by first label, sorted."""
        found = {labels[0]: v for (key, labels), v in self.counts.items() if key == name and labels}
        return dict(sorted(found.items()))

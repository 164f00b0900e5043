"""The meter port: counters, gauges and histograms of the closed list (model/metrics.py)."""

from __future__ import annotations

from typing import Protocol

from streams.model.metrics import MetricName


class Meter(Protocol):
    """Takes counts."""

    def add(self, name: MetricName, value: int, labels: tuple[str, ...], trace: str = "") -> None:
        """Add to a counter, or to a gauge that is a number of things; `trace`: an example of what is counted."""
        ...

    def set(self, name: MetricName, value: float, labels: tuple[str, ...]) -> None:
        """Set a gauge."""
        ...

    def forget(self, name: MetricName, labels: tuple[str, ...]) -> None:
        """Take a gauge with these labels away, if it is there: what it was about is gone."""
        ...

    def observe(self, name: MetricName, value: float, labels: tuple[str, ...]) -> None:
        """Take a value into a histogram."""
        ...

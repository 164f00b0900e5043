"""The meter port: counters of the closed list (model/metrics.py)."""

from __future__ import annotations

from typing import Protocol

from streams.model.metrics import MetricName


class Meter(Protocol):
    """Takes counts."""

    def add(self, name: MetricName, value: int, labels: tuple[str, ...]) -> None:
        """Add to a counter."""
        ...

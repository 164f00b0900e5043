"""Counts of steps into a meter: those of a batch are added up first.

In: counts, a meter. Out: one addition for each name and set of labels, with the last trace that was given.
"""

from __future__ import annotations

from collections.abc import Iterable

from streams.model.metrics import MetricName
from streams.model.step import Count
from streams.ports.meter import Meter


def count_all(meter: Meter, counts: Iterable[Count]) -> None:
    """Add all of them."""
    sums: dict[tuple[MetricName, tuple[str, ...]], tuple[int, str]] = {}
    for count in counts:
        place = (count.name, count.labels)
        value, trace = sums.get(place, (0, ""))
        sums[place] = (value + count.value, count.trace or trace)
    for (name, labels), (value, trace) in sums.items():
        if value:
            meter.add(name, value, labels, trace)

"""What `serve` counts and shows: the meter of its pipeline, and the gauges of what stages sent.

In: counts and outputs of the engine, commits. Out: values in a meter that is scraped. The ends of files are worked out
again and again; they were counted when they were worked out first, and are not counted anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from streams.core.cluster.state import CLUSTERS
from streams.drivers.embedded.engine import Engine
from streams.drivers.embedded.state import State
from streams.drivers.output_gauges import Gauges, PartOfGauges, shown
from streams.model.metrics import MetricName
from streams.model.step import Emit
from streams.ports.meter import Meter
from streams.topology import Stage

_CENTERS = "clustering_centers_count"


class QuietMeter:
    """Implements the meter port: what it is given goes on, unless it is quiet."""

    def __init__(self, meter: Meter) -> None:
        """It is not quiet."""
        self._meter = meter
        self._quiet = False
        # Clusters more since somebody took this.
        self.centers = 0

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """Inside the block nothing is counted."""
        self._quiet = True
        try:
            yield
        finally:
            self._quiet = False

    def add(self, name: MetricName, value: int, labels: tuple[str, ...], trace: str = "") -> None:
        """Add; how many clusters more there are is kept for whoever shows their number."""
        if self._quiet:
            return
        if name == _CENTERS:
            self.centers += value
        else:
            self._meter.add(name, value, labels, trace)

    def set(self, name: MetricName, value: float, labels: tuple[str, ...]) -> None:
        """Set a gauge."""
        self._meter.set(name, value, labels)

    def forget(self, name: MetricName, labels: tuple[str, ...]) -> None:
        """Take a gauge away."""
        self._meter.forget(name, labels)

    def observe(self, name: MetricName, value: float, labels: tuple[str, ...]) -> None:
        """Take a value into a histogram."""
        if not self._quiet:
            self._meter.observe(name, value, labels)


class Shown:
    """The gauges of a state; belongs to the thread of the pipeline."""

    def __init__(
        self, meter: QuietMeter, store: State, engine: Engine, stages: tuple[Stage, ...]
    ) -> None:
        """What the stages send is noted from here on; nothing is read before `recounted`."""
        self._store = store
        self._meter = meter
        self._gauges = Gauges(meter)
        self._tables = tuple(table for stage in stages for table in stage.tables)
        self._part: PartOfGauges | None = None
        self._told: list[Emit] = []
        self._exist = 0
        for stage in stages:
            # The outputs of COLLECT are watched by who records the ends of files.
            if stage.name != "collect":
                engine.on_output[stage.name] = self._note

    def _note(self, sent: Emit) -> None:
        if shown(sent):
            self._told.append(sent)

    def committed(self) -> None:
        """Show what was told since the last commit."""
        told, self._told = self._told, []
        if self._part is not None:
            self._part.show(told)
        self._more(self._meter.centers)

    def recounted(self) -> None:
        """Show what the state holds, after the ends of files were put back: they may have other clusters now."""
        if self._part is None:
            self._told.clear()
            self._part = PartOfGauges(self._gauges, self._store, self._tables)
        self.committed()
        self._more(self._store.count(CLUSTERS) - self._exist)

    def _more(self, clusters: int) -> None:
        self._meter.centers = 0
        self._exist += clusters
        self._gauges.widths.exist(clusters)

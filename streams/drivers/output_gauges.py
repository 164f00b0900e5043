"""Gauges of what stages sent: how wide clusters are, what the last reports say, when services were deployed.

In: outputs of a stage, after their commit. Out: values in a meter. Of reports at most `most` clusters have gauges, the
ones that changed last; the gauges of one that falls behind are taken away, so the label stays bounded.
"""

from __future__ import annotations

from collections.abc import Iterable
from heapq import nlargest
from typing import Final

from streams.core.cluster.state import CLUSTERS
from streams.core.steps.attribute import ATTRIBUTED, Attributed, report_of
from streams.drivers.cluster_gauges import MOST_ACTIVE, ClusterGauges, PartGauges
from streams.drivers.database import Reader
from streams.model.events import ClusterChanged, ClusterVariant, LinkChanged
from streams.model.instant import Instant
from streams.model.message import Message, Value
from streams.model.metrics import MOST_VALUES, NO_SERVICE, MetricName
from streams.model.report import Report
from streams.model.step import Emit, Table
from streams.ports.meter import Meter

_OCCURRENCES: Final[MetricName] = "panictrail_cluster_occurrences"
_FIRST: Final[MetricName] = "panictrail_cluster_first_seen_timestamp_seconds"
_LAST: Final[MetricName] = "panictrail_cluster_last_seen_timestamp_seconds"
_BACK: Final[MetricName] = "panictrail_cluster_regressed"
_DEPLOYED: Final[MetricName] = "panictrail_deploy_timestamp_seconds"
_REPORTS: Final = "reports.root_cause"


def shown(sent: Emit) -> bool:
    """Whether a gauge says something of an output; the others need not be kept until the commit."""
    return sent.topic == _REPORTS or isinstance(
        sent.event, ClusterChanged | ClusterVariant | LinkChanged
    )


class Gauges:
    """Those of one process."""

    def __init__(self, meter: Meter, most: int = MOST_ACTIVE) -> None:
        """Nothing is known."""
        self._meter = meter
        self._most = most
        self.widths = ClusterGauges(meter, most)
        # By cluster the service that its gauges have, the one that changed last at the end.
        self._services: dict[str, str] = {}
        # By service the batch that began last, and when; at most as many as there are values of the label.
        self._deployed: dict[str, tuple[Instant, str]] = {}

    def report(self, cluster: str, report: Report | None) -> None:
        """A cluster is as its report says; None: it is no more."""
        service = self._services.pop(cluster, None)
        if report is None:
            if service is not None:
                self._forget(cluster, service)
            return
        now = report.services[0] if report.services else NO_SERVICE
        if service not in (None, now):
            self._forget(cluster, service or "")
        while len(self._services) >= self._most:
            oldest = next(iter(self._services))
            self._forget(oldest, self._services.pop(oldest))
        self._services[cluster] = now
        labels = (cluster, now)
        self._meter.set(_OCCURRENCES, report.occurrences, labels)
        self._meter.set(_BACK, float(report.status == "regressed"), labels)
        for name, at in ((_FIRST, report.first_seen), (_LAST, report.last_seen)):
            if at is not None:
                self._meter.set(name, at.ns / 1e9, labels)

    def _forget(self, cluster: str, service: str) -> None:
        for name in (_OCCURRENCES, _FIRST, _LAST, _BACK):
            self._meter.forget(name, (cluster, service))

    def sent(self, report: Report) -> None:
        """A revision of a report went out."""
        best = report.suspects[0].confidence if report.suspects else 0.0
        self._meter.observe("panictrail_suspect_confidence_ratio", best, ())

    def deployed(self, row: LinkChanged) -> None:
        """A row of trace_link: when a batch began that brought something. To scale or restart brings nothing."""
        service, batch, at = row.service, row.deploy_batch, row.timestamp
        if service is None or batch is None or at is None or row.action in ("scale", "restart"):
            return
        known = self._deployed.get(service)
        if known is None and len(self._deployed) >= MOST_VALUES["service"]:
            return
        # The steps of a batch come one by one, in any order.
        if known is None or (at < known[0] if batch == known[1] else at > known[0]):
            self._deployed[service] = (at, batch)
            self._meter.set(_DEPLOYED, at.ns / 1e9, (service,))


class PartOfGauges:
    """What the gauges show of the tables of one partition, or of a whole state."""

    def __init__(self, gauges: Gauges, rows: Reader, tables: Iterable[Table[Value]]) -> None:
        """What is in the committed tables is shown: the clusters that were seen last, and all that came back."""
        self._gauges = gauges
        self._clusters: set[str] = set()
        names = {table.name for table in tables}
        self._widths: PartGauges | None = None
        if CLUSTERS.name in names:
            self._widths = PartGauges(gauges.widths, rows)
            self._widths.fill()
        if ATTRIBUTED.name in names:
            self._fill(rows)

    def _fill(self, rows: Reader) -> None:
        """Of what a state holds, the reports that a process would show that had seen it come."""
        found = ((_rank(row), key, row) for key, row in rows.scan(ATTRIBUTED, "") if row.summary)
        for _, cluster, row in reversed(nlargest(MOST_ACTIVE, found, key=lambda each: each[:2])):
            if row.summary is not None:
                self._report(cluster, report_of(row.summary, row))

    def show(self, outputs: Iterable[Emit]) -> None:
        """What a batch told, after its commit."""
        grew: list[ClusterChanged | ClusterVariant] = []
        for sent in outputs:
            event = sent.event
            if isinstance(event, ClusterChanged | ClusterVariant):
                grew.append(event)
            elif isinstance(event, LinkChanged):
                self._gauges.deployed(event)
            elif sent.topic == _REPORTS:
                self._sent(sent.key, event)
        if self._widths is not None:
            self._widths.show(grew)

    def _sent(self, cluster: str, event: Message | None) -> None:
        report = event if isinstance(event, Report) else None
        self._report(cluster, report)
        if report is not None:
            self._gauges.sent(report)

    def _report(self, cluster: str, report: Report | None) -> None:
        self._gauges.report(cluster, report)
        if report is None:
            self._clusters.discard(cluster)
        else:
            self._clusters.add(cluster)

    def close(self) -> None:
        """The partition is another's: take its gauges away."""
        for cluster in self._clusters:
            self._gauges.report(cluster, None)
        if self._widths is not None:
            self._widths.close()


def _rank(row: Attributed) -> tuple[bool, int]:
    last = row.summary.last_seen if row.summary else None
    return row.resolved_at is not None, last.ns if last else 0

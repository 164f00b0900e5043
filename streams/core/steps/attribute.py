"""ATTRIBUTE: cluster and links to a root-cause report; suspects come with the root-cause issue.

In: clusters.changed, attribution.requests. Out: reports.root_cause, only when the content changed.
"""

from __future__ import annotations

from typing import Final

import msgspec

from streams.core.report.unknowns import unknowns
from streams.model.events import AttributionRequest, ClusterChanged, ClusterSummary
from streams.model.identity import content_id
from streams.model.message import Message, Value, encode
from streams.model.report import ClusterStatus, Report
from streams.model.step import Count, Done, Emit, Facts, Need, State, Table, put

# Still seen a day after it was first seen: no clock, only event times (law 1).
_ONGOING_AFTER_NS: Final = 24 * 3600 * 10**9


class Attributed(Value, frozen=True, kw_only=True):
    """What ATTRIBUTE remembers of a cluster: its summary, side inputs by service, the last report."""

    summary: ClusterSummary | None = None
    given: dict[str, tuple[str, ...]] = {}
    content_hash: str = ""
    revision: int = 0


ATTRIBUTED: Final = Table("attribute.clusters", Attributed)


def _status(cluster: ClusterSummary) -> ClusterStatus:
    first, last = cluster.first_seen, cluster.last_seen
    if first and last and last.minus(first) >= _ONGOING_AFTER_NS:
        return "ongoing"
    return "new"


def _given(cluster: ClusterSummary, known: Attributed) -> frozenset[str]:
    """Side inputs that every service of the cluster has."""
    sets = [frozenset(known.given.get(service, ())) for service in cluster.services]
    return frozenset.intersection(*sets) if sets else frozenset()


def report_of(cluster: ClusterSummary, known: Attributed) -> Report:
    """The report without envelope and hash."""
    best = cluster.representative
    return Report(
        cluster=cluster.cluster,
        title=best.title,
        kind=best.kind,
        root_cause=best.root_cause,
        occurrences=cluster.occurrences,
        first_seen=cluster.first_seen,
        last_seen=cluster.last_seen,
        services=cluster.services,
        builds=cluster.builds,
        hosts=cluster.hosts,
        fingerprints=cluster.fingerprints,
        representative=best.crash,
        status=_status(cluster),
        unknown=tuple(unknowns(cluster, _given(cluster, known))),
        explain=cluster.explain,
    )


def content_hash(report: Report) -> str:
    """The id of a report's content: everything but the envelope."""
    bare = msgspec.structs.replace(report, generation=0, revision=0, content_hash="")
    return content_id("report", encode(bare).decode())


def _updated(state: State, event: Message) -> Attributed | None:
    if isinstance(event, ClusterChanged):
        known = state.get(ATTRIBUTED, event.cluster) or Attributed()
        return msgspec.structs.replace(known, summary=event.summary)
    if isinstance(event, AttributionRequest):
        known = state.get(ATTRIBUTED, event.cluster) or Attributed()
        given = {**known.given, event.service: event.given}
        return msgspec.structs.replace(known, given=dict(sorted(given.items())))
    return None


def step(state: State, event: Message, _facts: Facts) -> Done | Need:
    """Make the report; send it when its content is new."""
    known = _updated(state, event)
    cluster = getattr(event, "cluster", "")
    if known is None:
        return Done()
    if known.summary is None:
        return Done((put(ATTRIBUTED, cluster, known),))
    report = report_of(known.summary, known)
    digest = content_hash(report)
    if digest == known.content_hash:
        return Done((put(ATTRIBUTED, cluster, known),))
    after = msgspec.structs.replace(known, content_hash=digest, revision=known.revision + 1)
    sent = msgspec.structs.replace(report, revision=after.revision, content_hash=digest)
    return Done(
        (put(ATTRIBUTED, cluster, after),),
        (Emit("reports.root_cause", cluster, sent),),
        (Count("panictrail_reports_total"),),
    )

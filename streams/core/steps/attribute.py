"""ATTRIBUTE: cluster and links to a root-cause report; suspects come with the root-cause issue.

In: clusters.changed, attribution.requests. Out: reports.root_cause, only when the content changed.
"""

from __future__ import annotations

from typing import Final

import msgspec

from streams.core.cluster.assign import merged
from streams.core.cluster.grouping import distinct
from streams.core.report.unknowns import unknowns
from streams.model.events import AttributionRequest, ClusterChanged, ClusterSummary
from streams.model.identity import content_id
from streams.model.instant import Instant
from streams.model.message import Message, Value, encode
from streams.model.report import ClusterStatus, Report
from streams.model.step import Count, Done, Emit, Facts, Need, State, Table, put

# Still seen a day after it was first seen: no clock, only event times (law 1).
_ONGOING_AFTER_NS: Final = 24 * 3600 * 10**9


class Part(Value, frozen=True, kw_only=True):
    """A part of a cluster that people merged; `hosts`: 8 bytes for each."""

    summary: ClusterSummary
    hosts: bytes = b""


class Attributed(Value, frozen=True, kw_only=True):
    """What ATTRIBUTE remembers of a cluster: its summary, side inputs by service, the last report.

    `parts`: what it is made of, where that is more than itself; then `summary` is of all of them together.
    """

    summary: ClusterSummary | None = None
    parts: dict[str, Part] = {}
    ignored: bool = False
    resolved_at: Instant | None = None
    given: dict[str, tuple[str, ...]] = {}
    content_hash: str = ""
    revision: int = 0


ATTRIBUTED: Final = Table("attribute.clusters", Attributed)


def _status(cluster: ClusterSummary, known: Attributed) -> ClusterStatus:
    first, last = cluster.first_seen, cluster.last_seen
    if known.ignored:
        return "ignored"
    if known.resolved_at is not None:
        return "regressed" if last and last > known.resolved_at else "resolved"
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
        status=_status(cluster, known),
        unknown=tuple(unknowns(cluster, _given(cluster, known))),
        explain=cluster.explain,
    )


def content_hash(report: Report) -> str:
    """The id of a report's content: everything but the envelope."""
    bare = msgspec.structs.replace(report, generation=0, revision=0, content_hash="")
    return content_id("report", encode(bare).decode())


def _parts(cluster: str, known: Attributed, event: ClusterChanged) -> dict[str, Part]:
    """What a cluster is made of after a change of one part."""
    parts = dict(known.parts)
    if not parts and known.summary is not None:
        parts[cluster] = Part(summary=known.summary)
    if event.summary is None:
        parts.pop(event.part or cluster, None)
    else:
        parts[event.part or cluster] = Part(summary=event.summary, hosts=event.hosts)
    return dict(sorted(parts.items()))


def _together(cluster: str, parts: dict[str, Part]) -> ClusterSummary:
    """The summary of all parts. Until each part has sent its hosts, those are counted as if no two parts shared one."""
    hosts = len(distinct(part.hosts for part in parts.values()))
    hosts += sum(part.summary.hosts for part in parts.values() if not part.hosts)
    return merged(cluster, (part.summary for part in parts.values()), hosts=hosts)


def _changed(known: Attributed, event: ClusterChanged) -> Attributed:
    cluster = event.cluster
    if event.summary is not None:
        known = msgspec.structs.replace(known, ignored=event.ignored, resolved_at=event.resolved_at)
        if event.part is None and not known.parts and not event.hosts:
            return msgspec.structs.replace(known, summary=event.summary)
    parts = _parts(cluster, known, event)
    if not parts:
        return msgspec.structs.replace(known, summary=None, parts={})
    if parts.keys() == {cluster} and not parts[cluster].hosts:
        return msgspec.structs.replace(known, summary=parts[cluster].summary, parts={})
    return msgspec.structs.replace(known, summary=_together(cluster, parts), parts=parts)


def _updated(state: State, event: Message) -> Attributed | None:
    if isinstance(event, ClusterChanged):
        return _changed(state.get(ATTRIBUTED, event.cluster) or Attributed(), event)
    if isinstance(event, AttributionRequest):
        known = state.get(ATTRIBUTED, event.cluster) or Attributed()
        given = {**known.given, event.service: event.given}
        return msgspec.structs.replace(known, given=dict(sorted(given.items())))
    return None


def _gone(cluster: str, known: Attributed) -> Done:
    """Nothing is shown under this id; a report that was is removed."""
    if not known.content_hash:
        return Done((put(ATTRIBUTED, cluster, known),))
    after = msgspec.structs.replace(known, content_hash="")
    return Done((put(ATTRIBUTED, cluster, after),), (Emit("reports.root_cause", cluster, None),))


def step(state: State, event: Message, _facts: Facts) -> Done | Need:
    """Make the report; send it when its content is new."""
    known = _updated(state, event)
    cluster = getattr(event, "cluster", "")
    if known is None:
        return Done()
    if known.summary is None:
        return _gone(cluster, known)
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

"""Summaries of clusters: one crash more, or several summaries as one. Neither sees an order.

In: a summary as it is, a fingerprinted crash or other summaries. Out: the summary as it will be.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import msgspec

from streams.core.cluster.regression import seen_once_more, seen_together
from streams.model.events import ClusterSummary, Fingerprinted, GroupedBy, Representative
from streams.model.identity import ClusterId, content_id
from streams.model.instant import Instant
from streams.model.message import Value


def cluster_id_of(event: Fingerprinted) -> ClusterId:
    """Hash of the smallest member locus; with the plain rule a cluster has one."""
    return _cluster_id(event.block, event.locus)


@lru_cache(maxsize=65536)
def _cluster_id(block: str, locus: str) -> ClusterId:
    return ClusterId(content_id("cluster", block, locus))


class Assignment(Value, frozen=True, kw_only=True):
    """assignment.v1: a text and its cluster; `cluster` None where no crash is recognised.

    `distance` None: the method has none between one crash and its cluster.
    """

    id: str | int
    cluster: str | None = None
    fingerprint: str | None = None
    rule: str
    distance: float | None = None
    title: str | None = None
    by: GroupedBy | None = None


def unplaced(name: str | int) -> Assignment:
    """The assignment of a text in which no crash is recognised."""
    return Assignment(id=name, rule="no crash is recognised in the text")


def assignment(name: str | int, event: Fingerprinted | None) -> Assignment:
    """The assignment of one text by its key alone."""
    if event is None:
        return unplaced(name)
    return Assignment(
        id=name,
        cluster=cluster_id_of(event),
        fingerprint=event.fingerprint,
        rule=event.root_cause.rule or "",
        distance=0.0,
        title=event.title,
        by=event.by,
    )


def _earlier(one: Instant | None, other: Instant | None) -> Instant | None:
    if one is None or other is None:
        return one or other
    return other if other.ns < one.ns else one


def _later(one: Instant | None, other: Instant | None) -> Instant | None:
    if one is None or other is None:
        return one or other
    return other if other.ns > one.ns else one


def _rank(crash: Representative) -> tuple[bool, int, str]:
    return (crash.at is None, crash.at.ns if crash.at else 0, crash.crash)


def _with(values: tuple[str, ...], value: str | None) -> tuple[str, ...]:
    if value is None or value in values:
        return values
    return tuple(sorted((*values, value)))


def representative_of(event: Fingerprinted) -> Representative:
    """The event as a candidate to stand for its cluster."""
    return Representative(
        crash=event.crash,
        at=event.at,
        title=event.title,
        kind=event.kind,
        root_cause=event.root_cause,
        service=event.service,
    )


def born(event: Fingerprinted, cluster: str | None = None) -> ClusterSummary:
    """A cluster before its first crash is counted."""
    return ClusterSummary(
        cluster=cluster_id_of(event) if cluster is None else cluster,
        block=event.block,
        occurrences=0,
        representative=representative_of(event),
        explain=event.explain,
    )


def grown(
    cluster: ClusterSummary, event: Fingerprinted, *, new_host: bool, new_fingerprint: bool
) -> ClusterSummary:
    """The cluster with one crash more. The earliest crash (then the smallest id) represents it.

    A twin is no crash more: it adds what it knows of one that is counted.
    """
    best, explain = cluster.representative, cluster.explain
    if _before(event, best):
        best, explain = representative_of(event), event.explain
    at = event.at
    # Written out: this is done twice for every crash, and structs.replace costs three times as much.
    return ClusterSummary(
        cluster=cluster.cluster,
        block=cluster.block,
        occurrences=cluster.occurrences + (event.twin is None),
        first_seen=_earlier(cluster.first_seen, at),
        last_seen=_later(cluster.last_seen, at),
        untimed=cluster.untimed + (at is None),
        zone_assumed=cluster.zone_assumed + event.at_zone_assumed,
        anonymous=cluster.anonymous + event.anonymous,
        services=_with(cluster.services, event.service),
        builds=_with(cluster.builds, event.build),
        seen_builds=seen_once_more(cluster.seen_builds, event),
        go_versions=_with(cluster.go_versions, event.go),
        hosts=cluster.hosts + new_host,
        fingerprints=cluster.fingerprints + new_fingerprint,
        representative=best,
        explain=explain,
    )


def less(cluster: ClusterSummary) -> ClusterSummary:
    """The cluster without a crash that was counted before it was known to be another's twin."""
    return msgspec.structs.replace(cluster, occurrences=cluster.occurrences - 1)


def _before(event: Fingerprinted, best: Representative) -> bool:
    """Whether a crash stands for a cluster rather than the one that does."""
    if event.at is None or best.at is None:
        if event.at is not None or best.at is not None:
            return best.at is None
        return event.crash < best.crash
    return (event.at.ns, event.crash) < (best.at.ns, best.crash)


def merged(cluster: str, summaries: Iterable[ClusterSummary], *, hosts: int) -> ClusterSummary:
    """Several summaries as one under a name; how many hosts they have together is known to whoever has them."""
    found = sorted(summaries, key=lambda each: _rank(each.representative))
    first, *others = found
    seen, last = first.first_seen, first.last_seen
    for each in others:
        seen, last = _earlier(seen, each.first_seen), _later(last, each.last_seen)
    return ClusterSummary(
        cluster=cluster,
        block=min(each.block for each in found),
        occurrences=sum(each.occurrences for each in found),
        first_seen=seen,
        last_seen=last,
        untimed=sum(each.untimed for each in found),
        zone_assumed=sum(each.zone_assumed for each in found),
        anonymous=sum(each.anonymous for each in found),
        services=_union(each.services for each in found),
        builds=_union(each.builds for each in found),
        seen_builds=seen_together(*(each.seen_builds for each in found)),
        go_versions=_union(each.go_versions for each in found),
        hosts=hosts,
        fingerprints=sum(each.fingerprints for each in found),
        representative=first.representative,
        explain=first.explain,
    )


def _union(values: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(sorted({value for each in values for value in each}))

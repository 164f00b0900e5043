"""One crash into its cluster by the plain rule: equal fingerprints are one cluster.

In: the cluster as it is, a fingerprinted crash. Out: the cluster as it will be. Chooses nothing by arrival.
"""

from __future__ import annotations

import msgspec

from streams.model.events import ClusterSummary, Fingerprinted, Representative
from streams.model.identity import ClusterId, content_id
from streams.model.instant import Instant
from streams.model.message import Value


def cluster_id_of(event: Fingerprinted) -> ClusterId:
    """Hash of the smallest member locus; with the plain rule a cluster has one."""
    return ClusterId(content_id("cluster", event.block, event.fingerprint))


class Assignment(Value, frozen=True, kw_only=True):
    """assignment.v1: a text and its cluster; `cluster` None where no crash is recognised."""

    id: str | int
    cluster: str | None = None
    fingerprint: str | None = None
    rule: str
    distance: float | None = None
    title: str | None = None


def assignment(name: str | int, event: Fingerprinted | None) -> Assignment:
    """The assignment of one text; the plain rule knows distance 0 only."""
    if event is None:
        return Assignment(id=name, rule="no crash is recognised in the text")
    return Assignment(
        id=name,
        cluster=cluster_id_of(event),
        fingerprint=event.fingerprint,
        rule=event.root_cause.rule or "",
        distance=0.0,
        title=event.title,
    )


def _earlier(one: Instant | None, other: Instant | None) -> Instant | None:
    if one is None or other is None:
        return one or other
    return min(one, other)


def _later(one: Instant | None, other: Instant | None) -> Instant | None:
    if one is None or other is None:
        return one or other
    return max(one, other)


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
    )


def born(event: Fingerprinted) -> ClusterSummary:
    """A cluster before its first crash is counted."""
    return ClusterSummary(
        cluster=cluster_id_of(event),
        block=event.block,
        occurrences=0,
        representative=representative_of(event),
        explain=event.explain,
    )


def grown(
    cluster: ClusterSummary, event: Fingerprinted, *, new_host: bool, new_fingerprint: bool
) -> ClusterSummary:
    """The cluster with one crash more. The earliest crash (then the smallest id) represents it."""
    candidate = representative_of(event)
    best = min(cluster.representative, candidate, key=_rank)
    return msgspec.structs.replace(
        cluster,
        occurrences=cluster.occurrences + 1,
        first_seen=_earlier(cluster.first_seen, event.at),
        last_seen=_later(cluster.last_seen, event.at),
        untimed=cluster.untimed + (event.at is None),
        zone_assumed=cluster.zone_assumed + event.at_zone_assumed,
        anonymous=cluster.anonymous + event.anonymous,
        services=_with(cluster.services, event.service),
        builds=_with(cluster.builds, event.build),
        hosts=cluster.hosts + new_host,
        fingerprints=cluster.fingerprints + new_fingerprint,
        representative=best,
        explain=event.explain if best is candidate else cluster.explain,
    )

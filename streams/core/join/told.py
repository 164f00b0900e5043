"""What LINK tells ATTRIBUTE: for each cluster of a service what builds and deploys say of its first crash.

In: the rows of LINK, a service. Out: attribution.requests, only where they say something new.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import Final

from streams.core.cluster.draft import Draft
from streams.core.join.given import (
    DEPLOYS,
    SEPARATOR,
    SERVICE_DEPLOYED,
    SERVICES,
    given,
    repos_of,
)
from streams.core.join.joined import joined
from streams.core.join.ties import attempts_of, builds_by, facts_of
from streams.core.join.timeline import Timeline
from streams.model.attributing import Joined, SeenIn
from streams.model.events import AttributionRequest, CiBuild, Deploy, ServiceSeen
from streams.model.message import Value
from streams.model.step import Emit, State, Table


class Asked(Value, frozen=True, kw_only=True):
    """What a cluster was told last of a service and a crash."""

    given: tuple[str, ...] = ()
    joined: Joined | None = None


# Key: service, cluster, crash.
ASKED: Final = Table("link.asked", Asked)
# Of a service that is deployed every quarter of an hour: three weeks.
_MOST_DEPLOYS: Final = 2000


def seen_key(event: ServiceSeen) -> str:
    """The key of a sighting: a cluster that people merged has several in a service."""
    return SEPARATOR.join((event.service, event.cluster, event.crash))


def requests(
    draft: Draft,
    service: str,
    only: ServiceSeen | None = None,
    pushed: AbstractSet[str] = frozenset(),
) -> Iterator[Emit]:
    """For every cluster of a service, or for one of them, what it is to be told.

    Where the revision that crashed was `pushed` just now it is told again: a clone may have it from now on.
    """
    seen = [only] if only else [row for _, row in draft.scan(SERVICES, service + SEPARATOR)]
    if not seen:
        return
    kinds, repos = given(draft, service), repos_of(draft, service)
    timeline = _timeline(draft, service, repos, seen) if kinds else None
    for row in seen:
        found = None
        if row.crash and timeline is not None:
            found = joined(timeline, service, row.at, row.seen, repos)
        told = Asked(given=kinds, joined=found)
        key = seen_key(row)
        came = found is not None and found.crashed in pushed
        if (draft.get(ASKED, key) or Asked()) == told and not came:
            continue
        draft.put(ASKED, key, told)
        request = AttributionRequest(
            cluster=row.cluster, service=service, given=kinds, crash=row.crash, joined=found
        )
        yield Emit("attribution.requests", row.cluster, request)


def _timeline(state: State, service: str, repos: set[str], seen: list[ServiceSeen]) -> Timeline:
    """The deploys of a service, and the builds that they or its crashes name."""
    deploys = _deploys(state, service)
    # Most of it is stated by several: the phases and regions of a batch, the crashes of a build.
    probes = (_probe(row.seen) for row in seen if row.seen is not None)
    stated = {fact for each in (*deploys, *probes) for fact in facts_of(each)}
    names = {name for fact, value in stated for name in builds_by(state, fact, value)}
    # Two repositories may number their builds alike, or have the same tags.
    own = {name for name in names if name.repo in repos} if repos else names
    builds: list[CiBuild] = [each for name in sorted(own) for each in attempts_of(state, name)]
    return Timeline((*deploys, *builds))


def _deploys(state: State, service: str) -> list[Deploy]:
    rows = state.scan(SERVICE_DEPLOYED, service + SEPARATOR)
    found = [deploy for _, tie in rows if (deploy := state.get(DEPLOYS, tie.name))]
    if len(found) > _MOST_DEPLOYS:
        found.sort(key=lambda one: (one.occurred_at.ns if one.occurred_at else 0, one.delivery_id))
    return found[-_MOST_DEPLOYS:]


def _probe(seen: SeenIn) -> Deploy:
    """What a crash states of its build, as a deploy states it."""
    return Deploy(
        delivery_id="",
        service="",
        build_id=seen.build_id,
        digest=seen.digest,
        version=seen.version,
        revision=seen.revision,
    )

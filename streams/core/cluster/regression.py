"""Whether a resolved cluster came back: seen again in a build that has what fixed it.

In: the builds in which it was seen, when and by what it was resolved, which builds have the fix. Out: a verdict.
Nothing here sees an order of arrival.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from streams.core.versions import order_of
from streams.model.events import BuildSeen, ClusterSummary, Fingerprinted
from streams.model.instant import Instant

_MOST_ASKED: Final = 64


def seen_once_more(builds: tuple[BuildSeen, ...], event: Fingerprinted) -> tuple[BuildSeen, ...]:
    """The builds with one crash more; the same object where it says nothing new."""
    build, at = event.build or "", event.at
    revision = event.seen.revision if event.seen is not None else None
    for place, known in enumerate(builds):
        if known.build == build and known.revision == revision:
            first, last = known.first, known.last
            if at is None or (first and last and first.ns <= at.ns <= last.ns):
                return builds
            row = _wider(known, at, at)
            return (*builds[:place], row, *builds[place + 1 :])
    new = BuildSeen(build=build, revision=revision, first=at, last=at)
    return tuple(sorted((*builds, new), key=_name))


def seen_together(*builds: tuple[BuildSeen, ...]) -> tuple[BuildSeen, ...]:
    """The builds of several clusters."""
    found: dict[tuple[str, str], BuildSeen] = {}
    for row in (row for each in builds for row in each):
        known = found.get(_name(row))
        found[_name(row)] = row if known is None else _wider(known, row.first, row.last)
    return tuple(found[name] for name in sorted(found))


def _name(row: BuildSeen) -> tuple[str, str]:
    return row.build, row.revision or ""


def _wider(row: BuildSeen, first: Instant | None, last: Instant | None) -> BuildSeen:
    if first is None or last is None:
        return row
    return BuildSeen(
        build=row.build,
        revision=row.revision,
        first=first if row.first is None else min(row.first, first),
        last=last if row.last is None else max(row.last, last),
    )


def revision_of(row: BuildSeen) -> str:
    """What a repository may know a build by; empty where nothing is stated."""
    return row.revision or row.build


def came_back(
    cluster: ClusterSummary,
    resolved_at: Instant,
    fixed_in: str | None = None,
    contains: Mapping[str, bool] | None = None,
) -> bool:
    """Whether it is a regression. `contains`: by `revision_of` a build whether it has the fix, where that is known."""
    if not cluster.seen_builds:
        # Written before builds were kept with their times.
        return cluster.last_seen is not None and cluster.last_seen > resolved_at
    return any(
        _came_back(row, resolved_at, fixed=has_fix(row, fixed_in, contains or {}))
        for row in cluster.seen_builds
    )


def _came_back(row: BuildSeen, resolved_at: Instant, *, fixed: bool | None) -> bool:
    if fixed is False:
        return False
    if row.first is None or row.last is None:
        # At an unknown time: after the fix in any case where the build has it.
        return bool(fixed)
    if row.last <= resolved_at:
        return False
    # A build that crashed so before it was resolved is not the one that has the fix: an old instance still runs.
    return bool(fixed) or not row.build or row.first > resolved_at


def unjudged(
    cluster: ClusterSummary, resolved_at: Instant, fixed_in: str, contains: Mapping[str, bool]
) -> Iterator[str]:
    """Builds that made it a regression only because nobody knows whether they have the fix; empty: none is stated."""
    for row in cluster.seen_builds:
        fixed = has_fix(row, fixed_in, contains)
        if fixed is None and _came_back(row, resolved_at, fixed=fixed):
            yield revision_of(row)


def asked_about(cluster: ClusterSummary, resolved_at: Instant) -> tuple[str, ...]:
    """What repositories know the builds by of which it matters whether they have the fix: the latest, sorted."""
    late = [
        row
        for row in cluster.seen_builds
        if revision_of(row) and (row.last is None or row.last > resolved_at)
    ]
    late.sort(key=lambda row: (row.last.ns if row.last else 0, revision_of(row)))
    return tuple(sorted({revision_of(row) for row in late[-_MOST_ASKED:]}))


def has_fix(row: BuildSeen, fixed_in: str | None, contains: Mapping[str, bool]) -> bool | None:
    """Whether a build has a fix; None where nothing says it. Else versions are compared, as semver.org says."""
    known = contains.get(revision_of(row))
    if known is not None or fixed_in is None:
        return known
    if fixed_in in (row.build, row.revision):
        return True
    one, other = order_of(row.build), order_of(fixed_in)
    return None if one is None or other is None else one >= other

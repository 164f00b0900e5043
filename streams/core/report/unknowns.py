"""What a report does not know, why, and how to learn it (law 6).

In: a cluster summary and the side inputs known for its services. Out: Unknown values, in a fixed order.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import Final

from streams.core.join.given import KINDS
from streams.core.suspects.answer import Cause, named, unknown_causes
from streams.model.events import ClusterSummary
from streams.model.report import Unknown

_NAMES: Final = {"git.push": "git pushes", "ci.build": "CI builds", "deploy": "deploys"}


def _cause(cluster: ClusterSummary, given: AbstractSet[str], cause: Cause) -> Iterator[Unknown]:
    missing = [kind for kind in KINDS if kind not in given]
    if named(cause) is None:
        what = "the commit, build and deploy that brought it"
    else:
        what = "the build and deploy that brought it"
    if not cluster.services:
        why = "the input names no service, so no push, build or deploy can be tied to it"
        how = "panictrail analyze … --service NAME --events EVENTS.jsonl"
        yield Unknown(what=what, why=why, how=how)
    elif missing:
        names = ", ".join(_NAMES[kind] for kind in missing)
        why = f"not given for {', '.join(cluster.services[:3])}: {names}"
        how = f"panictrail analyze … --events EVENTS.jsonl with kinds {', '.join(missing)}"
        yield Unknown(what=what, why=why, how=how)
    elif cause.joined is not None and cause.joined.crashed is None:
        yield Unknown(
            what="the revision that crashed",
            why=cause.joined.why,
            how="build with -buildvcs, or state build_id, version or region with the crash",
        )
    if cause.wanted or not missing:
        yield from unknown_causes(cause)


def unknowns(cluster: ClusterSummary, given: AbstractSet[str], cause: Cause) -> Iterator[Unknown]:
    """Everything that this report leaves open."""
    yield from _cause(cluster, given, cause)
    if cluster.untimed:
        yield Unknown(
            what="when it happened",
            why=f"{cluster.untimed} of {cluster.occurrences} crashes have no full time in the log",
            how="kubectl logs --timestamps, docker logs -t, journalctl -o short-iso",
        )
    if cluster.zone_assumed:
        yield Unknown(
            what="the time zone",
            why="the log line states none (Go's log package writes local time); read as UTC",
            how="log.SetFlags(log.LstdFlags | log.LUTC), or a timestamp with zone",
        )
    if not cluster.services:
        yield Unknown(
            what="the service",
            why="the input names none",
            how="panictrail analyze … --service NAME; kubectl logs --prefix names the container",
        )
    if not cluster.builds and not (cause.joined and cause.joined.build_id):
        yield Unknown(
            what="the build",
            why="a crash text does not name its build",
            how='panics.raw events with "build": {"version": …, "revision": …}',
        )
    if cluster.anonymous:
        yield Unknown(
            what="whether equal texts are repeats",
            why="input without time and container: byte-equal crashes of two files count once",
            how="logs with timestamps or container names",
        )

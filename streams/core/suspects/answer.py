"""What the answer about a crash means for its report: suspects, build and deploy batch, what stays unknown.

In: a Caused, a Joined. Out: fields of a report. Nothing is named that the answer does not name.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from streams.model.attributing import Joined, Ran, SeenIn
from streams.model.cause import Caused, SuspectCommit
from streams.model.report import Introduced, Suspect, Unknown

# From here on a suspect is named as the cause.
NAMED: Final = 0.5
# What is less likely is not worth anybody's look.
_LEAST: Final = 0.03
_MOST: Final = 5
_EVIDENCE: Final = 8
COMMIT: Final = "{commit}"


class Cause(NamedTuple):
    """What is known of why a cluster crashes. `wanted`: repositories are given; `absent`: why they did not answer.

    `url`: the page of a commit of its repository, with COMMIT where the commit stands.
    """

    joined: Joined | None = None
    seen: SeenIn | None = None
    caused: Caused | None = None
    wanted: bool = False
    absent: str = ""
    url: str = ""


def suspects(cause: Cause) -> tuple[Suspect, ...]:
    """The likeliest changes, best first."""
    caused = cause.caused
    if caused is None:
        return ()
    found = (one for one in caused.suspects[:_MOST] if one.confidence >= _LEAST)
    return tuple(_suspect(one, caused.repo, cause.url) for one in found)


def _suspect(found: SuspectCommit, repo: str, url: str) -> Suspect:
    return Suspect(
        repo=repo or None,
        url=url.replace(COMMIT, found.commit) if url else None,
        commit=found.commit,
        author=found.author or None,
        at=found.at,
        subject=found.subject or None,
        confidence=found.confidence,
        evidence=found.evidence[:_EVIDENCE],
    )


def likeliest(cause: Cause) -> SuspectCommit | None:
    """The first suspect, however likely."""
    return next(iter(cause.caused.suspects), None) if cause.caused else None


def named(cause: Cause) -> SuspectCommit | None:
    """The change that is named as the cause."""
    first = likeliest(cause)
    return first if first is not None and first.confidence >= NAMED else None


def introduced(cause: Cause) -> Introduced:
    """The build and batch that first brought the likeliest change, or else the revision, to the place of the crash."""
    found = cause.joined
    if found is None:
        return Introduced()
    suspect = likeliest(cause)
    arrived = found.ran[found.first] if found.first is not None else None
    batch = brought(found, suspect) if suspect is not None else arrived
    build_id = (batch.build_id if batch else None) or found.build_id
    crashed = batch is None or batch.build_id == found.build_id
    return Introduced(
        build_id=build_id,
        deploy_batch=batch.batch if batch else None,
        release=cause.seen.version if cause.seen and crashed else None,
        last_good_build=next(iter(found.good_builds), None),
        canary_percent=batch.share if batch else None,
        build_status=found.status if crashed else None,
        build_attempt=found.attempt if crashed else None,
    )


def brought(found: Joined, suspect: SuspectCommit) -> Ran | None:
    """The batch that first brought a change to the place of the crash: `ran` is in order."""
    positions = [number for number in suspect.ran if number < len(found.ran)]
    return found.ran[min(positions)] if positions else None


def _states_revision(cause: Cause) -> bool:
    found, seen = cause.joined, cause.seen
    return bool((found and (found.crashed or found.names)) or (seen and seen.revision))


def unknown_causes(cause: Cause) -> Iterator[Unknown]:
    """What the repositories leave open."""
    what = "the change that caused it"
    if not cause.wanted:
        why = "no repository is given"
        yield Unknown(what=what, why=why, how="panictrail analyze … --repo NAME=PATH")
        return
    caused = cause.caused
    if caused is None:
        how = (
            "fetch the whole history of the repository"
            if _states_revision(cause)
            else "build with -buildvcs, or send builds and deploys"
        )
        yield Unknown(what=what, why=cause.absent or "nothing was asked", how=how)
        return
    if named(cause) is None:
        count = caused.considered
        why = (
            f"of {count} changes none stands out: likely an old bug that met a new input"
            if count
            else "no change is known between this revision and what ran before"
        )
        yield Unknown(
            what=what, why=why, how="panictrail explain shows what the suspects have against them"
        )
    for text, why, how in caused.unknown:
        yield Unknown(what=text, why=why, how=how)

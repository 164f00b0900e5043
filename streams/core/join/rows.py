"""Rows of trace_link: a deploy with the build that it brought, or a build that was never deployed.

In: the rows of LINK (join/ties.py), a deploy or the name of a build. Out: whole rows by their ids. A row says what
events state: where several builds fit and name different commits, the commit is unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Final, TypeVar

import msgspec

from streams.core.join.given import repos_of
from streams.core.join.ties import (
    COMMITS,
    BuildName,
    Fact,
    attempts_of,
    builds_of,
    deploys_of,
    digest_of,
    is_full,
    joined,
    revision_of,
    stated_of,
    tag_of,
    version_of,
)
from streams.model.events import CiBuild, Deploy, JoinedBy, LinkChanged
from streams.model.identity import content_id
from streams.model.instant import Instant
from streams.model.message import encode
from streams.model.step import State

T = TypeVar("T")

# What CI systems call a build that may be deployed: GitHub, GitLab, Jenkins, CDEvents.
_GOOD: Final = frozenset(("success", "succeeded", "successful", "passed", "ok"))


class Found(msgspec.Struct, frozen=True):
    """The builds that a deploy may have brought, each by the attempt that made it, and what they were found by."""

    by: Fact
    builds: tuple[CiBuild, ...]


def time_of(event: CiBuild | Deploy) -> Instant | None:
    """When it happened; where the sender does not say, when it was received."""
    return event.occurred_at or event.received_at


def deploy_id(delivery: str) -> str:
    """The id of the row of a deploy."""
    return content_id("link", "deploy", delivery)


def build_id(name: BuildName, service: str | None) -> str:
    """The id of the row of a build that was not deployed for a service."""
    return content_id("link", "build", name.repo, name.build_id, service or "")


def name_of(build: CiBuild) -> BuildName:
    """What a build is told from others by."""
    return BuildName(repo=build.repo, build_id=build.build_id)


def _one(values: Iterable[T]) -> T | None:
    """The only one of them; None where there are several, or none."""
    found = set(values)
    return found.pop() if len(found) == 1 else None


def _digests(build: CiBuild, service: str | None = None) -> set[str]:
    """Digests of what a build made, for a service."""
    return {
        digest
        for artifact in build.artifacts
        if service is None or artifact.service == service
        if (digest := digest_of(artifact.digest))
    }


def _makes(build: CiBuild, service: str) -> bool:
    return any(artifact.service == service for artifact in build.artifacts)


def _is_good(build: CiBuild) -> bool:
    return (build.status or "").lower() in _GOOD


def latest_of(attempts: Iterable[CiBuild]) -> CiBuild:
    """The last attempt of a build; events that are alike in it, by what they say."""
    return max(attempts, key=lambda b: (b.attempt, time_of(b) or Instant(0), encode(b)))


def _fits(fact: Fact, deploy: Deploy, build: CiBuild) -> bool:
    """Whether a build states the same of a fact; ties hold revisions by their first digits."""
    if fact == "build_id":
        return build.build_id == deploy.build_id
    if fact == "digest":
        return digest_of(deploy.digest) in _digests(build)
    if fact == "version":
        return version_of(deploy.version) == version_of(tag_of(build))
    return (revision_of(build.commit) or "").startswith(stated_of(deploy) or "-")


def _narrowed(builds: tuple[CiBuild, ...], deploy: Deploy) -> tuple[CiBuild, ...]:
    """Of several builds those of which more is stated; each condition counts only where a build meets it."""
    conditions: tuple[Callable[[CiBuild], bool], ...] = (
        lambda b: bool(deploy.digest) and _fits("digest", deploy, b),
        lambda b: _fits("revision", deploy, b),
        lambda b: bool(deploy.version) and _fits("version", deploy, b),
        lambda b: _makes(b, deploy.service),
        _is_good,
    )
    for condition in conditions:
        if len(builds) > 1:
            builds = tuple(filter(condition, builds)) or builds
    return builds


def _commit(build: CiBuild) -> str | None:
    return revision_of(build.commit) or build.commit


def _made(state: State, name: BuildName, deploy: Deploy) -> CiBuild | None:
    """The attempt that made what was deployed: a good one, the last of them."""
    attempts = attempts_of(state, name)
    return latest_of(_narrowed(attempts, deploy)) if attempts else None


def found_of(state: State, deploy: Deploy) -> Found | None:
    """The builds that fit a deploy, by the first fact that any build shares with it."""
    # What comes later in that order is looked up only where nothing before it fits.
    for fact, group in groupby(builds_of(state, deploy), key=itemgetter(0)):
        # Tags are named alike everywhere: only those of repositories that the service is known to run.
        repos = repos_of(state, deploy.service) if fact == "version" else None
        names = {name for _, name in group if repos is None or name.repo in repos}
        made = (_made(state, name, deploy) for name in sorted(names))
        builds = tuple(build for build in made if build is not None and _fits(fact, deploy, build))
        if builds:
            return Found(fact, _narrowed(builds, deploy))
    return None


def _commits(state: State, revision: str | None) -> dict[str, set[str]]:
    """Commits that begin like this, each with the repositories that have it."""
    found: dict[str, set[str]] = {}
    if revision is None:
        return found
    if is_full(revision):
        found[revision] = set()
    for key, tie in state.scan(COMMITS, revision):
        found.setdefault(key.removesuffix(joined("", tie.name)), set()).add(tie.name)
    return found


def row_of(state: State, delivery: str, deploy: Deploy) -> LinkChanged:
    """The row of a deploy."""
    row = LinkChanged(
        link=deploy_id(delivery),
        service=deploy.service,
        env=deploy.env,
        region=deploy.region,
        deploy_batch=deploy.batch,
        action=deploy.action,
        phase=deploy.phase,
        percent=None if deploy.percent is None else float(deploy.percent),
        timestamp=time_of(deploy),
        build_id=deploy.build_id,
        digest=digest_of(deploy.digest),
        version=deploy.version,
        revision=deploy.revision,
    )
    found = found_of(state, deploy)
    if found is not None:
        row = _with_builds(row, found)
        if row.commit_sha is not None or row.joined_by == "ambiguous":
            return row
    return _with_revision(row, _commits(state, stated_of(deploy)))


def _with_builds(row: LinkChanged, found: Found) -> LinkChanged:
    builds = found.builds
    commits = {_commit(build) for build in builds} - {None}
    build = builds[0] if len(builds) == 1 else None
    made = _one(_digests(build, row.service)) if build else None
    return msgspec.structs.replace(
        row,
        commit_sha=_one(commits),
        repo=_one(each.repo for each in builds),
        build_id=row.build_id or _one(each.build_id for each in builds),
        digest=row.digest or made,
        version=row.version or _one(tag_of(each) for each in builds),
        build_status=build.status if build else None,
        build_attempt=build.attempt if build else None,
        joined_by="ambiguous" if len(commits) > 1 else found.by,
    )


def _with_revision(row: LinkChanged, commits: dict[str, set[str]]) -> LinkChanged:
    """The commit that the deploy itself names, where no build says one."""
    commit = _one(commits)
    if commit is None:
        return row
    by: JoinedBy = row.joined_by or "revision"
    repo = row.repo or _one(commits[commit])
    return msgspec.structs.replace(row, commit_sha=commit, repo=repo, joined_by=by)


def _deployed(state: State, attempts: Iterable[CiBuild]) -> set[str]:
    """Services that a build was deployed for."""
    name = None
    services: set[str] = set()
    seen: set[str] = set()
    for attempt in attempts:
        name = name_of(attempt)
        for _, delivery, deploy in deploys_of(state, attempt):
            if delivery in seen or deploy.service in services:
                continue
            seen.add(delivery)
            found = found_of(state, deploy)
            if found is not None and name in {name_of(build) for build in found.builds}:
                services.add(deploy.service)
    return services


def _named(attempts: Iterable[CiBuild]) -> set[str | None]:
    """Services that a build was made for at any attempt; None: it does not say."""
    return {None, *(artifact.service for each in attempts for artifact in each.artifacts)}


def ids_of(state: State, name: BuildName) -> Iterator[str]:
    """The ids of all rows that a build may have."""
    for service in _named(attempts_of(state, name)):
        yield build_id(name, service)


def rows_of(state: State, name: BuildName) -> Iterator[tuple[str, LinkChanged | None]]:
    """The rows of a build by its last attempt, one for each service that it was made for; None once it was deployed."""
    attempts = attempts_of(state, name)
    if not attempts:
        return
    last = latest_of(attempts)
    named = _named(attempts)
    makes: set[str | None] = {artifact.service for artifact in last.artifacts if artifact.service}
    deployed = _deployed(state, attempts)
    # It was deployed for a service that CI does not name: then its names are not those of deploys.
    gone = bool(deployed - named)
    for service in sorted(named, key=lambda each: each or ""):
        shown = service in (makes or {None}) and service not in deployed and not gone
        yield build_id(name, service), _undeployed(last, service) if shown else None


def _undeployed(build: CiBuild, service: str | None) -> LinkChanged:
    return LinkChanged(
        link=build_id(name_of(build), service),
        service=service,
        commit_sha=_commit(build),
        repo=build.repo,
        build_id=build.build_id,
        build_status=build.status,
        build_attempt=build.attempt,
        digest=_one(_digests(build, service)),
        version=tag_of(build),
        timestamp=time_of(build),
    )

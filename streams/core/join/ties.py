"""What events say of each other: deploys and builds by what both state, commits and services by their repositories.

In: a push, a build or a deploy, and the rows of LINK. Out: the event stored, every tie that it states learnt, and what
has to be worked out again. Ties are only ever added, so the order of events does not matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Literal, TypeVar

import msgspec

from streams.core.cluster.draft import Draft
from streams.core.join.given import (
    BUILDS,
    DEPLOYS,
    PUSHES,
    REPO_BUILT,
    REPO_PUSHED,
    REPO_SERVICE,
    SEPARATOR,
    SERVICE_DEPLOYED,
    SERVICE_REPO,
    Named,
    services_of,
)
from streams.model.events import CiBuild, Deploy, GitPush
from streams.model.instant import LATEST
from streams.model.message import Value, encode
from streams.model.step import State, Table, V

# What a deploy and a build may both state.
Fact = Literal["build_id", "digest", "version", "revision"]

_TAGS: Final = "refs/tags/"
# As docker/metadata-action writes tags by default.
_SHA: Final = "sha-"
_RELEASE: Final = re.compile(r"v?\d+\.\d+\.\d+([-+][\w.+-]*)?", re.ASCII)
_HEX: Final = re.compile(r"[0-9a-f]{7,64}")
# git abbreviates to at least so many digits; an id has 40, of SHA-256 64.
_SHORT: Final = 7
_FULL: Final = (40, 64)


class BuildName(Value, frozen=True, order=True, kw_only=True):
    """A build: two repositories may number theirs alike."""

    repo: str
    build_id: str


# Key: fact, its value, then delivery id, or repository and build id.
DEPLOYS_BY: Final = Table("link.deploys_by", Named)
BUILDS_BY: Final = Table("link.builds_by", BuildName)
# Key: service, delivery id: deploys that a version names, which says nothing before it is known whose version it is.
VERSIONED: Final = Table("link.versioned", Named)
# Key: repository, build id, delivery id.
ATTEMPTS: Final = Table("link.attempts", Named)
# Key: commit, repository that it was pushed to or built in.
COMMITS: Final = Table("link.commits", Named)

TABLES: Final = (
    *(REPO_PUSHED, REPO_BUILT, SERVICE_DEPLOYED, SERVICE_REPO, REPO_SERVICE),
    *(DEPLOYS_BY, BUILDS_BY, VERSIONED, ATTEMPTS, COMMITS),
)

Given = TypeVar("Given", GitPush, CiBuild, Deploy)


class Touched(msgspec.Struct):
    """What to work out again: deploys by delivery id, builds, services with their clusters."""

    deploys: set[str] = msgspec.field(default_factory=set)
    builds: set[BuildName] = msgspec.field(default_factory=set)
    services: set[str] = msgspec.field(default_factory=set)


def joined(*parts: str) -> str:
    """A key of several parts."""
    return SEPARATOR.join(parts)


def revision_of(text: str | None) -> str | None:
    """A commit id, or the beginning of one; None for a branch, a tag, or less than seven digits."""
    lower = (text or "").lower()
    return lower if _HEX.fullmatch(lower) else None


def is_full(revision: str) -> bool:
    """Whether it is a whole commit id."""
    return len(revision) in _FULL


def stated_of(deploy: Deploy) -> str | None:
    """The commit that a deploy names, or its beginning: as revision, or as version, which mostly is an image's tag."""
    version = revision_of((deploy.version or "").removeprefix(_SHA))
    if version is not None and version.isdigit() and not is_full(version):
        version = None  # a date or a number of a build
    return revision_of(deploy.revision) or version


def tag_of(build: CiBuild) -> str | None:
    """The tag that was built. GitHub names a branch and a tag alike: what looks like a release is one."""
    ref = build.ref or ""
    return ref.removeprefix(_TAGS) if ref.startswith(_TAGS) or _RELEASE.fullmatch(ref) else None


def version_of(text: str | None) -> str | None:
    """A version as it is compared: `v1.2.3` and `1.2.3` are one."""
    return (text or "").removeprefix("v") or None


def digest_of(text: str | None) -> str | None:
    """The digest of an image reference: `registry/shop@sha256:…` names the same as `sha256:…`."""
    return (text or "").rpartition("@")[2] or None


def facts_of(event: CiBuild | Deploy) -> Iterator[tuple[Fact, str]]:
    """What the event states, in the order in which it is believed; a revision by its first digits."""
    if event.build_id:
        yield "build_id", event.build_id
    given = event.artifacts if isinstance(event, CiBuild) else (event,)
    for digest in sorted({found for each in given if (found := digest_of(each.digest))}):
        yield "digest", digest
    version = version_of(tag_of(event) if isinstance(event, CiBuild) else event.version)
    if version:
        yield "version", version
    revision = revision_of(event.commit) if isinstance(event, CiBuild) else stated_of(event)
    if revision:
        yield "revision", revision[:_SHORT]


def builds_of(state: State, deploy: Deploy) -> Iterator[tuple[Fact, BuildName]]:
    """Builds that state something of what the deploy does, in the order in which that is believed."""
    for fact, value in facts_of(deploy):
        for name in builds_by(state, fact, value):
            yield fact, name


def builds_by(state: State, fact: Fact, value: str) -> Iterator[BuildName]:
    """Builds that state this."""
    return (name for _, name in state.scan(BUILDS_BY, joined(fact, value, "")))


def deploys_of(state: State, build: CiBuild) -> Iterator[tuple[Fact, str, Deploy]]:
    """Deploys that state something of what the build does, with their delivery ids."""
    for fact, value in facts_of(build):
        yield from _deploys_by(state, fact, value)


def _deploys_by(state: State, fact: Fact, value: str) -> Iterator[tuple[Fact, str, Deploy]]:
    for _, tie in state.scan(DEPLOYS_BY, joined(fact, value, "")):
        deploy = state.get(DEPLOYS, tie.name)
        if deploy is not None:
            yield fact, tie.name, deploy


def attempts_of(state: State, name: BuildName) -> tuple[CiBuild, ...]:
    """Everything that CI told of a build."""
    ties = state.scan(ATTEMPTS, joined(name.repo, name.build_id, ""))
    found = (state.get(BUILDS, tie.name) for _, tie in ties)
    return tuple(event for event in found if event is not None)


def learn(draft: Draft, table: Table[V], key: str, value: V) -> bool:
    """Set a row; whether it was another one, or none."""
    if draft.get(table, key) == value:
        return False
    draft.put(table, key, value)
    return True


def _store(draft: Draft, table: Table[Given], event: Given) -> Given:
    """Keep one event for each delivery: of several the least, so that it does not matter which of them comes first."""
    known = draft.get(table, event.delivery_id)
    kept = event if known is None else min(known, event, key=_rank)
    learn(draft, table, event.delivery_id, kept)
    return kept


def _rank(event: GitPush | CiBuild | Deploy) -> tuple[int, bytes]:
    return (event.received_at or LATEST).ns, encode(event)


def _proven(draft: Draft, service: str, repo: str, touched: Touched) -> None:
    """The service runs what the repository makes: so its versions may be the repository's tags."""
    touched.services.add(service)
    if learn(draft, SERVICE_REPO, joined(service, repo), Named(name=repo)):
        learn(draft, REPO_SERVICE, joined(repo, service), Named(name=service))
        touched.deploys |= {tie.name for _, tie in draft.scan(VERSIONED, joined(service, ""))}


def _proves(fact: Fact, deploy: Deploy, build: CiBuild) -> bool:
    """Whether what both state tells that the service runs the repository; a version is not the repository's own."""
    if fact == "revision":
        revision = stated_of(deploy) or ""
        return is_full(revision) and revision == revision_of(build.commit)
    return fact != "version"


def learn_push(draft: Draft, event: GitPush) -> Touched:
    """Store a push and what it ties."""
    touched = Touched()
    _store(draft, PUSHES, event)
    learn(draft, REPO_PUSHED, event.repo, Named(name=event.repo))
    commits = {found for text in (event.after, *event.commits) if (found := revision_of(text))}
    for commit in sorted(commits):
        if not commit.strip("0"):
            continue  # a branch that was deleted
        learn(draft, COMMITS, joined(commit, event.repo), Named(name=event.repo))
        for _, name, deploy in _deploys_by(draft, "revision", commit[:_SHORT]):
            touched.deploys.add(name)
            if stated_of(deploy) == commit and is_full(commit):
                _proven(draft, deploy.service, event.repo, touched)
    touched.services |= services_of(draft, event.repo)
    return touched


def learn_build(draft: Draft, event: CiBuild) -> Touched:
    """Store what CI told of a build, and what that ties."""
    name = BuildName(repo=event.repo, build_id=event.build_id)
    touched = Touched(builds={name})
    _store(draft, BUILDS, event)
    key = joined(event.repo, event.build_id, event.delivery_id)
    learn(draft, ATTEMPTS, key, Named(name=event.delivery_id))
    if learn(draft, REPO_BUILT, event.repo, Named(name=event.repo)):
        touched.services |= services_of(draft, event.repo)
    for fact, value in facts_of(event):
        learn(draft, BUILDS_BY, joined(fact, value, event.repo, event.build_id), name)
    commit = revision_of(event.commit)
    if commit:
        learn(draft, COMMITS, joined(commit, event.repo), Named(name=event.repo))
    for artifact in event.artifacts:
        if artifact.service:
            _proven(draft, artifact.service, event.repo, touched)
    for fact, delivery, deploy in deploys_of(draft, event):
        touched.deploys.add(delivery)
        touched.services.add(deploy.service)
        if _proves(fact, deploy, event):
            _proven(draft, deploy.service, event.repo, touched)
    return touched


def learn_deploy(draft: Draft, event: Deploy) -> Touched:
    """Store a deploy and what it ties."""
    touched = Touched(deploys={event.delivery_id}, services={event.service})
    _store(draft, DEPLOYS, event)
    delivery = Named(name=event.delivery_id)
    learn(draft, SERVICE_DEPLOYED, joined(event.service, event.delivery_id), delivery)
    for fact, value in facts_of(event):
        learn(draft, DEPLOYS_BY, joined(fact, value, event.delivery_id), delivery)
    if event.version:
        learn(draft, VERSIONED, joined(event.service, event.delivery_id), delivery)
    for fact, name in builds_of(draft, event):
        if any(_proves(fact, event, attempt) for attempt in attempts_of(draft, name)):
            _proven(draft, event.service, name.repo, touched)
    revision = stated_of(event)
    if revision and is_full(revision):
        for _, tie in draft.scan(COMMITS, joined(revision, "")):
            _proven(draft, event.service, tie.name, touched)
    return touched

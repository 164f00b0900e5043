"""CloudEvents 1.0 (structured and binary), and CDEvents 0.3 to 0.6 in them or bare.

In: a JSON document and the headers it came with. Out: events, or why it is ignored; `None` where it is no CloudEvent.
Sources: cloudevents/spec 1.0.2 (HTTP and JSON bindings), cdevents/spec (core, source-code-version-control,
continuous-integration, continuous-deployment), package-url/purl-spec.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec
from msgspec.structs import replace

from streams.core.webhooks.delivery import Ignored, SideInput, Told, UnreadableError
from streams.core.webhooks.reading import at, digest, first, need, number, sha, text, when, whole
from streams.core.webhooks.words import Action, outcome, phase_of, without_canary
from streams.model.events import Artifact, CiBuild, Deploy, GitPush
from streams.model.instant import Instant
from streams.model.topics import TOPIC_OF_KIND

_CDEVENT: Final = re.compile(r"dev\.cdevents\.([a-z]+)\.([a-z]+)\.")
_OURS: Final = "dev.panictrail."


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """What a CloudEvent says of itself, and what it carries."""

    type: str
    id: str | None
    source: str | None
    time: Instant | None
    data: object


def envelope(document: object, told: Told) -> Envelope | None:
    """The CloudEvent that a document is, or that its headers say it is; None where it is none."""
    if text(document, "specversion") is not None and text(document, "type") is not None:
        return Envelope(
            type=need(document, "type"),
            id=text(document, "id"),
            source=text(document, "source"),
            time=when(document, "time"),
            data=at(document, "data"),
        )
    kind = told.headers.get("ce-type")
    if kind:
        return Envelope(
            type=kind,
            id=told.headers.get("ce-id"),
            source=told.headers.get("ce-source"),
            time=when(told.headers.get("ce-time")),
            data=document,
        )
    kind = text(document, "context", "type")
    if kind and _CDEVENT.match(kind):
        context = at(document, "context")
        return Envelope(
            type=kind,
            id=text(context, "id"),
            source=text(context, "source"),
            time=when(context, "timestamp"),
            data=document,
        )
    return None


def kind_of(found: Envelope) -> str | None:
    """The kind of our own event that it carries: `kind` says it, or the type (`dev.panictrail.deploy`)."""
    kind = text(found.data, "kind") or found.type.removeprefix(_OURS)
    return kind if kind in TOPIC_OF_KIND else None


def read(found: Envelope, told: Told) -> SideInput | Ignored:
    """What a CDEvent says. Raises UnreadableError."""
    match = _CDEVENT.match(found.type)
    reader = _READERS.get((match[1], match[2])) if match else None
    if reader is None:
        return Ignored(f"type {found.type[:80]}")
    if not isinstance(at(found.data, "subject"), dict):
        raise UnreadableError("no subject", "subject")
    return reader(found, told)


def _custom(found: Envelope) -> object:
    """What the sender adds: fields of ours, by their names."""
    data = at(found.data, "customData")
    return data if isinstance(data, dict) else None


def _time(found: Envelope) -> Instant | None:
    return when(found.data, "context", "timestamp") or found.time


def _deploy(action: Action) -> Callable[[Envelope, Told], Deploy]:
    def read_it(found: Envelope, told: Told) -> Deploy:
        content, custom = at(found.data, "subject", "content"), _custom(found)
        env, gray = without_canary(text(content, "environment", "id"))
        package = _Package.of(text(content, "artifactId"))
        stated = phase_of(first(custom, "phase"))
        gray = gray or at(custom, "canary") is True
        return Deploy(
            delivery_id=told.delivery_id,
            occurred_at=_time(found),
            received_at=told.received_at,
            # An id may say what runs it: `service/orders`, `daemonset/orders`.
            service=first(custom, "service")
            or need(found.data, "subject", "id").rpartition("/")[2],
            env=env or told.said.get("env"),
            region=first(custom, "region") or told.said.get("region"),
            batch=first(custom, "batch") or text(found.data, "context", "chainId"),
            action=action,
            phase=stated or ("canary" if gray else "complete"),
            percent=number(custom, "percent"),
            build_id=first(custom, "build_id"),
            digest=package.digest,
            version=first(custom, "version") or package.version,
            revision=sha(custom, "revision"),
        )

    return read_it


def _merged(found: Envelope, told: Told) -> GitPush | Ignored:
    repo = repo_name(text(found.data, "subject", "content", "repository", "id"))
    commit = sha(found.data, "subject", "id") or sha(_custom(found), "commit")
    if repo is None or commit is None:
        return Ignored("a change that names no repository, or no commit")
    return GitPush(
        delivery_id=told.delivery_id,
        occurred_at=_time(found),
        received_at=told.received_at,
        repo=repo,
        ref=first(_custom(found), "ref"),
        after=commit,
        commits=(commit,),
    )


def _packaged(found: Envelope, told: Told) -> CiBuild | Ignored:
    change = at(found.data, "subject", "content", "change")
    repo = repo_name(text(change, "source")) or repo_name(first(_custom(found), "repo"))
    if repo is None:
        return Ignored("an artifact that names no repository")
    build = _build(found, told, repo, text(found.data, "subject", "id"))
    return replace(build, status="success", commit=sha(change, "id") or build.commit)


def _finished(found: Envelope, told: Told) -> CiBuild | Ignored:
    repo = repo_name(first(_custom(found), "repo", "repository"))
    if repo is None:
        return Ignored("a run that names no repository (customData.repo)")
    content = at(found.data, "subject", "content")
    build = _build(found, told, repo, text(content, "artifactId"))
    # The end of a build has no outcome: that it made an artifact says it.
    made = "success" if build.artifacts else None
    return replace(build, status=outcome(text(content, "outcome")) or made)


def _build(found: Envelope, told: Told, repo: str, package: str | None) -> CiBuild:
    """A build by what its sender adds; `package`: the URL of what it made, whose name is not that of a service."""
    custom, made = _custom(found), _Package.of(package).digest
    own = first(custom, "build_id") or text(found.data, "context", "chainId")
    return CiBuild(
        delivery_id=told.delivery_id,
        occurred_at=_time(found),
        received_at=told.received_at,
        repo=repo,
        build_id=own or need(found.data, "subject", "id"),
        attempt=whole(custom, "attempt") or 1,
        ref=first(custom, "ref"),
        commit=sha(custom, "commit"),
        artifacts=(Artifact(digest=made),) if made else (),
    )


def repo_name(words: str | None) -> str | None:
    """The name of a repository by its name or URL: `https://git.example/acme/shop.git` is `acme/shop`."""
    if words is None or "://" not in words:
        return words
    try:
        path = urlsplit(words).path.strip("/").removesuffix(".git")
    except ValueError:
        return None
    return path or None


class _Package(msgspec.Struct, frozen=True):
    """A package URL: `pkg:oci/orders@sha256%3A…?tag=1.4.2`."""

    version: str | None = None
    digest: str | None = None

    @classmethod
    def of(cls, url: str | None) -> _Package:
        if url is None or not url.startswith("pkg:"):
            return cls()
        bare, _, query = url.partition("#")[0].partition("?")
        version = unquote(bare.partition("@")[2])
        found = digest(version)
        tags = parse_qs(query).get("tag", [""])
        return cls(version=(None if found else version) or tags[0] or None, digest=found)


_READERS: Final[dict[tuple[str, str], Callable[[Envelope, Told], SideInput | Ignored]]] = {
    ("service", "deployed"): _deploy("rollout"),
    ("service", "upgraded"): _deploy("rollout"),
    ("service", "rolledback"): _deploy("rollback"),
    ("change", "merged"): _merged,
    ("artifact", "packaged"): _packaged,
    ("artifact", "published"): _packaged,
    ("build", "finished"): _finished,
    ("pipelinerun", "finished"): _finished,
}

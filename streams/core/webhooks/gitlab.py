"""GitLab: push, tag push, pipeline, deployment and release hooks of projects, groups and the system.

In: the JSON of a delivery. Out: events, or why it is ignored. Source: docs.gitlab.com, Webhook events, as of 18.x.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final

from msgspec.structs import replace

from streams.core.webhooks.delivery import Ignored, SideInput, Told, UnreadableError
from streams.core.webhooks.pushed import push
from streams.core.webhooks.reading import (
    at,
    first,
    items,
    latest,
    need,
    sha,
    text,
    when,
    whole,
)
from streams.core.webhooks.words import Phase, action_of, outcome, without_canary
from streams.model.events import CiBuild, Deploy, GitPush

_PHASES: Final[dict[str, Phase]] = {"success": "complete", "failed": "failed", "running": "ramp"}
_COMMIT_URL: Final = re.compile(r"/commit/([0-9a-f]{40}(?:[0-9a-f]{24})?)(?:$|[?#/])")


def read(body: object, told: Told) -> Iterable[SideInput | Ignored]:
    """What a delivery says. Raises UnreadableError."""
    if not isinstance(body, dict):
        raise UnreadableError("want an object", "body")
    # System hooks of older releases name the event in event_name.
    name = text(body, "object_kind") or text(body, "event_name")
    if name is None:
        raise UnreadableError("no object_kind", "object_kind")
    reader = _READERS.get(name)
    return (reader(body, told) if reader else Ignored(f"event {name[:40]}"),)


def _repo(body: object) -> str:
    return need(body, "project", "path_with_namespace")


def _push(body: object, told: Told) -> GitPush:
    # GitLab states no time of the push: it cannot have been before its newest commit.
    at_ = latest(*(when(commit, "timestamp") for commit in items(body, "commits")))
    found = push(body, told, _repo(body), at_)
    # It lists the newest 20.
    total = whole(body, "total_commits_count") or 0
    return replace(found, truncated=total > len(found.commits))


def _pipeline(body: object, told: Told) -> CiBuild | Ignored:
    found = at(body, "object_attributes")
    status = outcome(text(found, "status"))
    if status is None:
        return Ignored("a pipeline that goes on")
    ref = text(found, "ref")
    kind = at(found, "tag")
    if ref and isinstance(kind, bool) and not ref.startswith("refs/"):
        ref = f"refs/{'tags' if kind else 'heads'}/{ref}"
    return CiBuild(
        delivery_id=told.delivery_id,
        occurred_at=when(found, "finished_at"),
        received_at=told.received_at,
        repo=_repo(body),
        build_id=need(body, "object_attributes", "id"),
        ref=ref,
        commit=sha(found, "sha"),
        status=status,
    )


def _deployment(body: object, told: Told) -> Deploy | Ignored:
    status = need(body, "status")
    phase = _PHASES.get(status)
    if phase is None:
        return Ignored(f"a deployment that is {status[:40]}")
    env, gray = without_canary(first(body, "environment"))
    if phase == "complete" and gray:
        phase = "canary"
    commit = _COMMIT_URL.search(text(body, "commit_url") or "")
    return Deploy(
        delivery_id=told.delivery_id,
        occurred_at=when(body, "status_changed_at"),
        received_at=told.received_at,
        service=_repo(body).rpartition("/")[2],
        env=env or told.said.get("env"),
        region=told.said.get("region"),
        # Before 14.x only the job was named.
        batch=first(body, "deployment_id", "deployable_id"),
        action=action_of(first(body, "deployable_name")) or "rollout",
        phase=phase,
        revision=commit[1] if commit else None,
    )


def _release(body: object, told: Told) -> GitPush | Ignored:
    if text(body, "action") != "create":
        return Ignored(f"release {text(body, 'action')}")
    return GitPush(
        delivery_id=told.delivery_id,
        occurred_at=when(body, "released_at") or when(body, "created_at"),
        received_at=told.received_at,
        repo=_repo(body),
        ref=f"refs/tags/{need(body, 'tag')}",
        after=sha(body, "commit", "id"),
    )


_READERS: Final[dict[str, Callable[[object, Told], SideInput | Ignored]]] = {
    "push": _push,
    "tag_push": _push,
    "pipeline": _pipeline,
    "deployment": _deployment,
    "release": _release,
}

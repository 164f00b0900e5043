"""GitHub: push, workflow_run, check_suite, deployment, deployment_status, release; what else it sends is ignored.

In: the JSON of a delivery and its headers. Out: events, or why it is ignored. Source: docs.github.com, Webhook events
and payloads, as of 2026.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from msgspec.structs import replace

from streams.core.webhooks.delivery import Ignored, SideInput, Told, UnreadableError
from streams.core.webhooks.pushed import push
from streams.core.webhooks.reading import (
    at,
    digest,
    first,
    image_tag,
    need,
    number,
    sha,
    text,
    when,
    whole,
)
from streams.core.webhooks.words import Phase, action_of, outcome, phase_of, without_canary
from streams.model.events import CiBuild, Deploy, GitPush
from streams.model.instant import Instant
from streams.model.message import DecodeError, loads

# "The array includes a maximum of 2048 commits"; GitHub says nothing else where it left some out.
_MOST_COMMITS: Final = 2048
_ACTIONS: Final = "github-actions"
# deployment_status.state. Not here: queued, pending, waiting, and `inactive`: another deployment took its place, which
# tells itself.
_PHASES: Final[dict[str, Phase]] = {
    "success": "complete",
    "failure": "failed",
    "error": "failed",
    "in_progress": "ramp",
}


def read(body: object, told: Told) -> Iterable[SideInput | Ignored]:
    """What a delivery says. Raises UnreadableError."""
    name = told.headers.get("x-github-event")
    if not name:
        raise UnreadableError("no event is named", "header X-GitHub-Event")
    reader = _READERS.get(name)
    if reader is None:
        return (Ignored(f"event {name[:40]}"),)
    if not isinstance(body, dict):
        raise UnreadableError("want an object", "body")
    return (reader(body, told),)


def _repo(body: object) -> str:
    return need(body, "repository", "full_name")


def _push(body: object, told: Told) -> GitPush:
    # GitHub writes pushed_at as a number here and as text elsewhere. Without it, the newest commit: the push cannot
    # have been before.
    at_ = when(body, "repository", "pushed_at") or when(body, "head_commit", "timestamp")
    found = push(body, told, _repo(body), at_)
    forced = at(body, "forced")
    return replace(
        found,
        forced=forced if isinstance(forced, bool) else None,
        truncated=len(found.commits) >= _MOST_COMMITS,
    )


def _run(body: object, told: Told) -> CiBuild | Ignored:
    run = at(body, "workflow_run")
    if text(body, "action") != "completed" and text(run, "status") != "completed":
        return Ignored("a build that goes on")
    return replace(_build(body, told, "workflow_run"), attempt=whole(run, "run_attempt") or 1)


def _suite(body: object, told: Told) -> CiBuild | Ignored:
    if text(body, "action") != "completed":
        return Ignored("a build that goes on")
    if text(body, "check_suite", "app", "slug") == _ACTIONS:
        # The same build with another id: two would be counted.
        return Ignored("a check suite of GitHub Actions: its workflow_run says more")
    return _build(body, told, "check_suite")


def _build(body: object, told: Told, name: str) -> CiBuild:
    """What a run of a workflow and a suite of checks say alike."""
    found = at(body, name)
    return CiBuild(
        delivery_id=told.delivery_id,
        occurred_at=when(found, "updated_at"),
        received_at=told.received_at,
        repo=_repo(body),
        build_id=need(body, name, "id"),
        ref=text(found, "head_branch"),
        commit=sha(found, "head_sha"),
        status=outcome(text(found, "conclusion")),
    )


def _deployment(body: object, told: Told) -> Deploy:
    """It was asked for, and nothing runs it yet; its statuses say what came of it."""
    return _deploy(body, told, when(body, "deployment", "created_at"), "ramp", 0.0)


def _status(body: object, told: Told) -> Deploy | Ignored:
    state = need(body, "deployment_status", "state")
    phase = _PHASES.get(state)
    if phase is None:
        return Ignored(f"a deployment that is {state[:40]}")
    return _deploy(body, told, when(body, "deployment_status", "created_at"), phase, None)


def _deploy(
    body: object, told: Told, at_: Instant | None, phase: Phase, percent: float | None
) -> Deploy:
    deployment = at(body, "deployment")
    payload, repo = _payload(deployment), _repo(body)
    named = text(body, "deployment_status", "environment") or first(deployment, "environment")
    env, gray = without_canary(named)
    if phase == "complete":
        phase = phase_of(first(payload, "phase")) or phase
        if gray or at(payload, "canary") is True:
            phase = "canary"
    return Deploy(
        delivery_id=told.delivery_id,
        occurred_at=at_,
        received_at=told.received_at,
        service=first(payload, "service", "app", "application") or repo.rpartition("/")[2],
        env=env or told.said.get("env"),
        region=first(payload, "region") or told.said.get("region"),
        batch=first(payload, "batch", "deploy_batch") or need(body, "deployment", "id"),
        action=action_of(first(payload, "action"))
        or action_of(first(deployment, "task"))
        or "rollout",
        phase=phase,
        percent=number(payload, "percent") if percent is None else percent,
        build_id=first(payload, "build_id", "build") or text(body, "workflow_run", "id"),
        digest=digest(payload, "digest") or digest(payload, "image"),
        version=first(payload, "version") or image_tag(payload, "image"),
        revision=sha(deployment, "sha"),
    )


def _payload(deployment: object) -> object:
    """The user's own part of a deployment: an object, or one written as text."""
    found = at(deployment, "payload")
    if isinstance(found, str):
        try:
            found = loads(found)
        except DecodeError:
            return None
    return found if isinstance(found, dict) else None


def _release(body: object, told: Told) -> GitPush | Ignored:
    release = at(body, "release")
    if text(body, "action") not in ("published", "released"):
        return Ignored(f"release {text(body, 'action')}")
    if at(release, "draft") is True:
        return Ignored("a draft of a release")
    return GitPush(
        delivery_id=told.delivery_id,
        occurred_at=when(release, "published_at"),
        received_at=told.received_at,
        repo=_repo(body),
        ref=f"refs/tags/{need(body, 'release', 'tag_name')}",
        # A branch's name, mostly, which says where the tag was made and not where it is.
        after=sha(release, "target_commitish"),
    )


_READERS: Final[dict[str, Callable[[object, Told], SideInput | Ignored]]] = {
    "push": _push,
    "workflow_run": _run,
    "check_suite": _suite,
    "deployment": _deployment,
    "deployment_status": _status,
    "release": _release,
}

"""Argo CD notifications: a body that the user's template writes, or the whole Application (`{{toJson .app}}`).

In: the JSON of a delivery. Out: a deployment, or why it is ignored. The fields of a template are those of
docs/webhooks.md and the names that templates commonly use. Source: argo-cd.readthedocs.io, Notifications, and the
Application CRD of 3.x.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from streams.core.webhooks.delivery import Ignored, SideInput, Told, UnreadableError
from streams.core.webhooks.reading import (
    at,
    digest,
    first,
    image_tag,
    items,
    number,
    sha,
    text,
    when,
)
from streams.core.webhooks.words import (
    Action,
    Phase,
    action_of,
    phase_of,
    says_canary,
    without_canary,
)
from streams.model.events import Deploy
from streams.model.instant import Instant

# operationState.phase; and health.status of the application, which may say otherwise for a sync that succeeded.
_SYNC: Final[dict[str, Phase]] = {
    "running": "ramp",
    "terminating": "failed",
    "failed": "failed",
    "error": "failed",
    "succeeded": "complete",
}
# A canary that waits for somebody is Suspended.
_HEALTH: Final[dict[str, Phase]] = {
    "degraded": "failed",
    "progressing": "ramp",
    "suspended": "ramp",
}


def read(body: object, told: Told) -> Iterable[SideInput | Ignored]:
    """What a notification says. Raises UnreadableError."""
    if not isinstance(body, dict):
        raise UnreadableError("want an object", "body")
    app = at(body, "app")
    if isinstance(app, dict):
        return (_application(app, body, told),)
    if text(body, "kind") == "Application":
        return (_application(body, None, told),)
    return (_template(body, told),)


def _template(body: object, told: Told) -> Deploy | Ignored:
    service = first(body, "service", "app", "application", "name")
    if service is None:
        raise UnreadableError("names no service", "app")
    phase = _phase(first(body, "phase", "operation_phase"), first(body, "health", "health_status"))
    env, gray = without_canary(first(body, "env", "environment"))
    if phase == "complete" and (gray or _gray(body)):
        phase = "canary"
    if phase is None and first(body, "revision", "image", "digest", "version") is None:
        return Ignored("a notification that says neither phase nor version")
    revision = first(body, "revision", "commit", "sha")
    known = sha(revision)
    return Deploy(
        delivery_id=told.delivery_id,
        occurred_at=_first_time(
            body, "occurred_at", "finishedAt", "finished_at", "startedAt", "started_at"
        ),
        received_at=told.received_at,
        service=service,
        env=env or told.said.get("env"),
        region=first(body, "region") or told.said.get("region"),
        batch=first(body, "batch", "deploy_id", "deploy_batch", "history_id"),
        action=action_of(first(body, "action")) or "rollout",
        phase=phase,
        percent=number(body, "percent"),
        build_id=first(body, "build_id"),
        digest=digest(body, "digest") or digest(body, "image"),
        # Of a Helm chart the revision is the chart's version.
        version=first(body, "version") or image_tag(body, "image") or (None if known else revision),
        revision=known,
    )


def _application(app: object, beside: object, told: Told) -> Deploy | Ignored:
    """The Application; `beside` are fields that the template wrote next to it, which win."""
    name = text(app, "metadata", "name")
    if name is None:
        raise UnreadableError("no metadata.name", "app.metadata.name")
    state, labels = at(app, "status", "operationState"), at(app, "metadata", "labels")
    if state is None:
        return Ignored("an application that was never synced")
    phase = _phase(text(state, "phase"), text(app, "status", "health", "status"))
    named = first(beside, "env", "environment") or first(labels, "env", "environment")
    env, gray = without_canary(named)
    if phase == "complete" and (gray or _gray(beside) or _gray(labels)):
        phase = "canary"
    revision = text(state, "syncResult", "revision") or text(app, "status", "sync", "revision")
    known = sha(revision)
    images = [
        image for image in items(app, "status", "summary", "images") if isinstance(image, str)
    ]
    image = images[0] if len(images) == 1 else None
    ended, began = when(state, "finishedAt"), when(state, "startedAt")
    return Deploy(
        delivery_id=told.delivery_id,
        occurred_at=ended or began,
        received_at=told.received_at,
        service=first(beside, "service") or first(labels, "app.kubernetes.io/name", "app") or name,
        env=env or told.said.get("env"),
        region=first(beside, "region") or first(labels, "region", "topology.kubernetes.io/region")
        or told.said.get("region"),
        batch=first(beside, "batch", "deploy_id") or _history_id(app, name),
        action=action_of(first(beside, "action")) or _action(app, revision),
        phase=phase,
        percent=number(beside, "percent"),
        build_id=first(beside, "build_id") or first(labels, "build-id"),
        digest=digest(beside, "digest") or digest(image),
        version=first(beside, "version") or first(labels, "app.kubernetes.io/version")
        or image_tag(image) or (None if known else revision),
        revision=known,
    )  # fmt: skip


def _history_id(app: object, name: str) -> str | None:
    """A finished sync has an entry in the history of its application, numbered."""
    number_ = text(app, "status", "history", -1, "id")
    return None if number_ is None or _is_running(app) else f"{name}/{number_}"


def _action(app: object, revision: str | None) -> Action:
    """Back to a revision that was deployed before another one: a rollback."""
    deployed = [text(entry, "revision") for entry in items(app, "status", "history")]
    if not _is_running(app):
        deployed = deployed[:-1]  # the last one is this sync
    back = revision is not None and revision in deployed and deployed[-1] != revision
    return "rollback" if back else "rollout"


def _is_running(app: object) -> bool:
    return text(app, "status", "operationState", "phase") == "Running"


def _phase(sync: str | None, health: str | None) -> Phase | None:
    found = _SYNC.get(sync.lower()) or phase_of(sync) if sync else None
    if found in (None, "complete") and health:
        return _HEALTH.get(health.lower(), found or phase_of(health))
    return found


def _gray(labels: object) -> bool:
    return at(labels, "canary") in (True, "true") or says_canary(
        first(labels, "track", "release-track")
    )


def _first_time(body: object, *names: str) -> Instant | None:
    return next((found for name in names if (found := when(body, name))), None)

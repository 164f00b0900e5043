"""What a Kubernetes workload says of itself: how far its rollout is, which image it runs, whose it is.

In: an object as the API gives it. Out: values; None for what it does not say. `Seen` is of one kind of object, `Facts`
are the same for all. Sources: see kubernetes.py.
"""

from __future__ import annotations

from typing import Final

import msgspec

from streams.core.webhooks.delivery import Ignored
from streams.core.webhooks.reading import (
    at,
    digest,
    image_tag,
    items,
    latest,
    number,
    sha,
    text,
    when,
    whole,
)
from streams.core.webhooks.words import Action, Phase, phase_of, says_canary, without_canary
from streams.model.instant import Instant

# Labels and annotations, ours first. Recommended labels of Kubernetes, unified tags of Datadog, the resource
# annotations of the OpenTelemetry operator, and what clusters commonly use.
_SERVICE: Final = (
    "panictrail.dev/service", "app.kubernetes.io/name", "tags.datadoghq.com/service",
    "resource.opentelemetry.io/service.name", "app",
)  # fmt: skip
_ENV: Final = (
    "panictrail.dev/env", "tags.datadoghq.com/env", "resource.opentelemetry.io/deployment.environment.name",
    "app.kubernetes.io/environment", "environment", "env",
)  # fmt: skip
_REGION: Final = ("panictrail.dev/region", "topology.kubernetes.io/region", "region")
_BATCH: Final = ("panictrail.dev/batch",)
_BUILD: Final = ("panictrail.dev/build-id", "build-id", "build_id")
_REVISION: Final = (
    "panictrail.dev/revision", "org.opencontainers.image.revision", "vcs.revision", "git-commit", "commit-sha",
)  # fmt: skip
_VERSION: Final = (
    "panictrail.dev/version", "app.kubernetes.io/version", "tags.datadoghq.com/version", "version",
)  # fmt: skip
_TRACK: Final = (
    "panictrail.dev/track",
    "track",
    "release-track",
    "deployment-track",
    "lane",
    "traffic-lane",
)
_HELM_RELEASE: Final = "meta.helm.sh/release-name"
_RESTARTED: Final = "kubectl.kubernetes.io/restartedAt"
_DEPLOYMENT_REVISION: Final = "deployment.kubernetes.io/revision"
# The reason of a Deployment's Progressing from the end of a rollout to the beginning of the next one.
_DONE: Final = "NewReplicaSetAvailable"
_RESTARTER: Final = "kubectl-rollout"
# `kubectl rollout restart` writes the time, and the controller makes the new ReplicaSet at once.
_SOON_NS: Final = 30 * 1_000_000_000
_ROLLOUT_PHASES: Final[dict[str, Phase]] = {
    "Healthy": "complete",
    "Degraded": "failed",
    "Progressing": "ramp",
    "Paused": "ramp",
}


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """How far the rollout of one object is. `owner`: what it is named by, where that is not its own name."""

    phase: Phase
    at: Instant | None
    revision: str | None
    percent: float | None = None
    action: Action | None = None
    owner: str | None = None


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """Whose it is, and what it runs."""

    service: str
    env: str | None
    region: str | None
    batch: str | None
    build_id: str | None
    digest: str | None
    version: str | None
    revision: str | None
    canary: bool


def facts(found: object, name: str) -> Facts:
    """Labels and annotations of the object and of its pods, and the image of its main container."""
    template = at(found, "spec", "template")
    places = (
        at(found, "metadata", "annotations"),
        at(found, "metadata", "labels"),
        at(template, "metadata", "annotations"),
        at(template, "metadata", "labels"),
    )

    def said(names: tuple[str, ...]) -> str | None:
        found = ((place, key) for key in names for place in places)
        return next((value for place, key in found if (value := text(place, key))), None)

    helm = text(at(found, "metadata", "annotations"), _HELM_RELEASE)
    service = (
        said(_SERVICE) or helm or text(found, "metadata", "ownerReferences", 0, "name") or name
    )
    container = _main_container(template, service, name)
    env, gray = without_canary(said(_ENV))
    canary = (
        gray
        or says_canary(said(_TRACK))
        or any(text(place, "canary") == "true" for place in places)
    )
    return Facts(
        service=service,
        env=env,
        region=said(_REGION),
        batch=said(_BATCH),
        build_id=said(_BUILD),
        digest=digest(container, "image"),
        version=said(_VERSION) or image_tag(container, "image"),
        revision=sha(said(_REVISION)),
        canary=canary,
    )


def _main_container(template: object, *names: str) -> object:
    """As kubectl chooses: the one that an annotation names, else the first; before that one of the service's name."""
    found = list(items(template, "spec", "containers"))
    default = text(template, "metadata", "annotations", "kubectl.kubernetes.io/default-container")
    for name in (default, *names):
        for container in found:
            if name is not None and text(container, "name") == name:
                return container
    return found[0] if found else None


def _condition(found: object, kind: str) -> object:
    return next((c for c in items(found, "status", "conditions") if text(c, "type") == kind), None)


def _behind(found: object) -> bool:
    """Whether the controller has not seen this specification yet: then the status is of the one before."""
    seen, wanted = (
        whole(found, "status", "observedGeneration"),
        whole(found, "metadata", "generation"),
    )
    return seen is not None and wanted is not None and seen < wanted


_NOT_SEEN: Final = Ignored("a specification that its controller has not seen yet")


def _share(part: int | None, of: int | None) -> float | None:
    return None if part is None or not of else round(100 * min(part, of) / of, 1)


def _progress(updated: int, wanted: int, total: int | None, there: int | None) -> Phase:
    """Complete where all replicas are of the new template, none of an old one is left, and all can be used."""
    done = (
        updated >= wanted
        and (total is None or total <= updated)
        and (there is None or there >= wanted)
    )
    return "complete" if done else "ramp"


def deployment(found: object) -> Seen | Ignored:
    """apps/v1 Deployment."""
    if _behind(found):
        return _NOT_SEEN
    status, progressing = at(found, "status"), _condition(found, "Progressing")
    wanted = whole(found, "spec", "replicas")
    wanted = 1 if wanted is None else wanted
    there, updated = whole(status, "replicas") or 0, whole(status, "updatedReplicas") or 0
    reason, action = text(progressing, "reason"), _restart_by(found)
    phase = _progress(updated, wanted, there, whole(status, "availableReplicas") or 0)
    percent = _share(updated, wanted)
    if reason == _DONE and there == updated:
        # What is missing now is being scaled, or crashes: the rollout is over.
        phase, percent = "complete", 100.0
        action = action if wanted == there else "scale"
    return Seen(
        phase="failed" if reason == "ProgressDeadlineExceeded" else phase,
        at=when(progressing, "lastUpdateTime") or _newest_write(found),
        revision=text(found, "metadata", "annotations", _DEPLOYMENT_REVISION),
        percent=percent,
        action=action,
    )


def replica_set(found: object) -> Seen | Ignored:
    """apps/v1 ReplicaSet of a Deployment: one revision of it. An old one that goes away says nothing new."""
    notes = at(found, "metadata", "annotations")
    owner = next(
        (
            o
            for o in items(found, "metadata", "ownerReferences")
            if text(o, "kind") in ("Deployment", "Rollout")
        ),
        None,
    )
    replicas = whole(found, "spec", "replicas") or 0
    if owner is None or replicas == 0:
        return Ignored(
            "a ReplicaSet that nothing owns" if owner is None else "a ReplicaSet without replicas"
        )
    wanted = whole(notes, "deployment.kubernetes.io/desired-replicas") or replicas
    ready = (
        whole(found, "status", "availableReplicas") or whole(found, "status", "readyReplicas") or 0
    )
    made = when(found, "metadata", "creationTimestamp")
    # A revision that was used before has its former numbers here.
    back = text(notes, "deployment.kubernetes.io/revision-history") is not None
    restarted = when(found, "spec", "template", "metadata", "annotations", _RESTARTED)
    soon = made is not None and restarted is not None and 0 <= made.ns - restarted.ns <= _SOON_NS
    return Seen(
        phase="complete" if ready >= wanted else "ramp",
        at=_newest_write(found) or (None if back else made),
        revision=text(notes, _DEPLOYMENT_REVISION) or text(notes, "rollout.argoproj.io/revision"),
        percent=_share(replicas, wanted),
        action="rollback" if back else "restart" if soon else None,
        owner=text(owner, "name"),
    )


def stateful_set(found: object) -> Seen | Ignored:
    """apps/v1 StatefulSet: no conditions; its revision is the name of a ControllerRevision."""
    if _behind(found):
        return _NOT_SEEN
    status = at(found, "status")
    wanted = whole(found, "spec", "replicas")
    wanted = 1 if wanted is None else wanted
    now, new = text(status, "currentRevision"), text(status, "updateRevision")
    updated = wanted if now == new else whole(status, "updatedReplicas") or 0
    return Seen(
        phase=_progress(updated, wanted, None, whole(status, "readyReplicas") or 0),
        at=_newest_write(found),
        revision=new or now,
        percent=_share(updated, wanted),
        action=_restart_by(found),
    )


def daemon_set(found: object) -> Seen | Ignored:
    """apps/v1 DaemonSet."""
    if _behind(found):
        return _NOT_SEEN
    status = at(found, "status")
    wanted = whole(status, "desiredNumberScheduled") or 0
    updated = whole(status, "updatedNumberScheduled") or 0
    return Seen(
        phase=_progress(updated, wanted, None, whole(status, "numberAvailable") or 0),
        at=_newest_write(found),
        revision=text(found, "metadata", "annotations", "deprecated.daemonset.template.generation"),
        percent=_share(updated, wanted),
        action=_restart_by(found),
    )


def rollout(found: object) -> Seen | Ignored:
    """Argo Rollouts: a Deployment that goes by steps; traffic is counted where a router tells the weights."""
    status = at(found, "status")
    wanted = whole(found, "spec", "replicas") or 1
    phase = _ROLLOUT_PHASES.get(text(status, "phase") or "")
    if phase is None:
        return Ignored("a rollout that says no phase")
    weight = number(status, "canary", "weights", "canary", "weight")
    share = weight if weight is not None else _share(whole(status, "updatedReplicas"), wanted)
    aborted = at(status, "abort") is True
    if aborted:
        phase = "failed"
    elif phase == "ramp" and at(found, "spec", "strategy", "canary") is not None:
        phase = "canary"
    return Seen(
        phase=phase,
        at=_newest_condition(found) or _newest_write(found),
        revision=text(found, "metadata", "annotations", "rollout.argoproj.io/revision"),
        percent=share,
        action="rollback" if aborted else None,
    )


def flagger(found: object) -> Seen | Ignored:
    """Flagger: the Canary of a Deployment, which it names."""
    status = at(found, "status")
    word = text(status, "phase")
    phase = phase_of(word)
    if phase is None or word is None:
        return Ignored(f"a canary that is {(word or 'new')[:40]}")
    return Seen(
        phase="canary" if word == "Progressing" else phase,
        at=when(status, "lastTransitionTime"),
        revision=text(status, "lastAppliedSpec"),
        percent=number(status, "canaryWeight"),
        owner=text(found, "spec", "targetRef", "name"),
    )


def _writes(found: object) -> list[tuple[Instant, str, bool]]:
    """Who wrote the object when, and whether only its status."""
    rows = []
    for entry in items(found, "metadata", "managedFields"):
        time = when(entry, "time")
        if time is not None:
            status = (
                text(entry, "subresource") is not None or at(entry, "fieldsV1", "f:spec") is None
            )
            rows.append((time, text(entry, "manager") or "", status))
    return rows


def _newest_write(found: object) -> Instant | None:
    made = (
        when(found, "metadata", "creationTimestamp")
        if whole(found, "metadata", "generation") == 1
        else None
    )
    return latest(*(time for time, _, _ in _writes(found))) or made


def _restart_by(found: object) -> Action | None:
    """The last who wrote the specification was `kubectl rollout restart`: its mark in the template is of that moment.

    `kubectl rollout undo` writes under the same name, and may bring back a template with an old mark.
    """
    marked = when(found, "spec", "template", "metadata", "annotations", _RESTARTED)
    spec = [(time, manager) for time, manager, status in _writes(found) if not status]
    if marked is None or not spec:
        return None
    time, manager = max(spec)
    return "restart" if manager == _RESTARTER and abs(time.ns - marked.ns) <= _SOON_NS else None


def _newest_condition(found: object) -> Instant | None:
    times = (when(c, "lastUpdateTime") for c in items(found, "status", "conditions"))
    return latest(*times)

"""Kubernetes: workloads as a watch gives them, and Helm's releases; what a rollout is at this moment.

In: a watch event, an object, or a list of objects. Out: deployments, or why an object is ignored. An object says how it
is, not what was done to it: what it was before is not known. Sources: Kubernetes API reference 1.34 (apps/v1),
pkg/controller/deployment/util (the annotations), Argo Rollouts 1.8, Flagger 1.4x, Helm 3 (storage/driver/secrets.go).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from msgspec.structs import replace

from streams.core.webhooks import workload
from streams.core.webhooks.delivery import Ignored, SideInput, Told, UnreadableError
from streams.core.webhooks.reading import at, first, items, need, text, when
from streams.core.webhooks.words import Action, Phase
from streams.model.events import Deploy

# Where a watch of Kubernetes and those who hand it on have the object.
_WRAPPED: Final = ("object", "body", "obj")
_GONE: Final = ("DELETED", "DELETE", "BOOKMARK", "ERROR")
_HELM_PHASES: Final[dict[str, Phase]] = {
    "deployed": "complete",
    "failed": "failed",
    "pending-install": "ramp",
    "pending-upgrade": "ramp",
    "pending-rollback": "ramp",
}
_MOST_ITEMS: Final = 10_000


def read(body: object, told: Told) -> Iterable[SideInput | Ignored]:
    """What objects say. Raises UnreadableError."""
    if not isinstance(body, dict):
        raise UnreadableError("want an object", "body")
    return tuple(_objects(body, told))


def _objects(body: object, told: Told) -> Iterator[SideInput | Ignored]:
    kind = text(body, "kind") or ""
    if kind.endswith("List") and isinstance(at(body, "items"), list):
        item_kind = kind.removesuffix("List")
        for index, item in enumerate(items(body, "items")):
            if index == _MOST_ITEMS:
                raise UnreadableError(f"more than {_MOST_ITEMS} items", "items")
            yield _object(item, told, item_kind)
        return
    yield _one(body, told)


def _one(body: object, told: Told) -> SideInput | Ignored:
    """A watch event (of a bridge, with other words for the same), or a bare object."""
    wrapped = _wrapped(body)
    if wrapped is None or text(body, "kind") is not None:
        return _object(body, told, "")
    kind = text(body, "type") or text(body, "eventType") or ""
    if kind.upper() in _GONE:
        return Ignored(f"a watch event {kind}")
    return _object(wrapped, told, "")


def _wrapped(body: object) -> object:
    """The object of a watch event."""
    return next((found for name in _WRAPPED if isinstance(found := at(body, name), dict)), None)


def _object(found: object, told: Told, kind: str) -> SideInput | Ignored:
    kind = text(found, "kind") or kind
    if not kind:
        raise UnreadableError("no kind", "kind")
    told = replace(told, delivery_id=object_id(found) or told.delivery_id)
    if kind in ("Secret", "ConfigMap"):
        return _helm(found, told)
    reader = _READERS.get(kind)
    if reader is None:
        return Ignored(f"kind {kind[:40]}")
    return _deploy(found, told, reader(found))


def _deploy(found: object, told: Told, seen: workload.Seen | Ignored) -> Deploy | Ignored:
    if isinstance(seen, Ignored):
        return seen
    name, namespace = need(found, "metadata", "name"), text(found, "metadata", "namespace")
    facts = workload.facts(found, name)
    batch = f"{namespace or '-'}/{seen.owner or name}/{seen.revision}" if seen.revision else None
    return Deploy(
        delivery_id=told.delivery_id,
        occurred_at=seen.at,
        received_at=told.received_at,
        service=facts.service,
        env=facts.env or told.said.get("env"),
        region=facts.region or told.said.get("region"),
        batch=facts.batch or batch,
        action=seen.action or "rollout",
        phase="canary" if facts.canary and seen.phase != "failed" else seen.phase,
        # Of a canary that is a workload of its own, the share of the whole is not known.
        percent=None if facts.canary else seen.percent,
        build_id=facts.build_id,
        digest=facts.digest,
        version=facts.version,
        revision=facts.revision,
    )


def _helm(found: object, told: Told) -> Deploy | Ignored:
    """A release of Helm 3 is a Secret (or ConfigMap) of its own kind; its labels say all that we take."""
    labels = at(found, "metadata", "labels")
    if text(labels, "owner") != "helm" or first(labels, "name") is None:
        return Ignored(f"kind {text(found, 'kind')}")
    release, number, status = need(labels, "name"), need(labels, "version"), need(labels, "status")
    phase = _HELM_PHASES.get(status)
    if phase is None:
        return Ignored(f"a release that is {status[:40]}")
    action: Action = "rollback" if status == "pending-rollback" else "rollout"
    return Deploy(
        delivery_id=told.delivery_id,
        occurred_at=when(labels, "modifiedAt")
        or when(labels, "createdAt")
        or when(found, "metadata", "creationTimestamp"),
        received_at=told.received_at,
        service=release,
        env=told.said.get("env"),
        region=told.said.get("region"),
        batch=f"{text(found, 'metadata', 'namespace') or '-'}/helm/{release}/{number}",
        action=action,
        phase=phase,
    )


_READERS: Final[dict[str, Callable[[object], workload.Seen | Ignored]]] = {
    "Deployment": workload.deployment,
    "ReplicaSet": workload.replica_set,
    "StatefulSet": workload.stateful_set,
    "DaemonSet": workload.daemon_set,
    "Rollout": workload.rollout,
    "Canary": workload.flagger,
}


def object_id(body: object) -> str | None:
    """The version of an object, which is the same whenever a watch gives it: `uid.resourceVersion`."""
    found = _wrapped(body)
    found = body if found is None else found
    uid, version = text(found, "metadata", "uid"), text(found, "metadata", "resourceVersion")
    return f"{uid}.{version}" if uid and version else None

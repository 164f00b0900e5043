"""LINK: stores git, CI and deploy events, once per delivery, and tells which clusters they concern.

In: git.pushed, ci.finished, deploys.changed, services.seen. Out: links.changed, attribution.requests.
Its inputs have one partition each, so that rows keyed by repository and by service meet in one table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from streams.core.join.given import (
    BUILD_REPO,
    BUILDS,
    DEPLOYS,
    PUSHES,
    REPO_PUSHED,
    SEPARATOR,
    SERVICE_BUILD,
    SERVICE_DEPLOYED,
    SERVICES,
    Named,
    given,
    repos_of,
)
from streams.model.events import (
    AttributionRequest,
    CiBuild,
    Deploy,
    GitPush,
    LinkChanged,
    ServiceSeen,
)
from streams.model.message import Message
from streams.model.step import Change, Done, Emit, Facts, Need, Put, State, Table, V, put


class _Ahead:
    """The state as it will be after `changes`: so that one step sees its own writes."""

    def __init__(self, state: State, changes: Iterable[Change]) -> None:
        self._state = state
        self._rows = {(c.table.name, c.key): c.value for c in changes if isinstance(c, Put)}

    def get(self, table: Table[V], key: str) -> V | None:
        value = self._rows.get((table.name, key))
        return value if isinstance(value, table.value) else self._state.get(table, key)

    def scan(self, table: Table[V], prefix: str) -> Iterator[tuple[str, V]]:
        rows = dict(self._state.scan(table, prefix))
        for (name, key), value in self._rows.items():
            if name == table.name and key.startswith(prefix) and isinstance(value, table.value):
                rows[key] = value
        return iter(sorted(rows.items(), key=lambda row: row[0]))


def _requests(state: State, services: Iterable[str]) -> tuple[Emit, ...]:
    """Work out again every cluster of these services."""
    return tuple(
        Emit(
            "attribution.requests",
            seen.cluster,
            AttributionRequest(cluster=seen.cluster, service=service, given=given(state, service)),
        )
        for service in sorted(set(services))
        for _, seen in state.scan(SERVICES, service + SEPARATOR)
    )


def _services_of(state: State, *, repo: str | None = None, build: str | None = None) -> set[str]:
    """Services that run a build, or any build of a repository."""
    found = set()
    for key, tie in state.scan(SERVICE_BUILD, ""):
        if tie.name == build or (repo is not None and repo in repos_of(state, tie.name)):
            found.add(key.partition(SEPARATOR)[0])
    return found


def _push(state: State, event: GitPush) -> Done:
    changes = (
        put(PUSHES, event.delivery_id, event),
        put(REPO_PUSHED, event.repo, Named(name=event.repo)),
    )
    ahead = _Ahead(state, changes)
    return Done(changes, _requests(ahead, _services_of(ahead, repo=event.repo)))


def _ties_of_build(event: CiBuild) -> Iterable[Change]:
    yield put(BUILD_REPO, event.build_id + SEPARATOR + event.repo, Named(name=event.repo))
    for artifact in event.artifacts:
        if artifact.service:
            key = artifact.service + SEPARATOR + event.build_id
            yield put(SERVICE_BUILD, key, Named(name=event.build_id))


def _build(state: State, event: CiBuild) -> Done:
    changes = (put(BUILDS, event.delivery_id, event), *_ties_of_build(event))
    ahead = _Ahead(state, changes)
    services = _services_of(ahead, build=event.build_id)
    links = tuple(
        Emit("links.changed", s, _link(s, commit=event.commit, build=event.build_id))
        for s in sorted(services)
    )
    return Done(changes, (*links, *_requests(ahead, services)))


def _link(service: str, *, commit: str | None = None, build: str | None = None) -> LinkChanged:
    return LinkChanged(service=service, commit_sha=commit, build_id=build)


def _deploy(state: State, event: Deploy) -> Done:
    changes: list[Change] = [
        put(DEPLOYS, event.delivery_id, event),
        put(SERVICE_DEPLOYED, event.service, Named(name=event.service)),
    ]
    if event.build_id:
        key = event.service + SEPARATOR + event.build_id
        changes.append(put(SERVICE_BUILD, key, Named(name=event.build_id)))
    ahead = _Ahead(state, changes)
    link = LinkChanged(
        service=event.service,
        commit_sha=event.revision,
        build_id=event.build_id,
        deploy_batch=event.batch,
        timestamp=event.occurred_at,
    )
    requests = _requests(ahead, (event.service,))
    return Done(tuple(changes), (Emit("links.changed", event.service, link), *requests))


def _seen(state: State, event: ServiceSeen) -> Done:
    key = event.service + SEPARATOR + event.cluster
    known = given(state, event.service)
    request = AttributionRequest(cluster=event.cluster, service=event.service, given=known)
    outputs = (Emit("attribution.requests", event.cluster, request),) if known else ()
    return Done((put(SERVICES, key, event),), outputs)


def step(state: State, event: Message, _facts: Facts) -> Done | Need:
    """Store what is given; a delivery that was seen changes nothing."""
    if isinstance(event, ServiceSeen):
        return _seen(state, event)
    if isinstance(event, GitPush):
        return Done() if state.get(PUSHES, event.delivery_id) else _push(state, event)
    if isinstance(event, CiBuild):
        return Done() if state.get(BUILDS, event.delivery_id) else _build(state, event)
    if isinstance(event, Deploy):
        return Done() if state.get(DEPLOYS, event.delivery_id) else _deploy(state, event)
    return Done()

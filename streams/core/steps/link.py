"""LINK: stores git, CI and deploy events, once per delivery, and tells what they say together.

In: git.pushed, ci.finished, deploys.changed, services.seen. Out: links.changed (the rows of trace_link),
attribution.requests. Its inputs have one partition each, so that rows keyed by repository and by service meet in one
table.
"""

from __future__ import annotations

from collections.abc import Iterator

from streams.core.cluster.draft import Draft
from streams.core.join.given import DEPLOYS, SERVICES
from streams.core.join.keeping import is_kept, is_told, note_place, note_time, outdated, tell
from streams.core.join.rows import ids_of, row_of, rows_of, time_of
from streams.core.join.ties import Touched, builds_of, learn_build, learn_deploy, learn_push
from streams.core.join.told import requests, seen_key
from streams.model.events import (
    CiBuild,
    Deploy,
    GitPush,
    LinkChanged,
    ServiceSeen,
)
from streams.model.message import Message
from streams.model.step import Count, Done, Emit, Facts, Need, State, Step


def _learn(draft: Draft, event: GitPush | CiBuild | Deploy) -> Touched:
    """Store the event with its ties; the builds whose deploys are touched are touched too."""
    if isinstance(event, GitPush):
        touched = learn_push(draft, event)
    elif isinstance(event, CiBuild):
        touched = learn_build(draft, event)
        note_time(draft, event)
    else:
        touched = learn_deploy(draft, event)
        note_time(draft, event)
    own = event.delivery_id if isinstance(event, Deploy) else None
    for delivery in touched.deploys:
        deploy = draft.get(DEPLOYS, delivery)
        for _, name in builds_of(draft, deploy) if deploy else ():
            # A new deploy can only end a row of a build: most builds that are deployed again have none.
            if delivery != own or any(is_told(draft, link) for link in ids_of(draft, name)):
                touched.builds.add(name)
    former = note_place(draft, event) if isinstance(event, Deploy) else None
    if former is not None:
        touched.deploys.add(former)
    return touched


def _rows(draft: Draft, touched: Touched, keep_days: int | None) -> Iterator[Emit | None]:
    """Rows that are other ones than they were, and None for each that is too old now."""
    for delivery in sorted(touched.deploys):
        yield from _deploy(draft, delivery, keep_days)
    for name in sorted(touched.builds):
        for link, row in rows_of(draft, name):
            kept = row is None or is_kept(draft, keep_days, row.timestamp, None)
            yield from _kept(draft, link, row, kept=kept)
    for link, delivery in outdated(draft, keep_days):
        if delivery:
            yield from _deploy(draft, delivery, keep_days)
        else:
            yield from _kept(draft, link, None, kept=False)


def _kept(
    draft: Draft, link: str, row: LinkChanged | None, delivery: str = "", *, kept: bool
) -> Iterator[Emit | None]:
    told = tuple(tell(draft, link, row if kept else None, delivery))
    yield from told
    if told and not kept:
        yield None


def _deploy(draft: Draft, delivery: str, keep_days: int | None) -> Iterator[Emit | None]:
    deploy = draft.get(DEPLOYS, delivery)
    if deploy is None:
        return
    row = row_of(draft, delivery, deploy)
    kept = is_kept(draft, keep_days, time_of(deploy), deploy)
    yield from _kept(draft, row.link, row, delivery, kept=kept)


def _told(state: State, event: GitPush | CiBuild | Deploy, keep_days: int | None) -> Done:
    draft = Draft(state)
    touched = _learn(draft, event)
    if not draft.changes():
        return Done()  # a delivery that was seen
    rows = [*_rows(draft, touched, keep_days)]
    sent = tuple(row for row in rows if isinstance(row, Emit))
    gone = len(rows) - len(sent)
    removed = (Count("panictrail_retention_removed_total", gone, ("links",)),) if gone else ()
    pushed = frozenset((event.after or "", *event.commits) if isinstance(event, GitPush) else ())
    told = tuple(
        asked
        for service in sorted(touched.services)
        for asked in requests(draft, service, pushed=pushed)
    )
    deployed = (
        (Count("panictrail_deploys_total", 1, (event.service,)),)
        if isinstance(event, Deploy)
        else ()
    )
    return Done(draft.changes(), (*sent, *told), (*deployed, *removed))


def _seen(state: State, event: ServiceSeen) -> Done:
    draft = Draft(state)
    draft.put(SERVICES, seen_key(event), event)
    told = tuple(requests(draft, event.service, event))
    return Done(draft.changes(), told)


def linking(keep_days: int | None = None) -> Step:
    """The step that keeps rows of trace_link for so many days; None: for ever."""

    def step(state: State, event: Message, _facts: Facts) -> Done | Need:
        """Store what is given; a delivery that was seen changes nothing."""
        if isinstance(event, ServiceSeen):
            return _seen(state, event)
        if isinstance(event, (GitPush, CiBuild, Deploy)):
            return _told(state, event, keep_days)
        return Done()

    return step


step = linking()

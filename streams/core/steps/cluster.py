"""CLUSTER: fingerprinted crashes into their cluster, each counted exactly once (law 3), and what people decided.

In: crashes.fingerprinted, clusters.decided. Out: clusters.changed, clusters.rates, services.seen, and for people
clusters.redirected and clusters.variants. A crash id that was applied changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from streams.core.cluster.applied import Ledger
from streams.core.cluster.grouping import Grouping
from streams.core.cluster.placement import Place, place
from streams.core.fingerprint.fold import unfold
from streams.model.events import (
    ClusterChange,
    ClusterChanged,
    ClusterDecided,
    ClusterRate,
    Fingerprinted,
)
from streams.model.identity import content_id
from streams.model.message import Message
from streams.model.metrics import NO_SERVICE
from streams.model.step import Count, Done, Emit, Facts, Need, State, Step

# Topics of which only the last event of a key tells something.
_STATES: Final = frozenset(
    ("clusters.changed", "clusters.redirected", "clusters.variants", "clusters.rates")
)


def _counted(state: State, event: Fingerprinted, placing: Place) -> Done:
    ledger = Ledger(state)
    crashes = tuple(unfold(event))
    fresh = [crash for crash in crashes if ledger.add(crash.block, _applied_as(crash), crash.at)]
    new: dict[str, int] = {}
    for crash in fresh:
        if crash.twin is None:
            service = crash.service or NO_SERVICE
            new[service] = new.get(service, 0) + 1
    known = len(crashes) - sum(new.values())
    repeats = (Count("panictrail_duplicates_total", known),) if known else ()
    if not fresh:
        return Done(counts=repeats)
    grouping = Grouping(state, placing)
    for crash in fresh:
        if crash.taken_back:
            grouping.take_back(crash)
        else:
            grouping.count(crash)
    outputs = grouping.outputs()
    counts = (
        *(_new(new, event) if new else ()),
        *grouping.counts(),
        *repeats,
    )
    return Done((*ledger.changes(), *grouping.changes()), outputs, counts)


def _applied_as(crash: Fingerprinted) -> str:
    """That a crash is taken back counts once, too."""
    return content_id("taken back", crash.crash) if crash.taken_back else crash.crash


def _new(services: dict[str, int], event: Fingerprinted) -> list[Count]:
    total = sum(services.values())
    return [
        Count("panictrail_crashes_total", total, (event.kind,)),
        Count("panictrail_grouped_total", total, (event.by,)),
        *[Count("panictrail_occurrences_total", n, (service,)) for service, n in services.items()],
    ]


def _decided(state: State, event: ClusterDecided, placing: Place) -> Done:
    grouping = Grouping(state, placing)
    grouping.decide(event)
    outputs = grouping.outputs()
    return Done(grouping.changes(), outputs, tuple(grouping.counts()))


def clustering(placing: Place) -> Step:
    """The step, with a way to place crashes."""

    def step(state: State, event: Message, _facts: Facts) -> Done | Need:
        """Count crashes that were not counted before; a record that continues another is not counted."""
        if isinstance(event, ClusterDecided):
            return _decided(state, event, placing)
        if not isinstance(event, Fingerprinted) or event.continues:
            return Done()
        return _counted(state, event, placing)

    return step


step = clustering(place)


def _with_sighting(before: Emit | None, event: ClusterChanged) -> ClusterChanged:
    """What the representative says is told once, so the event that tells it must not be lost."""
    told = before.event if before else None
    if event.sighted is not None or event.summary is None:
        return event
    if not isinstance(told, ClusterChanged) or told.sighted is None or told.summary is None:
        return event
    if told.summary.representative.crash != event.summary.representative.crash:
        return event
    return msgspec.structs.replace(event, sighted=told.sighted)


def _service(event: Message | None) -> str | None:
    """What is told of a cluster for each of its services."""
    return event.service if isinstance(event, ClusterRate) else None


def last_states(outputs: Iterable[Emit]) -> Iterator[Emit]:
    """The outputs of a batch with the last state of each part of a cluster, of each stack and of each former id.

    The change of a part is the first one that says more than that it grew.
    """
    others: list[Emit] = []
    latest: dict[tuple[str, str, str | None], Emit] = {}
    first: dict[tuple[str, str, str | None], ClusterChange] = {}
    for sent in outputs:
        event = sent.event
        if sent.topic not in _STATES:
            others.append(sent)
            continue
        place = (sent.topic, sent.key, getattr(event, "part", None) or _service(event))
        if isinstance(event, ClusterChanged):
            change = first.get(place, "grew")
            if change in ("grew", "assigned"):
                first[place] = change = event.change
            if change != event.change and event.summary is not None:
                event = msgspec.structs.replace(event, change=change)
            event = _with_sighting(latest.get(place), event)
        latest.pop(place, None)
        latest[place] = Emit(sent.topic, sent.key, event)
    yield from latest.values()
    yield from others

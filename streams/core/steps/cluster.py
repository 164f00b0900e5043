"""CLUSTER: fingerprinted crashes into their cluster, each counted exactly once (law 3).

In: crashes.fingerprinted. Out: clusters.changed and services.seen. A crash id that was applied changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from streams.core.cluster.applied import Ledger
from streams.core.cluster.assign import born, cluster_id_of, grown
from streams.core.cluster.state import CLUSTERS, FACETS, SEPARATOR, Facet
from streams.core.fingerprint.fold import unfold
from streams.model.events import ClusterChanged, ClusterSummary, Fingerprinted, ServiceSeen
from streams.model.message import Message
from streams.model.step import Change, Count, Done, Emit, Facts, Need, State, put


class _Facets:
    """Distinct hosts and fingerprints of a cluster, counted."""

    def __init__(self, state: State, cluster: str) -> None:
        self._state = state
        self._cluster = cluster
        self._counts: dict[str, int] = {}

    def add(self, name: str, value: str | None) -> bool:
        """Count a value; whether it is new to the cluster."""
        if value is None:
            return False
        key = SEPARATOR.join((self._cluster, name, value))
        if key not in self._counts:
            seen = self._state.get(FACETS, key)
            self._counts[key] = seen.count if seen else 0
        self._counts[key] += 1
        return self._counts[key] == 1

    def changes(self) -> Iterator[Change]:
        """The counts of everything that was added."""
        return (put(FACETS, key, Facet(count=count)) for key, count in self._counts.items())


def _outputs(before: ClusterSummary, after: ClusterSummary, crash: str) -> tuple[Emit, ...]:
    changed = ClusterChanged(
        cluster=after.cluster,
        change="grew" if before.occurrences else "born",
        crash=crash,
        summary=after,
    )
    new = (s for s in after.services if s not in before.services)
    seen = (Emit("services.seen", s, ServiceSeen(service=s, cluster=after.cluster)) for s in new)
    return (Emit("clusters.changed", after.cluster, changed), *seen)


def _apply(state: State, fresh: list[Fingerprinted], ledger: Ledger) -> Done:
    first = fresh[0]
    cluster = cluster_id_of(first)
    before = after = state.get(CLUSTERS, cluster) or born(first)
    facets = _Facets(state, cluster)
    for event in fresh:
        new_host = facets.add("host", event.host)
        new_print = facets.add("fingerprint", event.fingerprint)
        after = grown(after, event, new_host=new_host, new_fingerprint=new_print)
    return Done(
        changes=(*ledger.changes(), put(CLUSTERS, cluster, after), *facets.changes()),
        outputs=_outputs(before, after, fresh[-1].crash),
        counts=(Count("panictrail_crashes_total", len(fresh), (first.kind,)),),
    )


def step(state: State, event: Message, _facts: Facts) -> Done | Need:
    """Count crashes that were not counted before; a record that continues another is not counted."""
    if not isinstance(event, Fingerprinted) or event.continues:
        return Done()
    ledger = Ledger(state)
    crashes = tuple(unfold(event))
    fresh = [crash for crash in crashes if ledger.add(crash.block, crash.crash, crash.at)]
    known = len(crashes) - len(fresh)
    repeats = (Count("panictrail_duplicates_total", known),) if known else ()
    if not fresh:
        return Done(counts=repeats)
    done = _apply(state, fresh, ledger)
    return msgspec.structs.replace(done, counts=(*done.counts, *repeats))


def last_states(outputs: Iterable[Emit]) -> Iterator[Emit]:
    """The outputs of a batch with one change per cluster: its last state, `born` if it was born in the batch."""
    others: list[Emit] = []
    latest: dict[str, Emit] = {}
    for sent in outputs:
        event = sent.event
        if not (isinstance(event, ClusterChanged) and event.change in ("born", "grew")):
            others.append(sent)
            continue
        before = latest.get(sent.key)
        if before and isinstance(before.event, ClusterChanged) and before.event.change == "born":
            event = msgspec.structs.replace(event, change="born")
        latest[sent.key] = Emit(sent.topic, sent.key, event)
    yield from latest.values()
    yield from others

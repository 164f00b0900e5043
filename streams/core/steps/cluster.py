"""CLUSTER: one fingerprinted crash into its cluster, counted exactly once (law 3).

In: crashes.fingerprinted. Out: clusters.changed and services.seen. A crash id that was applied changes nothing.
"""

from __future__ import annotations

from streams.core.cluster.assign import born, cluster_id_of, grown
from streams.core.cluster.state import APPLIED, CLUSTERS, FACETS, SEPARATOR, Applied, Facet
from streams.model.events import ClusterChanged, ClusterSummary, Fingerprinted, ServiceSeen
from streams.model.message import Message
from streams.model.step import Change, Count, Done, Emit, Facts, Need, State, put


def _facet(
    state: State, cluster: str, name: str, value: str | None
) -> tuple[bool, tuple[Change, ...]]:
    """Whether the value is new to the cluster, and the change that counts it."""
    if value is None:
        return False, ()
    key = SEPARATOR.join((cluster, name, value))
    seen = state.get(FACETS, key)
    return seen is None, (put(FACETS, key, Facet(count=(seen.count if seen else 0) + 1)),)


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


def _apply(state: State, event: Fingerprinted) -> Done:
    cluster = cluster_id_of(event)
    before = state.get(CLUSTERS, cluster) or born(event)
    new_host, host = _facet(state, cluster, "host", event.host)
    new_print, print_ = _facet(state, cluster, "fingerprint", event.fingerprint)
    after = grown(before, event, new_host=new_host, new_fingerprint=new_print)
    applied = Applied(cluster=cluster, fingerprint=event.fingerprint)
    return Done(
        changes=(
            put(APPLIED, event.crash, applied),
            put(CLUSTERS, cluster, after),
            *host,
            *print_,
        ),
        outputs=_outputs(before, after, event.crash),
        counts=(Count("panictrail_crashes_total", 1, (event.kind,)),),
    )


def step(state: State, event: Message, _facts: Facts) -> Done | Need:
    """Count a crash that was not counted before; a record that continues another is not counted."""
    if not isinstance(event, Fingerprinted) or event.continues:
        return Done()
    if state.get(APPLIED, event.crash) is not None:
        return Done(counts=(Count("panictrail_duplicates_total"),))
    return _apply(state, event)

"""What a store holds for people: reports, crashes, fingerprints, dead letters.

In: a store. Out: messages. Reads only.
"""

from __future__ import annotations

from streams.core.cluster.assign import cluster_id_of
from streams.model.crash import Crash
from streams.model.events import DeadLetter, Fingerprinted
from streams.model.message import decode
from streams.model.report import Report
from streams.model.view import CRASHES, DEAD, PRINTS, REPORTS
from streams.ports.store import Store


def reports(store: Store) -> tuple[Report, ...]:
    """All reports, by cluster id."""
    return tuple(report for _, report in store.scan(REPORTS))


def crash_by_id(store: Store, crash: str) -> Crash | None:
    """The record of a crash, or None."""
    row = store.get(CRASHES, crash)
    data = store.blob(row.blob) if row else None
    return decode(data, Crash) if data else None


def dead_letters(store: Store) -> dict[str, DeadLetter]:
    """All dead letters by id."""
    return dict(store.scan(DEAD))


def fingerprints_of(store: Store, name: str) -> tuple[Fingerprinted, ...]:
    """The fingerprinted crashes that an id, or the unique beginning of one, names.

    A crash id gives one; a cluster id gives its representative.
    """
    crashes = [row.event for _, row in store.scan(PRINTS, name)]
    if crashes:
        return tuple(crashes)
    found = []
    for _, report in store.scan(REPORTS, name):
        row = store.get(PRINTS, report.representative)
        if row is not None:
            found.append(row.event)
    return tuple(found)


def cluster_of(store: Store, crash: str) -> str | None:
    """The cluster in which a crash was counted."""
    row = store.get(PRINTS, crash)
    return cluster_id_of(row.event) if row else None

"""What was kept, for people: reports, crashes, fingerprints, dead letters.

In: a store, or any other reader. Out: messages. Reads only.
"""

from __future__ import annotations

from collections.abc import Iterator

from streams.core.cluster.assign import cluster_id_of
from streams.model.crash import Crash
from streams.model.events import DeadLetter, Fingerprinted
from streams.model.message import decode
from streams.model.report import Report
from streams.model.view import CRASHES, DEAD, PRINTS, REPORTS
from streams.ports.reader import Reader


def reports(reader: Reader) -> tuple[Report, ...]:
    """All reports, by cluster id."""
    return tuple(report for _, report in reader.scan(REPORTS))


def crash_by_id(reader: Reader, crash: str) -> Crash | None:
    """The record of a crash, or None."""
    row = reader.get(CRASHES, crash)
    data = reader.blob(row.blob) if row else None
    return decode(data, Crash) if data else None


def dead_letters(reader: Reader) -> dict[str, DeadLetter]:
    """All dead letters by id."""
    return dict(reader.scan(DEAD))


def fingerprints(reader: Reader) -> Iterator[Fingerprinted]:
    """Every fingerprinted crash."""
    return (row.event for _, row in reader.scan(PRINTS))


def fingerprints_of(reader: Reader, name: str) -> tuple[Fingerprinted, ...]:
    """The fingerprinted crashes that an id, or the unique beginning of one, names.

    A crash id gives one; a cluster id gives its representative.
    """
    crashes = [row.event for _, row in reader.scan(PRINTS, name)]
    if crashes:
        return tuple(crashes)
    found = []
    for _, report in reader.scan(REPORTS, name):
        row = reader.get(PRINTS, report.representative)
        if row is not None:
            found.append(row.event)
    return tuple(found)


def cluster_of(reader: Reader, crash: str) -> str | None:
    """The cluster in which a crash was counted."""
    row = reader.get(PRINTS, crash)
    return cluster_id_of(row.event) if row else None

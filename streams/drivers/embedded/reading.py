"""What was kept, for people: reports, crashes, fingerprints, dead letters.

In: a store, or any other reader. Out: messages. Reads only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from streams.core.cluster.assign import cluster_id_of
from streams.drivers.cluster_facts import follow
from streams.model.events import DeadLetter, Fingerprinted
from streams.model.report import Report
from streams.model.view import (
    DEAD,
    PRINTS,
    REDIRECTS,
    REPORTS,
    SEPARATOR,
    VARIANTS,
)
from streams.ports.reader import Reader


def reports(reader: Reader) -> tuple[Report, ...]:
    """All reports, by cluster id."""
    return tuple(report for _, report in reader.scan(REPORTS))


def dead_letters(reader: Reader) -> dict[str, DeadLetter]:
    """All dead letters by id."""
    return dict(reader.scan(DEAD))


def fingerprints(reader: Reader) -> Iterator[Fingerprinted]:
    """Every fingerprinted crash, once."""
    return (row.event for _, row in reader.scan(PRINTS) if row.event.twin is None)


def fingerprints_of(reader: Reader, name: str) -> tuple[Fingerprinted, ...]:
    """The fingerprinted crashes that an id, or the unique beginning of one, names.

    A crash id gives one; a cluster id, or a former one, gives its representative.
    """
    crashes = [row.event for _, row in reader.scan(PRINTS, name)]
    if crashes:
        return tuple(crashes)
    ids = {key for key, _ in reader.scan(REPORTS, name)}
    ids |= {follow(reader, key) for key, _ in reader.scan(REDIRECTS, name)}
    found = []
    for cluster in sorted(ids):
        report = reader.get(REPORTS, cluster)
        row = reader.get(PRINTS, report.representative) if report else None
        if row is not None:
            found.append(row.event)
    return tuple(found)


def placed(reader: Reader) -> Callable[[Fingerprinted], str]:
    """The cluster under which a crash is shown: where it was counted, and what people made of that since."""
    known: dict[tuple[str, str], str] = {}
    every: dict[tuple[str, str], str] = {}

    def counted_in(event: Fingerprinted) -> str:
        usual = cluster_id_of(event)
        if reader.get(VARIANTS, usual + SEPARATOR + event.fingerprint) is not None:
            return usual
        if not every:
            # Split off, pinned, or grouped otherwise than by a key: rare enough to look at all stacks once.
            found = (variant for _, variant in reader.scan(VARIANTS))
            every.update(((each.block, each.fingerprint), each.cluster) for each in found)
        return every.get((event.block, event.fingerprint), usual)

    def cluster_of_event(event: Fingerprinted) -> str:
        place = (event.block, event.fingerprint)
        if place not in known:
            known[place] = follow(reader, counted_in(event))
        return known[place]

    return cluster_of_event


def cluster_of(reader: Reader, crash: str) -> str | None:
    """The cluster under which a crash is shown."""
    row = reader.get(PRINTS, crash)
    return placed(reader)(row.event) if row else None


def representatives(reader: Reader) -> Iterator[Fingerprinted]:
    """The fingerprinted crash that stands for each cluster."""
    for report in reports(reader):
        row = reader.get(PRINTS, report.representative)
        if row is not None:
            yield row.event

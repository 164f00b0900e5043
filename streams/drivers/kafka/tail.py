"""Root-cause reports as they become known: the newest of every cluster first, then each change.

In: a Cluster, names. Out: reports, clusters that are gone, and notices for people, one after the other. Keeps no
position and commits nothing. Raises what Cluster.running raises, and BadInput where there is no such topic.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TypeAlias

import msgspec

from streams.core.report.page import order
from streams.drivers.kafka.browse import Notice, Reached, Shown, marked_events, topic_named
from streams.drivers.kafka.client import Cluster
from streams.drivers.kafka.names import Names
from streams.model.message import DecodeError, from_value
from streams.model.report import Report


class Gone(msgspec.Struct, frozen=True):
    """A cluster that was merged into another one, or renamed; `last` is what was known of it."""

    last: Report


Seen: TypeAlias = Report | Gone


class Newest:
    """The newest report of every cluster, in whatever order partitions are read.

    An adopted generation replaces all earlier ones; what still comes from those is old news.
    """

    def __init__(self) -> None:
        self._known: dict[str, Report] = {}
        self._generation = 0

    def take(self, cluster: str, report: Report | None) -> Seen | None:
        """One record of the topic; None where it tells nothing new."""
        known = self._known.get(cluster)
        if report is None:
            self._known.pop(cluster, None)
            return Gone(known) if known else None
        if report.generation < self._generation or (known and _version(report) <= _version(known)):
            return None
        self._generation = report.generation
        self._known[cluster] = report
        return report

    def reports(self) -> tuple[Report, ...]:
        """What is known of the newest generation, most important first."""
        return order(r for r in self._known.values() if r.generation == self._generation)


def _version(report: Report) -> tuple[int, int]:
    return report.generation, report.revision


async def tail(
    cluster: Cluster, names: Names, *, follow: bool = True
) -> AsyncGenerator[Seen | Notice, None]:
    """The state of the topic as it is now, then, with `follow`, every change without end."""
    topic, partitions = await topic_named(cluster, names, "reports.root_cause")
    newest = Newest()
    reached = False
    async with aclosing(marked_events(cluster, topic, partitions, follow=follow)) as batches:
        async for batch in batches:
            if isinstance(batch, Reached):
                reached = True
                for report in newest.reports():
                    yield report
                continue
            for item in batch:
                seen = _taken(newest, topic, item) if isinstance(item, Shown) else item
                if isinstance(seen, Notice) or (seen and reached):
                    yield seen


def _taken(newest: Newest, topic: str, shown: Shown) -> Seen | Notice | None:
    if shown.event is None:
        return newest.take(shown.key or "", None)
    try:
        report = from_value(shown.event, Report)
    except DecodeError as error:
        place = f"{topic}/{shown.partition}@{shown.offset}"
        return Notice(f"{place}: no report, left out: {error}")
    return newest.take(report.cluster, report)

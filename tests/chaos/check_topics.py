"""Topics of a run beside what was fed: nothing lost, nothing there twice, for a reader that deduplicates nothing.

In: a broker that has been drained, the truth. Out: figures.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

import msgspec

from tests.chaos.reading import Event, entries, records
from tests.chaos.scene import Figure, Scene, difference
from tests.chaos.truth import Truth


async def _counted(scene: Scene, topic: str, ids: Callable[[Event], Iterable[str]]) -> Counter[str]:
    found: Counter[str] = Counter()
    async for record in records(scene.bootstrap, scene.topic(topic)):
        for _, event in entries(record):
            found.update(ids(event or {}))
    return found


def _fingerprinted(event: Event) -> Iterator[str]:
    yield event["crash"]
    for member in event.get("folded", ()):
        yield member["crash"]


def _told(event: Event) -> str:
    return f"{event['cluster']} {event['service']} {event['crash'] or '-'}"


async def internal(scene: Scene, truth: Truth) -> list[Figure]:
    """Every input record once on the topic of SYMBOLIZE, which knows no ids; every id once on that of FINGERPRINT.

    LINK is told of each service of a cluster, and of each crash that comes to stand for one, once.
    """
    symbolized = await _counted(scene, "crashes.symbolized", lambda event: (event["id"],))
    fingerprinted = await _counted(scene, "crashes.fingerprinted", _fingerprinted)
    told = await _counted(scene, "services.seen", lambda e: (_told(e),))
    services = Counter(
        f"{cluster} {service}" for cluster, c in truth.clusters.items() for service in c.services
    )
    seen = Counter({name.rpartition(" ")[0] for name in told})
    again = Counter({name: count for name, count in told.items() if count > 1})
    figures = []
    for name, wanted, found in (
        ("crashes.symbolized", truth.repeats, symbolized),
        ("crashes.fingerprinted", Counter(truth.repeats.keys()), fingerprinted),
        ("services.seen", services, seen + again),
    ):
        lost, surplus = difference(wanted, found)
        figures += [Figure(f"lost on {name}", lost), Figure(f"surplus on {name}", surplus)]
    return figures


async def growth(scene: Scene, truth: Truth) -> list[Figure]:
    """clusters.changed says of each cluster greater and greater counts, up to the right one."""
    last: dict[str, int] = {}
    repeated = 0
    async for record in records(scene.bootstrap, scene.topic("clusters.changed")):
        for _, event in entries(record):
            summary = (event or {})["summary"]
            count = int(summary["occurrences"])
            repeated += count <= last.get(summary["cluster"], 0)
            last[summary["cluster"]] = count
    wrong = sum(last.get(name) != seen.occurrences for name, seen in truth.clusters.items())
    return [
        Figure("changes of a cluster that repeat a count", repeated),
        Figure("clusters whose last change is wrong", wrong),
    ]


class Reports(msgspec.Struct):
    """reports.root_cause as a reader sees it who takes every record as news."""

    records: int = 0
    repeated: int = 0
    removed: int = 0
    last: dict[str, Event] = msgspec.field(default_factory=dict)

    def add(self, key: str, report: Event | None) -> None:
        """The next record."""
        self.records += 1
        if report is None:
            self.removed += 1
            return
        before = self.last.get(key, {}).get("revision", 0)
        self.repeated += report["revision"] <= before
        self.last[key] = report


async def reports_of(scene: Scene) -> Reports:
    """All of them, in order."""
    found = Reports()
    async for record in records(scene.bootstrap, scene.topic("reports.root_cause")):
        for key, report in entries(record):
            found.add(key, report)
    return found


def final(reports: Reports, truth: Truth) -> list[Figure]:
    """The last report of each cluster says what was fed."""
    wanted = Counter({name: seen.occurrences for name, seen in truth.clusters.items()})
    found = Counter({name: int(report["occurrences"]) for name, report in reports.last.items()})
    lost, surplus = difference(wanted, found)
    wrong = 0
    for name, seen in truth.clusters.items():
        report = reports.last.get(name, {})
        facts = seen.facts()
        wrong += any(report.get(field) != value for field, value in facts.items())
    return [
        Figure("lost", lost),
        Figure("surplus", surplus),
        Figure("reports whose facts are wrong", wrong),
        Figure("reports with a revision that was there", reports.repeated),
        Figure("reports that were removed", reports.removed),
    ]


async def letters(scene: Scene, truth: Truth) -> list[Figure]:
    """Every poison event once, by its coordinates."""
    found: Counter[tuple[int, int]] = Counter()
    strange = 0
    async for record in records(scene.bootstrap, scene.topic("deadletter")):
        for _, event in entries(record):
            letter = event or {}
            where = (letter["partition"], letter["offset"])
            strange += letter["topic"] != "panics.raw" or where not in truth.poison
            found[where] += 1
    return [
        Figure("poison lost", len(truth.poison.keys() - found.keys())),
        Figure("poison twice", found.total() - len(found)),
        Figure("dead letters of something else", strange),
    ]

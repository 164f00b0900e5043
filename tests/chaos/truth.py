"""What the workers should have counted, from the input topic alone.

In: the records of panics.raw as they are on the broker. Out: clusters, blocks, ids, poison. Keeps no text.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import orjson

from tests.chaos.crashes import MARK
from tests.chaos.identity import Identity, identify
from tests.chaos.reading import Event, Record, Topic, records


@dataclass
class Seen:
    """One cluster, or what a report says of it."""

    occurrences: int = 0
    hosts: set[str] = field(default_factory=set)
    services: set[str] = field(default_factory=set)
    builds: set[str] = field(default_factory=set)
    times: set[str] = field(default_factory=set)

    def add(self, event: Event) -> None:
        """One crash more."""
        self.occurrences += 1
        self.hosts.add(event["host"])
        self.services.add(event["service"])
        self.builds.add(event["build"]["version"])
        self.times.add(event["at"])

    def facts(self) -> dict[str, object]:
        """In the words of a report."""
        return {
            "occurrences": self.occurrences,
            "hosts": len(self.hosts),
            "services": sorted(self.services),
            "builds": sorted(self.builds),
            "first_seen": min(self.times),
            "last_seen": max(self.times),
        }


@dataclass
class Truth:
    """Everything that was fed, as far as it can be counted."""

    records: int = 0
    repeats: Counter[str] = field(default_factory=Counter)
    clusters: dict[str, Seen] = field(default_factory=dict)
    blocks: Counter[str] = field(default_factory=Counter)
    # Where each poison event is, with the name of its dead letter in a database: a text fed twice is one there.
    poison: dict[tuple[int, int], str] = field(default_factory=dict)
    ends: dict[int, int] = field(default_factory=dict)

    @property
    def distinct(self) -> int:
        """Crashes, each id once."""
        return len(self.repeats)

    @property
    def letters(self) -> set[str]:
        """The dead letters of a database."""
        return set(self.poison.values())

    def add(self, record: Record) -> None:
        """One record of panics.raw."""
        self.records += 1
        self.ends[record.partition] = record.offset + 1
        value = record.value or b""
        if MARK in value:
            place = (record.partition, record.offset)
            self.poison[place] = value.hex() if b"event_id" in value else f"{place}"
            return
        event: Event = orjson.loads(value)
        name: str = event["event_id"]
        self.repeats[name] += 1
        if self.repeats[name] == 1:
            identity = _identity(event)
            self.clusters.setdefault(identity.cluster, Seen()).add(event)
            self.blocks[identity.block] += 1


def _identity(event: Event) -> Identity:
    found = identify(event["text"])
    assert found is not None, "only texts of crashes are fed without a mark"
    return found


async def truth_of(bootstrap: str, topic: Topic) -> Truth:
    """The truth of a run, once everything is fed."""
    truth = Truth()
    async for record in records(bootstrap, topic):
        truth.add(record)
    return truth

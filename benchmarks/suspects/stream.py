"""Deliveries of webhooks: events as they happened, and as they arrived.

In: what happened. Out: events in the shapes of streams/model/events.py; some are late, some come twice.
"""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass, field
from typing import Final

Event = dict[str, object]

_LATE: Final = 0.05
_TWICE: Final = 0.08
_FAILED: Final = 0.1
"""How often a build fails before it is tried again; a delivery is late; a delivery comes twice."""
_MOST_LATE: Final = 3 * 3600


@dataclass
class Stream:
    """Events of one repository."""

    rng: random.Random
    repo: str
    builds: int
    events: list[Event] = field(default_factory=list)

    def happened(self, kind: str, when: int, **values: object) -> None:
        """One event and its delivery."""
        delivery = f"{self.rng.getrandbits(64):016x}"
        received = when + self.rng.randint(1, 20)
        if self.rng.random() < _LATE:
            received = when + self.rng.randint(300, _MOST_LATE)
        self.events.append(
            {
                "kind": kind,
                "delivery_id": delivery,
                "occurred_at": when,
                "received_at": received,
                **values,
            }
        )

    def built(
        self, when: int, ref: str, commit: str, services: tuple[str, ...] = (), *, well: bool = True
    ) -> str:
        """A CI build; one that ends well may have failed before. Its id."""
        self.builds += 1
        build, attempt = f"{self.repo}-{self.builds}", 1
        values = {"repo": self.repo, "build_id": build, "ref": ref, "commit": commit}
        if not well or self.rng.random() < _FAILED:
            self.happened("ci.build", when, **values, attempt=attempt, status="failure")
            attempt, when = 2, when + self.rng.randint(400, 2400)
        if well:
            made = [{"service": service, "digest": _digest(build, service)} for service in services]
            artifacts = {"artifacts": made} if made else {}
            self.happened(
                "ci.build", when, **values, attempt=attempt, status="success", **artifacts
            )
        return build

    def arrived(self) -> list[Event]:
        """All deliveries by arrival."""
        found = list(self.events)
        for event in self.events:
            if self.rng.random() < _TWICE:
                again = int(str(event["received_at"])) + self.rng.randint(60, 1500)
                found.append({**event, "received_at": again})
        return sorted(found, key=order)


def order(event: Event) -> tuple[int, str]:
    """By arrival."""
    return int(str(event["received_at"])), str(event["delivery_id"])


def _digest(build: str, service: str) -> str:
    return "sha256:" + hashlib.sha256(f"{build}/{service}".encode()).hexdigest()

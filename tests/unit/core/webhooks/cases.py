"""Deliveries as senders document them, each with what it says: deliveries/*.json.

In: a file of provider, headers, body (and `said`: what the address says), expected events and reasons. Out: a Delivery,
and what we make of it as plain values. The deliveries are ours, written by the senders' documentation (`source`).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from streams.core.webhooks.delivery import Delivery, Understood
from streams.core.webhooks.understand import understand
from streams.model.instant import Instant, parse_instant
from streams.model.message import to_value

FOLDER: Final = Path(__file__).parent / "deliveries"
RECEIVED: Final[Instant] = parse_instant("2026-11-23T08:10:00Z")

Case = dict[str, Any]


def cases() -> dict[str, Case]:
    """All of them by name."""
    return {
        path.stem: json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.json"))
    }


def delivery(case: Case, *, at: Instant = RECEIVED) -> Delivery:
    """The delivery of a case as it comes in."""
    return Delivery(
        provider=case["provider"],
        headers={name.lower(): value for name, value in case["headers"].items()},
        body=json.dumps(case["body"]).encode(),
        received_at=at,
        said=case.get("said", {}),
    )


def told(case: Case) -> Case:
    """What a case says: its events, and why parts of it are ignored."""
    found = understand(delivery(case))
    assert isinstance(found, Understood), found
    assert found.bad == ()
    return {
        "events": [to_value(event) for event in found.events],
        "ignored": [part.why for part in found.ignored],
    }


def rewrite() -> None:
    """Write what every delivery says now: `make golden`; the diff is reviewed."""
    for name, case in cases().items():
        text = json.dumps({**case, **told(case)}, indent=2, ensure_ascii=False) + "\n"
        (FOLDER / f"{name}.json").write_text(text, "utf-8")


if __name__ == "__main__":
    rewrite()

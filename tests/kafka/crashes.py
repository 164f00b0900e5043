"""Crashes for tests: what COLLECT finds in the golden texts, and many made from them by renaming.

In: tests/golden. Out: raw panic events, as producers send them.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from streams.adapters.sqlite_store import SqliteStore
from streams.drivers.embedded.inputs import find_inputs
from streams.drivers.embedded.session import Options, Session
from streams.model.events import RawPanic
from streams.model.instant import Instant
from streams.model.message import Message
from streams.topology import STAGES

GOLDEN: Final = Path(__file__).resolve().parents[1] / "golden"
_START: Final = 1_795_420_800


def golden_events() -> Iterator[RawPanic]:
    """Every raw panic that COLLECT finds in the golden texts, each with its case as service."""
    for path in sorted(GOLDEN.glob("*/input.*")):
        found: list[Message] = []
        with SqliteStore(None) as store:
            session = Session(STAGES[:1], store, Options(service=path.parent.name))
            session.engine.sinks["panics.raw"] = found.append
            inputs, _ = find_inputs((str(path),))
            session.read(inputs[0])
            session.finish()
        yield from (event for event in found if isinstance(event, RawPanic))


@cache
def _templates() -> tuple[str, ...]:
    """Whole crashes of the fixture programs, of a size that services print."""
    texts = (event.text for event in golden_events() if event.continues is None)
    return tuple(t for t in texts if 300 < len(t) < 6000 and "main." in t and "goroutine " in t)


def mixed(count: int, *, seed: int = 1, bugs: int = 150) -> Iterator[RawPanic]:
    """`count` crashes of about `bugs` bugs, some far more frequent than others."""
    rnd = random.Random(seed)  # noqa: S311 - test data
    templates = _templates()
    weights = [1 / (number + 1) ** 0.8 for number in range(bugs)]
    chosen = rnd.choices(range(bugs), weights, k=count)
    for number, bug in enumerate(chosen):
        text = templates[bug % len(templates)].replace("main.", f"example.com/shop/bug{bug}.")
        yield RawPanic(
            text=text,
            at=Instant((_START + number // 20) * 10**9),
            service=f"service-{rnd.randrange(5)}",
            host=f"host-{rnd.randrange(9)}",
            container=f"c{number:012d}",
            event_id=None if number % 3 else f"event-{seed}-{number}",
        )


def renamed(event: RawPanic, name: str) -> RawPanic:
    """The same crash as another producer's."""
    return msgspec.structs.replace(event, event_id=name)

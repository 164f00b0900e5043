"""A segment of a spool in batches of admitted events, each with the position behind it.

In: a path, the position so far. Out: batches. Nothing raw leaves it (law 8). Raises OSError where it cannot be read.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from streams.core.scrub.patterns import Pattern
from streams.core.spool import Damage, raw_panic
from streams.core.steps.admit import admit
from streams.drivers.spools import SpoolPosition, records
from streams.model.events import RawPanic
from streams.model.step import Table

# Key: the name of the input. Records have ids by content, so that a position saves time and decides nothing.
SPOOLS: Final = Table("driver.spools", SpoolPosition)
_MOST_EVENTS: Final = 200


class Batch(msgspec.Struct, frozen=True):
    """What came next in a segment, of so many bytes; `position` is behind it."""

    events: tuple[RawPanic, ...]
    damages: tuple[Damage, ...]
    position: SpoolPosition
    size: int


def spool_batches(
    path: Path,
    before: SpoolPosition | None,
    service: str | None,
    patterns: tuple[Pattern, ...] | None,
) -> Iterator[Batch]:
    """Everything from a position on; a segment that is shorter than that is read from its beginning."""
    position = before or SpoolPosition()
    if path.stat().st_size < position.offset:
        position = SpoolPosition()
    events: list[RawPanic] = []
    damages: list[Damage] = []
    start, corrupt, after = position.offset, position.corrupt, position.offset

    def batch() -> Batch:
        nonlocal start
        now = SpoolPosition(offset=after, corrupt=corrupt)
        made = Batch(tuple(events), tuple(damages), now, after - start)
        events.clear()
        damages.clear()
        start = after
        return made

    for found in records(path, position.offset):
        if isinstance(found, Damage):
            damages.append(found)
            corrupt += found.size
        else:
            events.append(admit(raw_panic(found, service=service), patterns))
        after = found.after
        if len(events) >= _MOST_EVENTS:
            yield batch()
    if after > start:
        yield batch()

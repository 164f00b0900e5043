"""What a body gave: events, lines with the key of their stream, and what of it cannot be used.

In: nothing. Out: types, and how many lines a body may have. `bad` goes to the dead letter, and the sender is told how
many there were. Raises UnreadableError for more lines than that.
"""

from __future__ import annotations

from typing import Final

import msgspec

from streams.core.webhooks.delivery import Bad, UnreadableError
from streams.model.events import RawPanic
from streams.model.step import Emit

# A body is read while others wait: so many lines take about a second. Shippers send some thousands.
MAX_LINES: Final = 100_000


def check_count(lines: int) -> None:
    """Refuse a body with more lines."""
    if lines > MAX_LINES:
        raise UnreadableError(f"more than {MAX_LINES} lines: send smaller bodies", "body")


class Line(msgspec.Struct, frozen=True, gc=False):
    """A raw line as the reader of lines takes it. `key`: lines of equal keys stay in order."""

    key: str
    data: bytes


class Lines(msgspec.Struct, frozen=True):
    """Lines in the order of the body. `count`: how many the sender would count, pushes hold several in one."""

    lines: tuple[Line, ...]
    count: int
    bad: tuple[Bad, ...] = ()


class Crashes(msgspec.Struct, frozen=True):
    """Crashes, admitted: with their ids and without secrets; other input events that stood among them."""

    crashes: tuple[RawPanic, ...]
    others: tuple[Emit, ...] = ()
    bad: tuple[Bad, ...] = ()

"""How long the view keeps what: full texts go first, counts stay.

In: nothing. Out: settings, what a pass over a store may remove, what it removed. docs/retention.md.
"""

from __future__ import annotations

from typing import Final

import msgspec

# 0: for ever.
TEXTS_DAYS: Final = 90
TEXTS_BYTES: Final = 10 * 1024 * 1024 * 1024
CRASHES_DAYS: Final = 0
DEAD_LETTERS_DAYS: Final = 90
# An id that is known no more would be told again.
NOTIFICATIONS_DAYS: Final = 400


class Retention(msgspec.Struct, frozen=True, kw_only=True):
    """Days of the time of crashes and dead letters; bytes as stored, packed. 0: no limit."""

    texts_days: int = TEXTS_DAYS
    texts_bytes: int = TEXTS_BYTES
    crashes_days: int = CRASHES_DAYS
    dead_letters_days: int = DEAD_LETTERS_DAYS


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """What one pass removes: rows from before these seconds since 1970, texts above so many bytes; None: none.

    At most `most` of each. A text that stands for a distinct stack stays, until nothing else is left to make room.
    """

    texts: int | None = None
    texts_bytes: int | None = None
    crashes: int | None = None
    dead_letters: int | None = None
    most: int


class Swept(msgspec.Struct, frozen=True, kw_only=True):
    """How much a pass removed; `more`: another one would find something."""

    texts: int = 0
    crashes: int = 0
    dead_letters: int = 0
    more: bool = False

    def __bool__(self) -> bool:
        """Whether anything was removed."""
        return bool(self.texts or self.crashes or self.dead_letters)

    def __add__(self, other: Swept) -> Swept:
        """Both passes, the other one being the later."""
        return Swept(
            texts=self.texts + other.texts,
            crashes=self.crashes + other.crashes,
            dead_letters=self.dead_letters + other.dead_letters,
            more=other.more,
        )


class TopicLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How long topics are kept where settings say other than the table of topics; bytes are of each partition."""

    days: dict[str, int] = {}
    bytes: dict[str, int] = {}


class TableSize(msgspec.Struct, frozen=True):
    """Bytes of a table as stored, with its indexes where the database counts them; `rows` None: not counted."""

    name: str
    bytes: int
    rows: int | None = None

"""What the consumer brings and the producer takes, as values without a client library in them.

In: nothing. Out: types. `topic` of a Record is the name of the topics table; of an Outgoing the one on the broker.
"""

from __future__ import annotations

import msgspec


class Record(msgspec.Struct, frozen=True, gc=False):
    """One record as read; `timestamp_ms` is the broker's or producer's, -1 where there is none."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()


class Outgoing(msgspec.Struct, frozen=True):
    """One record to send to a partition."""

    topic: str
    partition: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()


class RetryLaterError(Exception):
    """Not the records' fault: the partition starts over."""


class LostInputError(Exception):
    """Records that were never read are gone, or a table cannot be trusted; a person has to decide."""

"""What an accepted delivery is as one record of the inbox: its ids, and the events that it gave.

In: ids and emitted events. Out: bytes, and back. Raises DecodeError for bytes that are none.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from streams.model.message import DecodeError, encode, from_value, loads
from streams.model.step import Emit
from streams.model.topics import BY_NAME


def packed(names: Iterable[str], events: Iterable[Emit]) -> bytes:
    """A record of the inbox: `names` are the ids by which the delivery is known when it comes again."""
    rows = b",".join(
        b"[%b,%b,%b]" % (_text(e.topic), _text(e.key), encode(e.event))
        for e in events
        if e.event is not None
    )
    return b'{"names":%b,"rows":[%b]}' % (msgspec.json.encode(tuple(names)), rows)


def _text(text: str) -> bytes:
    return msgspec.json.encode(text)


def names_in(payload: bytes) -> tuple[str, ...]:
    """The ids of a record, without its events."""
    return _NAMES.decode(payload).names


class _Names(msgspec.Struct):
    names: tuple[str, ...] = ()


_NAMES = msgspec.json.Decoder(_Names)


def events_in(payload: bytes) -> tuple[Emit, ...]:
    """The events of a record. Raises DecodeError."""
    value = loads(payload)
    try:
        return tuple(
            Emit(topic, key, from_value(event, BY_NAME[topic].message))
            for topic, key, event in value["rows"]
        )
    except (LookupError, TypeError, ValueError) as error:
        message = f"not a delivery: {error!r}"
        raise DecodeError(message) from None

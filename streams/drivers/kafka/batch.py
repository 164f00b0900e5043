"""Micro-batches: many events in one record of an internal topic, one in a record of a public one.

In: emitted events with the partition that each goes to. Out: records as bytes; and back. A batch is a JSON
array of `[key, event]`; its record has the content-type header, which no record with one event has.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec
import orjson

from streams.model.message import Message, decode, decode_rows, encode

CONTENT_TYPE: Final = b"application/vnd.panictrail.batch+json;v=1"
HEADER: Final = ("content-type", CONTENT_TYPE)
Headers = Sequence[tuple[str, bytes]]
# A record is closed at the first of these; one event beyond the bytes is a record of its own.
MAX_EVENTS: Final = 1000
MAX_BYTES: Final = 512 * 1024


class Packed(msgspec.Struct, frozen=True):
    """One record to send."""

    value: bytes | None
    key: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()


class Entry(msgspec.Struct, frozen=True):
    """One event of a record; `event` None removes the key of a compacted topic."""

    key: str
    event: Message | None


def single(key: str, event: Message | None) -> Packed:
    """A record of a public topic: plain JSON of one event, or a null record."""
    return Packed(None if event is None else encode(event), key.encode("utf-8", "surrogatepass"))


def pack(events: Iterable[tuple[str, bytes | None]]) -> Iterator[Packed]:
    """Records for events (key and JSON) of one partition, in their order."""
    parts: list[bytes] = []
    size = 0
    for key, data in events:
        part = b"[" + orjson.dumps(key) + b"," + (data or b"null") + b"]"
        if parts and (len(parts) >= MAX_EVENTS or size + len(part) > MAX_BYTES):
            yield _closed(parts)
            parts, size = [], 0
        parts.append(part)
        size += len(part)
    if parts:
        yield _closed(parts)


def _closed(parts: list[bytes]) -> Packed:
    return Packed(b"[" + b",".join(parts) + b"]", None, (HEADER,))


def is_batch(headers: Headers) -> bool:
    """Whether a record carries many events."""
    return HEADER in headers


def unpack(
    value: bytes | None, key: bytes | None, headers: Headers, kind: type[Message]
) -> tuple[Entry, ...]:
    """The events of a record. Raises DecodeError; one bad event spoils the record."""
    name = (key or b"").decode("utf-8", "replace")
    if value is None:
        return (Entry(name, None),)
    if not is_batch(headers):
        return (Entry(name, decode(value, kind)),)
    return tuple(Entry(key, event) for key, event in decode_rows(value, kind))

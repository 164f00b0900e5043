"""Our own events as JSON, for any sender: `git.push`, `ci.build`, `deploy` (docs/reference/events.md); and CloudEvents.

In: a JSON document. Out: the event that it is. Raises UnreadableError for one that is none of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, TypeGuard

from msgspec.structs import replace

from streams.core.webhooks import cloudevents
from streams.core.webhooks.delivery import (
    Ignored,
    SideInput,
    Told,
    UnreadableError,
    cloud_event_id,
)
from streams.core.webhooks.reading import text
from streams.model.events import Artifact, CiBuild, Deploy, GitPush
from streams.model.message import DecodeError, from_value
from streams.model.topics import TOPIC_OF_KIND

_KINDS: Final[dict[str, type[GitPush | CiBuild | Deploy]]] = {
    "git.push": GitPush,
    "ci.build": CiBuild,
    "deploy": Deploy,
}


def read(document: object, told: Told) -> Iterable[SideInput | Ignored]:
    """The event of a document. Raises UnreadableError."""
    found = cloudevents.envelope(document, told)
    if found is None:
        return (_own(document, text(document, "kind"), told),)
    if found.id is not None:
        told = replace(told, delivery_id=cloud_event_id(found.source, found.id))
    kind = cloudevents.kind_of(found)
    if kind is None:
        return (cloudevents.read(found, told),)
    if not isinstance(found.data, dict):
        raise UnreadableError("want an object", "data")
    time = {} if found.time is None else {"occurred_at": str(found.time)}
    return (_own({**time, **found.data, "kind": kind}, kind, told),)


def _own(document: object, kind: str | None, told: Told) -> SideInput:
    if not _is_object(document):
        raise UnreadableError("want an object", "body")
    if kind not in _KINDS:
        wanted = ", ".join(TOPIC_OF_KIND)
        raise UnreadableError(f"no side input: want kind of {wanted}, or a CloudEvent", "kind")
    said = told.said if kind == "deploy" else {}
    given = {key: value for key, value in document.items() if value is not None}
    value = {**said, "delivery_id": told.delivery_id, **given, "received_at": str(told.received_at)}
    try:
        event = from_value(value, _KINDS[kind])
    except DecodeError as error:
        raise UnreadableError(str(error), kind) from None
    for name, held in _texts(event):
        if any(character < " " or character == "\x7f" for character in held):
            raise UnreadableError(f"{name} holds control characters", name)
    return event


def _is_object(document: object) -> TypeGuard[dict[str, object]]:
    return isinstance(document, dict)


def _texts(event: SideInput) -> Iterator[tuple[str, str]]:
    """The texts of an event, with the names of their fields."""
    for name in event.__struct_fields__:
        held = getattr(event, name)
        for item in held if isinstance(held, tuple) else (held,):
            if isinstance(item, str):
                yield name, item
            elif isinstance(item, Artifact):
                yield from ((name, part) for part in (item.service, item.digest) if part)

"""A delivery to what it says: its documents, each by the reader of its provider, with ids.

In: a Delivery whose sender is known. Out: Understood, or Refused where nothing in it can be read. The same delivery
gives the same ids and events, whenever and however often it comes; only `received_at` is of the moment.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

import msgspec

from streams.core.webhooks import argocd, github, gitlab, kubernetes, plain
from streams.core.webhooks.delivery import (
    Bad,
    Delivery,
    Ignored,
    Provider,
    Reader,
    Refused,
    SideInput,
    Told,
    Understood,
    UnreadableError,
    body_id,
    header_id,
)
from streams.core.webhooks.documents import SHOWN_CHARS, Document, documents, form_payload
from streams.model.identity import content_id

_READERS: Final[dict[Provider, Reader]] = {
    "github": github.read,
    "gitlab": gitlab.read,
    "argocd": argocd.read,
    "kubernetes": kubernetes.read,
    "plain": plain.read,
}
_MANY: Final = frozenset(("kubernetes", "plain"))
_FORM: Final = "application/x-www-form-urlencoded"


def understand(delivery: Delivery) -> Understood | Refused:
    """What a delivery says."""
    try:
        return _understood(delivery)
    except UnreadableError as error:
        return Refused(400, error.error, error.where)


def _understood(delivery: Delivery) -> Understood | Refused:
    body, provider = delivery.body, delivery.provider
    if provider == "github" and delivery.headers.get("content-type", "").startswith(_FORM):
        body = form_payload(body)
    parts = list(documents(body, many=provider in _MANY))
    base = None
    if len(parts) == 1:
        base = header_id(provider, delivery.headers) or body_id(provider, delivery.body)
    found: list[SideInput] = []
    ignored: list[Ignored] = []
    bad: list[Bad] = []
    for part in parts:
        if isinstance(part, Bad):
            bad.append(part)
            continue
        try:
            _sort(_read(delivery, part, base), found, ignored)
        except UnreadableError as error:
            where = error.where if part.where == "body" else f"{part.where}: {error.where}"
            bad.append(Bad(_shown(part.value), error.error, where))
    if len(bad) == len(parts):
        return Refused(400, bad[0].error, bad[0].where)
    return Understood(
        events=_distinct(found), ignored=tuple(ignored), bad=tuple(bad), parts=len(parts)
    )


def _read(delivery: Delivery, part: Document, base: str | None) -> Iterable[SideInput | Ignored]:
    """One document. Among several each has an id by its content, wherever it stands."""
    name = base
    if delivery.provider == "kubernetes":
        name = kubernetes.object_id(part.value) or name
    if name is None:
        name = content_id("document", delivery.provider, _canonical(part.value))
    told = Told(
        received_at=delivery.received_at,
        headers=delivery.headers,
        said=delivery.said,
        delivery_id=name,
    )
    return _READERS[delivery.provider](part.value, told)


def _sort(
    items: Iterable[SideInput | Ignored], found: list[SideInput], ignored: list[Ignored]
) -> None:
    for item in items:
        if isinstance(item, Ignored):
            ignored.append(item)
        else:
            found.append(item)


def _distinct(events: list[SideInput]) -> tuple[SideInput, ...]:
    """Events of one kind and id are told apart by number, so that none hides another."""
    seen: Counter[tuple[str, str]] = Counter()
    named = []
    for event in events:
        seen[event.kind, event.delivery_id] += 1
        number = seen[event.kind, event.delivery_id]
        name = f"{event.delivery_id}#{number}"
        named.append(event if number == 1 else msgspec.structs.replace(event, delivery_id=name))
    return tuple(named)


def _canonical(value: object) -> str:
    return msgspec.json.encode(value, order="deterministic").decode()


def _shown(value: object) -> str:
    return msgspec.json.encode(value).decode()[:SHOWN_CHARS]

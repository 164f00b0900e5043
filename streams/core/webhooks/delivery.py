"""One delivery of a webhook as values: what came in, what it means, or why it is refused.

In: the head and body of a request, and when it was received. Out: types, and the id by which a delivery that comes
again is known.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final, Literal

import msgspec

from streams.model.events import CiBuild, Deploy, GitPush
from streams.model.identity import content_id
from streams.model.instant import Instant

Provider = Literal["github", "gitlab", "argocd", "kubernetes", "plain"]
PROVIDERS: Final[tuple[Provider, ...]] = ("github", "gitlab", "argocd", "kubernetes", "plain")

SideInput = GitPush | CiBuild | Deploy

# What a header may hold to name a delivery; anything else is hashed, so that it is safe in a key and in a line.
_PLAIN_ID: Final = re.compile(r"[A-Za-z0-9/][A-Za-z0-9._:/+=@#-]{0,199}", re.ASCII)
# GitHub: docs.github.com, Webhook events and payloads. GitLab 17.4: Idempotency-Key stays the same when it tries again
# (X-Gitlab-Event-UUID does not name one delivery: hooks that a hook triggers share it). Standard Webhooks 1.0:
# webhook-id. CloudEvents 1.0, HTTP binding: ce-id is unique within ce-source.
_ID_HEADERS: Final[dict[Provider, tuple[str, ...]]] = {
    "github": ("x-github-delivery",),
    "gitlab": ("webhook-id", "idempotency-key"),
    "argocd": ("webhook-id", "idempotency-key"),
    "kubernetes": ("webhook-id", "idempotency-key"),
    "plain": ("webhook-id", "idempotency-key"),
}


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """A request whose sender is known. Names of headers in lower case; `body` inflated.

    `said`: what the address says for everything that comes in by it (`env`, `region`), where the body does not.
    """

    provider: Provider
    headers: Mapping[str, str]
    body: bytes
    received_at: Instant
    said: Mapping[str, str] = {}


class Ignored(msgspec.Struct, frozen=True):
    """A part of a delivery that is understood and is nothing to us; that is no error."""

    why: str


class Bad(msgspec.Struct, frozen=True):
    """A part of a delivery that cannot be used, as text, and why; `where` names the place in it."""

    text: str
    error: str
    where: str


class Understood(msgspec.Struct, frozen=True, kw_only=True):
    """What a delivery says. `parts`: how many documents it had."""

    events: tuple[SideInput, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    bad: tuple[Bad, ...] = ()
    parts: int = 1


class Refused(msgspec.Struct, frozen=True):
    """Why a request is not taken: an HTTP status, a text for the sender, and the place that it is about."""

    status: int
    error: str
    where: str


class UnreadableError(ValueError):
    """A document that is not what its sender says it is; `where` names the field."""

    def __init__(self, error: str, where: str) -> None:
        super().__init__(error)
        self.error = error
        self.where = where


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What readers of documents need beside the document."""

    received_at: Instant
    headers: Mapping[str, str] = {}
    said: Mapping[str, str] = {}
    delivery_id: str = ""


# One document, and what is known beside it, to what it says. Raises UnreadableError.
Reader = Callable[[object, Told], Iterable[SideInput | Ignored]]


def header_id(provider: Provider, headers: Mapping[str, str]) -> str | None:
    """The id that the sender gave the delivery, the same when it sends it again; None where it gave none."""
    found = next((headers[name] for name in _ID_HEADERS[provider] if headers.get(name)), None)
    if found is None and provider == "plain" and headers.get("ce-id"):
        return cloud_event_id(headers.get("ce-source"), headers["ce-id"])
    return None if found is None else _safe(found)


def cloud_event_id(source: str | None, name: str) -> str:
    """The id of a CloudEvent, which is unique within its source."""
    return _safe(f"{source}#{name}" if source else name)


def _safe(found: str) -> str:
    return found if _PLAIN_ID.fullmatch(found) else content_id("delivery", found)


def body_id(provider: Provider, body: bytes) -> str:
    """An id by content, for a delivery that has no other, and to know one that comes again under another name."""
    return content_id("delivery", provider, body.decode("latin-1"))

"""POST /webhooks/{provider}: known sender, understood, durable, then answered.

In: requests. Out: records in the inbox, answers: `{"accepted", "ignored", "dead_letters", "duplicate"}` counts. Bodies
are never logged and never stored: what is kept are the events, and scrubbed dead letters.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Final

from aiohttp import web

from streams.core.steps.deadletters import dead_letter
from streams.core.webhooks.delivery import (
    PROVIDERS,
    Bad,
    Delivery,
    Provider,
    Refused,
    SideInput,
    Understood,
    body_id,
    header_id,
)
from streams.core.webhooks.understand import understand
from streams.drivers.http.answers import RefusedError, answer
from streams.drivers.http.intake import Intake
from streams.model.errors import Reason
from streams.model.events import Deploy
from streams.model.instant import Instant
from streams.model.step import Emit
from streams.model.topics import TOPIC_OF_KIND

STAGE: Final = "webhooks"
_SAID: Final = ("env", "region")
_MOST_SAID: Final = 256
_MOST_REASONS: Final = 5


class Webhooks:
    """The handler of one listener."""

    def __init__(self, intake: Intake) -> None:
        """`intake`: shared with other routes."""
        self._intake = intake

    def routes(self) -> tuple[web.RouteDef, ...]:
        """One for each sender."""
        return tuple(web.post(f"/webhooks/{name}", partial(self._post, name)) for name in PROVIDERS)

    async def _post(self, provider: Provider, request: web.Request) -> web.Response:
        headers = {key.lower(): value for key, value in request.headers.items()}
        try:
            self._intake.access.check_head(provider, headers)
            self._intake.check_room()
            return await self._take(request, provider, headers)
        except RefusedError:
            self._count(provider, "refused")
            raise

    async def _take(
        self, request: web.Request, provider: Provider, headers: Mapping[str, str]
    ) -> web.Response:
        now = Instant(time.time_ns())

        def check(sent: bytes) -> None:
            self._intake.access.check(provider, headers, sent, now)

        async with self._intake.body(request, check) as body:
            delivery = Delivery(
                provider=provider,
                headers=headers,
                body=body,
                received_at=now,
                said=dict(_said(request.query)),
            )
            return await self._store(delivery)

    async def _store(self, delivery: Delivery) -> web.Response:
        names = _names(delivery)
        if await self._intake.is_stored(names):
            return self._duplicate(delivery.provider)
        found = understand(delivery)
        if isinstance(found, Refused):
            raise RefusedError(found.status, found.error, found.where)
        events = [*map(emitted, found.events), *(self._dead(bad, delivery) for bad in found.bad)]
        if events:
            await self._intake.keep(names, events)
        self._count(delivery.provider, "accepted", len(found.events))
        self._count(delivery.provider, "ignored", len(found.ignored))
        self._count(delivery.provider, "dead-letter", len(found.bad))
        return answer(_counts(found))

    def _duplicate(self, provider: Provider) -> web.Response:
        self._count(provider, "duplicate")
        return answer({"accepted": 0, "ignored": 0, "dead_letters": 0, "duplicate": True})

    def _count(self, provider: Provider, result: str, count: int = 1) -> None:
        self._intake.count(provider, result, count)

    def _dead(self, bad: Bad, delivery: Delivery) -> Emit:
        undecodable = bad.where.startswith("line ") and ":" not in bad.where
        return dead_letter(
            topic="logs.lines",
            stage=STAGE,
            reason=Reason.UNDECODABLE if undecodable else Reason.INVALID,
            error=bad.error,
            text=bad.text,
            place=f"/webhooks/{delivery.provider} {bad.where}",
            at=delivery.received_at,
            patterns=self._intake.patterns,
        )


def _names(delivery: Delivery) -> tuple[str, ...]:
    """The ids by which a delivery is known when it comes again.

    What GitHub and GitLab (without a signature by Standard Webhooks) prove does not cover the id in the head: somebody
    who recorded a delivery could send it again under another one, so the content is an id too.
    """
    named = header_id(delivery.provider, delivery.headers)
    content = body_id(delivery.provider, delivery.body)
    if named is None:
        return (content,)
    signed = (
        delivery.provider not in ("github", "gitlab") or "webhook-signature" in delivery.headers
    )
    name = f"{delivery.provider} {named}"
    return (name,) if signed else (name, content)


def _said(query: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What the address says of everything that comes in by it: `?env=prod&region=eu-west`."""
    for name in _SAID:
        value = query.get(name)
        if value is None:
            continue
        if not value.isprintable() or not 0 < len(value) <= _MOST_SAID:
            raise RefusedError(400, f"{name}: want 1 to {_MOST_SAID} printable characters", "query")
        yield name, value


def emitted(event: SideInput) -> Emit:
    """An event on its topic, under its key."""
    key = event.service if isinstance(event, Deploy) else event.repo
    return Emit(TOPIC_OF_KIND[event.kind], key, event)


def _counts(found: Understood) -> dict[str, object]:
    why = sorted({ignored.why for ignored in found.ignored})
    told: dict[str, object] = {
        "accepted": len(found.events),
        "ignored": len(found.ignored),
        "dead_letters": len(found.bad),
        "duplicate": False,
    }
    return {**told, "why": why[:_MOST_REASONS]} if why else told

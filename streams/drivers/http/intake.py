"""What every route that takes bodies shares: room, the body of a request, what came before, what is kept.

In: requests. Out: bodies, inflated; records in the inbox. Raises RefusedError for all that is not taken.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Final

import msgspec
from aiohttp import web

from streams.core.scrub.patterns import Pattern
from streams.drivers.http.access import Access
from streams.drivers.http.answers import RefusedError
from streams.drivers.http.bodies import Budget, body_of, inflated
from streams.drivers.http.delivered import packed
from streams.drivers.http.seen import Seen
from streams.drivers.inbox import Inbox, InboxError
from streams.model.step import Emit
from streams.ports.meter import Meter

log = logging.getLogger(__name__)

_FULL_SECONDS: Final = 10.0
# Ids are noted together: a sync for each would cost as much as the body.
_NOTE_SECONDS: Final = 0.1


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What a listener takes."""

    body_bytes: int
    inbox_bytes: int
    body_seconds: float = 60.0


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """On which a listener takes bodies: from whom, how large, and by which patterns what is kept is scrubbed."""

    access: Access
    limits: Limits
    patterns: tuple[Pattern, ...] | None


class Intake:
    """The shared part of one listener."""

    def __init__(
        self, terms: Terms, *, inbox: Inbox, seen: Seen, meter: Meter, backlog: Callable[[], int]
    ) -> None:
        """`backlog`: bytes that wait in the inboxes."""
        self.access = terms.access
        self.patterns = terms.patterns
        self._inbox = inbox
        self._seen = seen
        self._limits = terms.limits
        self._meter = meter
        self._backlog = backlog
        # Two of the largest bodies at once, and the inflated form of each.
        self._budget = Budget(4 * terms.limits.body_bytes)
        self._noted: tuple[str, ...] = ()
        self._noting: asyncio.Task[None] | None = None

    def check_room(self) -> None:
        """Before a body is read: whether what is behind keeps up."""
        if self._backlog() > self._limits.inbox_bytes:
            error = "the inbox is full: what is behind it does not keep up"
            raise RefusedError(429, error, "inbox", retry_after_seconds=_FULL_SECONDS)

    @asynccontextmanager
    async def body(
        self, request: web.Request, check: Callable[[bytes], None] = lambda _sent: None
    ) -> AsyncIterator[bytes]:
        """The body, inflated; it counts as held in memory inside the block. `check` sees it as it was sent."""
        limit, budget = self._limits.body_bytes, self._budget
        sent = await body_of(
            request, most_bytes=limit, seconds=self._limits.body_seconds, budget=budget
        )
        held = len(sent)
        try:
            check(sent)
            encoding = request.headers.get("Content-Encoding", "").strip().lower()
            body = inflated(sent, encoding, limit)
            if body is not sent:
                budget.take(len(body))
                held += len(body)
            yield body
        finally:
            budget.held -= held

    async def is_stored(self, names: Iterable[str]) -> bool:
        """Whether what has one of these ids came before; what is being stored is waited for."""
        return await self._seen.is_stored(names)

    async def keep(self, names: tuple[str, ...], events: Iterable[Emit]) -> None:
        """Events on disk, or refused: the sender may try again."""
        await self.storing(names, self._inbox.put(packed(names, events)))

    async def storing(self, names: tuple[str, ...], put: Awaitable[None]) -> None:
        """The same for what goes elsewhere."""
        future = self._seen.begin(names)
        stored = False
        try:
            await put
            stored = True
        except InboxError:
            error = "the disk does not take it"
            raise RefusedError(503, error, "inbox", retry_after_seconds=_FULL_SECONDS) from None
        finally:
            self._seen.end(names, future, stored=stored)

    def note(self, names: tuple[str, ...]) -> None:
        """Keep ids of what was stored elsewhere, from where it is removed soon; nobody waits for it."""
        self._noted += names
        if self._noted and self._noting is None:
            loop = asyncio.get_running_loop()
            self._noting = loop.create_task(self._note(_NOTE_SECONDS))

    async def _note(self, pause_seconds: float) -> None:
        await asyncio.sleep(pause_seconds)
        names, self._noted, self._noting = self._noted, (), None
        try:
            await self._inbox.put(packed(names, ()))
        except InboxError:
            # The disk is full. Such a body may count again where it comes again after a restart.
            log.warning("ids of %d bodies are not kept", len(names))

    async def close(self) -> None:
        """Keep what is noted."""
        if self._noting is not None:
            self._noting.cancel()
            await self._note(0)

    def count(self, what: str, result: str, count: int = 1) -> None:
        """Count what became of it."""
        if count:
            self._meter.add("panictrail_deliveries_total", count, (what, result))

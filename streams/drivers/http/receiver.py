"""What `serve` and `gateway` have in common: an inbox, the listener before it, a consumer behind it.

In: settings, a folder that the caller holds the lock of. Out: accepted deliveries in the inbox, health pages.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from aiohttp import web

from streams.config import Settings
from streams.drivers.http.access import Access
from streams.drivers.http.delivered import names_in
from streams.drivers.http.listener import Listener
from streams.drivers.http.seen import Seen
from streams.drivers.http.webhooks import Limits, Webhooks
from streams.drivers.inbox import Inbox, InboxError, Position, kept
from streams.model.errors import BadInput
from streams.ports.meter import Meter
from streams.topology import secret_patterns

FOLDER = "inbox"


# What was counted, and its content type.
Metrics = Callable[[], tuple[bytes, str]]


class Behind(Protocol):
    """What works the inbox off."""

    @property
    def done(self) -> Position:
        """Up to where it is worked off."""
        ...

    def trouble(self) -> str | None:
        """Why nothing moves, or None."""
        ...


def open_inbox(folder: Path, done: Position, on_durable: Callable[[], None]) -> Inbox:
    """The inbox below a folder, of which so much is worked off. Raises BadInput."""
    try:
        return Inbox(folder / FOLDER, after=done.segment, on_durable=on_durable)
    except InboxError as error:
        raise BadInput(str(error)) from error


class Receiver:
    """The listener and what it needs. `metrics`: the text of /metrics."""

    def __init__(  # noqa: PLR0913 - what a listener works with, each named
        self,
        settings: Settings,
        sock: socket.socket,
        *,
        inbox: Inbox,
        behind: Behind,
        meter: Meter,
        metrics: Metrics | None = None,
    ) -> None:
        """Ids of deliveries that are still in the inbox are read; nothing is served yet."""
        self.access = Access(settings, sock.getsockname()[0])
        self._inbox = inbox
        self._behind = behind
        self._meter = meter
        self._text = metrics
        webhooks = Webhooks(
            access=self.access,
            inbox=inbox,
            seen=Seen(name for payload in kept(inbox.folder) for name in names_in(payload)),
            limits=Limits(
                body_bytes=settings.body_limit_bytes, inbox_bytes=settings.inbox_limit_bytes
            ),
            meter=meter,
            patterns=secret_patterns(settings.pipeline()),
            backlog=self.backlog,
        )
        self.listener = Listener(
            sock,
            (
                web.get("/healthz", self._health),
                web.get("/readyz", self._health),
                web.get("/metrics", self._metrics),
                *webhooks.routes(),
            ),
            drain_seconds=settings.drain_seconds,
        )

    def backlog(self) -> int:
        """Bytes of the inbox that are not worked off."""
        return self._inbox.backlog(self._behind.done)

    async def _health(self, _request: web.Request) -> web.Response:
        trouble = self._behind.trouble()
        return web.Response(text=f"{trouble or 'ok'}\n", status=503 if trouble else 200)

    async def _metrics(self, _request: web.Request) -> web.Response:
        self._meter.set("panictrail_inbox_bytes", self.backlog(), ())
        body, kind = self._text() if self._text else (b"", "text/plain")
        return web.Response(body=body, headers={"Content-Type": kind})

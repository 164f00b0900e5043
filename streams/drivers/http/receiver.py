"""What `serve`, `gateway` and `collect http` have in common: an inbox, the listener before it, a consumer behind it.

In: settings, a folder that the caller holds the lock of. Out: accepted deliveries in the inbox, health pages.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from aiohttp import web

from streams.config import Settings
from streams.drivers.http.access import Access
from streams.drivers.http.delivered import names_in
from streams.drivers.http.ingest import Ingest
from streams.drivers.http.intake import Intake, Limits, Terms
from streams.drivers.http.lined import FOLDER as LINES
from streams.drivers.http.lined import LineInbox
from streams.drivers.http.listener import Listener
from streams.drivers.http.seen import Seen
from streams.drivers.http.webhooks import Webhooks
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


def open_lines(
    folder: Path, done: Position, next_line: int, on_durable: Callable[[], None]
) -> LineInbox:
    """The inbox of lines below a folder. Raises BadInput."""
    return LineInbox(folder / LINES, after=done, next_line=next_line, on_durable=on_durable)


def known(inbox: Inbox, lines: LineInbox | None) -> Iterator[str]:
    """Ids of what came before."""
    yield from (name for payload in kept(inbox.folder) for name in names_in(payload))
    yield from lines.names if lines is not None else ()


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
        webhooks: bool = True,
        lines: LineInbox | None = None,
        lines_done: Callable[[], Position] = Position,
    ) -> None:
        """Ids of deliveries that are still in the inbox are read; nothing is served yet.

        `webhooks`: whether those are taken. `lines`: where lines are kept; None: neither they nor crashes are taken.
        `lines_done`: up to where that one is worked off.
        """
        self.access = Access(settings, sock.getsockname()[0])
        self._inbox = inbox
        self._lines = lines
        self._lines_done = lines_done
        self._behind = behind
        self._meter = meter
        self._text = metrics
        terms = Terms(
            access=self.access,
            limits=Limits(
                body_bytes=settings.body_limit_bytes, inbox_bytes=settings.inbox_limit_bytes
            ),
            patterns=secret_patterns(settings.pipeline()),
        )
        self._intake = intake = Intake(
            terms, inbox=inbox, seen=Seen(known(inbox, lines)), meter=meter, backlog=self.backlog
        )
        self.listener = Listener(
            sock,
            (
                web.get("/healthz", self._health),
                web.get("/readyz", self._health),
                web.get("/metrics", self._metrics),
                *(Webhooks(intake).routes() if webhooks else ()),
                *(Ingest(intake, lines).routes() if lines is not None else ()),
            ),
            drain_seconds=settings.drain_seconds,
        )
        self._takes_webhooks = webhooks

    async def stop(self) -> None:
        """Take no more, let those who are served end, and note what came."""
        await self.listener.stop()
        await self._intake.close()

    def open_to_all(self) -> tuple[str, ...]:
        """What is taken from this machine only, for want of a secret or token."""
        unsigned = self.access.open_to_all() if self._takes_webhooks else ()
        ingest = self._lines is not None and not self.access.has_token
        return (*unsigned, *(("crashes", "lines") if ingest else ()))

    def backlog(self) -> int:
        """Bytes of the inboxes that are not worked off."""
        waiting = self._inbox.backlog(self._behind.done)
        if self._lines is not None:
            waiting += self._lines.inbox.backlog(self._lines_done())
        return waiting

    async def _health(self, _request: web.Request) -> web.Response:
        trouble = self._behind.trouble()
        return web.Response(text=f"{trouble or 'ok'}\n", status=503 if trouble else 200)

    async def _metrics(self, _request: web.Request) -> web.Response:
        self._meter.set("panictrail_inbox_bytes", self.backlog(), ())
        body, kind = self._text() if self._text else (b"", "text/plain")
        return web.Response(body=body, headers={"Content-Type": kind})

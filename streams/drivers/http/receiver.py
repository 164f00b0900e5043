"""What `serve`, `gateway` and `collect http` have in common: an inbox, the listener before it, a consumer behind it.

In: settings, a folder that the caller holds the lock of. Out: accepted deliveries in the inbox, health pages.
"""

from __future__ import annotations

import asyncio
import socket
import time
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
from streams.drivers.http.pages import PageRoutes
from streams.drivers.http.seen import Seen
from streams.drivers.http.webhooks import Webhooks
from streams.drivers.inbox import Inbox, InboxError, Position, kept
from streams.drivers.paging import Pages
from streams.model.errors import BadInput
from streams.ports.meter import Meter
from streams.topology import secret_patterns

FOLDER = "inbox"


# What was counted, and its content type, for a header Accept.
Metrics = Callable[[str], tuple[bytes, str]]
# What a deliveries' inbox is one partition of.
_PARTITION = "0"


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
        name: str = "serve",
        open_pages: Callable[[], Pages] | None = None,
    ) -> None:
        """Ids of deliveries that are still in the inbox are read; nothing is served yet.

        `webhooks`: whether those are taken. `lines`: where lines are kept; None: neither they nor crashes are taken.
        `lines_done`: up to where that one is worked off. `name`: of the process, in its metrics.
        `open_pages`: opens the store of the web page and the API, where there are any.
        """
        self.access = Access(settings, sock.getsockname()[0])
        self._inbox = inbox
        self._lines = lines
        self._lines_done = lines_done
        self._behind = behind
        self._meter = meter
        self._text = metrics
        self._name = name
        self._moved = (self._places(), time.monotonic())
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
        self._pages = None if open_pages is None else PageRoutes(self.access, open_pages)
        self.listener = Listener(
            sock,
            (
                web.get("/healthz", self._health),
                web.get("/readyz", self._health),
                web.get("/metrics", self._metrics),
                *(Webhooks(intake).routes() if webhooks else ()),
                *(Ingest(intake, lines).routes() if lines is not None else ()),
                *(self._pages.routes() if self._pages is not None else ()),
            ),
            drain_seconds=settings.drain_seconds,
        )
        self._takes_webhooks = webhooks

    async def stop(self) -> None:
        """Take no more, let those who are served end, and note what came."""
        await self.listener.stop()
        await self._intake.close()
        if self._pages is not None:
            await self._pages.close()

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

    def _places(self) -> tuple[Position, Position]:
        return self._behind.done, self._lines_done()

    def _show(self) -> None:
        """How much waits, and for how long nothing of it was worked off, as far as scrapes saw it."""
        waiting, places, now = self.backlog(), self._places(), time.monotonic()
        if not waiting or places != self._moved[0]:
            self._moved = (places, now)
        self._meter.set("panictrail_inbox_bytes", waiting, ())
        age = now - self._moved[1]
        self._meter.set("panictrail_position_age_seconds", age, (self._name, _PARTITION))

    async def _metrics(self, request: web.Request) -> web.Response:
        self._show()
        if self._text is None:
            return web.Response(body=b"", headers={"Content-Type": "text/plain"})
        # In a thread: whoever posts a crash is answered meanwhile.
        accept = request.headers.get("Accept", "")
        body, kind = await asyncio.to_thread(self._text, accept)
        return web.Response(body=body, headers={"Content-Type": kind})

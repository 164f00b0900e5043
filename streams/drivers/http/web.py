"""`panictrail web`: the page and the API alone, on what workers keep; and the pages of a state, for `serve`.

In: settings, a database. Out: an exit code, after a signal. Reads only; as many may run as one likes.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path
from shlex import quote

from aiohttp import web

from streams.adapters.sqlite_finder import SqliteFinder
from streams.config import Settings
from streams.drivers.database import open_lists
from streams.drivers.http.access import Access
from streams.drivers.http.listener import Listener, address
from streams.drivers.http.pages import PageRoutes
from streams.drivers.paging import Pages, Place, SourceLines
from streams.drivers.signals import ended_by_signal


def _sources(settings: Settings) -> SourceLines:
    repos = {name: Path(path) for name, path in settings.repositories.items()}
    there = {name: path for name, path in repos.items() if path.is_dir()}
    return SourceLines(there, settings.source)


def pages_of_state(settings: Settings) -> Pages:
    """The pages of the state folder that this process has locked. Raises BadInput."""
    folder = settings.state or ""
    place = Place(
        options=f"--state {quote(folder)}",
        held=True,
        trace_links=tuple(settings.trace_links.items()),
    )
    return Pages(SqliteFinder(Path(folder)), _sources(settings), place)


def pages_of_database(settings: Settings, url: str, name: str) -> Pages:
    """The pages of a database, of one pipeline. Raises BadInput or ServiceMissing."""
    broker = quote(settings.broker) if settings.broker else "HOST:PORT"
    # The URL may hold a password.
    place = Place(
        options=f'--broker {broker} --database "$PANICTRAIL_DATABASE"',
        trace_links=tuple(settings.trace_links.items()),
    )
    return Pages(open_lists(url, name), _sources(settings), place)


def run(
    settings: Settings, database: tuple[str, str], sock: socket.socket, say: Callable[[str], None]
) -> None:
    """Serve a database (URL, name of the pipeline) until SIGTERM or Ctrl-C."""
    open_pages = partial(pages_of_database, settings, *database)
    # What a user has to mend is said before anybody asks.
    open_pages().close()
    asyncio.run(_run(settings, open_pages, sock, say))


async def _run(
    settings: Settings,
    open_pages: Callable[[], Pages],
    sock: socket.socket,
    say: Callable[[str], None],
) -> None:
    ended = ended_by_signal()
    access = Access(settings, sock.getsockname()[0])
    pages = PageRoutes(access, open_pages)
    routes = (web.get("/healthz", _health), web.get("/readyz", _health), *pages.routes())
    listener = Listener(sock, routes, drain_seconds=settings.drain_seconds)
    await listener.start()
    say(f"listening on http://{address(sock)}")
    if not access.has_token:
        say("for this machine only, for want of PANICTRAIL_API_TOKEN")
    try:
        await ended.wait()
    finally:
        await listener.stop()
        await pages.close()


async def _health(_request: web.Request) -> web.Response:
    return web.Response(text="ok\n")

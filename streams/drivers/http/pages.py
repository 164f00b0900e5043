"""The web page and the JSON API: GET only, for who may read, each answer under a strict policy.

In: requests, what opens a store. Out: pages, JSON in the shapes of the schemas. A store is read on threads with a
connection each, so that neither the loop nor the pipeline waits for a page.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar
from urllib.parse import quote

import orjson
from aiohttp import web

from streams.core.page import asked as asking
from streams.core.page.printed import printed
from streams.core.page.render import (
    ASSETS,
    POLICY,
    asset,
    render_cluster,
    render_list,
    render_notice,
)
from streams.core.page.values import Notice
from streams.core.report.words import clip
from streams.drivers.http.access import Access
from streams.drivers.http.answers import RefusedError, answer
from streams.drivers.paging import NEAR, OF_TRACE, TEXT_LINES, Pages
from streams.model.crash import Crash
from streams.model.errors import BadInput, PassingTrouble, ServiceMissing
from streams.model.message import encode, prepare
from streams.model.report import Report

log = logging.getLogger(__name__)
T = TypeVar("T")

_THREADS: Final = 2
# More than so many wait: who asks now is told to come later.
_MOST_WAITING: Final = 32
_ANSWER_SECONDS: Final = 30.0
_API_LIMIT: Final = 500
_MOST_ID: Final = 512
_HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # Crash texts are no public's: nothing between here and the reader keeps them.
    "Cache-Control": "no-store",
}
_TITLES: Final = {
    400: "That cannot be read",
    401: "A token is asked for",
    403: "Not from there",
    404: "Not found",
    410: "Not kept any more",
    503: "Not now",
}
_HOW: Final = {
    401: "Give the token (PANICTRAIL_API_TOKEN) as the password, with any name; programs send it as "
    "Authorization: Bearer TOKEN.",
    403: "Without PANICTRAIL_API_TOKEN this page is shown on this machine only, under its own names "
    "(localhost, 127.0.0.1): set a token to read it from elsewhere or behind a proxy.",
}
Handler = Callable[[web.Request], Awaitable[web.Response]]


class _Worker:
    """A thread with a store of its own: neither database's connection likes to be handed on."""

    def __init__(self, open_pages: Callable[[], Pages]) -> None:
        """Nothing is opened yet."""
        self._open = open_pages
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="page")
        self._pages: Pages | None = None

    async def ask(self, question: Callable[[Pages], T]) -> T:
        """What the thread answers."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._answer, question)

    def _answer(self, question: Callable[[Pages], T]) -> T:
        if self._pages is None:
            self._pages = self._open()
        try:
            return question(self._pages)
        except (BadInput, ServiceMissing, PassingTrouble):
            # A connection that is lost does not come back; the next question opens another.
            self._let_go()
            raise

    def _let_go(self) -> None:
        pages, self._pages = self._pages, None
        if pages is not None:
            with contextlib.suppress(BadInput, ServiceMissing, PassingTrouble):
                pages.close()

    async def close(self) -> None:
        """Close the store, end the thread."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._thread, self._let_go)
        self._thread.shutdown()


class PageRoutes:
    """The handlers of one listener. `open_pages` opens a store; each thread calls it for its own."""

    def __init__(self, access: Access, open_pages: Callable[[], Pages]) -> None:
        """Nothing is opened yet."""
        prepare()
        self._access = access
        self._workers = [_Worker(open_pages) for _ in range(_THREADS)]
        self._idle: asyncio.Queue[_Worker] = asyncio.Queue()
        for worker in self._workers:
            self._idle.put_nowait(worker)
        self._waiting = 0

    def routes(self) -> tuple[web.RouteDef, ...]:
        """Pages, their assets, and the API, which also answers below /api/v1."""
        pages: dict[str, Handler] = {
            "/": self._list,
            "/clusters/{id}": self._cluster,
            "/crashes/{id}/text": self._text,
        }
        api: dict[str, Handler] = {
            "/clusters": self._api_list,
            "/clusters/{id}": self._api_cluster,
            "/crashes": self._api_trace,
            "/crashes/{id}": self._api_crash,
        }
        return (
            *(web.get(path, self._guarded(each, is_page=True)) for path, each in pages.items()),
            *(
                web.get(f"{prefix}{path}", self._guarded(each, is_page=False))
                for prefix in ("/api", "/api/v1")
                for path, each in api.items()
            ),
            web.get("/assets/{name}", self._asset),
        )

    async def close(self) -> None:
        """End the threads, and close what they read."""
        await asyncio.gather(*(worker.close() for worker in self._workers))

    def _guarded(self, handler: Handler, *, is_page: bool) -> Handler:
        async def guarded(request: web.Request) -> web.Response:
            try:
                headers = {key.lower(): value for key, value in request.headers.items()}
                self._access.check_reader(headers)
                made = await handler(request)
            except RefusedError as refused:
                made = _refused(refused) if is_page else _refused_json(refused)
            except web.HTTPRedirection as led:
                made = web.Response(
                    status=led.status, headers={"Location": led.headers["Location"]}
                )
            made.headers.update(_HEADERS)
            made.enable_compression()
            return made

        return guarded

    async def _ask(self, question: Callable[[Pages], T]) -> T:
        """The answer of a thread. Raises RefusedError (503) where the store, or a thread, is not to be had."""
        if self._waiting >= _MOST_WAITING:
            raise RefusedError(503, "too many ask at once", "server", retry_after_seconds=1)
        self._waiting += 1
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                worker = await self._idle.get()
                try:
                    return await worker.ask(question)
                finally:
                    self._idle.put_nowait(worker)
        except (BadInput, ServiceMissing, PassingTrouble) as error:
            log.warning("the store cannot be read: %s", error)
            raise RefusedError(503, str(error), "store", retry_after_seconds=5) from None
        except TimeoutError:
            raise RefusedError(
                503, "the store took too long", "store", retry_after_seconds=5
            ) from None
        finally:
            self._waiting -= 1

    # ---- pages

    async def _list(self, request: web.Request) -> web.Response:
        asked = asking.read(request.query)
        return _html(await self._ask(lambda pages: render_list(pages.listed(asked))))

    async def _cluster(self, request: web.Request) -> web.Response:
        name = _named(request)

        def question(pages: Pages) -> tuple[str, int, str | None]:
            found = pages.find(name)
            if len(found) == 1:
                report = found[0]
                if report.cluster != name:
                    return "", 302, report.cluster
                return render_cluster(pages.cluster(report)), 200, None
            return render_notice(_not_one(name, found)), 404, None

        text, status, other = await self._ask(question)
        if other is not None:
            # A prefix and the id of a merged cluster: the latter may be split off again.
            raise web.HTTPFound(f"/clusters/{quote(other, safe='')}")
        return _html(text, status)

    async def _text(self, request: web.Request) -> web.Response:
        name = _named(request)

        def question(pages: Pages) -> str:
            crash = _crash(pages, name)
            lines, more = printed(crash, TEXT_LINES)
            return "\n".join((*lines, *(("… it goes on",) if more else ()))) + "\n"

        text = await self._ask(question)
        return web.Response(text=text, content_type="text/plain", charset="utf-8")

    async def _asset(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in ASSETS:
            raise RefusedError(404, "no such file", "path")
        made = web.Response(text=asset(name), content_type=ASSETS[name][1], charset="utf-8")
        made.headers.update({**_HEADERS, "Cache-Control": "max-age=300"})
        made.enable_compression()
        return made

    # ---- API

    async def _api_list(self, request: web.Request) -> web.Response:
        asked = asking.read(request.query, most=_API_LIMIT)
        if asked.faults:
            fault = asked.faults[0]
            raise RefusedError(400, f"want {fault.wanted}", f"query {fault.name}")

        def question(pages: Pages) -> bytes:
            reports, total = pages.reports(asked)
            more = asked.query.offset + len(reports) < total and len(reports) > 0
            following = asked.address(request.path, page=asked.page + 1) if more else None
            listed = b",".join(map(encode, reports))
            return b'{"clusters":[%b],"next":%b,"total":%d}' % (
                listed,
                _json(following),
                total,
            )

        return _bytes(await self._ask(question))

    async def _api_cluster(self, request: web.Request) -> web.Response:
        name = _named(request)
        found = await self._ask(lambda pages: pages.find(name))
        if len(found) != 1:
            raise RefusedError(404, _not_one(name, found).text, "id")
        return _bytes(encode(found[0]))

    async def _api_crash(self, request: web.Request) -> web.Response:
        name = _named(request)
        return _bytes(encode(await self._ask(lambda pages: _crash(pages, name))))

    async def _api_trace(self, request: web.Request) -> web.Response:
        trace_id = request.query.get("trace_id", "").strip()
        if not trace_id or len(trace_id) > _MOST_ID or "\0" in trace_id:
            raise RefusedError(400, "name a trace: /api/crashes?trace_id=ID", "query trace_id")

        def question(pages: Pages) -> bytes:
            found = pages.of_trace(trace_id)
            listed = b",".join(map(encode, found.crashes))
            return b'{"crashes":[%b],"clusters":%b,"removed":%b,"most":%d}' % (
                listed,
                _json(found.clusters),
                _json(found.removed),
                OF_TRACE,
            )

        return _bytes(await self._ask(question))


def _crash(pages: Pages, name: str) -> Crash:
    """A crash record. Raises RefusedError: 404 where there is none, 410 where its text is gone."""
    crash = pages.crash(name)
    if crash is None and pages.is_removed(name):
        raise RefusedError(410, f"crash {clip(name, 80)}: text removed by retention", "id")
    if crash is None:
        raise RefusedError(404, f"no crash has the id {clip(name, 80)}", "id")
    return crash


def _json(value: object) -> bytes:
    return orjson.dumps(value)


def _named(request: web.Request) -> str:
    """The id of an address. Raises RefusedError (404) for one that no cluster and no crash has."""
    name = request.match_info["id"]
    if len(name) > _MOST_ID or "\0" in name or not name.isprintable():
        raise RefusedError(404, "no id looks like that", "id")
    return name


def _not_one(name: str, found: tuple[Report, ...]) -> Notice:
    shown = clip(name, 80)
    if found:
        number = f"more than {NEAR}" if len(found) > NEAR else str(len(found))
        text = f"{number} clusters have an id that begins with {shown}: write more of it"
        return Notice(status=404, title="Which cluster?", text=text, near=found[:NEAR])
    text = (
        f"No cluster has an id that begins with {shown}. It may be written wrong, or its crashes were "
        "grouped anew and nothing leads there from it."
    )
    return Notice(status=404, title="No such cluster", text=text)


def _html(text: str, status: int = 200) -> web.Response:
    return web.Response(text=text, status=status, content_type="text/html", charset="utf-8")


def _bytes(body: bytes) -> web.Response:
    return web.Response(body=body, content_type="application/json")


def _refused(refused: RefusedError) -> web.Response:
    title = _TITLES.get(refused.status, "That did not work")
    how = _HOW.get(refused.status, "")
    notice = Notice(status=refused.status, title=title, text=f"{refused.error}. {how}".strip())
    made = _html(render_notice(notice), refused.status)
    _more(made, refused, 'Basic realm="panictrail", charset="UTF-8"')
    return made


def _refused_json(refused: RefusedError) -> web.Response:
    made = answer({"error": refused.error, "where": refused.where}, refused.status)
    _more(made, refused, 'Bearer realm="panictrail"')
    return made


def _more(made: web.Response, refused: RefusedError, challenge: str) -> None:
    if refused.retry_after_seconds is not None:
        made.headers["Retry-After"] = str(int(refused.retry_after_seconds))
    if refused.status == web.HTTPUnauthorized.status_code:
        made.headers["WWW-Authenticate"] = challenge

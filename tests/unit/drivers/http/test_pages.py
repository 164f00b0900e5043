"""The page and the API over a real socket: who may read, what is answered, under which policy."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Final, TypeVar

import pytest
from msgspec.structs import replace

from streams.adapters.sqlite_finder import SqliteFinder
from streams.adapters.sqlite_store import SqliteStore
from streams.config import Settings
from streams.core.page.render import ASSETS, POLICY
from streams.drivers.http.access import Access
from streams.drivers.http.listener import Listener, bind
from streams.drivers.http.pages import PageRoutes
from streams.drivers.paging import Pages, Place, SourceLines
from streams.model.crash import Context, Crash
from streams.model.errors import ServiceMissing
from streams.model.events import ClusterRedirected
from streams.model.message import decode, encode
from streams.model.report import Report
from streams.model.settings import SourceSettings
from streams.model.step import Change, Keep, put
from streams.model.view import (
    CRASHES,
    PRINTS,
    REDIRECTS,
    REPORTS,
    SEPARATOR,
    VARIANTS,
    CrashRow,
    PrintRow,
)
from tests.unit.core.report import samples
from tests.unit.drivers.http.serving import Answer, answer
from tests.view_rows import EVENT, REPORT, VARIANT

T = TypeVar("T")
TOKEN: Final = "the token: with a colon"  # noqa: S105 - of a listener that lives for one test
CLOSED: Final = Settings(api_token=TOKEN)
CRASH: Final = replace(samples.CRASH, context=Context(trace_id="4bf92f3577b34da6"))
OPEN: Final = Settings()


def crash_rows(crash: Crash) -> tuple[Change, ...]:
    data = encode(crash)
    name = sha256(data).hexdigest()
    row = CrashRow(blob=name, kind=crash.kind, trace_id=crash.context.trace_id)
    return Keep(name, data), put(CRASHES, crash.id, row)


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    """A state that somebody else holds, and goes on to hold."""
    with SqliteStore(tmp_path) as store:
        for n in range(30):
            report = replace(REPORT, cluster=f"c{n:02}", title=f"panic {n:02}", occurrences=100 - n)
            store.apply((put(REPORTS, report.cluster, report),))
        store.apply(
            (
                *crash_rows(CRASH),
                put(PRINTS, CRASH.id, PrintRow(event=EVENT)),
                put(VARIANTS, f"c07{SEPARATOR}fp1:1", replace(VARIANT, cluster="c07")),
                put(REPORTS, "c07", replace(REPORT, cluster="c07", representative=CRASH.id)),
                put(REDIRECTS, "old", ClusterRedirected(cluster="old", to="older")),
                put(REDIRECTS, "older", ClusterRedirected(cluster="older", to="c07")),
            )
        )
        store.commit()
        yield tmp_path


def opens(folder: Path) -> Pages:
    return Pages(
        SqliteFinder(folder), SourceLines({}, SourceSettings()), Place(options="--state S")
    )


class Client:
    """Sends one request on a connection of its own."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def send(self, path: str, method: str = "GET", **headers: str) -> Answer:
        rows = {"Host": f"127.0.0.1:{self._port}", **headers}
        head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in rows.items())
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        writer.write(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode())
        try:
            return await answer(reader)
        finally:
            writer.close()


@asynccontextmanager
async def listening(
    settings: Settings, open_pages: Callable[[], Pages], host: str = "127.0.0.1"
) -> AsyncIterator[Client]:
    sock = bind("127.0.0.1", 0)
    pages = PageRoutes(Access(settings, host), open_pages)
    listener = Listener(sock, pages.routes(), drain_seconds=1)
    await listener.start()
    try:
        yield Client(sock.getsockname()[1])
    finally:
        await listener.stop()
        await pages.close()


def asked(
    state: Path,
    scene: Callable[[Client], Awaitable[T]],
    settings: Settings = OPEN,
    host: str = "127.0.0.1",
) -> T:
    async def run() -> T:
        async with listening(settings, partial(opens, state), host) as client:
            return await scene(client)

    return asyncio.run(run())


def get(state: Path, path: str, **headers: str) -> Answer:
    return asked(state, lambda client: client.send(path, **headers))


def basic(password: str) -> str:
    return "Basic " + base64.b64encode(f"anyone:{password}".encode()).decode()


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/clusters/c07",
        "/clusters/none",
        "/api/clusters",
        "/crashes/x/text",
        "/assets/page.css",
    ],
)
def test_every_answer_is_under_the_policy(state: Path, path: str) -> None:
    found = get(state, path)
    for line in (
        f"Content-Security-Policy: {POLICY}",
        "X-Content-Type-Options: nosniff",
        "X-Frame-Options: DENY",
        "Referrer-Policy: no-referrer",
        "Cross-Origin-Resource-Policy: same-origin",
    ):
        assert line in found.head


def test_a_list_has_pages_and_filters(state: Path) -> None:
    first = get(state, "/").body.decode()
    assert "<h1>30 clusters</h1>" in first
    assert "panic 00" in first
    assert "panic 29" not in first
    assert "Page 1 of 2" in first
    assert "panic 29" in get(state, "/?page=2").body.decode()
    assert "<h1>1 cluster found</h1>" in get(state, "/?q=PANIC+29").body.decode()
    assert "Left out: kind=x" in get(state, "/?kind=x").body.decode()


def test_a_cluster_is_shown_with_its_trace_and_commands(state: Path) -> None:
    text = get(state, "/clusters/c07").body.decode()
    for part in (
        "cart/store.go",
        "Why these are one cluster",
        "panictrail clusters resolve c07",
        "old and older",
    ):
        assert part in text


def test_former_ids_and_beginnings_lead_on(state: Path) -> None:
    for name in ("old", "older", "c07"[:3]):
        found = get(state, f"/clusters/{name}")
        if name != "c07":
            assert found.status == 302
            assert "Location: /clusters/c07" in found.head
    assert get(state, "/api/clusters/old").json["cluster"] == "c07"


def test_an_id_that_nothing_has_is_explained(state: Path) -> None:
    found = get(state, "/clusters/%3Cscript%3E")
    assert found.status == 404
    assert "No such cluster" in found.body.decode()
    assert "<script>" not in found.body.decode()
    several = get(state, "/clusters/c0")
    assert several.status == 404
    assert several.body.decode().count('href="/clusters/c0') == 8
    assert get(state, "/api/clusters/none").status == 404
    assert get(state, "/api/crashes/none").json["where"] == "id"
    for path in (
        "/clusters/" + "a" * 5000,
        "/clusters/%00",
        "/clusters/%1b%5b2J",
        "/clusters/..%2f..%2fetc",
    ):
        assert get(state, path).status == 404


def test_the_api_answers_in_the_shapes_of_the_schemas(state: Path) -> None:
    for prefix in ("/api", "/api/v1"):
        found = get(state, f"{prefix}/clusters?limit=20").json
        assert [decode(json.dumps(each), Report).cluster for each in found["clusters"]][:2] == [
            "c00",
            "c01",
        ]
        assert found["next"] == f"{prefix}/clusters?limit=20&page=2"
        assert found["total"] == 30
        rest = get(state, found["next"]).json
        assert (len(rest["clusters"]), rest["next"]) == (10, None)
    one = get(state, "/api/clusters/c07")
    assert decode(one.body, Report).representative == CRASH.id
    assert decode(get(state, f"/api/crashes/{CRASH.id}").body, Crash) == CRASH


def test_crashes_are_found_by_their_trace(state: Path) -> None:
    found = get(state, "/api/crashes?trace_id=4bf92f3577b34da6").json
    assert [each["id"] for each in found["crashes"]] == [CRASH.id]
    assert get(state, "/api/crashes?trace_id=other").json["crashes"] == []
    assert get(state, "/api/crashes").status == 400


def test_a_text_that_retention_removed_is_said_to_be_gone(state: Path) -> None:
    with sqlite3.connect(state / "panictrail.sqlite") as db:
        db.execute("DELETE FROM blobs")
    for path in (f"/api/crashes/{CRASH.id}", f"/crashes/{CRASH.id}/text"):
        found = get(state, path)
        assert (found.status, b"text removed by retention" in found.body) == (410, True)
    found = get(state, "/clusters/c07")
    assert found.status == 200
    assert "Text removed by retention: the counts stay" in found.body.decode()
    traced = get(state, "/api/crashes?trace_id=4bf92f3577b34da6").json
    assert (traced["crashes"], traced["removed"]) == ([], [CRASH.id])
    assert get(state, "/api/crashes/none").status == 404


def test_the_api_refuses_what_means_nothing(state: Path) -> None:
    found = get(state, "/api/clusters?limit=all")
    assert (found.status, found.json["where"]) == (400, "query limit")


def test_the_raw_text_is_text(state: Path) -> None:
    found = get(state, f"/crashes/{CRASH.id}/text")
    assert "Content-Type: text/plain; charset=utf-8" in found.head
    assert b"goroutine" in found.body


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_nothing_can_be_changed(state: Path, method: str) -> None:
    paths = ("/", "/clusters/c07", "/api/clusters", "/assets/page.js")

    async def scene(client: Client) -> list[int]:
        return [(await client.send(path, method, Content_Length="0")).status for path in paths]

    assert asked(state, scene) == [405] * len(paths)


def test_answers_are_packed_for_those_who_can_unpack(state: Path) -> None:
    found = get(state, "/", Accept_Encoding="gzip")
    assert "Content-Encoding: gzip" in found.head
    assert b"30 clusters" in gzip.decompress(found.body)


@pytest.mark.parametrize("name", [*ASSETS])
def test_assets_are_there(state: Path, name: str) -> None:
    found = get(state, f"/assets/{name}")
    assert found.status == 200
    assert f"Content-Type: {ASSETS[name][1]}" in found.head


# ---- who may read


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8088",
        "10.0.0.1",
        "localhost.evil.example",
        "[2001:db8::1]:80",
        "",
    ],
)
def test_without_a_token_other_names_are_refused(state: Path, host: str) -> None:
    """DNS rebinding: a page of evil.example is given this address, and may then read what comes from there."""
    for path in ("/", "/api/clusters", "/clusters/c07"):
        assert get(state, path, Host=host).status == 403


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:1", "127.0.0.1:9", "127.1.2.3", "[::1]:8088"]
)
def test_names_of_this_machine_are_not(state: Path, host: str) -> None:
    assert get(state, "/", Host=host).status == 200


def test_without_a_token_whoever_came_through_a_proxy_is_refused(state: Path) -> None:
    found = get(state, "/", X_Forwarded_For="10.1.1.1")
    assert found.status == 403
    assert "PANICTRAIL_API_TOKEN" in found.body.decode()
    assert asked(state, lambda client: client.send("/"), host="0.0.0.0").status == 403  # noqa: S104 - nothing is bound to it


def test_with_a_token_only_who_has_it_reads(state: Path) -> None:
    async def scene(client: Client) -> None:
        page = await client.send("/")
        assert page.status == 401
        assert 'WWW-Authenticate: Basic realm="panictrail"' in page.head
        assert "as the password" in page.body.decode()
        api = await client.send("/api/clusters")
        assert api.status == 401
        assert "WWW-Authenticate: Bearer" in api.head
        wrong = (
            "Bearer x",
            "Bearer",
            basic("x"),
            basic(""),
            "Basic",
            "Basic ???",
            "Basic " + "A" * 4000,
            TOKEN,
        )
        for given in wrong:
            assert (await client.send("/", Authorization=given)).status == 401
        for given in (f"Bearer {TOKEN}", basic(TOKEN)):
            for host in ("crashes.example", "127.0.0.1"):
                found = await client.send(
                    "/", Authorization=given, Host=host, X_Forwarded_For="10.1.1.1"
                )
                assert found.status == 200
        assert (await client.send("/assets/page.css")).status == 200

    asked(state, scene, CLOSED, host="0.0.0.0")  # noqa: S104 - as above


# ---- what stands behind it


def test_pages_see_what_the_writer_commits_and_never_wait_for_it(tmp_path: Path) -> None:
    with SqliteStore(tmp_path) as store:
        store.apply((put(REPORTS, "a", replace(REPORT, cluster="a")),))
        store.commit()

        async def scene(client: Client) -> None:
            assert (await client.send("/api/clusters")).json["total"] == 1
            # Open, not committed: SQLite's writer holds its lock.
            store.apply((put(REPORTS, "b", replace(REPORT, cluster="b")),))
            store.count(REPORTS)
            assert (await client.send("/api/clusters")).json["total"] == 1
            store.commit()
            assert (await client.send("/api/clusters")).json["total"] == 2

        asked(tmp_path, scene)


def test_a_store_that_is_away_is_said_and_asked_again(state: Path) -> None:
    tries = []

    def broken() -> Pages:
        tries.append(1)
        if len(tries) < 3:
            message = "PostgreSQL at db: no answer: start it"
            raise ServiceMissing(message)
        return opens(state)

    async def scene() -> list[int]:
        async with listening(OPEN, broken) as client:
            return [(await client.send("/")).status for _ in range(4)]

    assert asyncio.run(scene())[:2] == [503, 503]
    assert asyncio.run(scene())[-1] == 200


def test_too_many_at_once_are_told_to_come_later(state: Path) -> None:
    async def scene(client: Client) -> list[int]:
        every = await asyncio.gather(*(client.send("/") for _ in range(60)))
        return [found.status for found in every]

    statuses = asked(state, scene)
    assert set(statuses) <= {200, 503}
    assert statuses.count(200) >= 32

"""The web page on a store with 10,000 clusters: time on the server, bytes that are transferred.

Claims (docs/web.md): a list answers within 200 ms, a cluster within 100 ms, neither transfers more than 150 KB. A
listener on loopback is asked by one client, ROUNDS times after once. What is judged is the CPU time of the process, the
client's part of it included: a busy machine makes every answer late. `--postgres URL` asks PostgreSQL instead of
SQLite; its own CPU time is not in the table.

    python benchmarks/web_page.py [--clusters N] [--storm N] [--postgres URL]
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Final

import aiohttp

from benchmarks._page_state import SERVICES, clusters, links
from streams.adapters.postgres_finder import PostgresFinder
from streams.adapters.postgres_views import PostgresViews
from streams.adapters.sqlite_finder import SqliteFinder
from streams.adapters.sqlite_store import FILE_NAME
from streams.adapters.sqlite_views import SqliteViews
from streams.config import Settings
from streams.core.cluster.assign import cluster_id_of
from streams.drivers.http.access import Access
from streams.drivers.http.listener import Listener, bind
from streams.drivers.http.pages import PageRoutes
from streams.drivers.paging import Pages, Place, SourceLines
from streams.model.settings import SourceSettings
from streams.model.step import Change
from streams.ports.lists import Lists
from streams.ports.views import Views

ROUNDS: Final = 15
_BATCH: Final = 5000
_SCHEMA: Final = "web_page_benchmark"
_LIMITS: Final = {"list": 200.0, "cluster": 100.0}
_MOST_BYTES: Final = 150_000
_WANTED: Final = (
    ("list", "list, as it opens", "/"),
    ("list", "list by last seen", "/?sort=last_seen"),
    ("list", "list by title, page 300", "/?sort=title&page=300"),
    ("list", "search, many found", "/?q=ledger"),
    ("list", "search, none found", "/?q=there+is+none"),
    (
        "list",
        "service, kind, time",
        f"/?service={SERVICES[0]}&kind=fatal&since=2026-09-25&status=all",
    ),
    ("list", "API, 100 reports", "/api/clusters?limit=100"),
)


def _batches(changes: Iterator[Change]) -> Iterator[tuple[Change, ...]]:
    while some := tuple(itertools.islice(changes, _BATCH)):
        yield some


async def _postgres(url: str) -> Views:
    return await PostgresViews.connect(url, _SCHEMA, cluster_id_of)


async def _sqlite(folder: Path) -> Views:
    return SqliteViews(folder)


async def _fill(opened: Awaitable[Views], number: int, storm: int) -> None:
    views = await opened
    for some in _batches(itertools.chain(links(), clusters(number, storm))):
        await views.commit("view", some, {})
    await views.close()


async def _asked(session: aiohttp.ClientSession, url: str) -> tuple[float, float, int]:
    """Milliseconds of CPU, of waiting, bytes on the wire."""
    began, at = time.process_time(), time.perf_counter()
    async with session.get(url) as found:
        body = await found.read()
        if found.status != HTTPStatus.OK:
            raise SystemExit(f"{url}: {found.status}")
        spent, waited = time.process_time() - began, time.perf_counter() - at
        return spent * 1000, waited * 1000, len(body)


def _pages(opens: Callable[[], Lists]) -> Pages:
    return Pages(opens(), SourceLines({}, SourceSettings()), Place(options="--state DIR"))


async def _measure(opens: Callable[[], Pages]) -> int:
    sock = bind("127.0.0.1", 0)
    port = sock.getsockname()[1]
    routes = PageRoutes(Access(Settings(), "127.0.0.1"), opens)
    listener = Listener(sock, routes.routes(), drain_seconds=5)
    await listener.start()
    failed = 0
    head = {"Accept-Encoding": "gzip"}
    async with aiohttp.ClientSession(auto_decompress=False, headers=head) as session:
        base = f"http://127.0.0.1:{port}"
        async with session.get(
            f"{base}/api/clusters?limit=2", headers={"Accept-Encoding": ""}
        ) as found:
            first, second = (each["cluster"] for each in (await found.json())["clusters"])
        wanted = (
            *_WANTED,
            ("cluster", "cluster of a storm", f"/clusters/{first}"),
            ("cluster", "cluster", f"/clusters/{second}"),
            ("cluster", "API, one report", f"/api/clusters/{second}"),
        )
        print(f"{'page':26} {'CPU ms':>7} {'limit':>6} {'waited ms':>10} {'bytes':>8}")
        for kind, name, path in wanted:
            await _asked(session, base + path)
            rounds = [await _asked(session, base + path) for _ in range(ROUNDS)]
            spent, waited = (statistics.median(each[n] for each in rounds) for n in (0, 1))
            over = spent > _LIMITS[kind] or rounds[0][2] > _MOST_BYTES
            failed += over
            print(
                f"{name:26} {spent:7.1f} {_LIMITS[kind]:6.0f} {waited:10.1f} {rounds[0][2]:8,}"
                + (" TOO MUCH" if over else ""),
                flush=True,
            )
    await listener.stop()
    await routes.close()
    return failed


def main() -> int:
    """Fill a store, ask it, print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--clusters", type=int, default=10_000)
    parser.add_argument("--storm", type=int, default=100_000)
    parser.add_argument("--postgres", metavar="URL")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        began = time.process_time()
        opens: Callable[[], Lists]
        if options.postgres:
            opens = partial(PostgresFinder, options.postgres, _SCHEMA)
            asyncio.run(_fill(_postgres(options.postgres), options.clusters, options.storm))
        else:
            opens = partial(SqliteFinder, place)
            asyncio.run(_fill(_sqlite(place), options.clusters, options.storm))
            size = (place / FILE_NAME).stat().st_size / 1e6
            print(
                f"{options.clusters:,} clusters, one of {options.storm:,} crashes; the file has {size:,.0f} MB"
            )
        print(f"filled in {time.process_time() - began:.0f} s of CPU time")
        return 1 if asyncio.run(_measure(partial(_pages, opens))) else 0


if __name__ == "__main__":
    sys.exit(main())

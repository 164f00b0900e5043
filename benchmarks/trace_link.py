"""What rows of trace_link cost: an event in LINK, and a row on its way into each database.

In: releases of three services in any order, a fifth of the deliveries twice; a PostgreSQL of its own, SQLite folders.
Out: microseconds of CPU of this process, for few and for many events; exit 1 when a limit is passed, or when an event
costs more among many.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from hashlib import sha256
from pathlib import Path

import msgspec

from streams.adapters.partition_store import PartitionStore
from streams.adapters.postgres_views import PostgresViews
from streams.adapters.sqlite_views import SqliteViews
from streams.core.cluster.assign import cluster_id_of
from streams.core.steps.link import linking
from streams.model.instant import Instant
from streams.model.step import Change, Done, put
from streams.model.view import LINKS
from streams.ports.views import Views
from tests.postgres_server import own_server
from tests.releases import history
from tests.view_rows import LINK

ROWS = 500
ROUNDS = 20
AT_ONCE = 50
CACHE_ROWS = 20_000
RELEASES = (120, 1_200)
# Twice what was measured on two busy cores: 1,100 for an event, 33 and 75 for a row.
LIMIT_EVENT_US = 2_500
LIMIT_ROW_US = {"PostgreSQL": 70, "SQLite": 160}
# How much more an event may cost among ten times as many.
LIMIT_GROWTH = 1.5
TOPIC = ("links.changed", 0)
BEGIN_NS = 1_790_000_000 * 10**9


def per_event(releases: int) -> float:
    """Microseconds of an event in LINK on the store of a partition, fifty events in a transaction."""
    events, step = history(releases), linking(90)
    with tempfile.TemporaryDirectory() as folder:
        store = PartitionStore(Path(folder), CACHE_ROWS)
        began = time.process_time()
        for number, event in enumerate(events, 1):
            made = step(store, event, {})
            if isinstance(made, Done):
                store.apply(made.changes)
            if number % AT_ONCE == 0:
                store.pending()
                store.commit()
        used = time.process_time() - began
        store.close()
    return used * 1e6 / len(events)


def batch(number: int) -> list[Change]:
    """Rows that are all different."""
    names = [sha256(b"%d" % (number * ROWS + n)).hexdigest() for n in range(ROWS)]
    return [
        put(
            LINKS,
            name[:32],
            msgspec.structs.replace(
                LINK,
                link=name[:32],
                commit_sha=name[:40],
                build_id=name[:9],
                digest=f"sha256:{name}",
                timestamp=Instant(BEGIN_NS + (number * ROWS + n) * 10**9),
            ),
        )
        for n, name in enumerate(names)
    ]


async def per_row(views: Views) -> float:
    """Microseconds of a row, five hundred in a transaction, new or again."""
    taken, at = [], None
    for number in range(ROUNDS):
        changes = batch(number)
        for _ in ("new", "again"):
            new = (at or 0) + ROWS
            began = time.process_time()
            await views.commit("view", changes, {TOPIC: (at, new)})
            taken.append((time.process_time() - began) * 1e6 / ROWS)
            at = new
    await views.close()
    return statistics.median(taken)


async def rows() -> dict[str, float]:
    """By database."""
    with tempfile.TemporaryDirectory() as folder, own_server(durable=True) as server:
        views = await PostgresViews.connect(server.url(), "panictrail", cluster_id_of)
        return {
            "PostgreSQL": await per_row(views),
            "SQLite": await per_row(SqliteViews(Path(folder))),
        }


def main() -> int:
    """Measure, print, judge."""
    few, many = (per_event(releases) for releases in RELEASES)
    print(f"CPU of an event in LINK: {few:.0f} µs among few, {many:.0f} among ten times as many")
    good = many <= LIMIT_EVENT_US and many <= few * LIMIT_GROWTH
    for name, taken in asyncio.run(rows()).items():
        print(f"CPU of a row into {name}: {taken:.0f} µs, at most {LIMIT_ROW_US[name]}")
        good = good and taken <= LIMIT_ROW_US[name]
    print("ok" if good else "MISSED")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

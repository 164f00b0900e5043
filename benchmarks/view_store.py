"""What a batch of the view costs: 500 crashes, 500 fingerprints and 20 reports in one transaction.

In: a PostgreSQL server of its own (durable, as delivered) and a SQLite folder. Out: a table of medians in
milliseconds, for new rows and for the same rows again, and bytes per crash; exit 1 when the CPU claim does not hold.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Iterator
from hashlib import sha256
from pathlib import Path

import msgspec

from streams.adapters.postgres_link import Place, place_of
from streams.adapters.postgres_views import PostgresViews
from streams.adapters.sqlite_views import SqliteViews
from streams.core.cluster.assign import cluster_id_of
from streams.core.fingerprint.texts import fingerprinted
from streams.core.steps.symbolize import crash_of
from streams.core.steps.view import step
from streams.model.crash import Crash
from streams.model.events import RawPanic
from streams.model.message import Message, encode
from streams.model.settings import PipelineSettings
from streams.model.step import Change, Done, Put, Table, V
from streams.ports.views import Views
from tests.postgres_server import own_server
from tests.view_rows import REPORT

CRASHES = 500
REPORTS = 20
ROUNDS = 15
# Wall time depends on the disk and on who else is there; it is printed beside.
LIMIT_CPU_MS = 60
TOPIC = ("crashes.symbolized", 0)
# Two batches of rows were written to each place: dead versions of rows count too, as in life.
SIZE = """
SELECT (sum(pg_total_relation_size(name::regclass)) / (SELECT count(*) FROM crashes))::bigint
FROM unnest(ARRAY['crashes', 'fingerprints', 'blobs']) AS name
"""
GOLDEN = Path(__file__).resolve().parent.parent / "tests" / "golden"
TEXT = (GOLDEN / "multiline-value" / "input.go1.26.txt").read_text()


class Nothing:
    """Tables without a row: every crash is new."""

    def get(self, _table: Table[V], _key: str) -> V | None:
        """None."""
        return None

    def scan(self, _table: Table[V], _prefix: str) -> Iterator[tuple[str, V]]:
        """Nothing."""
        return iter(())


def crash(name: str) -> Crash:
    """A crash of a usual size, different for each name."""
    text = f"{TEXT}\n{sha256(name.encode()).hexdigest()}\n"
    made = crash_of(RawPanic(text=text, event_id=name), PipelineSettings())
    if made is None:
        raise ValueError(text)
    return made


def batch(number: int) -> tuple[Change, ...]:
    """The changes that the step makes of a batch of events."""
    crashes = [crash(f"{number}-{n}") for n in range(CRASHES)]
    reports = [
        msgspec.structs.replace(REPORT, cluster=f"c{n}", revision=number) for n in range(REPORTS)
    ]
    events: list[Message] = [*crashes, *map(fingerprinted, crashes), *reports]
    done = (step(Nothing(), event, {}) for event in events)
    return tuple(change for one in done if isinstance(one, Done) for change in one.changes)


async def timed(work: Awaitable[object]) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    await work
    return (time.perf_counter() - began) * 1000


async def measure(name: str, views: Views) -> float:
    """Print medians; the last of them, CPU of this process per commit."""
    fresh: list[float] = []
    again: list[float] = []
    read: list[float] = []
    cpu: list[float] = []
    at = None
    for number in range(ROUNDS):
        changes = batch(number)
        wanted = [(change.table, change.key) for change in changes if isinstance(change, Put)]
        for times in (fresh, again):
            new = (at or 0) + len(changes)
            used = time.process_time()
            times.append(await timed(views.commit("view", changes, {TOPIC: (at, new)})))
            cpu.append((time.process_time() - used) * 1000)
            at = new
        read.append(await timed(views.rows(wanted)))
    await views.close()
    medians = [statistics.median(times) for times in (fresh, again, read, cpu)]
    print(f"{name:12}" + "".join(f"{value:12.1f}" for value in medians))
    return medians[-1]


async def size_per_crash(place: Place) -> int:
    """Bytes on disk, indexes too."""
    link = await place.connect(30.0)
    try:
        size: int = await link.fetchval(SIZE)
        return size
    finally:
        await link.close()


async def main() -> int:
    """Measure, print, judge."""
    print(f"{'ms, medians':12}{'new rows':>12}{'again':>12}{'read':>12}{'CPU':>12}")
    with tempfile.TemporaryDirectory() as folder:
        await measure("SQLite", SqliteViews(Path(folder)))
    with own_server(durable=True) as server:
        views = await PostgresViews.connect(server.url(), "panictrail", cluster_id_of)
        taken = await measure("PostgreSQL", views)
        size = await size_per_crash(place_of(server.url(), "panictrail"))
    print(f"PostgreSQL: {size} bytes per crash of {len(encode(crash('x')))} bytes")
    good = taken <= LIMIT_CPU_MS
    print(f"CPU per commit to PostgreSQL: at most {LIMIT_CPU_MS} ms: {'ok' if good else 'MISSED'}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))

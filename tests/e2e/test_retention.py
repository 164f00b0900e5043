"""Retention as users meet it: smaller stores, the same counts, also after another grouping; a worker that sweeps."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import msgspec
import orjson
import pytest

from streams.adapters.memory_meter import MemoryMeter
from streams.adapters.sqlite_reader import SqliteReader
from streams.adapters.sqlite_views import SqliteViews
from streams.cli.main import main
from streams.drivers.sweeping import keep_sweeping
from streams.model.retention import Bounds, Retention, Swept
from streams.model.step import put
from streams.model.view import CRASHES, PRINTS, REPORTS, VARIANTS, CrashRow
from tests.e2e.test_serve import serving
from tests.waiting import until

DEMO = Path(__file__).resolve().parents[2] / "docs" / "demo"
DAY = 86_400


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[SqliteReader]:
    """The state that `analyzed` keeps."""
    analyzed(tmp_path)
    opened = SqliteReader(tmp_path / "state")
    yield opened
    opened.close()


def analyzed(tmp_path: Path, *words: str) -> None:
    assert main(["analyze", str(DEMO), "--state", str(tmp_path / "state"), *words]) == 0


def texts(reader: SqliteReader) -> int:
    return sum(reader.blob(row.blob) is not None for _, row in reader.scan(CRASHES))


def counts(reader: SqliteReader) -> dict[str, int]:
    return {key: report.occurrences for key, report in reader.scan(REPORTS)}


def test_analyze_removes_texts_and_counts_as_before(
    reader: SqliteReader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, rows, kept = counts(reader), reader.count(CRASHES), texts(reader)
    assert kept == rows
    monkeypatch.setenv("PANICTRAIL_TEXTS_KEEP_BYTES", "20000")
    analyzed(tmp_path)
    assert 0 < texts(reader) < kept
    assert (counts(reader), reader.count(CRASHES)) == (before, rows)
    # Those that stand for a stack stay as long as others can go.
    for _, variant in reader.scan(VARIANTS):
        row = reader.get(CRASHES, variant.crash)
        assert row is not None
        assert reader.blob(row.blob) is not None


def test_another_grouping_counts_crashes_whose_text_is_gone(
    reader: SqliteReader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = sum(counts(reader).values())
    monkeypatch.setenv("PANICTRAIL_TEXTS_KEEP_BYTES", "20000")
    analyzed(tmp_path)
    analyzed(tmp_path, "--method", "top1")
    assert sum(counts(reader).values()) == number
    assert reader.count(PRINTS) == reader.count(CRASHES)


def test_logs_of_long_ago_keep_their_texts(reader: SqliteReader) -> None:
    """The demo is of days: 90 days back from its newest crash, whenever it is read."""
    assert texts(reader) == reader.count(CRASHES) > 0


def posted(port: int, at: str) -> None:
    """One crash that happened at this time."""
    body = {
        "text": f"panic: boom {at}\n\ngoroutine 1 [running]:\nmain.f()\n\t/src/f.go:7 +0x1d\n",
        "service": "till",
        "at": at,
    }
    asked = Request(
        f"http://127.0.0.1:{port}/v1/crashes",
        orjson.dumps(body),
        {"Content-Type": "application/json"},
    )
    with urlopen(asked, timeout=30) as found:  # noqa: S310 - loopback
        assert found.status == 200


def test_serve_removes_texts_while_it_runs(tmp_path: Path) -> None:
    began = time.time()
    with serving(tmp_path, PANICTRAIL_TEXTS_KEEP_DAYS="1") as it:
        for day in (1, 2, 9):
            posted(it.port, f"2026-11-{day:02}T08:00:00Z")

        def left() -> bool:
            # The second is the one that goes: the first stands for the stack, the last is new.
            reader = SqliteReader(tmp_path)
            try:
                return (reader.count(CRASHES), texts(reader)) == (3, 2)
            finally:
                reader.close()

        until(left, "the text of the second crash is removed")

        def said() -> list[str]:
            with urlopen(f"http://127.0.0.1:{it.port}/metrics", timeout=30) as page:
                lines: list[str] = page.read().decode().splitlines()
            return [line for line in lines if line.startswith("panictrail_retention_")]

        def counted() -> bool:
            return 'panictrail_retention_removed_total{table="texts"} 1.0' in said()

        until(counted, "it is in /metrics")
        assert 'panictrail_retention_removed_total{table="crashes"} 0.0' in said()
        (at,) = (line.split()[1] for line in said() if "_timestamp_seconds" in line)
        assert began <= float(at) <= time.time()


class Watched(SqliteViews):
    """Says when a pass found nothing more."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.idle = asyncio.Event()

    async def sweep(self, bounds: Bounds) -> Swept:
        done = await super().sweep(bounds)
        if not done.more:
            self.idle.set()
        return done


class Large(Watched):
    """A view with a backlog: each pass says that there is more."""

    async def sweep(self, bounds: Bounds) -> Swept:
        return msgspec.structs.replace(await super().sweep(bounds), more=True)


def test_what_a_pass_removed_is_counted_before_the_last_pass(tmp_path: Path) -> None:
    """Of a large backlog that is hours away, and a worker may be stopped before."""
    meter = MemoryMeter()

    async def scene() -> None:
        views = Large(tmp_path)
        rows = [
            put(CRASHES, name, CrashRow(blob=name * 64, kind="panic", at_seconds=at * DAY))
            for name, at in (("a", 1), ("b", 200))
        ]
        await views.commit("view", rows, {})
        sweeping = asyncio.create_task(keep_sweeping(views, Retention(crashes_days=100), meter))
        async with asyncio.timeout(30):
            await views.idle.wait()
        sweeping.cancel()
        await asyncio.gather(sweeping, return_exceptions=True)
        await views.close()

    asyncio.run(scene())
    removed = meter.by_label("panictrail_retention_removed_total")
    assert removed == {"crashes": 1, "texts": 0, "dead_letters": 0}
    assert ("panictrail_retention_timestamp_seconds", ()) in meter.gauges


def test_a_worker_sweeps_its_view(tmp_path: Path) -> None:
    meter = MemoryMeter()
    began = time.time()

    async def scene() -> list[str]:
        views = Watched(tmp_path)
        rows = [
            put(CRASHES, name, CrashRow(blob=name * 64, kind="panic", at_seconds=at * DAY))
            for name, at in (("a", 1), ("b", 200), ("c", 201))
        ]
        await views.commit("view", rows, {})
        keep = Retention(crashes_days=100)
        sweeping = asyncio.create_task(keep_sweeping(views, keep, meter, every_seconds=0.01))
        wanted = [(CRASHES, name) for name in "abc"]
        async with asyncio.timeout(30):
            await views.idle.wait()
        sweeping.cancel()
        await asyncio.gather(sweeping, return_exceptions=True)
        left = await views.rows(wanted)
        await views.close()
        return [key for (_, key), row in left.items() if row is not None]

    assert asyncio.run(scene()) == ["b", "c"]
    removed = {"crashes": 1, "texts": 0, "dead_letters": 0}
    assert meter.by_label("panictrail_retention_removed_total") == removed
    assert meter.gauges["panictrail_retention_timestamp_seconds", ()] >= began

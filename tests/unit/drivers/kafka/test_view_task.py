"""The view on a database: rows that are missing are fetched, positions move with the rows, bad rows stop nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from streams.adapters.memory_meter import MemoryMeter
from streams.adapters.sqlite_views import SqliteViews
from streams.drivers.kafka.compute import Answer, Rules
from streams.drivers.kafka.records import Record
from streams.drivers.kafka.task import Batch
from streams.drivers.kafka.view_task import FetchedRows, ViewTask
from streams.model.errors import Fenced
from streams.model.message import encode
from streams.model.report import Report
from streams.model.step import Change, Put
from streams.model.view import DEAD, REPORTS
from streams.ports.views import Moves
from streams.topology import STAGES

VIEW = next(stage for stage in STAGES if stage.name == "view")
TOPICS = {topic: f"team.{topic}" for topic in VIEW.reads}


async def here(batch: Batch) -> Answer:
    """Compute without an agent."""
    return batch.compute()


class Picky(SqliteViews):
    """A database that refuses one row, as PostgreSQL does a key that is too long for its index."""

    async def commit(self, stage: str, changes: Sequence[Change], moves: Moves) -> None:
        """Refuse everything where a bad row is among it."""
        if any(
            isinstance(c, Put) and c.table.name == REPORTS.name and c.key == "bad" for c in changes
        ):
            message = "no such key"
            raise ValueError(message)
        await super().commit(stage, changes, moves)


def task_on(views: SqliteViews) -> ViewTask:
    return ViewTask(
        VIEW, 0, topics=TOPICS, views=views, ask=here, rules=Rules(), meter=MemoryMeter()
    )


def report(cluster: str, offset: int) -> Record:
    made = Report(
        cluster=cluster, title="t", kind="panic", occurrences=offset + 1, representative="r"
    )
    return Record("reports.root_cause", 0, offset, 0, cluster.encode(), encode(made))


def test_rows_and_positions_move_together_and_an_older_owner_is_fenced(tmp_path: Path) -> None:
    async def run() -> None:
        views = SqliteViews(tmp_path)
        first, second = task_on(views), task_on(views)
        await first.open()
        await second.open()
        assert first.start() == {}
        await first.take([report("a", 0), report("b", 1), report("a", 2)])
        with pytest.raises(Fenced):
            await second.take([report("a", 0)])
        await second.open()
        assert second.start() == {"reports.root_cause": 3}
        rows = await views.rows([(REPORTS, "a"), (REPORTS, "b")])
        assert [r.occurrences for r in rows.values() if isinstance(r, Report)] == [3, 2]
        await views.close()

    asyncio.run(run())


def test_a_row_that_the_database_refuses_is_a_dead_letter_and_the_others_are_kept(
    tmp_path: Path,
) -> None:
    async def run() -> None:
        views = Picky(tmp_path)
        task = task_on(views)
        await task.open()
        await task.take([report("a", 0), report("bad", 1), report("c", 2)])
        rows = await views.rows([(REPORTS, key) for key in ("a", "bad", "c")])
        assert [value is not None for value in rows.values()] == [True, False, True]
        await task.open()
        assert task.start() == {"reports.root_cause": 3}
        await views.close()

    asyncio.run(run())


def test_fetched_rows_say_what_is_missing_and_a_view_never_scans() -> None:
    rows = FetchedRows()
    assert rows.get(DEAD, "x") is None
    assert list(rows.missing) == [(DEAD.name, "x")]
    rows.take({(DEAD.name, "x"): None})
    assert rows.get(DEAD, "x") is None
    assert rows.missing == {}
    with pytest.raises(LookupError, match="not scan"):
        rows.scan(DEAD, "")

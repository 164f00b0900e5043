"""A state folder read beside the worker that writes it."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from streams.adapters.sqlite_reader import SqliteReader
from streams.adapters.sqlite_store import FILE_NAME
from streams.adapters.sqlite_views import SqliteViews
from streams.model.errors import BadInput, NothingKept
from streams.model.step import put
from streams.model.view import DEAD, REPORTS
from tests.view_rows import BLOB, LETTER, REPORT, everything


def test_it_sees_what_was_committed_while_the_worker_runs(tmp_path: Path) -> None:
    folder = tmp_path / "odd name?#%"
    views = SqliteViews(folder)
    asyncio.run(views.commit("view", everything(), {}))
    reader = SqliteReader(folder)
    assert reader.count(DEAD) == 1
    asyncio.run(views.commit("view", (put(DEAD, "d2", LETTER), put(REPORTS, "c2", REPORT)), {}))
    assert [key for key, _ in reader.scan(DEAD, "d")] == ["d1", "d2"]
    assert reader.get(REPORTS, "c2") == REPORT
    assert reader.get(REPORTS, "c3") is None
    assert reader.blob(BLOB) == b"record"
    assert reader.blob("1" * 64) is None
    assert str(reader) == f"SQLite in {folder} (layout 4)"
    reader.close()
    asyncio.run(views.close())


def test_an_empty_folder_holds_nothing_yet_and_stays_empty(tmp_path: Path) -> None:
    with pytest.raises(NothingKept, match="nothing kept yet: start a worker with this database"):
        SqliteReader(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_newer_layout_is_refused(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / FILE_NAME) as db:
        db.execute("PRAGMA user_version=99")
    db.close()
    with pytest.raises(BadInput, match=r"newer panictrail \(layout 99\): upgrade"):
        SqliteReader(tmp_path)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"no database" * 1000)
    with pytest.raises(BadInput, match="file is not a database: restore it from a copy"):
        SqliteReader(tmp_path)

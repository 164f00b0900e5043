"""SQLite as a keeper of the view: the file of a state folder."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from streams.adapters.sqlite_store import SqliteStore
from streams.adapters.sqlite_views import SqliteViews
from streams.model.errors import BadInput
from streams.model.step import Put
from tests.view_rows import BLOB, everything


def test_what_it_keeps_is_a_state_folder(tmp_path: Path) -> None:
    views = SqliteViews(tmp_path)
    asyncio.run(views.commit("view", everything(), {("t", 0): (None, 1)}))
    asyncio.run(views.close())
    with SqliteStore(tmp_path) as store:
        assert store.blob(BLOB) == b"record"
        for change in everything():
            if isinstance(change, Put):
                assert store.get(change.table, change.key) == change.value


def test_a_folder_has_one_worker(tmp_path: Path) -> None:
    views = SqliteViews(tmp_path)
    with pytest.raises(BadInput, match="is in use by process"):
        SqliteViews(tmp_path)
    asyncio.run(views.close())

"""Packed rows: what goes in comes out, long rows shrink, rows of the layout before and of SQL's tables are plain."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.adapters.packing import packed, unpacked
from streams.adapters.sqlite_reader import SqliteReader
from streams.adapters.sqlite_store import FILE_NAME, SqliteStore
from streams.model.errors import BadInput
from streams.model.events import LinkChanged
from streams.model.message import encode
from streams.model.step import put
from streams.model.view import LINKS, REPORTS
from tests.view_rows import REPORT


def kept(folder: Path, table: str) -> bytes:
    """The only row of a table as it lies in the file."""
    with sqlite3.connect(folder / FILE_NAME) as db:
        ((value,),) = db.execute("SELECT value FROM rows WHERE tbl=?", (table,))
    return bytes(value)


@given(st.dictionaries(st.text(), st.text() | st.integers()).map(str), st.integers(1, 200))
def test_what_was_packed_is_unpacked(text: str, times: int) -> None:
    row = b'{"text":' + text.encode("utf-8", "replace") * times + b"}"
    assert unpacked(packed(row)) == row


def test_rows_without_names_that_others_share_are_hardly_longer() -> None:
    row = b"{" + bytes(range(256)) * 8
    assert len(packed(row)) < len(row) + 32


def test_a_report_takes_half_and_is_read_by_store_and_reader(tmp_path: Path) -> None:
    with SqliteStore(tmp_path) as store:
        store.apply((put(REPORTS, "c1", REPORT),))
        store.commit()
        assert store.pending() == {}
    data = encode(REPORT)
    assert len(data) > 300
    assert len(kept(tmp_path, REPORTS.name)) < len(data) / 2
    with SqliteStore(tmp_path) as store:
        assert store.get(REPORTS, "c1") == REPORT
        assert list(store.scan(REPORTS)) == [("c1", REPORT)]
        assert dict(store.dump()) == {(REPORTS.name, "c1"): data}
    reader = SqliteReader(tmp_path)
    assert reader.get(REPORTS, "c1") == REPORT
    assert list(reader.scan(REPORTS)) == [("c1", REPORT)]
    reader.close()


def test_what_others_are_told_of_a_change_is_plain() -> None:
    with SqliteStore(None) as store:
        store.apply((put(REPORTS, "c1", REPORT),))
        assert store.pending() == {(REPORTS.name, "c1"): encode(REPORT)}


def test_rows_that_sql_looks_into_are_plain(tmp_path: Path) -> None:
    link = LinkChanged(link="l", service="shop", version="v1", revision="a" * 200)
    with SqliteStore(tmp_path) as store:
        store.apply((put(LINKS, "l", link),))
        store.commit()
    assert kept(tmp_path, LINKS.name) == encode(link)


def test_rows_of_the_layout_before_are_read(tmp_path: Path) -> None:
    with SqliteStore(tmp_path) as store:
        store.commit()
    with sqlite3.connect(tmp_path / FILE_NAME) as db:
        db.execute("INSERT INTO rows VALUES(?,?,?)", (REPORTS.name, "c1", encode(REPORT)))
        db.execute("PRAGMA user_version=1")
    with SqliteStore(tmp_path) as store:
        assert store.get(REPORTS, "c1") == REPORT


@pytest.mark.parametrize("damage", [b"(nothing", b"", b"\x28\xb5\x2f\xfd broken"])
def test_a_damaged_row_is_bad_input(tmp_path: Path, damage: bytes) -> None:
    with SqliteStore(tmp_path) as store:
        store.commit()
    with sqlite3.connect(tmp_path / FILE_NAME) as db:
        db.execute("INSERT INTO rows VALUES(?,?,?)", (REPORTS.name, "c1", damage))
    with SqliteStore(tmp_path) as store:
        with pytest.raises(BadInput, match="a row cannot be read"):
            store.get(REPORTS, "c1")
        with pytest.raises(BadInput, match="a row cannot be read"):
            list(store.scan(REPORTS))
    reader = SqliteReader(tmp_path)
    with pytest.raises(BadInput, match="restore it from a copy"):
        reader.get(REPORTS, "c1")
    with pytest.raises(BadInput, match="restore it from a copy"):
        list(reader.scan(REPORTS))
    reader.close()

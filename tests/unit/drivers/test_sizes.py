"""Sizes of folders and tables, as doctor shows them."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.adapters.sqlite_store import SqliteStore
from streams.cli.main import main
from streams.drivers.sizes import of_database, of_folder
from streams.model.retention import Bounds
from tests.view_rows import everything


def test_a_folder_is_summed_by_what_is_in_it(tmp_path: Path) -> None:
    assert of_folder(tmp_path / "nothing") == {}
    (tmp_path / "inbox" / "deep").mkdir(parents=True)
    (tmp_path / "inbox" / "1.log").write_bytes(b"x" * 10)
    (tmp_path / "inbox" / "deep" / "2.log").write_bytes(b"x" * 5)
    (tmp_path / "panictrail.sqlite").write_bytes(b"x" * 100)
    (tmp_path / "panictrail.sqlite-wal").write_bytes(b"x" * 7)
    (tmp_path / "circle").symlink_to(tmp_path)
    found = of_folder(tmp_path)
    assert next(iter(found)) == "panictrail.sqlite"
    # A link counts as itself: what it leads to is elsewhere, or here already.
    assert found == {
        "panictrail.sqlite": 107,
        "inbox": 15,
        "circle": (tmp_path / "circle").lstat().st_size,
    }


def test_tables_of_a_state_and_the_room_that_texts_left(tmp_path: Path) -> None:
    with SqliteStore(tmp_path) as store:
        store.apply(everything())
        store.commit()
        found = {each.name: each for each in of_database(f"sqlite:///{tmp_path}")}
        assert found["view.crashes"].rows == found["texts"].rows == 1
        assert found["texts"].bytes > 0
        store.sweep(Bounds(texts_bytes=1, most=9))
        store.commit()
        assert {each.name: each for each in of_database(f"sqlite:///{tmp_path}")}["texts"].rows == 0


def test_doctor_shows_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with SqliteStore(tmp_path) as store:
        store.apply(everything())
        store.commit()
    assert main(["doctor", "--state", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert f"  ok: state: {tmp_path}: " in said
    assert "  ok: state: texts: " in said
    assert "  ok: state: view.crashes: " in said

"""The embedded store: transactions, the tail journal, refusals with a next step."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.adapters.sqlite_store import LAYOUT, SqliteStore
from streams.model.errors import BadInput
from streams.model.message import Value
from streams.model.step import Table, put
from tests.kept import kept


class Row(Value, frozen=True, kw_only=True):
    """A row of the tests."""

    n: int


ROWS = Table("test.rows", Row)
OTHER = Table("test.other", Row)


def rows(store: SqliteStore) -> dict[str, int]:
    """All rows of ROWS."""
    return {key: row.n for key, row in store.scan(ROWS)}


def test_rows_are_seen_at_once_and_kept_by_a_commit(tmp_path: Path) -> None:
    with SqliteStore(tmp_path) as store:
        store.apply((put(ROWS, "a", Row(n=1)), put(OTHER, "a", Row(n=9))))
        assert store.get(ROWS, "a") == Row(n=1)
        store.commit()
    with SqliteStore(tmp_path) as store:
        assert rows(store) == {"a": 1}


def test_what_was_not_committed_is_gone(tmp_path: Path) -> None:
    with SqliteStore(tmp_path) as store:
        store.apply((put(ROWS, "a", Row(n=1)),))
        store.commit()
        store.apply((put(ROWS, "a", Row(n=2)), put(ROWS, "b", Row(n=3))))
        store.rollback()
        assert rows(store) == {"a": 1}
        store.apply((put(ROWS, "c", Row(n=4)),))
    with SqliteStore(tmp_path) as store:
        assert rows(store) == {"a": 1}


def test_scan_gives_a_prefix_in_key_order_including_the_last_code_points() -> None:
    with SqliteStore(None) as store:
        keys = ["b", "a\U0010ffff", "a", "ab", "a\x1fz"]
        store.apply(tuple(put(ROWS, key, Row(n=0)) for key in keys))
        assert [key for key, _ in store.scan(ROWS, "a")] == ["a", "a\x1fz", "ab", "a\U0010ffff"]


def test_undo_puts_changed_new_and_removed_rows_back(tmp_path: Path) -> None:
    with SqliteStore(tmp_path) as store:
        store.apply((put(ROWS, "kept", Row(n=1)), put(ROWS, "gone", Row(n=2))))
        store.commit()
        store.begin_tail(OTHER)
        store.apply(
            (
                put(ROWS, "kept", Row(n=10)),
                put(ROWS, "gone", None),
                put(ROWS, "new", Row(n=3)),
            )
        )
        store.commit()
        store.apply((put(ROWS, "kept", Row(n=11)),))
        store.commit()
        assert rows(store) == {"kept": 11, "new": 3}
    with SqliteStore(tmp_path) as store:
        store.undo_tail()
        store.commit()
        assert rows(store) == {"kept": 1, "gone": 2}
        store.undo_tail()
        assert rows(store) == {"kept": 1, "gone": 2}


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["put", "remove", "commit"]), st.sampled_from("abc"), st.integers(0, 9)
        )
    ),
    st.integers(0, 20),
)
def test_undo_gives_the_state_before_the_tail_whatever_happened(
    steps: list[tuple[str, str, int]], split: int
) -> None:
    with SqliteStore(None) as store:
        before: dict[str, int] = {}
        for number, (what, key, n) in enumerate(steps):
            if number == split:
                before = rows(store)
                store.begin_tail(OTHER)
            if what == "commit":
                store.commit()
            else:
                store.apply((put(ROWS, key, Row(n=n) if what == "put" else None),))
        if len(steps) > split:
            store.undo_tail()
            assert rows(store) == before


def test_a_folder_in_use_is_refused_with_the_process_that_has_it(tmp_path: Path) -> None:
    with (
        SqliteStore(tmp_path),
        pytest.raises(BadInput, match=rf"in use by process {os.getpid()}: .*--state"),
    ):
        SqliteStore(tmp_path)
    SqliteStore(tmp_path).close()


def test_only_the_owner_can_read_the_state(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "state") as store:
        store.apply((put(ROWS, "a", Row(n=1)),))
        store.commit()
        modes = {path.stat().st_mode & 0o077 for path in (tmp_path / "state").iterdir()}
    assert modes == {0}


def test_a_folder_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    SqliteStore(tmp_path).close()
    with sqlite3.connect(tmp_path / "panictrail.sqlite") as db:
        db.execute(f"PRAGMA user_version={LAYOUT + 1}")
    with pytest.raises(BadInput, match=r"newer panictrail .* upgrade"):
        SqliteStore(tmp_path)
    with sqlite3.connect(tmp_path / "panictrail.sqlite") as db:
        assert db.execute("PRAGMA user_version").fetchone() == (LAYOUT + 1,)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "panictrail.sqlite").write_bytes(b"not a database" * 1000)
    with pytest.raises(BadInput, match=r"not a database.*--state"):
        SqliteStore(tmp_path)


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(BadInput, match=r"state folder .*file/state"):
        SqliteStore(tmp_path / "file" / "state")


FULL = """
import os
import sys
from pathlib import Path
from streams.adapters.sqlite_store import SqliteStore
from streams.model.errors import BadInput
from streams.model.message import Value
from streams.model.step import Table, put

class Row(Value, frozen=True, kw_only=True):
    text: str

ROWS = Table("t", Row)
with SqliteStore(Path(sys.argv[1])) as store:
    store.apply((put(ROWS, "kept", Row(text="x")),))
    store.commit()
    store._db.execute("PRAGMA max_page_count=40")
    try:
        for number in range(1000):
            store.apply((put(ROWS, str(number), Row(text=os.urandom(3000).hex())),))
            store.commit()
    except BadInput as problem:
        print(problem)
"""


def test_a_full_disk_is_said_and_what_was_committed_is_kept(tmp_path: Path) -> None:
    """SQLite's own page limit gives the same error as a full file system."""
    run = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert "database or disk is full: free some space" in run.stdout
    with SqliteStore(tmp_path) as store:
        assert "kept" in dict(store.scan(ROWS_OF_FULL))


class Text(Value, frozen=True, kw_only=True):
    """The row of the full-disk program."""

    text: str


ROWS_OF_FULL = Table("t", Text)


def test_volatile_rows_never_reach_the_disk(tmp_path: Path) -> None:
    raw = Table("test.raw", Text, volatile=True)
    with SqliteStore(tmp_path) as store:
        store.apply((put(raw, "a", Text(text="hunter2-the-second")),))
        store.apply((put(ROWS, "a", Row(n=1)),))
        store.commit()
        found = kept(tmp_path)
    assert b"hunter2-the-second" not in found
    with SqliteStore(tmp_path) as store:
        assert store.get(raw, "a") is None
        assert rows(store) == {"a": 1}

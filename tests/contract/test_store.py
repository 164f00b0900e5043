"""What every store must do; an adapter joins by one line in STORES."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from streams.adapters.sqlite_store import SqliteStore
from streams.model.message import Value
from streams.model.step import Keep, Table, put
from streams.ports.store import Store

Opener = Callable[[Path], Store]

STORES: dict[str, Opener] = {
    "sqlite in a folder": lambda folder: SqliteStore(folder / "state"),
    "sqlite, private": lambda _folder: SqliteStore(None),
}


class Row(Value, frozen=True, kw_only=True):
    """A row of the tests."""

    n: int


ROWS = Table("test.rows", Row)
SPARED = Table("test.spared", Row)
RAW = Table("test.raw", Row, volatile=True)


@pytest.fixture(params=tuple(STORES))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """One store of each kind, fresh."""
    opened = STORES[request.param](tmp_path)
    yield opened
    opened.close()


def rows(store: Store, table: Table[Row] = ROWS) -> dict[str, int]:
    """All rows of a table."""
    return {key: row.n for key, row in store.scan(table)}


def test_a_change_is_seen_at_once_and_a_later_one_wins(store: Store) -> None:
    store.apply((put(ROWS, "a", Row(n=1)), put(ROWS, "a", Row(n=2))))
    assert store.get(ROWS, "a") == Row(n=2)
    assert rows(store) == {"a": 2}
    store.apply((put(ROWS, "a", None),))
    assert store.get(ROWS, "a") is None
    assert rows(store) == {}


def test_a_rollback_goes_back_to_the_last_commit(store: Store) -> None:
    store.apply((put(ROWS, "a", Row(n=1)),))
    store.commit()
    store.apply((put(ROWS, "a", Row(n=2)), put(ROWS, "b", Row(n=3))))
    store.rollback()
    assert rows(store) == {"a": 1}


def test_a_scan_is_by_prefix_in_key_order_and_sees_what_is_not_committed(store: Store) -> None:
    store.apply((put(ROWS, "ab", Row(n=1)), put(ROWS, "b", Row(n=2))))
    store.commit()
    store.apply((put(ROWS, "aa", Row(n=3)),))
    assert [key for key, _ in store.scan(ROWS, "a")] == ["aa", "ab"]


def test_tables_do_not_see_each_other(store: Store) -> None:
    store.apply((put(ROWS, "a", Row(n=1)), put(SPARED, "a", Row(n=2))))
    assert rows(store) == {"a": 1}
    assert rows(store, SPARED) == {"a": 2}


def test_blobs_are_found_by_content(store: Store) -> None:
    data = b"goroutine 1 [running]:\n" * 100
    name = sha256(data).hexdigest()
    store.apply((Keep(name, data), Keep(name, data)))
    assert store.blob(name) == data
    assert store.blob("0" * 64) is None


def test_forget_takes_a_key_and_what_is_below_it(store: Store) -> None:
    keys = ("log", "log\x1fa", "log.1", "log.1\x1fa")
    store.apply(tuple(put(ROWS, key, Row(n=0)) for key in keys))
    store.apply(tuple(put(RAW, key, Row(n=0)) for key in keys))
    store.forget(ROWS, "log")
    store.forget(RAW, "log")
    assert list(rows(store)) == list(rows(store, RAW)) == ["log.1", "log.1\x1fa"]


def test_the_tail_is_undone_but_for_what_is_spared(store: Store) -> None:
    store.apply((put(ROWS, "kept", Row(n=1)), put(ROWS, "gone", Row(n=2))))
    store.commit()
    store.begin_tail(SPARED)
    store.apply(
        (
            put(ROWS, "kept", Row(n=9)),
            put(ROWS, "gone", None),
            put(ROWS, "new", Row(n=9)),
            put(SPARED, "s", Row(n=5)),
        )
    )
    store.commit()
    store.undo_tail()
    store.commit()
    assert rows(store) == {"kept": 1, "gone": 2}
    assert rows(store, SPARED) == {"s": 5}


def test_volatile_rows_are_read_like_others_and_gone_after_a_rollback(store: Store) -> None:
    store.apply((put(RAW, "b", Row(n=2)), put(RAW, "a", Row(n=1))))
    store.commit()
    assert rows(store, RAW) == {"a": 1, "b": 2}
    store.rollback()
    assert rows(store, RAW) == {}

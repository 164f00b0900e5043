"""The local store of a partition: every commit counts at once, the file follows now and then."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.adapters.partition_store import WRITE_ROWS, WRITE_SECONDS, PartitionStore
from streams.adapters.sqlite_store import SqliteStore
from streams.core.cluster.state import FACETS, Facet
from streams.model.message import decode
from streams.model.step import put

KEYS = ("a", "b", "ba", "c")
puts = st.lists(st.tuples(st.sampled_from(KEYS), st.none() | st.integers(0, 9)), max_size=6)
steps = st.lists(
    st.tuples(puts, st.sampled_from(["commit", "rollback", "write", "reopen"])), max_size=12
)


def rows(store: SqliteStore) -> dict[str, int]:
    return {key: row.count for key, row in store.scan(FACETS)}


def change(store: SqliteStore, changes: list[tuple[str, int | None]]) -> None:
    for key, value in changes:
        store.apply((put(FACETS, key, None if value is None else Facet(count=value)),))


def applied(state: dict[str, int], changes: list[tuple[str, int | None]]) -> dict[str, int]:
    after = dict(state)
    for key, value in changes:
        if value is None:
            after.pop(key, None)
        else:
            after[key] = value
    return after


@settings(deadline=None)
@given(script=steps)
def test_whatever_happens_rows_are_those_of_the_last_commit(
    script: list[tuple[list[tuple[str, int | None]], str]],
) -> None:
    with TemporaryDirectory() as folder:
        store = PartitionStore(Path(folder), 3, lambda: 0.0)
        state: dict[str, int] = {}
        for changes, end in script:
            change(store, changes)
            seen = applied(state, changes)
            assert rows(store) == seen
            assert {key: row.count for key in KEYS if (row := store.get(FACETS, key))} == seen
            pending = store.pending()
            assert {key for _, key in pending} == {key for key, _ in changes}
            for (_, key), data in pending.items():
                assert (decode(data, Facet).count if data else None) == seen.get(key)
            if end == "rollback":
                store.rollback()
            elif end == "reopen":
                store.close()  # amid a transaction: what it changed is gone
                store = PartitionStore(Path(folder), 3, lambda: 0.0)
            else:
                store.commit()
                state = seen
                if end == "write":
                    store.write()
            assert rows(store) == state
            assert store.pending() == {}
        store.close()
        with SqliteStore(Path(folder)) as again:
            assert rows(again) == state


def test_the_file_is_written_after_some_seconds_or_rows_and_is_always_a_whole_commit(
    tmp_path: Path,
) -> None:
    now = 0.0
    store = PartitionStore(tmp_path / "a", 10_000, lambda: now)

    def in_file() -> int:
        store._db.execute("COMMIT")  # noqa: SLF001 - what a killed process would leave
        found = int(store._db.execute("SELECT count(*) FROM rows").fetchone()[0])  # noqa: SLF001 - as above
        store._db.execute("BEGIN")  # noqa: SLF001 - as above
        return found

    change(store, [("a", 1)])
    store.commit()
    assert in_file() == 0
    now = WRITE_SECONDS + 1
    change(store, [("b", 1)])
    store.commit()
    assert in_file() == 2
    change(store, [(f"k{n}", 1) for n in range(WRITE_ROWS + 1)])
    store.commit()
    assert in_file() == WRITE_ROWS + 3
    store.close()


def test_a_cleared_store_is_empty_at_once_and_after(tmp_path: Path) -> None:
    store = PartitionStore(tmp_path, 100)
    change(store, [("a", 1)])
    store.commit()
    change(store, [("b", 1)])
    store.clear()
    store.write()
    assert rows(store) == {}
    store.close()
    with SqliteStore(tmp_path) as again:
        assert rows(again) == {}

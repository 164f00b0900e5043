"""The state folder of the embedded driver: opened, or refused with the next step; how its crashes are grouped."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

from streams.adapters.sqlite_lists import remake_lists
from streams.adapters.sqlite_store import FILE_NAME, SqliteStore
from streams.model.errors import BadInput
from streams.model.regrouping import Grouping
from streams.model.step import Table
from streams.model.view import PRINTS

# One row, key "": how the crashes of this state were grouped.
GROUPING: Final = Table("driver.grouping", Grouping)
# Before states kept how they were grouped, this was the default.
_BEFORE: Final = Grouping(method="plain1")


class State(SqliteStore):
    """The embedded store, of which whole tables can be exchanged for those of another one."""

    def undo_rows(self) -> Iterator[tuple[str, str, bytes | None]]:
        """Rows as they were before the tail; a value of None: there was none."""
        with self._trouble():
            yield from self._db.execute("SELECT tbl, key, value FROM undo")

    def exchange(self, tables: Collection[str], other: State) -> None:
        """Take all rows of these tables from another store, before and after the tail; in the open transaction."""
        self._flush()
        kept = ((*place, value) for place, value in other.dump() if place[0] in tables)
        undo = (row for row in other.undo_rows() if row[0] in tables)
        with self._trouble():
            for table in tables:
                self._db.execute("DELETE FROM rows WHERE tbl=?", (table,))
                self._db.execute("DELETE FROM undo WHERE tbl=?", (table,))
            self._insert(kept)
            self._db.executemany("INSERT INTO undo VALUES(?,?,?)", undo)
            if self._lists:
                remake_lists(self._db, tables)
        self._cache.clear()


def open_state(folder: str | None) -> State:
    """The store in `folder`, made if needed; None: a private one. Raises BadInput."""
    return State(Path(folder) if folder else None)


def has_state(folder: str) -> bool:
    """Whether an earlier run left its state there."""
    return (Path(folder) / FILE_NAME).exists()


def existing_state(folder: str | None) -> State:
    """The store that an earlier run left in `folder`. Raises BadInput where there is none."""
    if folder is None:
        message = "name the state folder with --state DIR (the one that analyze was given)"
        raise BadInput(message)
    if not has_state(folder):
        message = f"{folder}: no panictrail state here: make it with panictrail analyze … --state {folder}"
        raise BadInput(message)
    return open_state(folder)


def grouping_of(store: State) -> Grouping | None:
    """How the crashes of a state are grouped; None where it has none yet, and nothing is said."""
    row = store.get(GROUPING, "")
    if row is not None:
        return row
    return _BEFORE if any(True for _ in store.scan(PRINTS)) else None

"""The local store of one partition of a table on Kafka: a SQLite store that is written now and then.

In: changes, sealed by each transaction. Out: rows in the file, a whole state of the changelog that is some
seconds old. A row that changes with every batch is written once in that time; what a crash loses is read again from
the changelog. A write of 50 rows costs 3 ms, most of it pages and their log (benchmarks/kafka_store.py).
"""

from __future__ import annotations

import contextlib
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar, Final

from streams.adapters.sqlite_store import ROWS, SqliteStore
from streams.model.errors import BadInput
from streams.model.message import Value, decode, encode
from streams.model.step import Change, Put, Table, V

Key = tuple[str, str]
# What is kept unwritten at most: so much is read again after a crash.
WRITE_ROWS: Final = 2000
WRITE_SECONDS: Final = 5.0
_PAGES_KIB: Final = 192


class _Before:
    """What a row was in memory before a transaction changed it."""

    __slots__ = ("dirty", "known", "value")

    def __init__(self, value: Value | None, *, known: bool, dirty: bool) -> None:
        self.value = value
        self.known = known
        self.dirty = dirty


class PartitionStore(SqliteStore):
    """`pending` seals nothing, `commit` does; `rollback` goes back to the last commit, written or not."""

    # It holds no rows of the view.
    schema: ClassVar[str] = ROWS
    listed: ClassVar[bool] = False

    def __init__(
        self, folder: Path, cache_rows: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Open or create the file in `folder`. Raises BadInput as SqliteStore does."""
        super().__init__(folder, cache_rows)
        # A worker has dozens of these; the system keeps pages that are read often, for all of them
        # (SQLite's default of 2,000 KiB each cost 12 % more memory and saved no CPU: benchmarks, part `stored`).
        self._db.execute(f"PRAGMA cache_size=-{_PAGES_KIB}")
        self._before: dict[Key, _Before] = {}
        self._bytes: dict[Key, bytes | None] = {}
        # The keys of `_dirty` by table, and others: a scan need not look at all tables.
        self._touched: defaultdict[str, dict[str, None]] = defaultdict(dict)
        self._clock = clock
        self._written_at = clock()

    def apply(self, changes: tuple[Change, ...]) -> None:
        """Take changes, to be sealed by `commit` or taken back by `rollback`."""
        for change in changes:
            if isinstance(change, Put) and not change.table.volatile:
                place = (change.table.name, change.key)
                if place not in self._before:
                    self._before[place] = _Before(
                        self._cache.get(place),
                        known=place in self._cache,
                        dirty=place in self._dirty,
                    )
                self._bytes.pop(place, None)
                self._touched[change.table.name][change.key] = None
        super().apply(changes)

    def scan(self, table: Table[V], prefix: str = "") -> Iterator[tuple[str, V]]:
        """Rows whose key begins with `prefix`, in key order: those of the file with the unwritten ones over them."""
        if table.volatile:
            yield from super().scan(table, prefix)
            return
        rows = dict(self._stored(table.name, prefix))
        unwritten = {
            key: self._cache[table.name, key]
            for key in self._touched[table.name]
            if key.startswith(prefix) and (table.name, key) in self._dirty
        }
        for key in sorted(rows.keys() | unwritten.keys()):
            value = unwritten[key] if key in unwritten else decode(rows[key], table.value)
            if isinstance(value, table.value):
                yield key, value

    def pending(self) -> dict[Key, bytes | None]:
        """What changed since the last commit, as bytes."""
        for place in self._before:
            if place not in self._bytes:
                value = self._cache[place]
                self._bytes[place] = None if value is None else encode(value)
        return {place: self._bytes[place] for place in self._before}

    def _encoded(self, place: Key, value: Value) -> bytes:
        data = self._bytes.get(place)
        return encode(value) if data is None else data

    def commit(self) -> None:
        """Seal what was applied; write the file when enough has come together."""
        self._before.clear()
        if len(self._dirty) > WRITE_ROWS or self._clock() - self._written_at > WRITE_SECONDS:
            self.write()
        elif len(self._cache) - len(self._dirty) > self._cache_rows:
            # Read again when somebody asks; what is unwritten stays.
            self._cache = {place: self._cache[place] for place in self._dirty}

    def write(self) -> None:
        """Seal, and write everything in one transaction of the file."""
        self._before.clear()
        super().commit()
        self._bytes.clear()
        self._touched.clear()
        self._written_at = self._clock()

    def forget(self, table: Table[Value], prefix: str) -> None:
        """Remove the row `prefix` and the rows below it."""
        super().forget(table, prefix)
        self._touched[table.name].update(
            (key, None) for name, key in self._dirty if name == table.name
        )

    def rollback(self) -> None:
        """Go back to the last commit: the file, and the sealed rows that it does not have yet."""
        for place, before in self._before.items():
            if before.known:
                self._cache[place] = before.value
            else:
                self._cache.pop(place, None)
            if not before.dirty:
                self._dirty.pop(place, None)
            self._bytes.pop(place, None)
        self._before.clear()
        self._volatile.clear()

    def clear(self) -> None:
        """Remove every row."""
        self._before.clear()
        self._bytes.clear()
        super().clear()

    def close(self) -> None:
        """Write what is sealed, release the folder. A disk that is full loses nothing: the changelog has it."""
        with contextlib.suppress(BadInput):
            self.rollback()
            self.write()
        super().close()

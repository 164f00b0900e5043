"""What a state folder holds, read beside the worker that writes it.

In: a folder. Out: rows as they were committed. Takes no lock and changes nothing.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import quote

import zstandard

from streams.adapters.packing import unpacked
from streams.adapters.sqlite_store import FILE_NAME, LAYOUT, after_prefix
from streams.model.errors import BadInput, NothingKept
from streams.model.message import Value, decode
from streams.model.retention import TableSize
from streams.model.step import Table, V

_ROWS: Final = """
SELECT tbl, sum(length(value)), count(*) FROM rows WHERE tbl GLOB 'view.*' GROUP BY tbl
"""
# The length of a value stands before it: none is read.
_BLOBS: Final = "SELECT 'texts', sum(length(data)), count(*) FROM blobs"
# Pages that later rows fill: a file does not shrink.
_FREE: Final = """
SELECT 'free in the file', f.freelist_count * p.page_size, NULL FROM pragma_freelist_count f, pragma_page_size p
"""


class SqliteReader:
    """Implements the reader port on a file that SqliteStore wrote."""

    def __init__(self, folder: Path) -> None:
        """Open the file in `folder`. Raises BadInput where there is none, or a newer version wrote it."""
        self._folder = folder
        if not (folder / FILE_NAME).exists():
            message = f"{folder}: nothing kept yet: start a worker with this database first"
            raise NothingKept(message)
        with self._trouble():
            name = f"file:{quote(str(folder / FILE_NAME))}?mode=ro"
            self._db = sqlite3.connect(name, uri=True, isolation_level=None)
            self._layout = self._db.execute("PRAGMA user_version").fetchone()[0]
        if (version := self._layout) > LAYOUT:
            self._db.close()
            message = (
                f"{folder}: written by a newer panictrail (layout {version}): upgrade panictrail"
            )
            raise BadInput(message)

    def __str__(self) -> str:
        """Where it reads."""
        return f"SQLite in {self._folder} (layout {LAYOUT})"

    @contextlib.contextmanager
    def _trouble(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.DatabaseError, zstandard.ZstdError) as error:
            message = (
                f"state in {self._folder}: {error}: restore it from a copy, or name another folder"
            )
            raise BadInput(message) from error

    def get(self, table: Table[V], key: str) -> V | None:
        """The row, or None."""
        with self._trouble():
            row = self._db.execute(
                "SELECT value FROM rows WHERE tbl=? AND key=?", (table.name, key)
            ).fetchone()
            return decode(unpacked(row[0]), table.value) if row else None

    def scan(self, table: Table[V], prefix: str = "") -> Iterator[tuple[str, V]]:
        """Rows whose key begins with `prefix`, in key order."""
        with self._trouble():
            rows = self._db.execute(
                "SELECT key, value FROM rows WHERE tbl=? AND key>=? AND key<? ORDER BY key",
                (table.name, prefix, after_prefix(prefix)),
            )
            for key, value in rows:
                yield key, decode(unpacked(value), table.value)

    def count(self, table: Table[Value]) -> int:
        """How many rows there are."""
        with self._trouble():
            row = self._db.execute(
                "SELECT count(*) FROM rows WHERE tbl=?", (table.name,)
            ).fetchone()
        return int(row[0])

    def blob(self, sha256: str) -> bytes | None:
        """Bytes kept by content, or None."""
        with self._trouble():
            row = self._db.execute("SELECT data FROM blobs WHERE sha256=?", (sha256,)).fetchone()
        return zstandard.ZstdDecompressor().decompress(row[0]) if row else None

    def sizes(self) -> tuple[TableSize, ...]:
        """The tables of the view, the texts, and what is free within the file, the largest first."""
        with self._trouble():
            rows = self._db.execute(_ROWS).fetchall()
            rows += self._db.execute(_BLOBS).fetchall()
            rows += self._db.execute(_FREE).fetchall()
        found = (TableSize(name, size or 0, number) for name, size, number in rows)
        return tuple(sorted(found, key=lambda each: (-each.bytes, each.name)))

    def close(self) -> None:
        """Close the file."""
        self._db.close()

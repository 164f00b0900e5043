"""The embedded store: one SQLite file (WAL), one transaction per batch, rows cached until the commit.

Layout: rows(tbl, key, value) with values as message JSON, long ones packed (packing.py); blobs(sha256, data)
zstd-compressed; undo(tbl, key, value) = rows as they were before the tail of the inputs was processed; trace_link, a
view for people; the lists of sqlite_lists.py.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, Final, Self

import zstandard

from streams.adapters.packing import packed, unpacked
from streams.adapters.sqlite_lists import LISTS, relist, remake_lists, write_lists
from streams.adapters.sqlite_retention import newest_of, sweep
from streams.adapters.sqlite_trace_link import TRACE_LINK
from streams.model.errors import BadInput
from streams.model.message import Value, decode, encode
from streams.model.retention import Bounds, Swept
from streams.model.step import Change, Keep, Put, Table, V
from streams.model.view import LINKS

# Raised when the layout changes; a newer file is refused, an older one lifted.
LAYOUT: Final = 4
# From this one on the lists are as they are.
_LISTED: Final = 4
FILE_NAME: Final = "panictrail.sqlite"
_CACHE_ROWS: Final = 20_000
# SQL looks into the rows of these tables.
_BY_SQL: Final = frozenset((LINKS.name,))
_SEPARATOR: Final = "\x1f"

ROWS: Final = """
CREATE TABLE IF NOT EXISTS rows(tbl TEXT, key TEXT, value BLOB NOT NULL, PRIMARY KEY(tbl, key))
    WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS blobs(sha256 TEXT PRIMARY KEY, data BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS undo(tbl TEXT, key TEXT, value BLOB, PRIMARY KEY(tbl, key))
    WITHOUT ROWID;
"""

Key = tuple[str, str]


def after_prefix(prefix: str) -> str:
    """The smallest text greater than every text that begins with `prefix`."""
    return prefix + "\U0010ffff" * 2


class SqliteStore:
    """Implements the store port; not thread-safe."""

    schema: ClassVar[str] = ROWS + TRACE_LINK
    # Whether others may look for rows: in a file, and where rows of the view may be.
    listed: ClassVar[bool] = True

    def __init__(self, folder: Path | None, cache_rows: int = _CACHE_ROWS) -> None:
        """Open or create `folder`/panictrail.sqlite; None: private, gone at close.

        At most about `cache_rows` decoded rows are kept in memory between two commits.

        Raises BadInput when the folder cannot be used, is in use, or was written by a newer version.
        """
        self._folder = folder
        self._cache_rows = cache_rows
        self._lock: int | None = None
        self._cache: dict[Key, Any] = {}
        self._dirty: dict[Key, None] = {}
        self._volatile: dict[str, dict[str, Value]] = {}
        self._written: dict[Key, bytes | None] = {}
        self._tail = False
        self._spared = ""
        self._lists = folder is not None and self.listed
        self._compress = zstandard.ZstdCompressor(level=3)
        with self._trouble():
            self._lock = lock_folder(folder, FILE_NAME) if folder else None
            name = str(folder / FILE_NAME) if folder else ""
            self._db = sqlite3.connect(name, isolation_level=None, check_same_thread=False)
            self._prepare()

    def _prepare(self) -> None:
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version > LAYOUT:
            self._db.close()
            self._unlock()
            message = (
                f"state folder {self._folder} was written by a newer panictrail (layout {version}, "
                f"this one knows {LAYOUT}): upgrade panictrail, or name another folder with --state"
            )
            raise BadInput(message)
        if self._folder:
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(self.schema)
        if self._lists:
            self._db.executescript(LISTS + "DROP TABLE IF EXISTS page_traces;")
        self._db.execute("BEGIN")
        if self._lists and version < _LISTED:
            remake_lists(self._db)
        self._db.execute(f"PRAGMA user_version={LAYOUT}")
        self._db.execute("COMMIT")
        self._db.execute("BEGIN")

    @contextlib.contextmanager
    def _trouble(self) -> Iterator[None]:
        """Turn SQLite's and the system's errors into one that names the folder and the next step."""
        place = self._folder or "the temporary state"
        try:
            yield
        except sqlite3.DatabaseError as error:
            self._unlock()
            text = str(error)
            step = "free some space, or name a folder elsewhere with --state"
            if "full" not in text and "disk I/O" not in text:
                step = "restore it from a copy, or name another folder with --state"
            message = f"state in {place}: {text}: {step}; what was committed before is kept"
            raise BadInput(message) from error
        except OSError as error:
            self._unlock()
            message = (
                f"state folder {place}: {error.strerror or error}: "
                "name a folder that you can write with --state"
            )
            raise BadInput(message) from error

    def get(self, table: Table[V], key: str) -> V | None:
        """The row, or None."""
        place = (table.name, key)
        # A row is what its table says: asked for several times of each crash, it is not looked at again.
        value: V | None
        if place in self._cache:
            value = self._cache[place]
            return value
        if table.volatile:
            kept = self._volatile.get(table.name, {}).get(key)
            return kept if isinstance(kept, table.value) else None
        with self._trouble():
            row = self._db.execute("SELECT value FROM rows WHERE tbl=? AND key=?", place).fetchone()
        value = decode(self._unpacked(row[0]), table.value) if row else None
        self._cache[place] = value
        return value

    def _unpacked(self, data: bytes) -> bytes:
        """A row of the file as JSON."""
        try:
            return unpacked(data)
        except zstandard.ZstdError as error:
            message = f"state in {self._folder or 'memory'}: a row cannot be read: {error}: restore it from a copy"
            raise BadInput(message) from error

    def scan(self, table: Table[V], prefix: str = "") -> Iterator[tuple[str, V]]:
        """Rows whose key begins with `prefix`, in key order."""
        if table.volatile:
            for key, kept in sorted(self._volatile.get(table.name, {}).items()):
                if key.startswith(prefix) and isinstance(kept, table.value):
                    yield key, kept
            return
        self._flush()
        for key, value in self._stored(table.name, prefix):
            yield key, decode(value, table.value)

    def _stored(self, table: str, prefix: str) -> Iterator[tuple[str, bytes]]:
        """Rows of the file, in key order."""
        with self._trouble():
            rows = self._db.execute(
                "SELECT key, value FROM rows WHERE tbl=? AND key>=? AND key<? ORDER BY key",
                (table, prefix, after_prefix(prefix)),
            )
            for key, value in rows:
                if key.startswith(prefix):
                    yield key, self._unpacked(value)

    def apply(self, changes: tuple[Change, ...]) -> None:
        """Take changes into the open transaction."""
        for change in changes:
            if isinstance(change, Keep):
                data = self._compress.compress(change.data)
                with self._trouble():
                    self._db.execute(
                        "INSERT OR IGNORE INTO blobs VALUES(?,?)", (change.sha256, data)
                    )
                continue
            if change.table.volatile:
                self._keep(change)
                continue
            place = (change.table.name, change.key)
            self._cache[place] = change.value
            self._dirty[place] = None

    def _keep(self, change: Put) -> None:
        """Set or remove a row that stays in memory."""
        table = self._volatile.setdefault(change.table.name, {})
        if change.value is None:
            table.pop(change.key, None)
        else:
            table[change.key] = change.value

    def forget(self, table: Table[Value], prefix: str) -> None:
        """Remove the row `prefix` and the rows below it."""
        below = prefix + _SEPARATOR
        kept = self._volatile.get(table.name, {})
        for key in [k for k in kept if k == prefix or k.startswith(below)]:
            del kept[key]
        self._flush()
        with self._trouble():
            keys = self._db.execute(
                "SELECT key FROM rows WHERE tbl=? AND (key=? OR (key>=? AND key<?))",
                (table.name, prefix, below, after_prefix(below)),
            ).fetchall()
        for (key,) in keys:
            self._cache[table.name, key] = None
            self._dirty[table.name, key] = None

    def count(self, table: Table[Value]) -> int:
        """How many rows the table has."""
        if table.volatile:
            return len(self._volatile.get(table.name, {}))
        self._flush()
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

    def newest(self) -> int | None:
        """When the newest crash happened that is kept, in seconds since 1970."""
        self._flush()
        with self._trouble():
            return newest_of(self._db) if self._lists else None

    def sweep(self, bounds: Bounds) -> Swept:
        """Remove what is before these times or too much; part of the open transaction."""
        self._flush()
        if not self._lists:
            return Swept()
        with self._trouble():
            found = sweep(self._db, bounds)
        self.apply(found.changes)
        return found.swept

    def _flush(self) -> None:
        """Write dirty rows into the open transaction."""
        if not self._dirty:
            return
        keys = tuple(self._dirty)
        with self._trouble():
            if self._tail:
                self._remember(tuple(key for key in keys if key[0] != self._spared))
            gone = [key for key in keys if self._cache[key] is None]
            kept = [(*k, self._encoded(k, v)) for k in keys if (v := self._cache[k]) is not None]
            self._db.executemany("DELETE FROM rows WHERE tbl=? AND key=?", gone)
            self._insert(kept)
            if self._lists:
                write_lists(self._db, ((*key, self._cache[key]) for key in keys))
        self._written.update(dict.fromkeys(gone))
        self._written.update(((tbl, key), value) for tbl, key, value in kept)
        self._dirty.clear()

    def _insert(self, rows: Iterable[tuple[str, str, bytes]]) -> None:
        """Write rows (table, key, JSON) as the file keeps them."""
        kept = ((t, key, v if t in _BY_SQL else packed(v)) for t, key, v in rows)
        self._db.executemany("INSERT OR REPLACE INTO rows VALUES(?,?,?)", kept)

    def _encoded(self, _place: Key, value: Value) -> bytes:
        """A row as bytes."""
        return encode(value)

    def pending(self) -> dict[Key, bytes | None]:
        """Rows as bytes, by table and key, as they will be after the commit; None for removed ones."""
        self._flush()
        return dict(self._written)

    def load(self, rows: Mapping[Key, bytes | None]) -> None:
        """Take rows as bytes into the open transaction, as `pending` gave them elsewhere."""
        self._flush()
        with self._trouble():
            gone = [key for key, value in rows.items() if value is None]
            kept = [(*key, value) for key, value in rows.items() if value is not None]
            self._db.executemany("DELETE FROM rows WHERE tbl=? AND key=?", gone)
            self._insert(kept)
            if self._lists:
                relist(self._db, rows)
        for key in rows:
            self._cache.pop(key, None)

    def dump(self) -> Iterator[tuple[Key, bytes]]:
        """Every row as bytes."""
        self._flush()
        with self._trouble():
            for tbl, key, value in self._db.execute("SELECT tbl, key, value FROM rows"):
                yield (tbl, key), self._unpacked(value)

    def clear(self) -> None:
        """Remove every row; part of the open transaction."""
        self._cache.clear()
        self._dirty.clear()
        with self._trouble():
            self._db.execute("DELETE FROM rows")
            if self._lists:
                remake_lists(self._db)

    def _remember(self, keys: tuple[Key, ...]) -> None:
        """Keep what the rows were, unless that is kept already."""
        self._db.executemany(
            "INSERT OR IGNORE INTO undo SELECT ?1, ?2, "
            "(SELECT value FROM rows WHERE tbl=?1 AND key=?2)",
            keys,
        )

    def commit(self) -> None:
        """Make everything since the last commit durable."""
        self._flush()
        with self._trouble():
            self._db.execute("COMMIT")
            self._db.execute("BEGIN")
        self._written.clear()
        if len(self._cache) > self._cache_rows:
            self._cache.clear()

    def rollback(self) -> None:
        """Forget everything since the last commit, and all volatile rows."""
        self._volatile.clear()
        self._cache.clear()
        self._dirty.clear()
        self._written.clear()
        with contextlib.suppress(sqlite3.Error):
            self._db.execute("ROLLBACK")
        with self._trouble():
            self._db.execute("BEGIN")

    def begin_tail(self, spared: Table[Value]) -> None:
        """Remember rows as they are from here on, but for those of the table `spared`."""
        self._flush()
        self._tail = True
        self._spared = spared.name

    def undo_tail(self) -> None:
        """Put rows back to what they were before the tail; part of the open transaction."""
        self._flush()
        self._tail = False
        self._cache.clear()
        with self._trouble():
            self._db.execute(
                "DELETE FROM rows WHERE EXISTS"
                "(SELECT 1 FROM undo u WHERE u.tbl=rows.tbl AND u.key=rows.key)"
            )
            self._db.execute("INSERT INTO rows SELECT * FROM undo WHERE value IS NOT NULL")
            if self._lists:
                relist(self._db, self._db.execute("SELECT tbl, key FROM undo").fetchall())
            self._db.execute("DELETE FROM undo")

    def close(self) -> None:
        """Roll back what is open and release the folder."""
        with contextlib.suppress(sqlite3.Error):
            self._db.rollback()
        self._db.close()
        self._unlock()

    def _unlock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def __enter__(self) -> Self:
        """Use as a context manager."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Close."""
        self.close()


def lock_folder(folder: Path, file_name: str | None = None) -> int:
    """Hold `folder` for this process; the handle frees it. Raises BadInput naming the process that has it.

    `file_name`: a file to make in it that only its owner may read.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        owner = os.read(handle, 32).decode("ascii", "replace").strip() or "unknown"
        os.close(handle)
        message = (
            f"state folder {folder} is in use by process {owner}: "
            "wait for it, or name another folder with --state (a worker: --data)"
        )
        raise BadInput(message) from None
    # Only the owner may read what SQLite makes: its side files take the mode of the main one.
    if file_name:
        os.close(os.open(folder / file_name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    os.ftruncate(handle, 0)
    os.pwrite(handle, str(os.getpid()).encode(), 0)
    return handle

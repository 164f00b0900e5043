"""Answers of the source, kept on disk by the commits that they depend on: a worker that starts again asks nothing anew.

In: a key made of object ids of git, and of what was asked. Out: an answer, or None. One SQLite file for all of a user's
processes; one that cannot be used, or is damaged, is as good as none. Nothing of a hostile repository is a name here:
keys are hashes, values are JSON of one type.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from hashlib import blake2b
from pathlib import Path
from typing import Final

# Changed with every version of the method: answers of another are of no use.
_VERSION: Final = b"locus1.2"
_MOST_ROWS: Final = 200_000
_SECONDS: Final = 2.0


class PlaceCache:
    """Reads and writes answers; every trouble is a miss."""

    def __init__(self, folder: Path) -> None:
        """The file is made when the first answer is kept."""
        self._path = folder / "places.sqlite"
        self._connection: sqlite3.Connection | None = None
        self._broken = False
        self._bounded = False

    @staticmethod
    def key(commits: tuple[str, ...], asked: str) -> bytes:
        """A key from all commits that an answer depends on, and what was asked."""
        digest = blake2b(_VERSION, digest_size=32)
        for text in (*commits, "", asked):
            data = text.encode("utf-8", "surrogatepass")
            digest.update(len(data).to_bytes(8, "big") + data)
        return digest.digest()

    def get(self, key: bytes) -> bytes | None:
        """The answer under a key."""
        try:
            row = self._open().execute("SELECT value FROM places WHERE key = ?", (key,)).fetchone()
        except (sqlite3.Error, OSError) as error:
            self._give_up(error)
            return None
        return bytes(row[0]) if row is not None and isinstance(row[0], bytes) else None

    def put(self, key: bytes, value: bytes) -> None:
        """Keep an answer."""
        try:
            connection = self._open()
            self._bound(connection)
            with connection:
                connection.execute("INSERT OR IGNORE INTO places VALUES (?, ?)", (key, value))
        except (sqlite3.Error, OSError) as error:
            self._give_up(error)

    def _bound(self, connection: sqlite3.Connection) -> None:
        """Begin anew where too much is kept. Counting reads the whole file: once, and only of who writes."""
        if self._bounded:
            return
        self._bounded = True
        (rows,) = connection.execute("SELECT count(*) FROM places").fetchone()
        if rows > _MOST_ROWS:
            with connection:
                connection.execute("DELETE FROM places")

    def close(self) -> None:
        """Close the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open(self) -> sqlite3.Connection:
        if self._broken:
            message = "the cache was given up"
            raise OSError(message)
        if self._connection is None:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))
            connection = sqlite3.connect(self._path, timeout=_SECONDS, check_same_thread=False)
            self._connection = connection
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute(
                "CREATE TABLE IF NOT EXISTS places (key BLOB PRIMARY KEY, value BLOB) WITHOUT ROWID"
            )
        return self._connection

    def _give_up(self, error: Exception) -> None:
        """Go on without; what is damaged is removed, so that the next process begins anew."""
        if self._broken:
            return
        self._broken = True
        self.close()
        # Locked, full or not to be written is no damage: others may use it.
        if not isinstance(error, sqlite3.DatabaseError) or isinstance(
            error, sqlite3.OperationalError
        ):
            return
        for suffix in ("", "-wal", "-shm"):
            with contextlib.suppress(OSError):
                self._path.with_name(self._path.name + suffix).unlink()

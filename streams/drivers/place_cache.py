"""Answers of the source, kept on disk by the commits that they depend on; what a file holds, by the id of its content.

In: a key made of object ids of git, and of what was asked; the id of a content. Out: bytes that were kept, or None. One
SQLite file for all of a user's processes; one that cannot be used, or is damaged, is as good as none. Nothing of a
hostile repository is a name here: keys are hashes, values are of one type each.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Final

from streams import __version__

# What an answer is made by: those of another version of it are of no use.
ROOT: Final = Path(__file__).resolve().parent.parent
MADE_BY: Final = (
    *("core/source", "core/join", "core/fingerprint/normalize.py", "model/place.py"),
    *("drivers/places.py", "drivers/revisions.py"),
)
_MOST_ROWS: Final = 200_000
# Of about 2 kB.
_MOST_CONTENTS: Final = 100_000
_SECONDS: Final = 2.0


@cache
def _version() -> bytes:
    """A hash of the code that makes answers: nobody has to remember that it was changed."""
    digest = blake2b(__version__.encode(), digest_size=16)
    for name in MADE_BY:
        place = ROOT / name
        for path in sorted(place.glob("*.py")) if place.is_dir() else [place]:
            with contextlib.suppress(OSError):
                digest.update(path.read_bytes())
    return digest.digest()


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
        digest = blake2b(_version(), digest_size=32)
        for text in (*commits, "", asked):
            data = text.encode("utf-8", "surrogatepass")
            digest.update(len(data).to_bytes(8, "big") + data)
        return digest.digest()

    def get(self, key: bytes) -> bytes | None:
        """The answer under a key."""
        return self._read("SELECT value FROM places WHERE key = ?", key)

    def put(self, key: bytes, value: bytes) -> None:
        """Keep an answer."""
        self._write("INSERT OR IGNORE INTO places VALUES (?, ?)", [(key, value)])

    def of_content(self, name: str, blob: str) -> bytes | None:
        """What is kept under a name of the content with an id."""
        return self._read("SELECT value FROM contents WHERE key = ?", _content_key(name, blob))

    def put_contents(self, name: str, found: Mapping[str, bytes]) -> None:
        """Keep something under a name by the ids of contents."""
        rows = [(_content_key(name, blob), value) for blob, value in found.items()]
        self._write("INSERT OR IGNORE INTO contents VALUES (?, ?)", rows)

    def _read(self, query: str, key: bytes) -> bytes | None:
        try:
            row = self._open().execute(query, (key,)).fetchone()
        except (sqlite3.Error, OSError) as error:
            self._give_up(error)
            return None
        return bytes(row[0]) if row is not None and isinstance(row[0], bytes) else None

    def _write(self, statement: str, rows: Sequence[tuple[bytes, bytes]]) -> None:
        try:
            connection = self._open()
            self._bound(connection)
            with connection:
                connection.executemany(statement, rows)
        except (sqlite3.Error, OSError) as error:
            self._give_up(error)

    def _bound(self, connection: sqlite3.Connection) -> None:
        """Begin anew where too much is kept. Counting reads the whole file: once, and only of who writes."""
        if self._bounded:
            return
        self._bounded = True
        for count, most, delete in (
            ("SELECT count(*) FROM places", _MOST_ROWS, "DELETE FROM places"),
            ("SELECT count(*) FROM contents", _MOST_CONTENTS, "DELETE FROM contents"),
        ):
            (rows,) = connection.execute(count).fetchone()
            if rows > most:
                with connection:
                    connection.execute(delete)

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
            for table in ("places", "contents"):
                connection.execute(
                    f"CREATE TABLE IF NOT EXISTS {table} (key BLOB PRIMARY KEY, value BLOB) WITHOUT ROWID"
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


def _content_key(name: str, blob: str) -> bytes:
    text = f"{name} {blob}".encode("utf-8", "surrogatepass")
    return blake2b(text, digest_size=20, key=_version()).digest()

"""What retention removes from the view in SQLite: found by the columns of sqlite_lists.py, oldest first.

In: an open transaction, bounds. Out: texts that are gone, rows for the store to remove.
The row of a crash whose text went stays.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Final, NamedTuple

from streams.adapters.packing import unpacked
from streams.model.message import Value, decode
from streams.model.retention import Bounds, Swept
from streams.model.step import Change, Table, put
from streams.model.view import CRASHES, DEAD, PRINTS

_TEXTS_BEFORE: Final = """
SELECT key FROM page_records r WHERE size IS NOT NULL AND at<?
AND NOT EXISTS (SELECT 1 FROM page_examples e WHERE e.crash=r.key) ORDER BY at LIMIT ?
"""
# The file, in no time: while that is below the limit, the texts are.
_FILE_BYTES: Final = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
_BYTES: Final = "SELECT coalesce(sum(size), 0) FROM page_records WHERE size IS NOT NULL"
# SQLite has those without a time first.
_OLDEST_TEXTS: Final = """
SELECT key, size FROM page_records r WHERE size IS NOT NULL
AND ?=EXISTS (SELECT 1 FROM page_examples e WHERE e.crash=r.key) ORDER BY at LIMIT ?
"""
_CRASHES_BEFORE: Final = """
SELECT key FROM page_records r WHERE at<?
AND NOT EXISTS (SELECT 1 FROM page_examples e WHERE e.crash=r.key) ORDER BY at LIMIT ?
"""
_LETTERS_BEFORE: Final = "SELECT key FROM page_letters WHERE at<? ORDER BY at LIMIT ?"
_ROW: Final = "SELECT value FROM rows WHERE tbl=? AND key=?"


class Done(NamedTuple):
    """What a pass did to texts and counts, and what it leaves to the store: rows to remove."""

    changes: tuple[Change, ...]
    swept: Swept


def newest_of(db: sqlite3.Connection) -> int | None:
    """When the newest crash happened, in seconds since 1970."""
    found: int | None = db.execute("SELECT max(at) FROM page_records").fetchone()[0]
    return found


def sweep(db: sqlite3.Connection, bounds: Bounds) -> Done:
    """Drop texts that are before the times, or too much, and name rows that are. Raises sqlite3.Error."""
    most = bounds.most
    crashes = _before(db, _CRASHES_BEFORE, bounds.crashes, most)
    _drop(db, crashes)
    letters = _before(db, _LETTERS_BEFORE, bounds.dead_letters, most)
    aged = _before(db, _TEXTS_BEFORE, bounds.texts, most)
    _drop(db, aged)
    above = _above(db, bounds.texts_bytes, most - len(aged))
    _drop(db, above)
    gone: tuple[tuple[Table[Value], list[str]], ...] = (
        (CRASHES, crashes),
        (PRINTS, crashes),
        (DEAD, letters),
    )
    return Done(
        tuple(put(table, key, None) for table, keys in gone for key in keys),
        Swept(
            texts=len(aged) + len(above),
            crashes=len(crashes),
            dead_letters=len(letters),
            more=most in (len(crashes), len(letters), len(aged)) or len(above) > 0,
        ),
    )


def _before(db: sqlite3.Connection, query: str, seconds: int | None, most: int) -> list[str]:
    if seconds is None:
        return []
    return [key for (key,) in db.execute(query, (seconds, most))]


def _above(db: sqlite3.Connection, limit: int | None, most: int) -> list[str]:
    """Crashes whose texts make room: those that stand for a stack last."""
    found: list[str] = []
    if limit is None or db.execute(_FILE_BYTES).fetchone()[0] <= limit:
        return found
    above: int = db.execute(_BYTES).fetchone()[0] - limit
    for stands in (0, 1):
        if not found and above > 0:
            for key, size in db.execute(_OLDEST_TEXTS, (stands, max(0, most))):
                found.append(key)
                above -= size
                if above <= 0:
                    break
    return found


def _drop(db: sqlite3.Connection, crashes: Iterable[str]) -> None:
    """Remove the texts of crashes, and note that they are gone."""
    for key in crashes:
        row = db.execute(_ROW, (CRASHES.name, key)).fetchone()
        if row is not None:
            blob = decode(unpacked(bytes(row[0])), CRASHES.value).blob
            db.execute("DELETE FROM blobs WHERE sha256=?", (blob,))
        db.execute("UPDATE page_records SET size=NULL WHERE key=?", (key,))

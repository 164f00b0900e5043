"""Columns of the view in SQLite, to find rows by: rows themselves are packed messages that SQL cannot look into.

In: rows as they are written. Out: `page_clusters`, `page_crashes`, `page_records` (`size`: bytes of the text, where it
is there), `page_examples` (crashes that stand for a stack), `page_letters`, `page_redirects`, in the same transaction
as the rows that they are made from; they can be made again from those at any time.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from streams.adapters.packing import unpacked
from streams.model.events import ClusterRedirected, ClusterVariant, DeadLetter
from streams.model.instant import Instant
from streams.model.listing import joined, occurrence, search_text, stack_number
from streams.model.message import Value, decode
from streams.model.report import Report
from streams.model.step import Table
from streams.model.view import (
    CRASHES,
    DEAD,
    PRINTS,
    REDIRECTS,
    REPORTS,
    VARIANTS,
    CrashRow,
    PrintRow,
)

Cell = str | int | None
# Rows that are made again at a time.
_AT_ONCE: Final = 1000
_NS: Final = 1_000_000_000

LISTS: Final = """
CREATE TABLE IF NOT EXISTS page_clusters(key TEXT PRIMARY KEY, title TEXT, kind TEXT, status TEXT,
    occurrences INTEGER, first_seen INTEGER, last_seen INTEGER, services TEXT, builds TEXT, search TEXT)
    WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS page_clusters_by_services ON page_clusters(services);
CREATE TABLE IF NOT EXISTS page_crashes(key TEXT PRIMARY KEY, stack INTEGER, at INTEGER,
    service TEXT, build TEXT, env TEXT, region TEXT) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS page_crashes_by_stack ON page_crashes(stack, at);
-- Rows by number: the indexes name them in fewer bytes than by key.
CREATE TABLE IF NOT EXISTS page_records(key TEXT PRIMARY KEY, trace TEXT, at INTEGER, size INTEGER);
CREATE INDEX IF NOT EXISTS page_records_by_trace ON page_records(trace) WHERE trace IS NOT NULL;
CREATE INDEX IF NOT EXISTS page_records_by_time ON page_records(at);
CREATE INDEX IF NOT EXISTS page_records_with_text ON page_records(at, size) WHERE size IS NOT NULL;
CREATE TABLE IF NOT EXISTS page_examples(key TEXT PRIMARY KEY, crash TEXT) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS page_examples_by_crash ON page_examples(crash);
CREATE TABLE IF NOT EXISTS page_letters(key TEXT PRIMARY KEY, at INTEGER) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS page_letters_by_time ON page_letters(at);
CREATE TABLE IF NOT EXISTS page_redirects(key TEXT PRIMARY KEY, leads_to TEXT) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS page_redirects_by_target ON page_redirects(leads_to);
"""


class _List(NamedTuple):
    """The list of a table of the view: how rows are put into it, taken out, all of them."""

    table: Table[Value]
    put: str
    take: str
    empty: str


_TABLES: Final[Mapping[str, _List]] = {
    each.table.name: each
    for each in (
        _List(
            REPORTS,
            "INSERT OR REPLACE INTO page_clusters VALUES(?,?,?,?,?,?,?,?,?,?)",
            "DELETE FROM page_clusters WHERE key=?",
            "DELETE FROM page_clusters",
        ),
        _List(
            PRINTS,
            "INSERT OR REPLACE INTO page_crashes VALUES(?,?,?,?,?,?,?)",
            "DELETE FROM page_crashes WHERE key=?",
            "DELETE FROM page_crashes",
        ),
        _List(
            CRASHES,
            # Its text, if that is there, was kept before its row.
            "INSERT OR REPLACE INTO page_records"
            " SELECT ?1, ?2, ?3, (SELECT length(data) FROM blobs WHERE sha256=?4)",
            "DELETE FROM page_records WHERE key=?",
            "DELETE FROM page_records",
        ),
        _List(
            VARIANTS,
            "INSERT OR REPLACE INTO page_examples VALUES(?,?)",
            "DELETE FROM page_examples WHERE key=?",
            "DELETE FROM page_examples",
        ),
        _List(
            DEAD,
            "INSERT OR REPLACE INTO page_letters VALUES(?,?)",
            "DELETE FROM page_letters WHERE key=?",
            "DELETE FROM page_letters",
        ),
        _List(
            REDIRECTS,
            "INSERT OR REPLACE INTO page_redirects VALUES(?,?)",
            "DELETE FROM page_redirects WHERE key=?",
            "DELETE FROM page_redirects",
        ),
    )
}


# Rows of crashes that were written before they stated a time have that of their fingerprint.
_TIMES: Final = """
UPDATE page_records SET at=(SELECT c.at / 1000000000 FROM page_crashes c WHERE c.key=page_records.key) WHERE at IS NULL
"""


def lists_row(value: Value | None) -> tuple[Cell, ...] | None:
    """The columns after the key; None where a row is in no list."""
    if isinstance(value, Report):
        return _report(value)
    if isinstance(value, PrintRow):
        return _print(value)
    if isinstance(value, CrashRow):
        return (value.trace_id, value.at_seconds, value.blob)
    if isinstance(value, ClusterVariant):
        return (value.crash,)
    if isinstance(value, DeadLetter):
        return (value.at.ns // _NS,) if value.at else None
    return (value.to,) if isinstance(value, ClusterRedirected) else None


def _report(report: Report) -> tuple[Cell, ...]:
    first, last = report.first_seen, report.last_seen
    return (
        report.title,
        report.kind,
        report.status,
        report.occurrences,
        _microseconds(first),
        _microseconds(last),
        joined(report.services),
        joined(report.builds),
        search_text(report),
    )


def _microseconds(at: Instant | None) -> int | None:
    """In nanoseconds, but no finer than PostgreSQL has it."""
    return at.ns // 1000 * 1000 if at else None


def _print(row: PrintRow) -> tuple[Cell, ...] | None:
    event = row.event
    if event.twin is not None:
        return None  # another route told of the same crash
    seen = occurrence(event)
    stack = stack_number(event.block, event.fingerprint)
    return (stack, _microseconds(seen.at), seen.service, seen.build, seen.env, seen.region)


def write_lists(db: sqlite3.Connection, rows: Iterable[tuple[str, str, Value | None]]) -> None:
    """Bring the lists in step with rows (table, key, value) that were written or removed."""
    gone: dict[str, list[tuple[Cell, ...]]] = {}
    kept: dict[str, list[tuple[Cell, ...]]] = {}
    for table, key, value in rows:
        if table in _TABLES:
            row = lists_row(value)
            if row is None:
                gone.setdefault(table, []).append((key,))
            else:
                kept.setdefault(table, []).append((key, *row))
    for table, keys in gone.items():
        db.executemany(_TABLES[table].take, keys)
    for table, values in kept.items():
        db.executemany(_TABLES[table].put, values)


def remake_lists(db: sqlite3.Connection, tables: Iterable[str] = tuple(_TABLES)) -> None:
    """Make the lists of these tables from their rows. Raises sqlite3.Error, zstandard.ZstdError."""
    for name in tables:
        if name in _TABLES:
            db.execute(_TABLES[name].empty)
            rows = db.execute("SELECT key, value FROM rows WHERE tbl=?", (name,))
            while found := rows.fetchmany(_AT_ONCE):
                write_lists(db, ((name, key, _value(name, value)) for key, value in found))
    db.execute(_TIMES)


def relist(db: sqlite3.Connection, keys: Iterable[tuple[str, str]]) -> None:
    """Bring the lists in step with these rows (table, key), whatever was done to them."""
    for name, key in keys:
        if name in _TABLES:
            row = db.execute("SELECT value FROM rows WHERE tbl=? AND key=?", (name, key)).fetchone()
            write_lists(db, ((name, key, _value(name, row[0]) if row else None),))


def _value(table: str, data: bytes) -> Value:
    return decode(unpacked(data), _TABLES[table].table.value)

"""What is to be sent to whom, and what became of it: one SQLite file, safe from kill -9 and power cuts.

In: notifications with their channels, verdicts. Out: what is due. A notification is taken once by its id, whatever
comes again; a summary is held until it was quiet, and the last one that was told is sent. May be used by several
threads.

    notices(id, body, since)                       body NULL: nothing is to be sent of it any more
    deliveries(id, channel, state, attempts, due, began, error)        times in seconds since the epoch
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import msgspec

from streams.model.errors import BadInput
from streams.model.events import Notice
from streams.model.message import decode, encode
from streams.model.notifying import DeliveryState, Verdict
from streams.model.retention import NOTIFICATIONS_DAYS

# Not *.sqlite: whoever syncs those opens and closes them, which drops what SQLite has locked in them (fcntl(2)).
FILE_NAME: Final = "notifications.db"
_DAY_SECONDS: Final = 24 * 3600.0
# A summary of a storm that goes on and on is sent after so many times the quiet time.
_LONGEST: Final = 45

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS notices(id TEXT PRIMARY KEY, body BLOB, since REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS deliveries(id TEXT, channel TEXT, state TEXT NOT NULL, attempts INTEGER NOT NULL,
    due REAL NOT NULL, began REAL, error TEXT NOT NULL, PRIMARY KEY(id, channel)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries(state, channel, due);
"""


class Addressed(msgspec.Struct, frozen=True, kw_only=True):
    """A notification for channels; with `quiet_seconds` it is held until no more came of it for so long."""

    notice: Notice
    channels: tuple[str, ...]
    quiet_seconds: float = 0.0


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be sent now, the `attempt`-th time (from 1); `began`: when it was tried first."""

    notice: Notice
    channel: str
    attempt: int
    began: float | None


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How a channel stands: how many in a state, and the last error of those."""

    channel: str
    state: DeliveryState
    number: int
    error: str


@contextlib.contextmanager
def _trouble(path: Path) -> Iterator[None]:
    """SQLite's and the system's errors as one that names the file and the next step."""
    try:
        yield
    except (sqlite3.DatabaseError, OSError) as error:
        message = f"{path}: {error}: free some space, or restore it from a copy"
        raise BadInput(message) from error


class SqliteOutbox:
    """The outbox below a folder."""

    def __init__(self, folder: Path, keep_days: int = NOTIFICATIONS_DAYS) -> None:
        """Open or create it. So many days what is settled is known, and what was given up. Raises BadInput."""
        self._kept_seconds = keep_days * _DAY_SECONDS
        self._path = folder / FILE_NAME
        self._lock = threading.Lock()
        with _trouble(self._path):
            self._db = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
            self._path.chmod(0o600)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.executescript(_SCHEMA)

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock, _trouble(self._path):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def add(self, notices: Iterable[Addressed], now: float) -> None:
        """Take what is not known yet, durably when this returns. Raises BadInput."""
        with self._transaction() as db:
            for each in notices:
                _add(db, each, now)

    def due(self, channel: str, now: float) -> Due | None:
        """What is to be sent first to a channel, and is due."""
        with self._lock, _trouble(self._path):
            row = self._db.execute(
                "SELECT n.body, d.attempts, d.began FROM deliveries d JOIN notices n ON n.id=d.id"
                " WHERE d.state='waiting' AND d.channel=? AND d.due<=? AND n.body IS NOT NULL"
                " ORDER BY d.due LIMIT 1",
                (channel, now),
            ).fetchone()
        if row is None:
            return None
        body, attempts, began = row
        return Due(notice=decode(body, Notice), channel=channel, attempt=attempts + 1, began=began)

    def next_due(self, channel: str) -> float | None:
        """When something is due next; None: nothing waits."""
        with self._lock, _trouble(self._path):
            found = self._db.execute(
                "SELECT min(due) FROM deliveries WHERE state='waiting' AND channel=?", (channel,)
            ).fetchone()
        return None if found is None or found[0] is None else float(found[0])

    def settle(self, tried: Due, verdict: Verdict, now: float) -> int:
        """Note what became of an attempt; how many notifications are too old and known no more."""
        name = tried.notice.id
        with self._transaction() as db:
            db.execute(
                "UPDATE deliveries SET state=?, attempts=?, due=?, began=coalesce(began, ?), error=?"
                " WHERE id=? AND channel=?",
                (
                    verdict.state, tried.attempt, now + verdict.wait, now, verdict.error,
                    name, tried.channel,
                ),
            )  # fmt: skip
            _let_go(db, name)
            return _forget(db, now - self._kept_seconds)

    def unsettled(self, ids: Iterable[str]) -> set[str]:
        """Those ids of which something is still to be sent."""
        with self._lock, _trouble(self._path):
            return {
                name
                for name in ids
                if self._db.execute(
                    "SELECT 1 FROM deliveries WHERE id=? AND state='waiting'", (name,)
                ).fetchone()
            }

    def again(self, name: str, now: float) -> None:
        """Try once more what was given up, under the same id; no change where nothing was."""
        with self._transaction() as db:
            db.execute(
                "UPDATE deliveries SET state='waiting', attempts=0, began=NULL, due=?"
                " WHERE id=? AND state='dead'",
                (now, name),
            )

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._db.close()


def standings(folder: Path) -> tuple[Standing, ...]:
    """How many of each channel are in each state, read beside whoever sends; empty where nothing was ever told.

    Raises BadInput.
    """
    path = folder / FILE_NAME
    if not path.exists():
        return ()
    with _trouble(path), closing(_read_only(path)) as db:
        rows = db.execute(
            "SELECT channel, state, count(*), max(error) FROM deliveries"
            " GROUP BY channel, state ORDER BY channel, state"
        ).fetchall()
    return tuple(
        Standing(channel=channel, state=state, number=number, error=error)
        for channel, state, number, error in rows
    )


def _read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)


def _add(db: sqlite3.Connection, each: Addressed, now: float) -> None:
    name, held = each.notice.id, each.quiet_seconds
    known = db.execute("SELECT since FROM notices WHERE id=?", (name,)).fetchone()
    if known is None:
        body = encode(each.notice) if each.channels else None
        db.execute("INSERT INTO notices VALUES(?,?,?)", (name, body, now))
        db.executemany(
            "INSERT INTO deliveries VALUES(?,?,'waiting',0,?,NULL,'')",
            ((name, channel, now + held) for channel in each.channels),
        )
    elif held:
        # Attempts that began stay with what they sent; the receiver knows the id.
        fresh = db.execute(
            "UPDATE deliveries SET due=? WHERE id=? AND state='waiting' AND attempts=0",
            (min(now + held, known[0] + _LONGEST * held), name),
        )
        if fresh.rowcount:
            db.execute("UPDATE notices SET body=? WHERE id=?", (encode(each.notice), name))


def _forget(db: sqlite3.Connection, before: float) -> int:
    """Remove what is older and waits for nothing; how many."""
    db.execute(
        "DELETE FROM deliveries WHERE id IN (SELECT id FROM notices n WHERE since<? AND NOT EXISTS"
        " (SELECT 1 FROM deliveries d WHERE d.id=n.id AND d.state='waiting'))",
        (before,),
    )
    gone = db.execute(
        "DELETE FROM notices WHERE since<? AND NOT EXISTS"
        " (SELECT 1 FROM deliveries d WHERE d.id=notices.id AND d.state='waiting')",
        (before,),
    )
    return gone.rowcount


def _let_go(db: sqlite3.Connection, name: str) -> None:
    """The text of what was sent is not kept; its id is."""
    db.execute(
        "UPDATE notices SET body=NULL WHERE id=? AND NOT EXISTS"
        " (SELECT 1 FROM deliveries WHERE id=? AND state!='sent')",
        (name, name),
    )

"""The view in the SQLite file of a state folder: what one worker needs where there is no PostgreSQL.

In: changes, positions. Out: rows beside those of `--state DIR`, in one transaction per batch.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final

from streams.adapters.fencing import check_moves
from streams.adapters.sqlite_store import SqliteStore
from streams.model.message import Value
from streams.model.retention import Bounds, Swept
from streams.model.step import Change, Table, put
from streams.ports.views import Moves

_SEPARATOR: Final = "\x1f"


class NextOffset(Value, frozen=True, kw_only=True):
    """How far a stage has read a partition of a topic."""

    offset: int


OFFSETS: Final = Table("view.positions", NextOffset)


def _key(stage: str, topic: str, partition: int) -> str:
    return _SEPARATOR.join((stage, topic, str(partition)))


class SqliteViews:
    """Implements the views port; the folder belongs to one process at a time.

    Calls never wait for anything but the disk: a batch is some milliseconds, so no thread is worth its trouble.
    """

    def __init__(self, folder: Path) -> None:
        """Open or make the file in `folder`. Raises BadInput where it cannot be used or is in use."""
        self._store = SqliteStore(folder)

    async def position(self, stage: str, topic: str, partition: int) -> int | None:
        """The next offset to read, or None."""
        row = self._store.get(OFFSETS, _key(stage, topic, partition))
        return row.offset if row else None

    async def rows(
        self, wanted: Collection[tuple[Table[Value], str]]
    ) -> dict[tuple[str, str], Value | None]:
        """What is stored under each key."""
        return {(table.name, key): self._store.get(table, key) for table, key in wanted}

    async def commit(self, stage: str, changes: Sequence[Change], moves: Moves) -> None:
        """Everything or nothing."""
        stored = {
            (topic, partition): await self.position(stage, topic, partition)
            for topic, partition in moves
        }
        check_moves(stage, stored, moves)
        moved = (
            put(OFFSETS, _key(stage, topic, partition), NextOffset(offset=new))
            for (topic, partition), (_, new) in moves.items()
        )
        try:
            self._store.apply((*changes, *moved))
            self._store.commit()
        except BaseException:
            self._store.rollback()
            raise

    async def newest(self) -> int | None:
        """When the newest crash happened that is kept, in seconds since 1970."""
        return self._store.newest()

    async def sweep(self, bounds: Bounds) -> Swept:
        """One pass of retention in one transaction."""
        try:
            done = self._store.sweep(bounds)
            self._store.commit()
        except BaseException:
            self._store.rollback()
            raise
        return done

    async def close(self) -> None:
        """Release the folder."""
        self._store.close()

"""The store port: keyed tables, blobs and the tail journal, written in transactions.

A driver reads and writes through it; a step only ever sees the reading half (model/step.py State).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from streams.model.message import Value
from streams.model.retention import Bounds, Swept
from streams.model.step import Change, Table, V


class Store(Protocol):
    """Rows by (table, key) and blobs by content. Raises BadInput for trouble that a user can mend."""

    def get(self, table: Table[V], key: str) -> V | None:
        """The row, or None."""
        ...

    def scan(self, table: Table[V], prefix: str = "") -> Iterator[tuple[str, V]]:
        """Rows whose key begins with `prefix`, in key order."""
        ...

    def apply(self, changes: tuple[Change, ...]) -> None:
        """Take changes into the open transaction; visible to `get` and `scan` at once."""
        ...

    def forget(self, table: Table[Value], prefix: str) -> None:
        """Remove the row `prefix` and every row whose key begins with it and a separator."""
        ...

    def blob(self, sha256: str) -> bytes | None:
        """Bytes kept by content, or None."""
        ...

    def newest(self) -> int | None:
        """When the newest crash happened that the view keeps, in seconds since 1970."""
        ...

    def sweep(self, bounds: Bounds) -> Swept:
        """Remove what retention says, in the open transaction; not while a tail is in."""
        ...

    def commit(self) -> None:
        """Make everything since the last commit durable, all or nothing."""
        ...

    def rollback(self) -> None:
        """Forget everything since the last commit."""
        ...

    def begin_tail(self, spared: Table[Value]) -> None:
        """From here on remember what rows were (not those of `spared`), for `undo_tail`."""
        ...

    def undo_tail(self) -> None:
        """Put every row back to what it was at `begin_tail`; nothing to do if there was none."""
        ...

    def close(self) -> None:
        """Roll back what is open and release the store."""
        ...

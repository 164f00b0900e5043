"""The reader port: what was kept, for people; a state folder and a database are read in the same way.

Reads only. Every store is a reader (ports/store.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from streams.model.message import Value
from streams.model.retention import TableSize
from streams.model.step import Table, V


class Reader(Protocol):
    """Rows by (table, key) and blobs by content. Raises BadInput or ServiceMissing."""

    def get(self, table: Table[V], key: str) -> V | None:
        """The row, or None."""
        ...

    def scan(self, table: Table[V], prefix: str = "") -> Iterator[tuple[str, V]]:
        """Rows whose key begins with `prefix`, in key order."""
        ...

    def count(self, table: Table[Value]) -> int:
        """How many rows there are."""
        ...

    def blob(self, sha256: str) -> bytes | None:
        """Bytes kept by content, or None."""
        ...

    def close(self) -> None:
        """Let go of what is read."""
        ...


class SizedReader(Reader, Protocol):
    """A reader of what is on a disk."""

    def sizes(self) -> tuple[TableSize, ...]:
        """The tables of rows, and the texts, the largest first."""
        ...

"""What PostgreSQL holds, for commands: one connection, asked from code that does not await.

In: a URL, a schema that a worker made. Out: rows as they were committed. Changes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from typing import Final, TypeVar

import asyncpg
import zstandard

from streams.adapters.postgres_link import Connection, place_of, starting
from streams.adapters.postgres_schema import check
from streams.adapters.postgres_tables import shape_of, value_of
from streams.model.message import Value
from streams.model.retention import TableSize
from streams.model.step import Table, V

T = TypeVar("T")

# A person waits for the answer; counting millions of rows takes a while.
_QUERY_SECONDS: Final = 120.0

_SIZES: Final = """
SELECT c.relname AS name, pg_total_relation_size(c.oid) AS size
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relkind = 'r' ORDER BY size DESC, name
"""


class PostgresReader:
    """Implements the reader port; not for use inside a running event loop."""

    def __init__(self, url: str, schema: str) -> None:
        """Connect. Raises BadInput for what can be mended, ServiceMissing where no server answers."""
        self._place = place_of(url, schema)
        self._runner = asyncio.Runner()
        try:
            self._link, self._version = self._run(self._open())
        except BaseException:
            self._runner.close()
            raise

    async def _open(self) -> tuple[Connection, int]:
        link = await self._place.connect(_QUERY_SECONDS)
        try:
            return link, await check(link, self._place)
        except BaseException:
            await link.close(timeout=_QUERY_SECONDS)
            raise

    def __str__(self) -> str:
        """Where it reads, without the password."""
        return f"{self._place}, schema {self._place.schema} (version {self._version})"

    def _run(self, work: Coroutine[object, object, T]) -> T:
        with starting(self._place):
            return self._runner.run(work)

    def _rows(self, query: str, *values: object) -> list[asyncpg.Record]:
        return self._run(self._link.fetch(query, *values))

    def get(self, table: Table[V], key: str) -> V | None:
        """The row, or None."""
        shape = shape_of(table)
        rows = self._rows(f"{shape.select} WHERE {shape.key} = $1", key)
        return value_of(table, dict(rows[0])) if rows else None

    def scan(self, table: Table[V], prefix: str = "") -> Iterator[tuple[str, V]]:
        """Rows whose key begins with `prefix`, in key order."""
        shape = shape_of(table)
        query = f"{shape.select} WHERE {shape.key} ^@ $1 ORDER BY {shape.key}"
        for row in self._rows(query, prefix):
            yield row["key"], value_of(table, dict(row))

    def count(self, table: Table[Value]) -> int:
        """How many rows there are."""
        (row,) = self._rows(shape_of(table).count)
        return int(row["count"])

    def blob(self, sha256: str) -> bytes | None:
        """Bytes kept by content, or None."""
        rows = self._rows("SELECT data FROM blobs WHERE sha256 = $1", sha256)
        return zstandard.ZstdDecompressor().decompress(rows[0]["data"]) if rows else None

    def sizes(self) -> tuple[TableSize, ...]:
        """The tables of the schema with their indexes, the largest first."""
        rows = self._rows(_SIZES, self._place.schema)
        return tuple(
            TableSize("texts" if row["name"] == "blobs" else row["name"], int(row["size"]))
            for row in rows
        )

    def close(self) -> None:
        """Disconnect."""
        with self._runner:
            self._run(self._link.close())

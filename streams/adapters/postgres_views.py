"""The view in PostgreSQL: rows, blobs and positions, all that a batch brings in one transaction.

In: changes, positions. Out: rows of the schema, durable, or nothing at all. Never reads a topic.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Final, Self

from streams.adapters.fencing import check_moves
from streams.adapters.postgres_link import Place, Pool, PooledConnection, place_of, using
from streams.adapters.postgres_retention import NEWEST, swept
from streams.adapters.postgres_schema import lift
from streams.adapters.postgres_tables import ClusterOf, shape_of, value_of, work_of
from streams.model.message import Value
from streams.model.retention import Bounds, Swept
from streams.model.step import Change, Table
from streams.ports.views import Moves

# A server that takes a query and answers nothing must not hold a partition for ever.
_QUERY_SECONDS: Final = 30.0

# A row to lock, where there is none: of two owners that begin a partition, one waits here for the other.
_PLACE: Final = """
INSERT INTO positions(stage, topic, partition)
SELECT $1, * FROM unnest($2::text[], $3::int[]) ON CONFLICT DO NOTHING
"""
_LOCK: Final = """
SELECT topic, partition, next_offset FROM positions
WHERE stage = $1 AND (topic, partition) IN (SELECT * FROM unnest($2::text[], $3::int[]))
ORDER BY topic, partition FOR UPDATE
"""
_MOVE: Final = """
UPDATE positions p SET next_offset = m.next_offset
FROM unnest($2::text[], $3::int[], $4::bigint[]) AS m(topic, partition, next_offset)
WHERE p.stage = $1 AND p.topic = m.topic AND p.partition = m.partition
"""
_POSITION: Final = """
SELECT next_offset FROM positions WHERE stage = $1 AND topic = $2 AND partition = $3
"""


class PostgresViews:
    """Implements the views port on a pool of connections."""

    def __init__(
        self, place: Place, pool: Pool, cluster_of: ClusterOf, query_seconds: float
    ) -> None:
        """Use `connect`."""
        self._place = place
        self._pool = pool
        self._cluster_of = cluster_of
        self._query_seconds = query_seconds

    @classmethod
    async def connect(
        cls, url: str, schema: str, cluster_of: ClusterOf, *, query_seconds: float = _QUERY_SECONDS
    ) -> Self:
        """Open the database and lift its schema to this version. `cluster_of` fills a column for queries.

        Raises BadInput for what a user can mend, ServiceMissing where no server answers.
        """
        place = place_of(url, schema)
        link = await place.connect(query_seconds)
        try:
            await lift(link, place)
        finally:
            await link.close(timeout=query_seconds)
        return cls(place, await place.pool(query_seconds), cluster_of, query_seconds)

    async def position(self, stage: str, topic: str, partition: int) -> int | None:
        """The next offset to read, or None."""
        with using(self._place):
            found: int | None = await self._pool.fetchval(_POSITION, stage, topic, partition)
            return found

    async def rows(
        self, wanted: Collection[tuple[Table[Value], str]]
    ) -> dict[tuple[str, str], Value | None]:
        """What is stored under each key, by one query per table."""
        found: dict[tuple[str, str], Value | None] = {(t.name, key): None for t, key in wanted}
        keys: defaultdict[str, list[str]] = defaultdict(list)
        tables = {table.name: table for table, _ in wanted}
        for name, key in found:
            keys[name].append(key)
        with using(self._place):
            async with self._pool.acquire(timeout=self._query_seconds) as link:
                for name, table in tables.items():
                    shape = shape_of(table)
                    query = f"{shape.select} WHERE {shape.key} = ANY($1::text[])"
                    for row in await link.fetch(query, keys[name]):
                        found[name, row["key"]] = value_of(table, dict(row))
        return found

    async def commit(self, stage: str, changes: Sequence[Change], moves: Moves) -> None:
        """Everything or nothing; the positions are locked first, so that a second owner gets no further."""
        work = tuple(work_of(changes, self._cluster_of))
        with using(self._place):
            async with self._pool.acquire(timeout=self._query_seconds) as link:
                try:
                    async with link.transaction():
                        await _move(link, stage, moves)
                        for statement, rows in work:
                            await link.executemany(statement, rows)
                except TimeoutError:
                    # Asking the same server to roll back would wait as long again.
                    link.terminate()
                    raise

    async def newest(self) -> int | None:
        """When the newest crash happened that is kept, in seconds since 1970."""
        with using(self._place):
            found: int | None = await self._pool.fetchval(NEWEST)
            return found

    async def sweep(self, bounds: Bounds) -> Swept:
        """One pass of retention in one transaction; nothing where another worker is at it."""
        with using(self._place):
            async with self._pool.acquire(timeout=self._query_seconds) as link:
                try:
                    async with link.transaction():
                        return await swept(link, bounds, self._place.schema)
                except TimeoutError:
                    link.terminate()
                    raise

    async def close(self) -> None:
        """Close all connections, those in use too."""
        try:
            async with asyncio.timeout(self._query_seconds):
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()


async def _move(link: PooledConnection, stage: str, moves: Moves) -> None:
    """Lock, check and set positions. Raises Fenced."""
    if not moves:
        return
    topics = [topic for topic, _ in moves]
    partitions = [partition for _, partition in moves]
    if any(believed is None for believed, _ in moves.values()):
        await link.execute(_PLACE, stage, topics, partitions)
    rows = await link.fetch(_LOCK, stage, topics, partitions)
    stored = {(row["topic"], row["partition"]): row["next_offset"] for row in rows}
    check_moves(stage, stored, moves)
    await link.execute(_MOVE, stage, topics, partitions, [new for _, new in moves.values()])

"""The querys that trace_link is for are answered by its indexes, with 100,000 rows in it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import orjson
import pytest

from streams.adapters.postgres_link import place_of
from streams.adapters.postgres_views import PostgresViews
from streams.adapters.sqlite_store import FILE_NAME, SqliteStore
from streams.core.cluster.assign import cluster_id_of

ROWS: Final = 100_000
# 20 rows have a commit, 10 a build and a digest.
_FILL_POSTGRES: Final = """
INSERT INTO trace_link(link, commit_sha, build_id, service_name, timestamp, region, action, image_digest, message)
SELECT n::text, 'c' || (n / 20), 'b-' || (n / 10), 'service-' || (n % 50),
       timestamptz '2026-01-01' + n * interval '1 minute', CASE n % 2 WHEN 0 THEN 'eu' ELSE 'us' END, 'rollout',
       'sha256:' || (n / 10), repeat('x', 400)
FROM generate_series(0, $1 - 1) AS n
"""
_FILL_SQLITE: Final = """
WITH RECURSIVE made(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM made WHERE n < ? - 1)
INSERT INTO rows SELECT 'view.links', n, CAST(json_object(
    'commit_sha', 'c' || (n / 20), 'build_id', 'b-' || (n / 10), 'service', 'service-' || (n % 50),
    'timestamp', strftime('%Y-%m-%dT%H:%M:%SZ', '2026-01-01', '+' || n || ' minutes'),
    'region', iif(n % 2, 'us', 'eu'), 'action', 'rollout', 'digest', 'sha256:' || (n / 10)) AS BLOB) FROM made
"""
_ROWS: Final = "SELECT * FROM trace_link WHERE "
# Index, question, how many rows answer it.
QUESTIONS: Final = (
    (
        "service",
        _ROWS + "service_name = 'service-7' AND timestamp > '2026-02-01T00:00:00Z' "
        "AND timestamp <= '2026-02-01T10:00:00Z' ORDER BY timestamp",
        12,
    ),
    ("commit", _ROWS + "commit_sha = 'c77' AND region = 'eu' ORDER BY timestamp", 10),
    ("build", _ROWS + "build_id = 'b-77'", 10),
    ("digest", _ROWS + "image_digest = 'sha256:77'", 10),
)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    """The file of a state with so many rows, as another program reads it."""
    folder = tmp_path_factory.mktemp("links")
    SqliteStore(folder).close()
    link = sqlite3.connect(folder / FILE_NAME)
    link.execute(_FILL_SQLITE, (ROWS,))
    link.commit()
    yield link
    link.close()


@pytest.mark.parametrize(("index", "query", "count"), QUESTIONS, ids=[q[0] for q in QUESTIONS])
def test_sqlite_uses_the_index(
    file: sqlite3.Connection, index: str, query: str, count: int
) -> None:
    plan = [row[3] for row in file.execute(f"EXPLAIN QUERY PLAN {query}")]
    assert plan[0].startswith(f"SEARCH rows USING INDEX trace_link_by_{index} ("), plan
    # Only the question with a time is two conditions of its index: the second is not looked through.
    assert plan[0].count("<expr>") == (3 if index == "service" else 1), plan
    assert len(file.execute(query).fetchall()) == count


def test_postgresql_uses_the_indexes(database: str) -> None:
    async def scenario() -> None:
        views = await PostgresViews.connect(database, "panictrail", cluster_id_of)
        await views.close()
        link = await place_of(database, "panictrail").connect(60.0)
        try:
            await link.execute(_FILL_POSTGRES, ROWS)
            await link.execute("ANALYZE trace_link")
            for index, query, count in QUESTIONS:
                text = await link.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}")
                leaf, read = _leaf(orjson.loads(text)[0]["Plan"])
                assert leaf["Index Name"] == f"trace_link_by_{index}", text
                assert read <= 2 * count, text
                assert len(await link.fetch(query)) == count
        finally:
            await link.close()

    asyncio.run(scenario())


def _leaf(plan: dict[str, object]) -> tuple[dict[str, object], float]:
    """The node that reads the table, and how many rows it read."""
    while isinstance(below := plan.get("Plans"), list):
        (plan,) = below
    read = float(str(plan["Actual Rows"])) + float(str(plan.get("Rows Removed by Filter", 0)))
    return plan, read


def test_a_file_of_before_gets_the_view(tmp_path: Path) -> None:
    """Layout 1 had the rows only."""
    store = SqliteStore(tmp_path)
    store.close()
    link = sqlite3.connect(tmp_path / FILE_NAME)
    link.executescript(
        "DROP VIEW trace_link; DROP INDEX trace_link_by_service; PRAGMA user_version=1"
    )
    link.close()
    SqliteStore(tmp_path).close()
    link = sqlite3.connect(tmp_path / FILE_NAME)
    assert link.execute("SELECT count(*) FROM trace_link").fetchone() == (0,)
    assert link.execute("PRAGMA user_version").fetchone() == (4,)
    link.close()

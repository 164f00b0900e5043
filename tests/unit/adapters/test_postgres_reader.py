"""PostgreSQL as a command reads it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from uuid import uuid4

import pytest

from streams.adapters.postgres_reader import PostgresReader
from streams.adapters.postgres_views import PostgresViews
from streams.core.cluster.assign import cluster_id_of
from streams.model.errors import ServiceMissing
from streams.model.step import put
from streams.model.view import DEAD, REPORTS
from tests.postgres_server import Server, own_server
from tests.view_rows import LETTER, everything


async def fill(url: str, schema: str) -> None:
    """One row of everything, and letters whose ids hold what a pattern would take for more."""
    views = await PostgresViews.connect(url, schema, cluster_id_of)
    odd = tuple(put(DEAD, key, LETTER) for key in ("a%", "ab", "a_", "a\\", "B", "ä"))
    await views.commit("view", (*everything(), *odd), {})
    await views.close()


@pytest.fixture
def reader(postgres: Server) -> Iterator[PostgresReader]:
    """A reader of a filled schema."""
    schema = f"r{uuid4().hex}"
    asyncio.run(fill(postgres.url(), schema))
    opened = PostgresReader(postgres.url(), schema)
    yield opened
    opened.close()


def test_keys_are_in_the_order_of_their_characters(reader: PostgresReader) -> None:
    assert [key for key, _ in reader.scan(DEAD)] == ["B", "a%", "a\\", "a_", "ab", "d1", "ä"]


@pytest.mark.parametrize("prefix", ["a%", "a_", "a\\", "ä", "B"])
def test_a_prefix_is_no_pattern(reader: PostgresReader, prefix: str) -> None:
    assert [key for key, _ in reader.scan(DEAD, prefix)] == [prefix]


def test_it_says_where_it_reads(reader: PostgresReader) -> None:
    said = str(reader)
    assert said.startswith("PostgreSQL at 127.0.0.1:")
    assert said.endswith(" (version 6)")
    assert "Zk9" not in said


def test_a_server_that_goes_away_is_missing() -> None:
    with own_server() as server:
        asyncio.run(fill(server.url(), "panictrail"))
        reader = PostgresReader(server.url(), "panictrail")
        assert reader.count(REPORTS) == 1
        server.stop()
        with pytest.raises(
            ServiceMissing, match=r"PostgreSQL at 127\.0\.0\.1:\d+, database postgres: "
        ):
            reader.count(REPORTS)
        reader.close()

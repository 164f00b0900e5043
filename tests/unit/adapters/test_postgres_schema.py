"""The schema in PostgreSQL: made once, lifted, refused where it is another's."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import uuid4

import pytest

from streams.adapters import postgres_schema
from streams.adapters.postgres_link import Connection, place_of, quoted
from streams.adapters.postgres_reader import PostgresReader
from streams.adapters.postgres_schema import lift, migrations, version_of
from streams.adapters.postgres_views import PostgresViews
from streams.core.cluster.assign import cluster_id_of
from streams.model.errors import BadInput, NothingKept
from tests.postgres_server import Server

T = TypeVar("T")


class Schema:
    """A schema that nobody has made yet, in the database that all tests share."""

    def __init__(self, url: str, name: str) -> None:
        """Nothing is done yet."""
        self.url = url
        self.name = name

    def connected(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """What `work` gives on a connection of its own."""

        async def run() -> T:
            link = await place_of(self.url, self.name).connect(30.0)
            try:
                return await work(link)
            finally:
                await link.close()

        return asyncio.run(run())

    def execute(self, *statements: str) -> None:
        """Run statements; `{}` in them is the name, quoted."""

        async def work(link: Connection) -> None:
            for statement in statements:
                await link.execute(statement.replace("{}", quoted(self.name)))

        self.connected(work)

    def lift(self) -> int:
        """The version after lifting."""

        async def work(link: Connection) -> int:
            await lift(link, place_of(self.url, self.name))
            return await version_of(link)

        return self.connected(work)

    def version(self) -> int:
        """The version as it is."""
        return self.connected(version_of)

    def tables(self) -> set[str]:
        """The tables in it."""

        async def work(link: Connection) -> set[str]:
            query = "SELECT tablename FROM pg_tables WHERE schemaname = $1"
            return {row["tablename"] for row in await link.fetch(query, self.name)}

        return self.connected(work)


@pytest.fixture
def schema(postgres: Server) -> Schema:
    """A schema of this test's own."""
    return Schema(postgres.url(), f"s{uuid4().hex}")


def test_a_schema_is_made_once(schema: Schema) -> None:
    assert schema.version() == 0
    assert schema.lift() == len(migrations()) == schema.version()
    assert schema.lift() == schema.version()
    names = "blobs crashes dead_letters decisions fingerprints positions rates redirects reports trace_link"
    assert schema.tables() == {*names.split(), "schema_version", "variants"}


def test_an_older_schema_is_lifted_with_what_it_holds(
    schema: Schema, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Several workers of a new version start at once on what an old one left."""
    every = migrations()
    monkeypatch.setattr(postgres_schema, "migrations", lambda: every[:2])
    assert schema.lift() == 2
    schema.execute("INSERT INTO positions VALUES('view', 't', 0, 7)")
    monkeypatch.setattr(postgres_schema, "migrations", lambda: every)

    async def start() -> list[int | None]:
        starting = (PostgresViews.connect(schema.url, schema.name, cluster_id_of) for _ in range(4))
        every_view = await asyncio.gather(*starting)
        found = [await views.position("view", "t", 0) for views in every_view]
        for views in every_view:
            await views.close()
        return found

    assert asyncio.run(start()) == [7] * 4
    assert schema.version() == len(every)
    assert "trace_link" in schema.tables()


def test_many_workers_that_start_at_once_make_it_once(schema: Schema) -> None:
    async def start() -> None:
        starting = (PostgresViews.connect(schema.url, schema.name, cluster_id_of) for _ in range(8))
        for views in await asyncio.gather(*starting):
            await views.close()

    asyncio.run(start())
    assert schema.version() == len(migrations())


@pytest.mark.parametrize(
    "name", ["night-2026_11", 'odd"; DROP SCHEMA public; --', "ä $1 'x'", "a.b"]
)
def test_a_replay_has_a_schema_of_its_name(schema: Schema, name: str) -> None:
    schema.lift()
    other = Schema(schema.url, f"{name}{uuid4().hex[:8]}")
    assert other.version() == 0
    assert other.lift() == len(migrations())
    assert other.tables() == schema.tables()


def test_a_newer_schema_is_refused_and_left_alone(schema: Schema) -> None:
    schema.lift()
    schema.execute("INSERT INTO schema_version(version) VALUES(99)")
    message = r"was made by a newer panictrail \(version 99, this one knows 6\): upgrade panictrail"
    with pytest.raises(BadInput, match=message):
        schema.lift()
    with pytest.raises(BadInput, match=message):
        PostgresReader(schema.url, schema.name)


def test_tables_of_somebody_else_are_left_alone_and_nothing_is_added(schema: Schema) -> None:
    schema.execute("CREATE SCHEMA {}", "CREATE TABLE positions(n int)")
    with pytest.raises(BadInput, match='relation "positions" already exists: let the user'):
        schema.lift()
    assert schema.tables() == {"positions"}


def test_a_user_who_may_not_make_a_schema_is_told(postgres: Server, schema: Schema) -> None:
    schema.execute("CREATE ROLE {} LOGIN PASSWORD 'guest'")
    url = f"postgresql://{schema.name}:guest@127.0.0.1:{postgres.port}/postgres"
    guest = Schema(url, schema.name)
    with pytest.raises(BadInput, match=r"permission denied for database .*: let the user of"):
        guest.lift()
    schema.execute("CREATE SCHEMA {} AUTHORIZATION {}")
    assert guest.lift() == len(migrations())


def test_a_database_that_is_not_utf8_is_refused(postgres: Server, schema: Schema) -> None:
    schema.execute("CREATE DATABASE {} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    latin = Schema(postgres.url(schema.name), "panictrail")
    with pytest.raises(
        BadInput, match="encoding LATIN1: want PostgreSQL 12 or newer and a database"
    ):
        latin.lift()
    schema.execute("DROP DATABASE {}")


def test_a_reader_wants_a_schema_that_a_worker_made(schema: Schema) -> None:
    with pytest.raises(NothingKept, match=": nothing kept yet: start a worker with this database"):
        PostgresReader(schema.url, schema.name)


def test_other_programs_may_query_whatever_a_text_holds(schema: Schema) -> None:
    """A NUL in a message would stop every query over jsonb: it is shown as U+FFFD."""
    schema.lift()

    async def work(link: Connection) -> object:
        return await link.fetchval("SELECT as_json($1)->>'a'", r'{"a":"x\u0000y\\u0000"}')

    assert schema.connected(work) == "x\ufffdy\\ufffd"

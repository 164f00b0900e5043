"""PostgreSQL as a keeper of the view: columns for queries, servers that die, hang or refuse."""

from __future__ import annotations

import asyncio
import re
from asyncio import Task
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager
from hashlib import shake_256
from pathlib import Path
from signal import Signals
from uuid import uuid4

import msgspec
import pytest

from streams.adapters.postgres_link import place_of
from streams.adapters.postgres_views import PostgresViews
from streams.core.cluster.assign import cluster_id_of
from streams.model.errors import Fenced, PassingTrouble, ServiceMissing
from streams.model.report import Report, Suspect
from streams.model.step import Table, put
from streams.model.view import DEAD, REPORTS
from tests.postgres_server import Server, own_server
from tests.view_rows import EVENT, LETTER, REPORT, everything, keys_of, rows_of

HERE = ("t", 0)


@pytest.fixture
def schema() -> str:
    """A schema of this test's own."""
    return f"v{uuid4().hex}"


@pytest.fixture(scope="module")
def mortal() -> Iterator[Server]:
    """A server of these tests' own, to be killed; each leaves it running."""
    with own_server() as server:
        yield server


@asynccontextmanager
async def opened(
    url: str, schema: str, query_seconds: float = 30.0
) -> AsyncIterator[PostgresViews]:
    """Views that are closed at the end."""
    views = await PostgresViews.connect(url, schema, cluster_id_of, query_seconds=query_seconds)
    try:
        yield views
    finally:
        await views.close()


async def query(server: Server, schema: str, text: str) -> list[tuple[object, ...]]:
    """What another program sees."""
    link = await place_of(server.url(), schema).connect(30.0)
    try:
        return [tuple(row) for row in await link.fetch(text)]
    finally:
        await link.close()


async def in_trouble(*works: Awaitable[object]) -> None:
    """Every one of them says that the database is away."""
    for work in works:
        with pytest.raises(PassingTrouble, match=r"PostgreSQL at 127\.0\.0\.1:\d+, database \w+: "):
            await work


def test_columns_answer_the_questions_of_people(postgres: Server, schema: str) -> None:
    async def scenario() -> None:
        async with opened(postgres.url(), schema) as views:
            await views.commit("view", everything(), {HERE: (None, 1)})
        assert await query(
            postgres,
            schema,
            "SELECT title, kind, function, package, file, line, occurrences, services, hosts, "
            "status, revision, (last_seen AT TIME ZONE 'UTC')::text, report->>'representative' FROM reports",
        ) == [
            (
                *("r", "panic", "main.f", "main", "/src/f.go", 7, 3, ["cart", "shop"], 2),
                *("new", 1, "2025-11-24 16:00:00.123456", "crash-1"),
            )
        ]
        assert await query(
            postgres,
            schema,
            "SELECT cluster, block, title, service, kind, length(data) > 0, as_json(message)->>'kind' "
            "FROM fingerprints JOIN crashes USING (crash) JOIN blobs ON blob = sha256",
        ) == [(cluster_id_of(EVENT), "main.f", "p", "cart", "panic", True, "panic")]
        assert await query(
            postgres,
            schema,
            "SELECT id, topic, reason, attempt, letter->>'error' FROM dead_letters",
        ) == [("d1", "t", "invalid", 1, "d")]

        assert await query(
            postgres,
            schema,
            "SELECT link, commit_sha, build_id, deploy_batch, service_name, "
            "(timestamp AT TIME ZONE 'UTC')::text, environment, region, phase, action, percent, image_digest, "
            "version, revision, repo, build_status, build_attempt, joined_by FROM trace_link",
        ) == [
            (
                *("l1", "c" * 40, "7", "d-77", "cart", "2025-11-24 16:00:00.123456", "prod", "eu"),
                *(
                    "canary",
                    "rollout",
                    2.5,
                    "sha256:1f",
                    "v1.4.2",
                    None,
                    "l",
                    "success",
                    2,
                    "digest",
                ),
            )
        ]

    asyncio.run(scenario())


def test_a_row_that_the_server_refuses_takes_the_others_with_it(
    postgres: Server, schema: str
) -> None:
    """Dead letters are written last; an index takes keys of 2.7 kB at most."""

    async def scenario() -> None:
        async with opened(postgres.url(), schema) as views:
            long = put(DEAD, shake_256(b"").hexdigest(10_000), LETTER)
            with pytest.raises(ValueError, match="index row requires"):
                await views.commit("view", (*everything(), long), {HERE: (None, 1)})
            with pytest.raises(ValueError, match="invalid byte sequence"):
                await views.commit("view", (put(DEAD, "\0", LETTER),), {HERE: (None, 1)})
            keys = keys_of(everything())
            assert await views.rows(keys) == dict.fromkeys(rows_of(everything()))
            assert await query(postgres, schema, "SELECT * FROM blobs, positions") == []
            await views.commit("view", everything(), {HERE: (None, 1)})
            assert await views.rows(keys) == rows_of(everything())

    asyncio.run(scenario())


def test_tables_that_are_no_views_are_refused(postgres: Server, schema: str) -> None:
    async def scenario() -> None:
        async with opened(postgres.url(), schema) as views:
            table = Table("link.pushes", Report)
            with pytest.raises(
                ValueError, match=r"keeps no table link\.pushes: it needs a migration"
            ):
                await views.commit("view", (put(table, "k", REPORT),), {})
            with pytest.raises(ValueError, match=r"keeps no table link\.pushes"):
                await views.rows(((table, "k"),))

    asyncio.run(scenario())


def test_a_worker_that_wakes_up_after_another_took_its_place_is_fenced(
    postgres: Server, schema: str
) -> None:
    async def scenario() -> None:
        url = postgres.url()
        async with opened(url, schema) as zombie, opened(url, schema) as owner:
            await zombie.commit("view", (), {HERE: (None, 5)})
            assert await owner.position("view", *HERE) == 5
            await owner.commit("view", (put(DEAD, "owner's", LETTER),), {HERE: (5, 6)})
            with pytest.raises(Fenced):
                await zombie.commit("view", (put(DEAD, "zombie's", LETTER),), {HERE: (5, 7)})
        assert await query(postgres, schema, "SELECT id FROM dead_letters") == [("owner's",)]

    asyncio.run(scenario())


def test_a_worker_stopped_in_mid_transaction_holds_the_next_owner_back_for_seconds_at_most(
    postgres: Server, schema: str
) -> None:
    async def scenario() -> None:
        place = place_of(postgres.url(), schema)
        async with opened(postgres.url(), schema, query_seconds=0.5) as views:
            await views.commit("view", (), {HERE: (None, 5)})
            stopped = await place.connect(30.0)
            async with stopped.transaction():
                await stopped.execute("SELECT * FROM positions FOR UPDATE")
                await in_trouble(views.commit("view", (), {HERE: (5, 6)}))
                limit = await stopped.fetchval("SHOW idle_in_transaction_session_timeout")
            await stopped.close()
            assert limit == "5s"
            await views.commit("view", (), {HERE: (5, 6)})

    asyncio.run(scenario())


def test_no_free_connection_and_a_changed_password_pass(postgres: Server, schema: str) -> None:
    async def scenario() -> None:
        name = f"role_{schema}"
        await query(postgres, schema, f"CREATE ROLE {name} LOGIN PASSWORD 'one' CONNECTION LIMIT 1")
        await query(postgres, schema, f"CREATE SCHEMA {schema} AUTHORIZATION {name}")
        url = f"postgresql://{name}:one@127.0.0.1:{postgres.port}/postgres"
        async with opened(url, schema) as views:
            other = await place_of(url, schema).connect(30.0)
            await in_trouble(views.position("view", *HERE), views.commit("view", (), {}))
            with pytest.raises(ServiceMissing, match=r"too many connections .*: try again when it"):
                await PostgresViews.connect(url, schema, cluster_id_of)
            await other.close()
            await query(postgres, schema, f"ALTER ROLE {name} PASSWORD 'two'")
            await in_trouble(views.position("view", *HERE))
            await query(postgres, schema, f"ALTER ROLE {name} PASSWORD 'one'")
            await views.commit("view", (), {HERE: (None, 1)})
            await query(postgres, schema, f"DROP SCHEMA {schema} CASCADE")
            await in_trouble(
                views.position("view", *HERE), views.commit("view", (), {HERE: (1, 2)})
            )

    asyncio.run(scenario())


def test_after_a_kill_of_the_server_work_goes_on_where_it_was(mortal: Server, schema: str) -> None:
    async def scenario() -> None:
        async with opened(mortal.url(), schema) as views:
            await views.commit("view", everything(), {HERE: (None, 1)})
            mortal.kill()
            await in_trouble(
                views.commit("view", (), {HERE: (1, 2)}),
                views.position("view", *HERE),
                views.rows(keys_of(everything())),
            )
            mortal.start()
            assert await views.position("view", *HERE) == 1
            assert await views.rows(keys_of(everything())) == rows_of(everything())
            await views.commit("view", (), {HERE: (1, 2)})
            mortal.kill()
        mortal.start()

    asyncio.run(scenario())


def test_kills_in_the_middle_of_commits_lose_and_double_nothing(
    mortal: Server, schema: str
) -> None:
    """As a driver does it: after trouble the position says whether the last batch is there."""

    async def scenario() -> None:
        killed: list[Task[None]] = []
        troubles = 0

        def restart() -> None:
            mortal.kill()
            mortal.start()

        async with opened(mortal.url(), schema) as views:
            at = None
            while (at or 0) < 120:
                if at in (40, 80) and len(killed) < (at or 0) // 40:
                    killed.append(asyncio.create_task(asyncio.to_thread(restart)))
                try:
                    at = await views.position("view", *HERE)
                    count = at or 0
                    letter = msgspec.structs.replace(LETTER, attempt=count)
                    change = put(DEAD, f"d{count:03}", letter)
                    await views.commit("view", (change,), {HERE: (at, count + 1)})
                except PassingTrouble:
                    troubles += 1
                    await asyncio.sleep(0)
            await asyncio.gather(*killed)
        assert len(killed) == 2 <= troubles
        rows = await query(mortal, schema, "SELECT id, attempt FROM dead_letters ORDER BY id")
        assert rows == [(f"d{count:03}", count) for count in range(len(rows))]
        assert await query(mortal, schema, "SELECT next_offset FROM positions") == [(len(rows),)]

    asyncio.run(scenario())


def test_a_commit_that_is_cancelled_is_done_or_not(postgres: Server, schema: str) -> None:
    """A rebalance ends tasks wherever they are; the connection goes to the next one."""

    async def scenario() -> None:
        async with opened(postgres.url(), schema) as views:
            for number in range(30):
                at = await views.position("view", *HERE)
                new = (at or 0) + 1
                work = views.commit("view", (put(DEAD, f"d{new:03}", LETTER),), {HERE: (at, new)})
                task = asyncio.create_task(work)
                await asyncio.wait({task}, timeout=number / 3000)
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
            at = await views.position("view", *HERE)
            await views.commit("view", (), {HERE: (at, 1000)})
        rows = await query(postgres, schema, "SELECT id FROM dead_letters ORDER BY id")
        assert rows == [(f"d{number:03}",) for number in range(1, (at or 0) + 1)]

    asyncio.run(scenario())


def test_queries_of_the_documentation_run(postgres: Server, schema: str) -> None:
    page = Path(__file__).parents[3] / "docs" / "reference" / "tables.md"
    (block,) = re.findall(r"```sql\n(.*?)```", page.read_text(), re.DOTALL)
    cluster = cluster_id_of(EVENT)
    _, *queries = block.replace("CLUSTER", cluster).strip().removesuffix(";").split(";")

    async def scenario() -> list[int]:
        async with opened(postgres.url(), schema) as views:
            suspect = Suspect(commit="c" * 40, confidence=0.5)
            report = msgspec.structs.replace(REPORT, suspects=(suspect,))
            await views.commit("view", (*everything(), put(REPORTS, "c1", report)), {})
        return [len(await query(postgres, schema, text)) for text in queries]

    assert asyncio.run(scenario()) == [1, 1, 1]


def test_a_server_that_hangs_is_trouble_and_not_for_ever(mortal: Server, schema: str) -> None:
    async def scenario() -> None:
        async with opened(mortal.url(), schema, query_seconds=0.3) as views:
            await views.commit("view", (), {HERE: (None, 1)})
            mortal.signal(Signals.SIGSTOP)
            await in_trouble(
                views.commit("view", (), {HERE: (1, 2)}), views.rows(keys_of(everything()))
            )
            mortal.signal(Signals.SIGCONT)
            await in_order(views)

    async def in_order(views: PostgresViews) -> None:
        at = await views.position("view", *HERE)
        assert at is not None
        await views.commit("view", everything(), {HERE: (at, 9)})
        assert await views.position("view", *HERE) == 9

    asyncio.run(scenario())

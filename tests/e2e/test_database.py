"""Commands that read what workers keep in a database, as people run them."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from streams.adapters.sqlite_store import SqliteStore
from streams.core.cluster.assign import cluster_id_of
from streams.drivers.database import open_views
from streams.model.step import put
from streams.model.view import PRINTS, REPORTS, PrintRow
from tests.postgres_server import Server
from tests.view_rows import EVENT, LETTER, REPORT, everything

PANICTRAIL = str(Path(sys.executable).with_name("panictrail"))
CLUSTER = cluster_id_of(EVENT)


def panictrail(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("PANICTRAIL_")}
    return subprocess.run(
        [PANICTRAIL, *arguments],
        capture_output=True,
        check=False,
        text=True,
        env={**inherited, **environment},
        timeout=60,
    )


@pytest.fixture(params=("postgres", "sqlite"))
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database in which a worker kept one crash, its cluster and a dead letter."""
    found: str = (
        request.getfixturevalue("database")
        if request.param == "postgres"
        else f"sqlite:///{tmp_path}/view"
    )

    async def fill() -> None:
        views = await open_views(found)
        await views.commit(
            "view", (*everything(), put(PRINTS, "crash-1", PrintRow(event=EVENT))), {}
        )
        await views.commit("view", (put(REPORTS, CLUSTER, REPORT),), {})
        await views.close()

    asyncio.run(fill())
    return found


def test_dead_letters_are_listed_and_shown(url: str) -> None:
    run = panictrail("deadletter", "list", "--database", url)
    assert (run.returncode, run.stdout) == (0, "d1  t  invalid  attempt 1  d\n")
    run = panictrail("deadletter", "show", "d1", PANICTRAIL_DATABASE=url)
    assert run.stdout.splitlines()[1:] == ["  | x"]
    run = panictrail("deadletter", "list", "--json", "--database", url)
    assert orjson.loads(run.stdout)["stage"] == LETTER.stage
    run = panictrail("deadletter", "show", "other", "--database", url)
    assert (run.returncode, run.stdout) == (2, "")
    assert "no dead letter whose id begins with 'other'" in run.stderr


def test_crashes_and_clusters_are_explained(url: str) -> None:
    run = panictrail("explain", "crash-1", CLUSTER[:8], "--database", url)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith("one cluster: ")
    # Where its stack is now, whatever its key says.
    assert run.stdout.endswith("clusters c1 and c1\n")
    run = panictrail("explain", "crash-1", "nothing", "--database", url)
    assert run.returncode == 2
    assert "no crash or cluster whose id begins with 'nothing'" in run.stderr


def test_doctor_says_what_is_in_the_database_and_shows_no_password(url: str) -> None:
    run = panictrail("doctor", "--database", url)
    assert run.returncode == 0, run.stdout
    assert "\ndatabase\n  ok: " in run.stdout
    assert ": 2 clusters, 1 crashes, 1 dead letters\n" in run.stdout
    assert "Zk9" not in run.stdout + run.stderr
    rows = [
        orjson.loads(line)
        for line in panictrail("doctor", "--json", "--database", url).stdout.splitlines()
    ]
    (row,) = (row for row in rows if row.get("check") == "database")
    assert row["ok"] is True


def test_a_database_that_is_away_exits_with_3(postgres: Server) -> None:
    url = postgres.url().replace(f":{postgres.port}/", ":1/")
    for command in (("deadletter", "list"), ("explain", "a", "b")):
        run = panictrail(*command, "--database", url)
        assert (run.returncode, run.stdout) == (3, "")
        assert "PostgreSQL at 127.0.0.1:1, database postgres: " in run.stderr
        assert "start it, or mend the database URL" in run.stderr
        assert "Zk9" not in run.stderr
    run = panictrail("doctor", "--database", url)
    assert run.returncode == 3
    assert "database\n  NOT USABLE: PostgreSQL at 127.0.0.1:1" in run.stdout


def test_a_database_that_cannot_be_used_exits_with_2(postgres: Server) -> None:
    run = panictrail("deadletter", "list", "--database", postgres.url("nowhere"))
    assert run.returncode == 2
    assert 'database "nowhere" does not exist: create it' in run.stderr
    run = panictrail("deadletter", "list", "--database", postgres.url())
    assert run.returncode == 2
    assert "schema panictrail: nothing kept yet: start a worker with this database" in run.stderr
    assert panictrail("doctor", "--database", postgres.url()).returncode == 0


def test_one_place_is_read(tmp_path: Path) -> None:
    SqliteStore(tmp_path / "state").close()
    run = panictrail(
        "deadletter",
        "list",
        PANICTRAIL_STATE=str(tmp_path / "state"),
        PANICTRAIL_DATABASE="sqlite:///x",
    )
    assert run.returncode == 2
    assert "both a state folder and a database are set" in run.stderr
    run = panictrail(
        "deadletter", "list", "--state", str(tmp_path / "state"), PANICTRAIL_DATABASE="sqlite:///x"
    )
    assert (run.returncode, run.stdout) == (0, "no dead letters\n")

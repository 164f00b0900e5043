"""The page as users start it: in `serve`, on its own state; `web`, on what a worker keeps; and what is in the way."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen
from uuid import uuid4

import asyncpg
import pytest

from streams.adapters.postgres_views import PostgresViews
from streams.adapters.sqlite_views import SqliteViews
from streams.cli.main import main
from streams.core.cluster.assign import cluster_id_of
from streams.drivers.database import SCHEMA
from streams.model.step import Put
from streams.model.view import CRASHES
from streams.ports.views import Views
from tests.e2e.test_serve import Serving
from tests.golden.cases import texts
from tests.postgres_server import Server
from tests.unit.drivers.http.test_pages import CRASH, crash_rows
from tests.view_rows import everything
from tests.waiting import until


@contextmanager
def web(*words: str) -> Iterator[str]:
    """`panictrail web`, until it says where it listens."""
    command = [sys.executable, "-m", "streams.cli.main", "web", "--listen", "127.0.0.1:0", *words]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            found = re.search(r"http://[0-9.:]+", process.stderr.readline())
            assert found
            yield found[0]
        finally:
            process.terminate()
            assert process.wait(30) == 0


def got(url: str) -> str:
    with urlopen(url, timeout=30) as found:  # noqa: S310 - loopback
        return str(found.read().decode())


async def filled(views: Views) -> None:
    rows = (each for each in everything("1") if isinstance(each, Put) and each.table != CRASHES)
    await views.commit("view", (*rows, *crash_rows(CRASH)), {})
    await views.close()


def test_serve_shows_what_it_took(tmp_path: Path) -> None:
    serving = Serving(tmp_path)
    try:
        base = f"http://127.0.0.1:{serving.port}"
        assert "No crash yet" in got(base)
        text = next(each.data for each in texts() if each.name.startswith("nil-pointer"))
        with urlopen(f"{base}/v1/crashes?service=checkout", text, timeout=30) as answer:  # noqa: S310 - loopback
            assert json.load(answer)["accepted"] == 1
        until(lambda: json.loads(got(f"{base}/api/clusters"))["total"] == 1, "it is listed")
        (report,) = json.loads(got(f"{base}/api/clusters?service=checkout"))["clusters"]
        page = got(f"{base}/clusters/{report['cluster']}")
        assert "nil pointer dereference" in page
        assert f"panictrail clusters ignore {report['cluster']} --state {tmp_path}" in page
        assert "end it before you decide" in page
    finally:
        assert serving.end()[0] == 0


def test_web_shows_what_a_worker_keeps_in_sqlite(tmp_path: Path) -> None:
    asyncio.run(filled(SqliteViews(tmp_path)))
    with web("--database", f"sqlite:///{tmp_path}") as base:
        assert "r1" in got(base)


def test_web_shows_what_workers_keep_in_postgres(postgres: Server) -> None:
    name = f"web{uuid4().hex}"
    url = postgres.url()

    async def fill() -> None:
        link = await asyncpg.connect(url)
        await link.execute(f'CREATE DATABASE "{name}"')
        await link.close()
        await filled(await PostgresViews.connect(postgres.url(name), SCHEMA, cluster_id_of))

    asyncio.run(fill())
    with web("--database", postgres.url(name)) as base:
        assert "r1" in got(base)
        assert json.loads(got(f"{base}/api/clusters/c1"))["title"] == "r1"
        page = got(f"{base}/clusters/c1")
        assert "$PANICTRAIL_DATABASE" in page
        assert name not in page


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "name the database that workers write to"),
        (("--database", "sqlite:///nowhere/at/all"), "nothing kept yet"),
    ],
)
def test_what_is_in_the_way_is_said(
    words: tuple[str, ...],
    said: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("PANICTRAIL_DATABASE", raising=False)
    assert main(["web", "--listen", "127.0.0.1:0", *words]) == 2
    assert said in capsys.readouterr().err

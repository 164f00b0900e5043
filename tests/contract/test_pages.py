"""The page of a cluster is the same, whichever database keeps its rows: those of crashes that the pipeline took."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest

from streams.adapters.postgres_finder import PostgresFinder
from streams.adapters.postgres_views import PostgresViews
from streams.adapters.sqlite_finder import SqliteFinder
from streams.adapters.sqlite_views import SqliteViews
from streams.cli.main import main
from streams.core.cluster.assign import cluster_id_of
from streams.core.page.asked import read
from streams.core.page.render import render_cluster, render_list
from streams.drivers.paging import Pages, Place, SourceLines
from streams.model.settings import SourceSettings
from streams.model.step import Change, Keep, put
from streams.model.view import CRASHES
from streams.ports.lists import Lists
from streams.ports.views import Views
from streams.topology import STAGES
from tests.postgres_server import Server
from tests.unit.core.steps.bench import panic_text

(VIEW,) = (stage for stage in STAGES if stage.name == "view")


def crashes() -> Iterator[dict[str, object]]:
    """A bug that storms in one service and is rare in another, and one that has no time."""
    for number in range(60):
        at = f"2026-11-28T01:{number // 20:02}:{number % 20:02}Z"
        yield {"text": panic_text("main.sell"), "service": "till", "at": at}
    for hour in range(3):
        yield {
            "text": panic_text("main.sell"),
            "service": "cart",
            "at": f"2026-11-27T0{hour}:00:00Z",
        }
    yield {"text": panic_text("main.buy"), "service": "till"}


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """What `analyze` keeps of them."""
    given, kept = tmp_path / "crashes.jsonl", tmp_path / "state"
    rows = [json.dumps({**each, "event_id": f"c{n}"}) for n, each in enumerate(crashes())]
    given.write_text("\n".join(rows))
    assert main(["analyze", str(given), "--state", str(kept)]) == 0
    return kept


def rows_of(kept: Lists) -> Iterator[Change]:
    """All rows and records of a view."""
    for table in VIEW.tables:
        for key, row in kept.scan(table):
            yield put(table, key, row)
    for _, crash in kept.scan(CRASHES):
        record = kept.blob(crash.blob)
        assert record is not None
        yield Keep(crash.blob, record)


async def filled(views: Views, rows: tuple[Change, ...]) -> None:
    await views.commit("view", rows, {})
    await views.close()


def pages_of(lists: Lists) -> list[str]:
    """The list, and each cluster of it."""
    with closing(Pages(lists, SourceLines({}, SourceSettings()), Place(options="OPTIONS"))) as made:
        listed = made.listed(read({}))
        return [
            render_list(listed),
            *(render_cluster(made.cluster(row.report)) for row in listed.rows),
        ]


def test_both_databases_show_the_same_pages(state: Path, tmp_path: Path, postgres: Server) -> None:
    with closing(SqliteFinder(state)) as kept:
        rows = tuple(rows_of(kept))
    schema, copy = f"pages-{uuid4().hex}", tmp_path / "copy"

    async def fill() -> None:
        await filled(await PostgresViews.connect(postgres.url(), schema, cluster_id_of), rows)
        await filled(SqliteViews(copy), rows)

    asyncio.run(fill())
    of_state, of_sqlite = pages_of(SqliteFinder(state)), pages_of(SqliteFinder(copy))
    of_postgres = pages_of(PostgresFinder(postgres.url(), schema))
    assert len(of_state) == 3
    assert of_state == of_sqlite == of_postgres
    stormy, timeless = of_state[1:]
    assert "at least 41 crashes, 2026-11-28 01:00 to 01:02 UTC" in stormy
    assert ">cart<" in stormy
    assert "Against what is usual" not in timeless

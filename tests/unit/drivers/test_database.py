"""From the URL of a database to what keeps or reads the view."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from streams.adapters.postgres_views import PostgresViews
from streams.adapters.sqlite_views import SqliteViews
from streams.drivers.database import describe, open_reader, open_views, schema_of
from streams.model.errors import BadInput, NothingKept
from streams.model.step import Change, put
from streams.model.view import REPORTS
from tests.embedded import run as analyze
from tests.unit.core.steps.bench import panic_text
from tests.view_rows import REPORT, everything


def kept(url: str, name: str = "default", changes: tuple[Change, ...] = everything()) -> str:
    """Write as a worker of the pipeline does; which adapter did it."""

    async def work() -> str:
        views = await open_views(url, name)
        await views.commit("view", changes, {})
        await views.close()
        return type(views).__name__

    return asyncio.run(work())


def clusters(url: str, name: str = "default") -> list[str]:
    reader = open_reader(url, name)
    found = [key for key, _ in reader.scan(REPORTS)]
    reader.close()
    return found


def test_a_pipeline_and_its_replay_are_kept_apart_in_postgresql(database: str) -> None:
    assert kept(database) == PostgresViews.__name__
    with pytest.raises(NothingKept):
        clusters(database, "night")
    kept(database, "night", (put(REPORTS, "c2", REPORT),))
    assert (clusters(database), clusters(database, "night")) == (["c1"], ["c2"])
    said = describe(database)
    assert said.endswith(", schema panictrail (version 6): 1 clusters, 1 crashes, 1 dead letters")


def test_a_pipeline_and_its_replay_are_kept_apart_in_sqlite(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/view%20of%20us"
    assert kept(url) == SqliteViews.__name__
    kept(url, "night", (put(REPORTS, "c2", REPORT),))
    assert (clusters(url), clusters(url, "night")) == (["c1"], ["c2"])
    assert {path.name for path in (tmp_path / "view of us").iterdir()} >= {"night"}
    assert describe(url) == (
        f"SQLite in {tmp_path}/view of us (layout 4): 1 clusters, 1 crashes, 1 dead letters"
    )


@pytest.mark.parametrize("url", ["sqlite:", "sqlite://x", "sqlite:///"])
def test_a_sqlite_url_without_folder_is_refused(url: str) -> None:
    with pytest.raises(BadInput, match=r"want sqlite:///FOLDER, or sqlite:////FOLDER"):
        kept(url)


def test_the_state_of_analyze_is_no_place_for_a_worker(tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    log.write_text(panic_text())
    state = tmp_path / "state"
    analyze((log,), state)
    with pytest.raises(BadInput, match="is the state of panictrail analyze: name another folder"):
        kept(f"sqlite:///{state}")


def test_a_replay_has_the_schema_of_its_name_unless_it_is_taken() -> None:
    assert (schema_of("default"), schema_of("night")) == ("panictrail", "night")
    for name in ("panictrail", "public", "information_schema"):
        with pytest.raises(BadInput, match=f"a replay cannot be named {name}: "):
            schema_of(name)

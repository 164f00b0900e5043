"""The queries of docs/trace-link.md give what the page shows, on SQLite as `analyze` fills it and on PostgreSQL."""

from __future__ import annotations

import asyncio
import os
import re
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from streams.adapters.postgres_link import place_of
from streams.adapters.postgres_views import PostgresViews
from streams.adapters.sqlite_reader import SqliteReader
from streams.adapters.sqlite_store import FILE_NAME
from streams.core.cluster.assign import cluster_id_of
from streams.model.step import put
from streams.model.view import LINKS
from tests.docs.console import ROOT
from tests.embedded import run

PAGE: Final = ROOT / "docs" / "trace-link.md"
EVENTS: Final = ROOT / "docs" / "examples" / "trace-link.jsonl"
EXAMPLES: Final = re.compile(
    r"```sql\n(?P<query>.*?);\n```\n\n```text\n(?P<shown>.*?)```", re.DOTALL
)

Table = tuple[tuple[str, ...], ...]


def examples() -> list[tuple[str, str]]:
    """Queries of the page, each with what it says that comes of it."""
    text = PAGE.read_text()
    found = [(match["query"], match["shown"]) for match in EXAMPLES.finditer(text)]
    assert len(found) == text.count("```sql") >= 7
    return found


def cell(value: object) -> str:
    """A value as the page shows it."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"{value:g}" if isinstance(value, float) else str(value)


def shown(names: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A table of texts, columns as wide as they need to be."""
    table = [tuple(names), *(tuple(map(cell, row)) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = (
        " | ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    )
    return "".join(f"{line}\n" for line in lines)


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder that has read the events of the page."""
    folder = tmp_path_factory.mktemp("links") / "state"
    run([EVENTS], folder)
    return folder


def test_on_sqlite(state: Path) -> None:
    link = sqlite3.connect(f"file:{state / FILE_NAME}?mode=ro", uri=True)
    found = []
    for query, _ in examples():
        made = link.execute(query)
        found.append(shown([name for name, *_ in made.description], made.fetchall()))
    link.close()
    _compare(found)


def test_on_postgresql(state: Path, database: str) -> None:
    async def scenario() -> list[str]:
        views = await PostgresViews.connect(database, "panictrail", cluster_id_of)
        reader = SqliteReader(state)
        rows = [put(LINKS, key, row) for key, row in reader.scan(LINKS)]
        reader.close()
        await views.commit("view", rows, {})
        await views.close()
        link = await place_of(database, "panictrail").connect(30.0)
        found = []
        for query, _ in examples():
            made = await link.prepare(query)
            names = [column.name for column in made.get_attributes()]
            found.append(shown(names, [tuple(row) for row in await made.fetch()]))
        await link.close()
        return found

    _compare(asyncio.run(scenario()))


def _compare(found: list[str]) -> None:
    """`GOLDEN=1` writes the page anew; a reviewer reads the diff."""
    if os.environ.get("GOLDEN"):
        answers = iter(found)
        text = EXAMPLES.sub(
            lambda m: f"```sql\n{m['query']};\n```\n\n```text\n{next(answers)}```", PAGE.read_text()
        )
        PAGE.write_text(text)
    assert found == [text for _, text in examples()]

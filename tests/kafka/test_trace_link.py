"""trace_link on PostgreSQL by way of Kafka is, row for row and column for column, what one process keeps in SQLite."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from streams.adapters.postgres_link import place_of
from streams.adapters.sqlite_store import FILE_NAME, SqliteStore
from streams.drivers.database import SCHEMA, open_reader
from streams.drivers.embedded.session import Session
from streams.drivers.kafka.names import Names
from streams.model.message import Message, encode
from streams.model.settings import PipelineSettings
from streams.model.topics import BY_MESSAGE
from streams.model.view import LINKS
from streams.ports.reader import Reader
from streams.topology import stages
from tests.kafka.processes import cluster_of, create_topics, worker
from tests.kafka.traffic import raw, send
from tests.kafka_broker import Broker
from tests.releases import history

KEEP_DAYS: Final = 20
_QUERY: Final = (
    "SELECT link, commit_sha, build_id, deploy_batch, service_name, timestamp, environment, region, phase, action, "
    "percent, image_digest, version, revision, repo, build_status, build_attempt, joined_by, message "
    "FROM trace_link ORDER BY link"
)


def _messages(reader: Reader) -> dict[str, bytes]:
    """Rows as bytes."""
    return {link: encode(row) for link, row in reader.scan(LINKS)}


def embedded(events: list[Message], folder: Path) -> dict[str, bytes]:
    """What one process makes of the events."""
    with SqliteStore(folder) as store:
        session = Session(stages(PipelineSettings(links_keep_days=KEEP_DAYS)), store)
        for event in events:
            session.engine.submit(BY_MESSAGE[type(event)].name, "", event)
        store.commit()
        return _messages(store)


def _plain(row: Mapping[str, object]) -> dict[str, object]:
    """A row of PostgreSQL as SQLite shows it."""
    at = row["timestamp"]
    text = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(at, datetime) else None
    return {**row, "timestamp": text}


async def columns(database: str) -> list[dict[str, object]]:
    """What other programs see in PostgreSQL."""
    link = await place_of(database, SCHEMA).connect(30.0)
    try:
        return [_plain(dict(row)) for row in await link.fetch(_QUERY)]
    finally:
        await link.close()


@pytest.mark.timeout(240)
def test_rows_are_the_same_on_both_drivers(
    broker: Broker, names: Names, database: str, tmp_path: Path
) -> None:
    events = history(120)
    expected = embedded(events, tmp_path / "state")
    joined = {row.split(b'"joined_by":')[1].split(b",")[0] for row in expected.values()}
    assert joined == {b'"build_id"', b'"digest"', b'"version"', b'"revision"', b"null"}
    assert 50 < len(expected) < len(events) // 2
    cluster = cluster_of(broker)
    create_topics(broker, names, 3)
    more = {"PANICTRAIL_LINKS_KEEP_DAYS": str(KEEP_DAYS), "PANICTRAIL_DATABASE": database}
    with (
        worker(broker, names, tmp_path / "link", "link", **more),
        worker(broker, names, tmp_path / "view", "view", **more) as view,
        closing(open_reader(database)) as reader,
    ):
        asyncio.run(
            send(cluster, names, [raw(BY_MESSAGE[type(event)].name, event) for event in events])
        )
        view.wait(lambda: _messages(reader) == expected)
    with closing(sqlite3.connect(tmp_path / "state" / FILE_NAME)) as link:
        link.row_factory = sqlite3.Row
        assert [dict(row) for row in link.execute(_QUERY)] == asyncio.run(columns(database))

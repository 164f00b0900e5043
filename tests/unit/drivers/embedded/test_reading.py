"""What a store holds for people."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from streams.adapters.memory_meter import MemoryMeter
from streams.adapters.no_facts import NoFacts
from streams.adapters.sqlite_store import SqliteStore
from streams.adapters.system_clock import SystemClock
from streams.core.cluster.state import CLUSTERS
from streams.drivers.cluster_facts import crash_of
from streams.drivers.embedded.engine import Engine
from streams.drivers.embedded.reading import (
    cluster_of,
    dead_letters,
    fingerprints_of,
    reports,
)
from streams.model.events import RawPanic
from streams.topology import STAGES
from tests.unit.core.steps.bench import panic_text


@pytest.fixture
def store() -> Iterator[SqliteStore]:
    """A store with three crashes of two clusters and a dead letter."""
    with SqliteStore(None) as opened:
        engine = Engine(STAGES, opened, NoFacts(), SystemClock(), MemoryMeter())
        for name, text in (
            ("one-1", panic_text()),
            ("one-2", panic_text()),
            ("two-1", panic_text("main.f", message="boom")),
            ("bad", "all is well"),
        ):
            engine.submit("panics.raw", name, RawPanic(text=text, event_id=name))
        yield opened


def test_reports_are_given_by_cluster(store: SqliteStore) -> None:
    found = reports(store)
    assert sorted(report.occurrences for report in found) == [1, 2]
    assert [report.cluster for report in found] == [key for key, _ in store.scan(CLUSTERS)]


def test_a_crash_is_found_by_its_whole_id(store: SqliteStore) -> None:
    crash = crash_of(store, "one-1")
    assert crash is not None
    assert (crash.id, crash.message) == ("one-1", "assignment to entry in nil map")
    assert crash_of(store, "one") is None


def test_fingerprints_are_found_by_the_beginning_of_a_crash_id(store: SqliteStore) -> None:
    assert [f.crash for f in fingerprints_of(store, "one-")] == ["one-1", "one-2"]
    assert [f.crash for f in fingerprints_of(store, "two-1")] == ["two-1"]
    assert fingerprints_of(store, "nothing") == ()


def test_a_cluster_id_gives_the_fingerprint_of_its_representative(store: SqliteStore) -> None:
    cluster = cluster_of(store, "one-2")
    assert cluster is not None
    assert [f.crash for f in fingerprints_of(store, cluster[:12])] == ["one-1"]
    assert cluster_of(store, "one-1") == cluster != cluster_of(store, "two-1")
    assert cluster_of(store, "bad") is None


def test_dead_letters_are_given_by_id(store: SqliteStore) -> None:
    ((name, letter),) = dead_letters(store).items()
    assert len(name) == 16
    assert letter.place == "bad"

"""Source on Kafka: crashes of two releases find their place in a repository, with the reports of the embedded run."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from streams.adapters.sqlite_store import SqliteStore
from streams.drivers.causes import CauseFacts
from streams.drivers.embedded.reading import reports
from streams.drivers.embedded.session import Session
from streams.drivers.kafka.names import Names
from streams.drivers.places import PlaceFacts
from streams.model.crash import Build
from streams.model.events import RawPanic
from streams.model.message import encode
from streams.model.report import Report
from streams.model.settings import PipelineSettings
from streams.topology import stages
from tests.embedded import content
from tests.git_repository import Repository
from tests.kafka.processes import cluster_of, create_topics, worker
from tests.kafka.traffic import newest, raw, read_until, reports_like, send
from tests.kafka_broker import Broker

PARTITIONS: Final = 2
MOD: Final = "module example.com/acme/till\n\ngo 1.21\n"
BEFORE: Final = """package cart

func total(o *Order) int {
\tsum := o.Count
\treturn sum + o.Cust.Zip
}
"""
AFTER: Final = """package cart

// amountDue was called total.
func amountDue(order *Order) int {
\tdue := order.Count

\treturn due + order.Cust.Zip
}
"""


def crash(function: str, line: int, tag: str, number: int) -> RawPanic:
    """A nil dereference at a line of a release."""
    text = (
        "panic: runtime error: invalid memory address or nil pointer dereference\n"
        "[signal SIGSEGV: segmentation violation code=0x1 addr=0x8 pc=0x47a2f1]\n\n"
        "goroutine 1 [running]:\n"
        f"example.com/acme/till/cart.{function}(...)\n\t/src/cart/cart.go:{line}\n"
        f"main.main()\n\t/src/main.go:{number}\n"
    )
    return RawPanic(text=text, build=Build(tag=tag), service="till", event_id=f"{tag}-{number}")


@pytest.mark.timeout(240)
def test_a_renamed_function_is_one_cluster_and_both_drivers_say_the_same(
    broker: Broker, names: Names, tmp_path: Path
) -> None:
    """Without the repository the two releases are two clusters."""
    repository = Repository(tmp_path / "till")
    for tag, source in (("v1", BEFORE), ("v2", AFTER)):
        repository.commit({"go.mod": MOD, "cart/cart.go": source}, tag=tag)
    crashes = [crash("total", 5, "v1", n) for n in range(3)]
    crashes += [crash("amountDue", 7, "v2", n) for n in range(4)]
    expected = embedded(crashes, tmp_path / "till")
    assert [(r.occurrences, r.root_cause.rule) for r in expected.values()] == [
        (7, "locus1/top-in-app")
    ]
    assert len(embedded(crashes, None)) == 2
    create_topics(broker, names, PARTITIONS)
    settings = {
        "PANICTRAIL_REPOSITORIES": f"till={tmp_path / 'till'}",
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }
    with worker(broker, names, tmp_path / "worker", "all", **settings):
        events = (raw("panics.raw", event) for event in reversed(crashes))
        asyncio.run(send(cluster_of(broker), names, events))
        hashes = {name: report.content_hash for name, report in expected.items()}
        found = asyncio.run(reports_like(cluster_of(broker), names, hashes, 120))
    lines = [encode(found[name]) for name in sorted(found)]
    assert content(lines) == content(encode(expected[name]) for name in sorted(expected))


def embedded(crashes: list[RawPanic], repository: Path | None) -> dict[str, Report]:
    """The reports of the embedded driver."""
    repos = {} if repository is None else {"till": repository}
    chosen = stages(PipelineSettings(repositories=tuple(repos)))
    with (
        SqliteStore(None) as store,
        closing(PlaceFacts(repos)) as places,
        closing(CauseFacts(repos, places)) as facts,
    ):
        session = Session(chosen, store, resolver=facts)
        for event in crashes:
            session.engine.submit("panics.raw", event.event_id or "", event)
        return {report.cluster: report for report in reports(store)}


@pytest.mark.timeout(240)
def test_a_crash_that_comes_again_when_its_source_is_there_is_not_counted_again(
    broker: Broker, names: Names, tmp_path: Path
) -> None:
    """One partition: what comes after is worked out after, and in another block by then."""
    repository = Repository(tmp_path / "till")
    for tag, source in (("v1", BEFORE), ("v2", AFTER)):
        repository.commit({"go.mod": MOD, "cart/cart.go": source}, tag=tag)
    late = [crash("amountDue", 7, "v2", n) for n in range(3)]
    last = crash("total", 5, "v1", 9)
    create_topics(broker, names, 1)

    def worked(events: list[RawPanic], repositories: str, enough: int) -> list[Report]:
        settings = {
            "PANICTRAIL_REPOSITORIES": repositories,
            "XDG_CACHE_HOME": str(tmp_path / "cache"),
        }
        topic, cluster = names.topic("reports.root_cause"), cluster_of(broker)
        with worker(broker, names, tmp_path / "worker", "all", **settings):
            asyncio.run(
                send(cluster, names, (raw("panics.raw", e, e.event_id or "") for e in events))
            )
            asyncio.run(
                read_until(cluster, topic, lambda found: total(newest(found).values()) >= enough)
            )
        # A worker that ends sends what it held back.
        return [*newest(asyncio.run(read_until(cluster, topic, bool))).values()]

    (by_name,) = worked(late, "", 3)
    assert by_name.root_cause.rule == "locus1/top-in-app"
    reports_now = worked([*late, last], f"till={repository.path}", 4)
    assert sorted(report.occurrences for report in reports_now) == [1, 3]


def total(found: Iterable[Report]) -> int:
    """Crashes in all reports."""
    return sum(report.occurrences for report in found)

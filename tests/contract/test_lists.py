"""What every finder must answer to the web page, on rows that workers write; an adapter joins by a row in `place`."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from uuid import uuid4

import pytest
from msgspec.structs import replace

from streams.adapters.postgres_finder import PostgresFinder
from streams.adapters.postgres_views import PostgresViews
from streams.adapters.sqlite_finder import SqliteFinder
from streams.adapters.sqlite_store import SqliteStore
from streams.adapters.sqlite_views import SqliteViews
from streams.core.cluster.assign import cluster_id_of
from streams.model.attributing import SeenIn
from streams.model.errors import BadInput
from streams.model.events import ClusterRedirected, Fingerprinted, VariantName
from streams.model.instant import Instant
from streams.model.listing import ClusterQuery, Occurrence, Sort, Span, StatusChoice
from streams.model.report import Report, Suspect
from streams.model.step import Change, put
from streams.model.view import (
    CRASHES,
    LINKS,
    PRINTS,
    REDIRECTS,
    REPORTS,
    CrashRow,
    PrintRow,
)
from streams.ports.lists import Lists
from streams.ports.views import Views
from tests.postgres_server import Server
from tests.view_rows import BLOB, EVENT, LINK, REPORT

DAY = 86_400
SUSPECT = Suspect(commit="feedbeef" * 5, confidence=0.5)
NS = 1_000_000_000
START = 1_764_000_000
STACK = VariantName(block="main.f", fingerprint="fp1:1")
OTHER = VariantName(block="main.f", fingerprint="fp1:2")


def at(seconds: int) -> Instant:
    return Instant((START + seconds) * NS)


class Place:
    """A database that a worker writes to and a page reads, at the same time."""

    def __init__(self, runner: asyncio.Runner, views: Views, opens: Callable[[], Lists]) -> None:
        self._runner = runner
        self._views = views
        self._opens = opens
        self._opened: list[Lists] = []

    def write(self, *changes: Change) -> None:
        self._runner.run(self._commit(changes))

    async def _commit(self, changes: Sequence[Change]) -> None:
        await self._views.commit("view", changes, {})

    @property
    def lists(self) -> Lists:
        """A finder that stays open while the worker goes on."""
        if not self._opened:
            self._opened.append(self._opens())
        return self._opened[0]

    def close(self) -> None:
        for each in self._opened:
            each.close()
        self._runner.run(self._close())

    async def _close(self) -> None:
        await self._views.close()


@pytest.fixture(params=("postgres", "sqlite"))
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    with asyncio.Runner() as runner:
        if request.param == "postgres":
            server: Server = request.getfixturevalue("postgres")
            url, schema = server.url(), f"lists-{uuid4().hex}"
            views: Views = runner.run(PostgresViews.connect(url, schema, cluster_id_of))
            made = Place(runner, views, lambda: PostgresFinder(url, schema))
        else:
            made = Place(runner, SqliteViews(tmp_path), lambda: SqliteFinder(tmp_path))
        yield made
        made.close()


def cluster(name: str, **other: object) -> Report:
    return replace(REPORT, cluster=name, representative=f"crash-of-{name}", **other)


def write_clusters(place: Place, *reports: Report) -> None:
    place.write(*(put(REPORTS, each.cluster, each) for each in reports))


def found(place: Place, query: ClusterQuery) -> list[str]:
    answer = place.lists.clusters(query)
    assert answer.total == len(answer.reports)
    return [report.cluster for report in answer.reports]


def write_crashes(place: Place, *events: Fingerprinted) -> None:
    place.write(*(put(PRINTS, each.crash, PrintRow(event=each)) for each in events))


def crash(name: str, seconds: int | None, **other: object) -> Fingerprinted:
    when = None if seconds is None else at(seconds)
    return replace(EVENT, crash=name, at=when, **other)


def test_nothing_kept_is_an_empty_page(place: Place) -> None:
    assert place.lists.clusters(ClusterQuery()) == place.lists.clusters(ClusterQuery(text="x"))
    assert place.lists.clusters(ClusterQuery()).total == 0
    assert place.lists.services(10) == ()


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        (ClusterQuery(), ["a", "b", "d"]),
        (ClusterQuery(status="all"), ["a", "b", "c", "d"]),
        (ClusterQuery(status="ignored"), ["c"]),
        (ClusterQuery(status="regressed"), ["b"]),
        (ClusterQuery(service="pay"), ["b"]),
        (ClusterQuery(service="pa"), []),
        (ClusterQuery(release="v2"), ["a", "d"]),
        (ClusterQuery(kind="fatal"), ["b"]),
        (ClusterQuery(text="ZERO"), ["a"]),
        (ClusterQuery(text="straße"), ["d"]),
        (ClusterQuery(text="STRASSE"), ["d"]),
        (ClusterQuery(text="100%_"), ["b"]),
        (ClusterQuery(text="feedbeef"), ["b"]),
        (ClusterQuery(text="it's"), ["d"]),
        (ClusterQuery(since=at(2 * DAY)), ["b"]),
        (ClusterQuery(until=at(DAY)), ["a"]),
        (ClusterQuery(service="cart", release="v2", text="divide"), ["a"]),
        (ClusterQuery(text="'; DROP TABLE reports; --"), []),
    ],
)
def test_every_filter_means_what_it_says(
    place: Place, query: ClusterQuery, wanted: list[str]
) -> None:
    write_clusters(
        place,
        cluster("a", title="divide by zero", occurrences=9, builds=("v1", "v2"), first_seen=at(0), last_seen=at(DAY)),
        cluster("b", title="map at 100%_ load", kind="fatal", occurrences=8, services=("pay",), status="regressed",
                first_seen=at(2 * DAY), last_seen=at(3 * DAY), suspects=(SUSPECT,)),
        cluster("c", status="ignored", occurrences=7),
        cluster("d", title="it's in Straße\0", occurrences=6, builds=("v2",), first_seen=None, last_seen=None),
    )  # fmt: skip
    assert found(place, query) == wanted


@pytest.mark.parametrize(
    ("sort", "wanted"),
    [
        ("occurrences", ["b", "c", "a", "d"]),
        ("last_seen", ["c", "a", "b", "d"]),
        ("first_seen", ["c", "a", "b", "d"]),
        ("title", ["d", "c", "a", "b"]),
    ],
)
def test_every_order_is_total_and_pages_go_through_it(
    place: Place, sort: Sort, wanted: list[str]
) -> None:
    write_clusters(
        place,
        cluster("a", title="b", occurrences=2, first_seen=at(20), last_seen=at(20)),
        cluster("b", title="c", occurrences=5, first_seen=at(10), last_seen=at(10)),
        cluster("c", title="B", occurrences=2, first_seen=at(30), last_seen=at(30)),
        cluster("d", title="A", occurrences=1, first_seen=None, last_seen=None),
    )
    assert found(place, ClusterQuery(sort=sort)) == wanted
    paged = [place.lists.clusters(ClusterQuery(sort=sort, limit=1, offset=n)) for n in range(5)]
    assert [page.total for page in paged] == [4] * 5
    assert [report.cluster for page in paged for report in page.reports] == wanted


def test_a_row_that_changed_or_went_is_found_as_it_is_now(place: Place) -> None:
    write_clusters(place, cluster("a", services=("old",)), cluster("b"))
    assert found(place, ClusterQuery(service="old")) == ["a"]
    write_clusters(place, cluster("a", services=("new", "cart")))
    place.write(put(REPORTS, "b", None))
    assert found(place, ClusterQuery()) == ["a"]
    assert place.lists.services(10) == ("cart", "new")
    assert place.lists.services(1) == ("cart",)


def test_ids_that_lead_to_a_cluster_are_found_by_it(place: Place) -> None:
    for name, to in (("x", "a"), ("w", "a"), ("y", "b")):
        place.write(put(REDIRECTS, name, ClusterRedirected(cluster=name, to=to)))
    assert place.lists.leading(["a", "b", "c"]) == {"a": ("w", "x"), "b": ("y",)}
    place.write(put(REDIRECTS, "x", None))
    assert place.lists.leading(["a"]) == {"a": ("w",)}


def test_crashes_are_counted_by_stack_and_step(place: Place) -> None:
    write_crashes(
        place,
        crash("1", 0),
        crash("2", 3599),
        crash("3", 3600),
        crash("4", 3601, fingerprint="fp1:2"),
        crash("5", None),
        crash("6", 10, block="main.g"),
        crash("7", 20, twin="1"),
    )
    span = Span(START, 3600, 3)
    assert place.lists.bars([STACK, OTHER], span, 100) == {STACK: (2, 1, 0), OTHER: (0, 1, 0)}
    assert place.lists.bars([STACK], span, None) == {STACK: (2, 1, 0)}
    assert place.lists.bars([STACK], span, 1) == {STACK: (1, 1, 0)}
    step = START // 1200
    assert place.lists.course([STACK, OTHER], 1200) == {step: 1, step + 2: 1, step + 3: 2}
    assert place.lists.course([], 1200) == {}


def test_a_storm_is_counted_as_exactly_as_a_few_crashes(place: Place) -> None:
    write_crashes(
        place, *(crash(str(n), n, fingerprint="fp1:2") for n in range(2500)), crash("x", 1)
    )
    span = Span(START, 1000, 3)
    wanted = {STACK: (1, 0, 0), OTHER: (1000, 1000, 500)}
    assert place.lists.bars([STACK, OTHER], span, None) == wanted
    assert place.lists.bars([STACK, OTHER], span, 600) == {STACK: (1, 0, 0), OTHER: (600, 600, 500)}
    assert sum(place.lists.course([STACK, OTHER], 1000).values()) == 2501


def test_a_crash_that_moved_to_another_stack_counts_there_only(place: Place) -> None:
    write_crashes(place, crash("1", 0))
    write_crashes(place, crash("1", 0, fingerprint="fp1:2"))
    span = Span(START, 60, 1)
    assert place.lists.bars([STACK, OTHER], span, 9) == {STACK: (0,), OTHER: (1,)}


def test_the_newest_crashes_come_first_with_where_they_were_seen(place: Place) -> None:
    write_crashes(
        place,
        crash("1", 5, build="v1", seen=SeenIn(env="prod", region="eu")),
        crash("2", 7, service=None),
        crash("3", None),
        crash("4", 6, fingerprint="fp1:2"),
        crash("5", 9, twin="2"),
    )
    newest = place.lists.newest([STACK, OTHER], 10)
    assert newest == (
        Occurrence("2", at(7), None, None),
        Occurrence("4", at(6), "cart", None),
        Occurrence("1", at(5), "cart", "v1", "prod", "eu"),
        Occurrence("3", None, "cart", None),
    )
    assert [each.crash for each in place.lists.newest([STACK, OTHER], 2)] == ["2", "4"]


def test_crashes_are_found_by_their_trace(place: Place) -> None:
    row = CrashRow(blob=BLOB, kind="panic")
    for name, trace in (("2", "t"), ("1", "t"), ("3", "T"), ("4", None), ("5", "'; --")):
        place.write(put(CRASHES, name, replace(row, trace_id=trace, span_id="s", at_seconds=7)))
    assert place.lists.of_trace("t", 10) == ("1", "2")
    assert place.lists.of_trace("t", 1) == ("1",)
    assert place.lists.of_trace("'; --", 10) == ("5",)
    assert place.lists.of_trace("", 10) == ()


def test_rows_of_trace_link_are_found_by_service_newest_first(place: Place) -> None:
    for name, service, seconds in (("1", "a", 1), ("2", "a", 300), ("3", "b", 60), ("4", "c", 5)):
        place.write(
            put(LINKS, name, replace(LINK, link=name, service=service, timestamp=at(seconds)))
        )
    place.write(put(LINKS, "5", replace(LINK, link="5", service="a", timestamp=None)))
    assert [row.link for row in place.lists.links_of(["a", "b"], 10)] == ["2", "3", "1"]
    assert [row.link for row in place.lists.links_of(["a", "b"], 2)] == ["2", "3"]


def test_a_state_of_before_is_lifted_with_what_it_holds(tmp_path: Path) -> None:
    """Layout 2 had no lists; the page waits until what writes there has made them."""
    with SqliteStore(tmp_path) as store:
        store.apply(
            (put(REPORTS, "a", cluster("a")), put(PRINTS, "1", PrintRow(event=crash("1", 0))))
        )
        store.commit()
    with sqlite3.connect(tmp_path / "panictrail.sqlite") as db:
        for (name,) in db.execute(
            "SELECT name FROM sqlite_master WHERE name GLOB 'page_*' AND type='table'"
        ).fetchall():
            db.execute(f"DROP TABLE {name}")
        db.execute("PRAGMA user_version=2")
    with pytest.raises(BadInput, match=r"older panictrail \(layout 2, want 4\): start what writes"):
        SqliteFinder(tmp_path)
    SqliteStore(tmp_path).close()
    lists = SqliteFinder(tmp_path)
    assert lists.clusters(ClusterQuery()).total == 1
    assert lists.bars([STACK], Span(START, 60, 1), 9) == {STACK: (1,)}
    lists.close()


def test_the_end_of_a_file_that_is_taken_out_leaves_the_lists_too(tmp_path: Path) -> None:
    with SqliteStore(tmp_path) as store:
        store.apply((put(REPORTS, "a", cluster("a", title="before")),))
        store.commit()
        store.begin_tail(LINKS)
        store.apply(
            (put(REPORTS, "a", cluster("a", title="after")), put(REPORTS, "b", cluster("b")))
        )
        store.commit()
        lists = SqliteFinder(tmp_path)
        assert lists.clusters(ClusterQuery(text="after")).total == 1
        store.undo_tail()
        store.commit()
        assert [each.cluster for each in lists.clusters(ClusterQuery()).reports] == ["a"]
        assert lists.clusters(ClusterQuery(text="before")).total == 1
        lists.close()


@pytest.mark.parametrize("choice", ["new", "ongoing", "regressed", "resolved", "ignored"])
def test_a_status_is_found_by_its_name_alone(place: Place, choice: StatusChoice) -> None:
    names = ("new", "ongoing", "regressed", "resolved", "ignored")
    write_clusters(place, *(cluster(name, status=name) for name in names))
    assert found(place, ClusterQuery(status=choice)) == [choice]

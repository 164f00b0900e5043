"""What retention removes of a view and what stays, on both databases: texts first, and no count ever changes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from streams.adapters.postgres_finder import PostgresFinder
from streams.adapters.postgres_views import PostgresViews
from streams.adapters.sqlite_finder import SqliteFinder
from streams.adapters.sqlite_views import SqliteViews
from streams.core.cluster.assign import cluster_id_of
from streams.core.retention import bounds
from streams.model.events import VariantName
from streams.model.instant import Instant
from streams.model.listing import Span
from streams.model.retention import Bounds, Retention, Swept
from streams.model.step import Change, Keep, put
from streams.model.view import (
    CRASHES,
    DEAD,
    PRINTS,
    REPORTS,
    SEPARATOR,
    VARIANTS,
    CrashRow,
    PrintRow,
)
from streams.ports.lists import Lists
from streams.ports.views import Views
from tests.postgres_server import Server
from tests.view_rows import EVENT, LETTER, REPORT, VARIANT

T = TypeVar("T")
NS = 1_000_000_000
STACK = VariantName(block="main.f", fingerprint="fp1:1")


class Place:
    """A view that a worker keeps, and what a page reads of it."""

    def __init__(self, runner: asyncio.Runner, views: Views, opens: Callable[[], Lists]) -> None:
        self._runner = runner
        self.views = views
        self._opens = opens
        self._lists: list[Lists] = []

    def run(self, work: Awaitable[T]) -> T:
        async def wrapped() -> T:
            return await work

        return self._runner.run(wrapped())

    def write(self, *changes: Change) -> None:
        self.run(self.views.commit("view", changes, {}))

    def sweep(
        self,
        *,
        texts: int | None = None,
        texts_bytes: int | None = None,
        crashes: int | None = None,
        dead_letters: int | None = None,
        most: int = 100,
    ) -> Swept:
        asked = Bounds(
            texts=texts,
            texts_bytes=texts_bytes,
            crashes=crashes,
            dead_letters=dead_letters,
            most=most,
        )
        return self.run(self.views.sweep(asked))

    @property
    def lists(self) -> Lists:
        if not self._lists:
            self._lists.append(self._opens())
        return self._lists[0]

    def texts(self) -> set[str]:
        """The crashes whose text is there."""
        return {
            key for key, row in self.lists.scan(CRASHES) if self.lists.blob(row.blob) is not None
        }

    def close(self) -> None:
        for each in self._lists:
            each.close()
        self.run(self.views.close())


@pytest.fixture(params=("postgres", "sqlite"))
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    with asyncio.Runner() as runner:
        if request.param == "postgres":
            server: Server = request.getfixturevalue("postgres")
            url, schema = server.url(), f"kept-{uuid4().hex}"
            views: Views = runner.run(PostgresViews.connect(url, schema, cluster_id_of))
            made = Place(runner, views, lambda: PostgresFinder(url, schema))
        else:
            made = Place(runner, SqliteViews(tmp_path), lambda: SqliteFinder(tmp_path))
        yield made
        made.close()


def crash(name: str, at: int | None, text: bytes = b"text") -> tuple[Change, ...]:
    """A crash of one stack; every text is another one."""
    data = text + name.encode()
    blob = sha256(data).hexdigest()
    event = replace(EVENT, crash=name, at=None if at is None else Instant(at * NS))
    return (
        Keep(blob, data),
        put(CRASHES, name, CrashRow(blob=blob, kind="panic", at_seconds=at)),
        put(PRINTS, name, PrintRow(event=event)),
    )


def standing(name: str) -> Change:
    """The crash stands for its stack."""
    return put(VARIANTS, f"c1{SEPARATOR}{name}", replace(VARIANT, fingerprint=name, crash=name))


def counted(place: Place) -> tuple[int, int, int, dict[VariantName, tuple[int, ...]]]:
    """Every count that page, API and commands show."""
    (report,) = (report for _, report in place.lists.scan(REPORTS))
    bars = place.lists.bars([STACK], Span(0, 1000, 2), None)
    return report.occurrences, place.lists.count(CRASHES), place.lists.count(PRINTS), dict(bars)


def fill(place: Place) -> None:
    place.write(
        put(REPORTS, "c1", replace(REPORT, representative="b", occurrences=5)),
        standing("b"),
        *(
            change
            for n, name in enumerate("abcd")
            for change in crash(name, 100 + n, bytes(range(200)))
        ),
        *crash("e", None, bytes(range(200))),
    )


def test_the_newest_time_is_that_of_the_newest_crash(place: Place) -> None:
    assert place.run(place.views.newest()) is None
    fill(place)
    assert place.run(place.views.newest()) == 103


def test_texts_go_by_age_but_those_that_stand_for_a_stack_and_counts_stay(place: Place) -> None:
    fill(place)
    before = counted(place)
    assert place.sweep(texts=103) == Swept(texts=2)
    # b stands for the stack; e does not say when it was.
    assert place.texts() == {"b", "d", "e"}
    assert counted(place) == before
    assert place.sweep(texts=103) == Swept()


def test_above_the_size_the_oldest_texts_go_until_it_fits(place: Place) -> None:
    fill(place)
    before = counted(place)
    assert place.sweep(texts_bytes=10_000) == Swept()
    swept = place.sweep(texts_bytes=450)
    assert (swept.texts, swept.more) == (3, True)
    # What states no time may be the oldest; what stands for a stack goes last.
    assert place.texts() == {"b", "d"}
    assert place.sweep(texts_bytes=450) == Swept()
    assert place.sweep(texts_bytes=250).texts == 1
    assert place.texts() == {"b"}
    assert place.sweep(texts_bytes=1).texts == 1
    assert place.texts() == set()
    assert counted(place) == before


def test_a_pass_is_bounded_and_says_that_there_is_more(place: Place) -> None:
    fill(place)
    assert place.sweep(texts=200, most=2) == Swept(texts=2, more=True)
    assert place.texts() == {"b", "d", "e"}
    assert place.sweep(texts=200, most=2) == Swept(texts=1)
    assert place.texts() == {"b", "e"}


def test_rows_of_crashes_go_with_their_texts_and_the_report_still_counts_them(place: Place) -> None:
    fill(place)
    assert place.sweep(crashes=103) == Swept(crashes=2)
    assert {key for key, _ in place.lists.scan(CRASHES)} == {"b", "d", "e"} == place.texts()
    assert place.lists.count(PRINTS) == 3
    assert counted(place)[0] == 5


def test_dead_letters_go_by_age(place: Place) -> None:
    for name, at in (("1", 5), ("2", 6), ("3", None)):
        letter = replace(LETTER, at=None if at is None else Instant(at * NS))
        place.write(put(DEAD, name, letter))
    assert place.sweep(dead_letters=6) == Swept(dead_letters=1)
    assert {key for key, _ in place.lists.scan(DEAD)} == {"2", "3"}


def test_without_limits_nothing_goes(place: Place) -> None:
    fill(place)
    assert place.sweep() == Swept()
    assert len(place.texts()) == 5


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    times=st.lists(st.none() | st.integers(0, 1999), min_size=1, max_size=12),
    stands=st.integers(0, 11),
    passes=st.lists(
        st.builds(
            Bounds,
            texts=st.none() | st.integers(0, 2000),
            texts_bytes=st.none() | st.integers(0, 400),
            most=st.integers(1, 5),
        ),
        max_size=4,
    ),
)  # fmt: skip
def test_whatever_texts_go_no_count_changes(
    place: Place, times: list[int | None], stands: int, passes: list[Bounds]
) -> None:
    run = uuid4().hex
    place.write(put(REPORTS, "c1", replace(REPORT, representative=run)))
    for n, at in enumerate(times):
        place.write(*crash(f"{run}{n}", at))
    place.write(standing(f"{run}{stands % len(times)}"))
    before = counted(place)
    for each in passes:
        kept = place.texts()
        swept = place.run(place.views.sweep(each))
        assert len(kept) - len(place.texts()) == swept.texts <= each.most
    assert counted(place) == before


def test_age_counts_back_from_the_newest_crash_but_no_clock_is_ahead() -> None:
    day, keep = 86_400, Retention(texts_days=2, texts_bytes=0, dead_letters_days=3)
    old = bounds(keep, 10 * day, 400 * day, 9)
    assert old == Bounds(texts=8 * day, dead_letters=397 * day, most=9)
    assert bounds(keep, 900 * day, 400 * day, 9).texts == 398 * day
    assert bounds(keep, None, 400 * day, 9).texts is None
    assert bounds(replace(keep, texts_days=0), 10 * day, 400 * day, 9).texts is None

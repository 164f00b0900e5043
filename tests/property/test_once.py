"""Law 3 where facts come late: a crash counts once, whatever was known of it each time that it came."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.adapters.memory_meter import MemoryMeter
from streams.adapters.no_facts import NoFacts
from streams.adapters.sqlite_store import SqliteStore
from streams.adapters.system_clock import SystemClock
from streams.drivers.embedded.engine import Engine
from streams.drivers.embedded.reading import reports
from streams.drivers.embedded.session import Session
from streams.drivers.places import PlaceFacts
from streams.model.crash import Build
from streams.model.events import RawPanic
from streams.model.instant import Instant
from streams.model.settings import PipelineSettings
from streams.ports.facts import Resolver
from streams.topology import stages
from tests.git_repository import Repository

RELEASES = ("total", "amountDue")
_TEXT = """\
panic: runtime error: invalid memory address or nil pointer dereference
[signal SIGSEGV: segmentation violation code=0x1 addr=0x8 pc=0x47a2f1]

goroutine 1 [running]:
example.com/acme/till/cart.{function}(...)
	/src/cart/cart.go:5
main.main()
	/src/main.go:9
"""
_SOURCE = """\
package cart

func {function}(o *Order) int {{
	sum := o.Count
	return sum + o.Cust.Zip
}}
"""
STAGES = stages(PipelineSettings(repositories=("till",)))
# Which crash comes, and whether the source is there by then.
arrivals = st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=14)


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlaceFacts]:
    """A repository in which one function was renamed between two releases."""
    repository = Repository(tmp_path_factory.mktemp("once") / "till")
    for number, function in enumerate(RELEASES):
        text = _SOURCE.format(function=function)
        repository.commit(
            {"go.mod": "module example.com/acme/till\n", "cart/cart.go": text}, tag=f"v{number}"
        )
    with closing(PlaceFacts({"till": repository.path})) as found:
        yield found


def crash(number: int) -> RawPanic:
    """One of six, three of each release; ids and times of some are the producer's."""
    release = number % 2
    return RawPanic(
        text=_TEXT.format(function=RELEASES[release]),
        build=Build(tag=f"v{release}"),
        host=f"host-{number}",
        event_id=f"e-{number}" if number < 3 else None,
        at=Instant(number * 10**12) if number % 3 else None,
    )


def occurrences(store: SqliteStore) -> dict[str, int]:
    """How often each cluster occurred."""
    return {report.cluster: report.occurrences for report in reports(store)}


@settings(max_examples=25, deadline=None)
@given(came=arrivals, session=st.booleans())
def test_law_3_source_that_comes_late_counts_nothing_twice(
    places: PlaceFacts, came: list[tuple[int, bool]], *, session: bool
) -> None:
    """By the stages alone, as workers run them, and in a run of the embedded driver."""
    with SqliteStore(None) as store:
        for number, there in came:
            resolver: Resolver = places if there else NoFacts()
            engine = (
                Session(STAGES, store, resolver=resolver).engine
                if session
                else Engine(STAGES, store, resolver, SystemClock(), MemoryMeter())
            )
            engine.submit("panics.raw", "", crash(number))
            store.commit()
        assert sum(occurrences(store).values()) == len({number for number, _ in came})


def test_the_places_of_the_law_are_others_with_and_without_source(places: PlaceFacts) -> None:
    with SqliteStore(None) as named, SqliteStore(None) as placed:
        for store, resolver in ((named, NoFacts()), (placed, places)):
            run = Session(STAGES, store, resolver=resolver)
            for number in range(6):
                run.engine.submit("panics.raw", "", crash(number))
        assert sorted(occurrences(named).values()) == [3, 3]
        assert sorted(occurrences(placed).values()) == [6]

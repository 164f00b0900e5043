"""A core of a process whose text is told, too, counts once (ADR 0022): in any order, on both drivers."""

from __future__ import annotations

from random import Random

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.adapters.sqlite_store import SqliteStore
from streams.core.spool import Kept, raw_panic, scan
from streams.core.steps.admit import admit
from streams.core.steps.symbolize import crash_of
from streams.drivers.embedded.reading import fingerprints, reports
from streams.drivers.embedded.session import Session
from streams.model.crash import Crash, Exit, Source, Told, key_of, process_id
from streams.model.events import RawPanic
from streams.model.identity import content_id
from streams.model.message import encode
from streams.model.settings import PipelineSettings
from streams.model.view import PRINTS
from streams.topology import STAGES
from tests.property.test_two_routes import shipped
from tests.spool_writer import at, crash, record
from tests.unit.core.steps.partitions import Partitions

BY_SIGNAL = {"code": None, "signal": 6, "core": True, "oom": None}
# Which crash (a number of three), its second, its process, by what it is told, and in which of two containers.
Drawn = tuple[int, int, int, tuple[str, ...], str]
ROUTES = ("lines", "spool", "core")


def of_spool(number: int, second: float, pid: int, container: str | None) -> Crash:
    """As panicwatch tells it of a process that left a core."""
    data = record(
        crash(number), at=at(second), pid=pid + 1000, nspid=pid, container=container, exit=BY_SIGNAL
    )
    (found,) = scan(data, 0, len(data))
    assert isinstance(found, Kept)
    # The text ends with what `go run` says of it, which is of the shell then.
    return msgspec.structs.replace(
        made(admit(raw_panic(found, service="shop"), ())), exit=Exit(signal="SIGABRT")
    )


def made(event: RawPanic) -> Crash:
    """The crash record of an event."""
    found = crash_of(event, PipelineSettings())
    assert found is not None
    return found


def of_core(number: int, second: float, pid: int, container: str | None) -> Crash:
    """What a core held of the same process; its words and its outermost frames are others."""
    told = of_spool(number, second, pid, container)
    return msgspec.structs.replace(
        told,
        id=content_id("core", str(number), str(second), str(pid), str(container)),
        message="a core",
        source=Source(service="shop", host="node-7", container=container, at=told.source.at),
        told=Told(route="core", text=process_id(pid), pid=pid),
    )


def told(drawn: list[Drawn]) -> list[Crash]:
    """The crash records of all routes."""
    found = []
    for number, second, pid, routes, container in drawn:
        if "lines" in routes:
            line = shipped(number, second + 0.05, container)
            own = content_id("line", str(line.event_id), str(pid), container)
            found.append(made(msgspec.structs.replace(line, event_id=own)))
        if "spool" in routes:
            found.append(of_spool(number, second, pid, container))
        if "core" in routes:
            found.append(of_core(number, second + 1.0, pid, container))
    return found


def embedded(crashes: list[Crash]) -> dict[str, bytes]:
    """The reports of the embedded driver."""
    with SqliteStore(None) as store:
        session = Session(STAGES, store)
        for each in crashes:
            session.engine.submit("crashes.symbolized", key_of(each), each)
        return {
            report.cluster: encode(msgspec.structs.replace(report, revision=0, generation=0))
            for report in reports(store)
        }


def occurrences(found: dict[str, bytes]) -> int:
    """Of all reports."""
    return sum(msgspec.json.decode(each)["occurrences"] for each in found.values())


some_routes = st.sets(st.sampled_from(ROUTES), min_size=1).map(lambda s: tuple(sorted(s)))
drawn_crashes = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.integers(0, 40),
        st.integers(1, 3),
        some_routes,
        st.sampled_from(("a" * 64, "b" * 64)),
    ),
    min_size=1,
    max_size=7,
    unique_by=lambda each: each[:3],
)


@settings(max_examples=50, deadline=None)
@given(drawn=drawn_crashes, order=st.randoms(), batch=st.integers(1, 5))
def test_any_order_and_both_drivers_give_the_same_reports(
    drawn: list[Drawn], order: Random, batch: int
) -> None:
    crashes = told(drawn)
    expected = embedded(crashes)
    order.shuffle(crashes)
    assert embedded([*crashes, *crashes[:3]]) == expected
    partitions = Partitions(3)
    partitions.feed(
        (("crashes.symbolized", key_of(each), each) for each in crashes), order.randrange, batch
    )
    assert partitions.reports() == expected


@settings(max_examples=50, deadline=None)
@given(routes=st.lists(some_routes, min_size=1, max_size=6), order=st.randoms())
def test_each_crash_counts_once_by_whatever_it_is_told(
    routes: list[tuple[str, ...]], order: Random
) -> None:
    """Lines do not state the process: with a core alone nothing says that the two are one."""
    drawn = [(n % 3, n * 30, 7, each, "c" * 64) for n, each in enumerate(routes)]
    crashes = told(drawn)
    order.shuffle(crashes)
    apart = sum(set(each) == {"lines", "core"} for each in routes)
    assert occurrences(embedded(crashes)) == len(routes) + apart


def test_the_second_id_is_an_alias_of_the_first() -> None:
    text, core = of_spool(1, 0.0, 7, "a" * 64), of_core(1, 1.0, 7, "a" * 64)
    for order in ((text, core), (core, text)):
        with SqliteStore(None) as store:
            session = Session(STAGES, store)
            for each in order:
                session.engine.submit("crashes.symbolized", key_of(each), each)
            print_of_core = store.get(PRINTS, core.id)
            assert print_of_core is not None
            assert print_of_core.event.twin == text.id
            assert [each.crash for each in fingerprints(store)] == [text.id]


def test_what_is_not_of_one_process_counts_twice() -> None:
    text = of_spool(1, 0.0, 7, "a" * 64)
    core = of_core(1, 1.0, 7, "a" * 64)
    others = (
        of_core(1, 1.0, 8, "a" * 64),
        of_core(1, 1.0, 7, "b" * 64),
        of_core(1, 11.0, 7, "a" * 64),
        msgspec.structs.replace(core, source=Source(host="elsewhere", at=core.source.at)),
        msgspec.structs.replace(core, source=Source(at=core.source.at)),
    )
    assert occurrences(embedded([text, core])) == 1
    for other in others:
        assert occurrences(embedded([text, other])) == occurrences(embedded([other, text])) == 2

"""A core of a process whose text is told, too, counts once (ADR 0022): in any order, on both drivers."""

from __future__ import annotations

from itertools import permutations
from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.adapters.sqlite_store import SqliteStore
from streams.core.fingerprint.told import CORES, TOLD, Core
from streams.core.spool import Kept, raw_panic, scan
from streams.core.steps.admit import admit
from streams.core.steps.cores import told_by
from streams.core.steps.symbolize import crash_of
from streams.drivers.embedded.reading import fingerprints, reports
from streams.drivers.embedded.session import Session
from streams.model.crash import Crash, Exit, Source, Told, key_of
from streams.model.events import RawPanic
from streams.model.identity import content_id
from streams.model.instant import Instant
from streams.model.message import encode
from streams.model.settings import PipelineSettings
from streams.model.step import put
from streams.model.symbols import CoreHead
from streams.model.view import PRINTS
from streams.topology import STAGES
from tests.property.test_two_routes import START, shipped
from tests.spool_writer import at, crash, record
from tests.unit.core.steps.partitions import Partitions

BY_SIGNAL = {"code": None, "signal": 6, "core": True, "oom": None}
# Which crash (a number of three), its second, its process, by what it is told, and in which of two containers.
Drawn = tuple[int, int, int, tuple[str, ...], str]
# References to a core: the handler's, a folder watcher's, one that was sent after it was copied, one without time.
REFERENCES = {"core": 1.0, "folder": 4.0, "copied": 3600.0, "untimed": None}
TIED = {"core", "folder"}
ROUTES = ("lines", "spool", *REFERENCES)


def of_spool(number: int, second: float, pid: int, container: str | None) -> Crash:
    """As panicwatch tells it of a process that left a core."""
    data = record(
        crash(number), at=at(second), pid=pid + 1000, nspid=pid, container=container, exit=BY_SIGNAL
    )
    (found,) = scan(data, 0, len(data))
    assert isinstance(found, Kept)
    # The text ends with what `go run` says of it, which is of the shell then.
    crash_told = msgspec.structs.replace(
        made(admit(raw_panic(found, service="shop"), ())), exit=Exit(signal="SIGABRT")
    )
    return marked(crash_told, number, second, pid, container)


def of_lines(number: int, second: float, pid: int, container: str) -> Crash:
    """As a shipper tells it, without its process."""
    line = shipped(number, second + 0.05, container)
    own = content_id("line", str(line.event_id), str(pid), container)
    found = made(msgspec.structs.replace(line, event_id=own))
    return marked(msgspec.structs.replace(found, exit=None), number, second, pid, container)


def marked(crash: Crash, number: int, second: float, pid: int, container: str | None) -> Crash:
    """With the address of the first goroutine, as GOTRACEBACK=crash prints it: from Go 1.26 on one of its own.

    Every third program is older.
    """
    random = content_id("heap", str(number), str(second), str(pid), str(container))[:6]
    address = hex(int(random, 16) << 20 | 0x1E0) if number else "0xc0000021c0"
    first, *others = crash.goroutines
    told, goroutines = crash.told, (msgspec.structs.replace(first, gp=address), *others)
    assert isinstance(told, Told)
    text = content_id("told", told.text, address)
    told = msgspec.structs.replace(told, text=text)
    return msgspec.structs.replace(crash, goroutines=goroutines, told=told)


def made(event: RawPanic) -> Crash:
    """The crash record of an event."""
    found = crash_of(event, PipelineSettings())
    assert found is not None
    return found


def of_core(number: int, second: float, pid: int, container: str | None, by: str = "core") -> Crash:
    """What a core held of the same process; its words and its outermost frames are others."""
    told = of_spool(number, second, pid, container)
    later = REFERENCES[by]
    source = Source(
        service="shop" if by == "core" else None,
        host="node-7" if by == "folder" else None,
        container=container,
        at=None if later is None else Instant(START + int((second + later) * 1e9)),
    )
    content = "\n".join((str(number), str(second), str(pid), str(container)))
    crash = msgspec.structs.replace(
        told, id=content_id("core", content), message="a core", source=source
    )
    return told_by(crash, CoreHead(content=content, pid=pid))


def told(drawn: list[Drawn]) -> list[Crash]:
    """The crash records of all routes."""
    found = []
    for number, second, pid, routes, container in drawn:
        if "lines" in routes:
            found.append(of_lines(number, second, pid, container))
        if "spool" in routes:
            found.append(of_spool(number, second, pid, container))
        found += (of_core(number, second, pid, container, by) for by in REFERENCES if by in routes)
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
    """Lines do not state the process, but a text of Go 1.26 has a mark of it; every third program here is older.

    Nothing says of a core without a time that it is of the same crash.
    """
    drawn = [(n % 3, n * 30, 7, each, "c" * 64) for n, each in enumerate(routes)]
    crashes = told(drawn)
    order.shuffle(crashes)
    apart = 0
    for number, each in enumerate(routes):
        ties = {"lines", "spool"} if number % 3 else {"spool"}
        has_core, has_text = REFERENCES.keys() & {*each}, {"lines", "spool"} & {*each}
        tied = ties & has_text and TIED & has_core
        apart += bool(has_core and has_text and not tied)
    assert occurrences(embedded(crashes)) == len(routes) + apart


def test_the_second_id_is_an_alias_of_the_first() -> None:
    text, core = of_spool(1, 0.0, 7, "a" * 64), of_core(1, 0.0, 7, "a" * 64)
    for order in ((text, core), (core, text)):
        with SqliteStore(None) as store:
            session = Session(STAGES, store)
            for each in order:
                session.engine.submit("crashes.symbolized", key_of(each), each)
            print_of_core = store.get(PRINTS, core.id)
            assert print_of_core is not None
            assert print_of_core.event.twin == text.id
            assert [each.crash for each in fingerprints(store)] == [text.id]


@pytest.mark.parametrize("number", [0, 1])
def test_what_is_not_of_one_process_counts_twice(number: int) -> None:
    """Of a program without marks (0) both have to state a place."""
    text = of_spool(number, 0.0, 7, "a" * 64)
    core = of_core(number, 0.0, 7, "a" * 64)
    others = [
        of_core(number, 0.0, 8, "a" * 64),
        of_core(number, 0.0, 7, "b" * 64),
        of_core(number, 11.0, 7, "a" * 64),
        msgspec.structs.replace(core, source=Source(host="elsewhere", at=core.source.at)),
    ]
    nowhere = msgspec.structs.replace(core, source=Source(at=core.source.at))
    assert occurrences(embedded([text, core])) == 1
    for other in others:
        assert occurrences(embedded([text, other])) == occurrences(embedded([other, text])) == 2
    assert occurrences(embedded([text, nowhere])) == (1 if number else 2)


def test_two_processes_of_a_number_are_told_apart_by_their_marks() -> None:
    """A container that dies in a loop: each process has the number 1, and dies in the same way."""
    texts = [of_spool(1, second, 1, "a" * 64) for second in (0.0, 3.0)]
    cores = [of_core(1, second, 1, "a" * 64) for second in (0.0, 3.0)]
    for crashes, number in (
        ((texts[0], cores[1]), 2),
        ((cores[1], texts[0]), 2),
        ((*texts, cores[1]), 2),
        ((*cores, texts[0]), 2),
        ((*cores, *texts), 2),
    ):
        assert occurrences(embedded([*crashes])) == number


@pytest.mark.parametrize("by", [each for each in REFERENCES if each != "core"])
def test_a_core_by_two_references_is_one_crash_that_both_tell_of(by: str) -> None:
    one, other = of_core(1, 0.0, 7, "a" * 64), of_core(1, 0.0, 7, "a" * 64, by)
    assert key_of(one) == key_of(other)
    found = []
    for order in ((one, other), (other, one), (one, other, one, other)):
        with SqliteStore(None) as store:
            session = Session(STAGES, store)
            for each in order:
                session.engine.submit("crashes.symbolized", key_of(each), each)
            (report,) = reports(store)
            found.append(msgspec.structs.replace(report, revision=0, generation=0))
            assert {key for key, _ in store.scan(PRINTS)} == {one.id, other.id}
            assert len(list(fingerprints(store))) == 1
            assert session.tally.total("panictrail_crashes_total") == 1
    assert found[0] == found[1] == found[2]
    assert found[0].occurrences == 1
    times = [each.source.at for each in (one, other) if each.source.at]
    assert (found[0].first_seen, found[0].last_seen) == (min(times), max(times))


def test_another_reference_ties_a_core_that_the_first_one_did_not() -> None:
    """Whoever copied the core knew nothing of when it died; the text and the handler do."""
    text = of_spool(1, 0.0, 7, "a" * 64)
    far, near = (of_core(1, 0.0, 7, "a" * 64, by) for by in ("copied", "core"))
    for order in permutations((text, far, near)):
        assert occurrences(embedded([*order])) == 1
    assert occurrences(embedded([text, far])) == 2


def test_more_references_than_anyone_has_count_nothing_and_take_no_room() -> None:
    core = of_core(1, 0.0, 7, "a" * 64)
    assert isinstance(core.source.at, Instant)
    many = [
        told_by(
            msgspec.structs.replace(
                core,
                id=content_id("core", "x"),
                source=Source(host="node-7", at=Instant(core.source.at.ns + n * 10**9)),
            ),
            CoreHead(content="x", pid=7),
        )
        for n in range(100)
    ]
    with SqliteStore(None) as store:
        session = Session(STAGES, store)
        for each in many:
            session.engine.submit("crashes.symbolized", key_of(each), each)
        assert sum(report.occurrences for report in reports(store)) == 1
        # By the process's number, and by its mark.
        assert [len(row.told) for _, row in store.scan(CORES)] in ([15, 16], [16, 15])
        assert sum(len(each.records) for _, each in store.scan(TOLD)) == 2 * 16


def test_what_was_kept_of_cores_before_they_were_known_by_what_they_hold_stands() -> None:
    """One that was counted, and one that had found its text, under the cores' own names."""
    text, core = of_spool(1, 0.0, 7, "a" * 64), of_core(1, 0.0, 7, "a" * 64)
    assert isinstance(core.told, Told)
    assert isinstance(core.told.core, str)
    told = Told(route="core", text=core.told.text, pid=7)
    before = msgspec.structs.replace(core, id=core.told.core, told=told)
    folder = of_core(1, 0.0, 7, "a" * 64, "folder")
    for first in ([before], [text, before], [before, text]):
        with SqliteStore(None) as store:
            session = Session(STAGES, store)
            for each in first:
                session.engine.submit("crashes.symbolized", key_of(each), each)
            rows = [(key, row) for key, row in store.scan(CORES)]
            for key, row in rows:
                # As it was: a row as long as it was counted, without what came since.
                old = Core(sent=row.sent) if row.sent.twin is None else None
                store.apply((put(CORES, key, old),))
            for each in (before, core, folder, core, text):
                session.engine.submit("crashes.symbolized", key_of(each), each)
            assert sum(report.occurrences for report in reports(store)) == 1

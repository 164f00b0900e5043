"""A crash that comes by two routes counts once (ADR 0022): in any order, on both drivers, and where facts come late."""

from __future__ import annotations

from pathlib import Path
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
from streams.model.crash import Crash, key_of
from streams.model.events import RawPanic
from streams.model.instant import Instant
from streams.model.message import encode
from streams.model.settings import PipelineSettings
from streams.model.text import from_bytes
from streams.topology import STAGES
from tests.embedded import content, run
from tests.spool_writer import at, crash, record, write
from tests.unit.core.steps.partitions import Partitions

START = 1_795_809_600 * 10**9


def spooled(number: int, second: float, pid: int, container: str | None = None) -> RawPanic:
    """A crash as its spool tells it."""
    data = record(crash(number), at=at(second), pid=pid, container=container, host="inside")
    (found,) = scan(data, 0, len(data))
    assert isinstance(found, Kept)
    return admit(raw_panic(found, service="shop"), ())


def shipped(number: int, second: float, container: str | None = None) -> RawPanic:
    """A crash as COLLECT has it from log lines."""
    return admit(
        RawPanic(
            text=from_bytes(crash(number)).rstrip(),
            at=Instant(START + int(second * 1e9)),
            service="shop",
            container=container,
            stream="stderr",
            route="lines",
            event_id=f"{number:016x}{int(second * 1e6):016x}",
        ),
        (),
    )


# What crashed when (in tenths of a second), and by which routes that is told.
crashes = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.integers(0, 600),
        st.sampled_from((("lines",), ("spool",), ("lines", "spool"), ("lines", "spool"))),
        st.sampled_from((None, "a" * 64, "b" * 64)),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda each: each[:2],
)


def told(drawn: list[tuple[int, int, tuple[str, ...], str | None]]) -> list[RawPanic]:
    """The events of all routes."""
    found = []
    for pid, (number, tenth, routes, container) in enumerate(drawn, 1):
        if "spool" in routes:
            found.append(spooled(number, tenth / 10, pid, container))
        if "lines" in routes:
            found.append(shipped(number, tenth / 10 + 0.05, container))
    return found


def embedded(events: list[RawPanic]) -> dict[str, bytes]:
    """The reports of the embedded driver."""
    with SqliteStore(None) as store:
        session = Session(STAGES, store)
        for event in events:
            session.engine.submit("panics.raw", event.event_id or "", event)
        return {
            report.cluster: encode(msgspec.structs.replace(report, revision=0, generation=0))
            for report in reports(store)
        }


@settings(max_examples=40, deadline=None)
@given(drawn=crashes, order=st.randoms(), batch=st.integers(1, 5))
def test_any_order_and_both_drivers_give_the_same_reports(
    drawn: list[tuple[int, int, tuple[str, ...], str | None]], order: Random, batch: int
) -> None:
    events = told(drawn)
    expected = embedded(events)
    order.shuffle(events)
    assert embedded([*events, *events[:3]]) == expected
    partitions = Partitions(3)
    made = [found for each in events if (found := crash_of(each, PipelineSettings()))]
    partitions.feed(
        (("crashes.symbolized", key_of(each), each) for each in made), order.randrange, batch
    )
    assert partitions.reports() == expected


def test_two_hundred_crashes_by_both_routes_are_two_hundred() -> None:
    events = [spooled(n % 3, n / 100, n + 1) for n in range(200)]
    events += [shipped(n % 3, n / 100 + 0.01) for n in range(200)]
    events = events[1::2] + events[::2]
    with SqliteStore(None) as store:
        session = Session(STAGES, store)
        for event in events:
            session.engine.submit("panics.raw", event.event_id or "", event)
        assert sum(report.occurrences for report in reports(store)) == 200
        assert len(list(fingerprints(store))) == 200
        assert session.tally.total("panictrail_crashes_total") == 200
        assert session.tally.total("panictrail_duplicates_total") == 200


def test_a_producer_without_a_route_is_believed() -> None:
    """Equal texts of one place and instant under two ids: whoever names them says that they are two."""
    one = shipped(1, 0.0)
    events = [one, msgspec.structs.replace(one, event_id="p-1", route=None)]
    with SqliteStore(None) as store:
        session = Session(STAGES, store)
        for event in events:
            session.engine.submit("panics.raw", event.event_id or "", event)
        assert sum(report.occurrences for report in reports(store)) == 2


def log_and_spool(place: Path, number: int = 30) -> tuple[Path, Path]:
    """The same crashes as lines of a container runtime, the last one at the very end, and in a spool."""
    log, segment = place / "app.log", place / "spool"
    write(segment, *(record(crash(n % 4), at=at(n * 3), pid=n + 1) for n in range(number)))
    lines = [
        f"{at(n * 3 + 0.02 + row / 1e6)} stderr F {line}\n"
        for n in range(number)
        for row, line in enumerate(crash(n % 4).decode().splitlines())
    ]
    log.write_text("".join(lines))
    return log, segment


def occurrences(lines: list[bytes]) -> int:
    """Of all reports."""
    return sum(msgspec.json.decode(line)["occurrences"] for line in lines)


def test_files_in_any_order_and_in_several_runs(tmp_path: Path) -> None:
    """The end of a file is provisional, and is taken out and put back in each run (ADR 0008)."""
    log, segment = log_and_spool(tmp_path)
    once = run([log, segment])
    assert occurrences(once) == 30
    assert content(run([segment, log])) == content(once)
    for name, (first, second) in {"a": (log, segment), "b": (segment, log)}.items():
        run([first], tmp_path / name)
        assert content(run([second], tmp_path / name)) == content(once)
        assert content(run([log, segment], tmp_path / name)) == content(once)


def test_what_is_told_travels_under_its_text() -> None:
    made: list[Crash] = [
        found
        for each in (spooled(1, 0.0, 7), shipped(1, 0.1))
        if (found := crash_of(each, PipelineSettings()))
    ]
    assert made[0].id != made[1].id
    assert key_of(made[0]) == key_of(made[1])

"""The engine: events through stages until nothing is left; who may watch; what a failing step leaves.

Facts that a step asks for are in test_need.py.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator

import msgspec
import pytest

from streams.adapters.memory_meter import MemoryMeter
from streams.adapters.no_facts import NoFacts
from streams.adapters.sqlite_store import SqliteStore
from streams.adapters.system_clock import SystemClock
from streams.drivers.embedded.engine import Engine
from streams.model.errors import Reason
from streams.model.events import RawPanic, ServiceSeen
from streams.model.message import Message, Value
from streams.model.step import Count, Done, Emit, Facts, Need, Note, State, Step, Table, put
from streams.model.view import CRASHES, DEAD, REPORTS
from streams.topology import STAGES, Stage
from tests.unit.core.steps.bench import panic_text


class Seen(Value, frozen=True, kw_only=True):
    """How often a stage of the test ran."""

    count: int


SEEN = Table("test.seen", Seen)


@pytest.fixture
def store() -> Iterator[SqliteStore]:
    """A private store."""
    with SqliteStore(None) as opened:
        yield opened


def engine_of(store: SqliteStore, *stages: Stage) -> tuple[Engine, MemoryMeter]:
    meter = MemoryMeter()
    return Engine(stages, store, NoFacts(), SystemClock(), meter), meter


def stage(name: str, reads: tuple[str, ...], step: Step, *writes: str) -> Stage:
    return Stage(name=name, reads=reads, writes=writes, key="any", tables=(SEEN,), step=step)


def service(name: str) -> ServiceSeen:
    return ServiceSeen(service=name, cluster="c")


def relay(name: str, *sends: tuple[str, str]) -> Stage:
    """A stage that counts itself and, for one service, sends on what it is told to."""

    def step(state: State, event: Message, _facts: Facts) -> Done | Need:
        assert isinstance(event, ServiceSeen)
        seen = state.get(SEEN, name)
        outputs = tuple(
            Emit(topic, "", service(event.service + "x"))
            for at, topic in sends
            if at == event.service
        )
        row = put(SEEN, name, Seen(count=1 + (seen.count if seen else 0)))
        note = Note(kind="format", text=name)
        counts = (Count("panictrail_duplicates_total", 2),)
        return Done((row,), outputs, counts, (note,))

    return stage(name, ("services.seen",), step, "services.seen")


def test_a_null_record_removes_the_row_that_the_stage_keeps_of_its_key(store: SqliteStore) -> None:
    def step(_state: State, _event: Message, _facts: Facts) -> Done | Need:
        return Done((put(SEEN, "a", Seen(count=1)),), (Emit("services.seen", "a", None),))

    sends = stage("sends", ("panics.raw",), step, "services.seen")
    keeps = stage("keeps", ("services.seen",), step)
    forgets = msgspec.structs.replace(keeps, name="forgets", forgets=(("services.seen", SEEN),))
    for reader, left in ((keeps, ["a"]), (forgets, [])):
        engine, _ = engine_of(store, sends, reader)
        engine.submit("panics.raw", "", RawPanic(text="x"))
        assert [key for key, _ in store.scan(SEEN)] == left


def test_a_panic_goes_through_the_whole_pipeline_at_once(store: SqliteStore) -> None:
    engine, meter = engine_of(store, *STAGES)
    raw = RawPanic(text=panic_text(), service="shop", event_id="e-1")
    engine.submit("panics.raw", "e-1", raw)
    assert [report.occurrences for _, report in store.scan(REPORTS)] == [1]
    assert [key for key, _ in store.scan(CRASHES)] == ["e-1"]
    assert meter.by_label("panictrail_events_total") == {
        "symbolize": 1,
        "fingerprint": 1,
        "cluster": 1,
        "link": 1,
        "attribute": 1,
        "notify": 2,
        "view": 4,
    }


def test_changes_are_seen_by_the_next_event_but_not_committed(store: SqliteStore) -> None:
    engine, _ = engine_of(store, relay("a", ("s", "services.seen")))
    engine.submit("services.seen", "", service("s"))
    assert store.get(SEEN, "a") == Seen(count=2)
    store.rollback()
    assert store.get(SEEN, "a") is None


def test_what_follows_from_an_event_is_taken_in_order(store: SqliteStore) -> None:
    engine, _ = engine_of(store, relay("a", ("s", "services.seen"), ("s", "services.seen")))
    order: list[str] = []
    engine.sinks["services.seen"] = lambda event: order.append(getattr(event, "service", ""))
    engine.submit("services.seen", "", service("s"))
    engine.submit("services.seen", "", service("t"))
    assert order == ["s", "sx", "sx", "t"]


def test_sinks_see_topics_that_no_stage_reads_and_nothing_else(store: SqliteStore) -> None:
    engine, _ = engine_of(store, relay("a", ("s", "links.changed")))
    links: list[Message] = []
    engine.sinks["links.changed"] = links.append
    engine.submit("services.seen", "", service("s"))
    assert links == [service("sx")]


def test_every_reader_of_a_topic_gets_the_event_in_the_order_of_stages(store: SqliteStore) -> None:
    engine, meter = engine_of(store, relay("a"), relay("b"))
    notes: list[str] = []
    engine.on_note = lambda note: notes.append(note.text)
    engine.submit("services.seen", "", service("s"))
    assert notes == ["a", "b"]
    assert meter.total("panictrail_duplicates_total") == 4


def test_the_outputs_of_one_stage_can_be_watched(store: SqliteStore) -> None:
    engine, _ = engine_of(store, relay("a", ("s", "links.changed")), relay("b", ("s", "ticks")))
    seen: list[str] = []
    engine.on_output["a"] = lambda sent: seen.append(sent.topic)
    engine.submit("services.seen", "", service("s"))
    assert seen == ["links.changed"]


def test_a_removal_is_given_to_nobody(store: SqliteStore) -> None:
    """A None event removes the key of a compacted topic: a matter of brokers."""

    def step(_state: State, _event: Message, _facts: Facts) -> Done | Need:
        return Done(outputs=(Emit("services.seen", "k", None),))

    engine, meter = engine_of(store, stage("a", ("ticks",), step), relay("b"))
    seen: list[Message] = []
    engine.sinks["services.seen"] = seen.append
    engine.submit("ticks", "", service("s"))
    assert seen == []
    assert meter.by_label("panictrail_events_total") == {"a": 1}


@pytest.mark.parametrize(
    "error",
    [ValueError("x"), KeyError("x"), ZeroDivisionError("x"), AssertionError("x"), TypeError("x")],
    ids=lambda error: type(error).__name__,
)
def test_an_event_that_breaks_a_step_is_kept_and_the_others_go_on(
    error: Exception, store: SqliteStore
) -> None:
    def step(_state: State, _event: Message, _facts: Facts) -> Done | Need:
        raise error

    view = next(s for s in STAGES if s.name == "view")
    engine, _ = engine_of(store, stage("bad", ("services.seen",), step), relay("good"), view)
    engine.submit("services.seen", "", service("s"))
    (letter,) = (row for _, row in store.scan(DEAD))
    assert (letter.topic, letter.stage, letter.reason) == (
        "services.seen",
        "bad",
        Reason.STEP_FAILED,
    )
    assert letter.error.startswith(type(error).__name__)
    assert b'"service":"s"' in b64decode(letter.bytes_base64)
    assert store.get(SEEN, "good") == Seen(count=1)

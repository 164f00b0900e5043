"""The Need path, by a stage that exists only here: its fact fails for a passing reason, is absent, arrives."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from streams.adapters.memory_meter import MemoryMeter
from streams.adapters.sqlite_store import SqliteStore
from streams.drivers.embedded.engine import Engine
from streams.drivers.interpret import WAITING, waiting_rows, woken
from streams.model.errors import PassingTrouble, Reason
from streams.model.events import AttributionRequest, CoreRef, FactArrived
from streams.model.message import Message, Value
from streams.model.step import (
    Absent,
    Done,
    Emit,
    Fact,
    Facts,
    Need,
    Present,
    Request,
    State,
    Table,
    put,
)
from streams.model.view import DEAD
from streams.topology import STAGES, Stage

WANTED = Request("test", "sha-1")


class Answer(Value, frozen=True, kw_only=True):
    """What the test stage wrote."""

    text: str


ANSWERS = Table("test.answers", Answer)


def ask(state: State, event: Message, facts: Facts) -> Done | Need:
    """Ask for one fact, then write what it says, or why it is absent."""
    assert isinstance(event, AttributionRequest)
    fact = facts.get(WANTED)
    if fact is None:
        return Need((WANTED,))
    text = fact.data.decode() if isinstance(fact, Present) else f"absent: {fact.reason}"
    seen = state.get(ANSWERS, event.cluster)
    runs = 1 if seen is None else int(seen.text.split()[0]) + 1
    return Done((put(ANSWERS, event.cluster, Answer(text=f"{runs} {text}")),))


def ask_forever(_state: State, _event: Message, _facts: Facts) -> Done | Need:
    """A defect: never content with what it gets."""
    return Need((WANTED,))


def fail(_state: State, _event: Message, _facts: Facts) -> Done | Need:
    """A defect: raises."""
    message = "token=hunter2secret broke the step"
    raise ValueError(message)


def stage(step: object) -> Stage:
    """A stage of the test around a step."""
    assert callable(step)
    return Stage(
        name="asking",
        reads=("attribution.requests",),
        writes=(),
        key="cluster id",
        tables=(ANSWERS,),
        step=step,
        needs=("test",),
    )


class Script:
    """A resolver whose answers are given in order; an exception is raised."""

    def __init__(self, *answers: Fact | PassingTrouble) -> None:
        self.answers = list(answers)

    def resolve(self, request: Request) -> Fact:
        """The next answer; the last one stays."""
        assert request == WANTED
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, PassingTrouble):
            raise answer
        return answer


class Waits:
    """A clock that only notes how long it was asked to wait."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        """Note it."""
        self.slept.append(seconds)

    def monotonic(self) -> float:
        """The time waited so far."""
        return sum(self.slept)


class Bench:
    """An engine with the test stage and the real view stage over a real store."""

    def __init__(self, store: SqliteStore, step: object, *answers: Fact | PassingTrouble) -> None:
        self.store = store
        self.clock = Waits()
        self.meter = MemoryMeter()
        view = next(s for s in STAGES if s.name == "view")
        stages = (stage(step), view)
        self.engine = Engine(stages, store, Script(*answers), self.clock, self.meter)

    def ask(self) -> None:
        """Send the event that needs the fact."""
        event = AttributionRequest(cluster="c1", service="shop")
        self.engine.submit("attribution.requests", "c1", event)
        self.store.commit()

    def answer(self) -> str | None:
        """What the stage wrote."""
        row = self.store.get(ANSWERS, "c1")
        return row.text if row else None


@pytest.fixture
def store() -> Iterator[SqliteStore]:
    """A private store."""
    with SqliteStore(None) as opened:
        yield opened


def test_passing_trouble_is_waited_out_with_growing_pauses(store: SqliteStore) -> None:
    bench = Bench(
        store, ask, PassingTrouble("db away"), PassingTrouble("db away"), Present(b"found")
    )
    bench.ask()
    assert bench.answer() == "1 found"
    assert bench.clock.slept == [0.1, 0.2]
    assert bench.meter.total("panictrail_fact_retries_total") == 2
    assert not list(store.scan(WAITING))


def test_a_fact_that_fails_then_is_absent_then_arrives_is_worked_out_again(
    store: SqliteStore,
) -> None:
    bench = Bench(store, ask, PassingTrouble("away"), Absent("no such blob"), Present(b"late"))
    bench.ask()
    assert bench.answer() == "1 absent: no such blob"
    assert len(list(store.scan(WAITING))) == 1
    bench.engine.submit("facts.arrived", "x", FactArrived(kind="test", key="sha-1"))
    store.commit()
    assert bench.answer() == "2 late"
    assert not list(store.scan(WAITING))


def test_events_without_a_key_wait_beside_one_another(store: SqliteStore) -> None:
    """Producers need not give one: the second must not take the place of the first."""
    stage = STAGES[1]
    request = Request("binary", "b-1")
    for core in ("file:///1", "file:///1", "file:///2"):
        store.apply(waiting_rows(stage, Emit("cores.refs", "", CoreRef(core=core)), (request,)))
    assert len(list(store.scan(WAITING))) == 2
    found = sorted(str(one.sent.event) for _, one in woken(store, request))
    assert [("file:///1" in text, "file:///2" in text) for text in found] == [
        (True, False),
        (False, True),
    ]


def test_an_arrival_that_nobody_waits_for_changes_nothing(store: SqliteStore) -> None:
    bench = Bench(store, ask, Present(b"found"))
    bench.ask()
    bench.engine.submit("facts.arrived", "x", FactArrived(kind="test", key="sha-1"))
    assert bench.answer() == "1 found"


def test_trouble_that_does_not_pass_sends_the_event_to_the_dead_letter(store: SqliteStore) -> None:
    bench = Bench(store, ask, PassingTrouble("db away for good"))
    bench.ask()
    (letter,) = (row for _, row in store.scan(DEAD))
    assert (letter.reason, letter.stage) == (Reason.RETRIES_EXHAUSTED, "asking")
    assert letter.error == "db away for good"
    assert bench.answer() is None


def test_a_step_that_asks_for_ever_is_stopped(store: SqliteStore) -> None:
    bench = Bench(store, ask_forever, Absent("none"))
    bench.ask()
    (letter,) = (row for _, row in store.scan(DEAD))
    assert letter.reason == Reason.NEED_LOOP


def test_a_step_that_raises_keeps_its_event_scrubbed_and_replayable(store: SqliteStore) -> None:
    bench = Bench(store, fail, Absent("none"))
    bench.ask()
    (letter,) = (row for _, row in store.scan(DEAD))
    assert letter.reason == Reason.STEP_FAILED
    assert letter.topic == "attribution.requests"
    assert "hunter2secret" not in letter.error
    assert bench.meter.total("panictrail_dead_letters_total") == 1

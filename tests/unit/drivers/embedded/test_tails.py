"""The provisional events of the ends of inputs: kept in order, per input, without raw text."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from streams.adapters.memory_meter import MemoryMeter
from streams.adapters.no_facts import NoFacts
from streams.adapters.sqlite_store import SqliteStore
from streams.adapters.system_clock import SystemClock
from streams.drivers.embedded.engine import Engine
from streams.drivers.embedded.tails import Tails
from streams.model.events import LogLines, RawPanic, Tick
from streams.topology import STAGES
from tests.unit.core.steps.bench import panic_text


@pytest.fixture
def store() -> Iterator[SqliteStore]:
    """A private store."""
    with SqliteStore(None) as opened:
        yield opened


def engine_of(store: SqliteStore) -> Engine:
    return Engine(STAGES, store, NoFacts(), SystemClock(), MemoryMeter())


def end(engine: Engine, tails: Tails, name: str, text: str) -> None:
    """Read a text and its end, the end as a tail."""
    engine.submit("logs.lines", name, LogLines(input=name, data=text))
    with tails.recording(engine, name):
        engine.submit("ticks", name, Tick(input=name, end_of_input=True))


def test_what_collect_sends_at_the_end_is_kept_and_can_be_sent_again(store: SqliteStore) -> None:
    tails = Tails(store)
    end(engine_of(store), tails, "a.log", panic_text())
    (event,) = tails.of("a.log")
    message = event.message()
    assert isinstance(message, RawPanic)
    assert (event.topic, event.key) == ("panics.raw", message.event_id)
    assert message.text == panic_text()


def test_events_keep_their_order_beyond_ten(store: SqliteStore) -> None:
    tails, engine = Tails(store), engine_of(store)
    texts = [panic_text(message=f"m{n}") for n in range(12)]
    with tails.recording(engine, "a.log"):
        engine.submit(
            "logs.lines", "a.log", LogLines(input="a.log", data="exit status 2\n".join(texts))
        )
        engine.submit("ticks", "a.log", Tick(input="a.log", end_of_input=True))
    found = [event.message() for event in tails.of("a.log")]
    assert [getattr(m, "text", "").split("\n")[0] for m in found] == [
        f"panic: m{n}" for n in range(12)
    ]


def test_inputs_are_kept_apart_also_when_their_names_begin_alike(store: SqliteStore) -> None:
    tails, engine = Tails(store), engine_of(store)
    for name in ("a.log", "a.log.1", "b"):
        end(engine, tails, name, panic_text(message=name))
    assert tails.names() == {"a.log", "a.log.1", "b"}
    tails.drop("a.log")
    assert tails.names() == {"a.log.1", "b"}
    assert tails.of("a.log") == ()


def test_what_is_sent_outside_of_a_recording_is_not_kept(store: SqliteStore) -> None:
    tails, engine = Tails(store), engine_of(store)
    engine.submit("logs.lines", "a", LogLines(input="a", data=panic_text() + "exit status 2\n"))
    assert tails.names() == set()
    end(engine, tails, "a", "")
    engine.submit("logs.lines", "b", LogLines(input="b", data=panic_text()))
    engine.submit("ticks", "b", Tick(input="b", end_of_input=True))
    assert tails.names() == set()


def test_no_secret_is_kept(store: SqliteStore) -> None:
    tails = Tails(store)
    end(engine_of(store), tails, "a", panic_text(message="password=hunter2-the-second"))
    (event,) = tails.of("a")
    assert "[scrubbed:password]" in event.event
    assert "hunter2" not in event.event

"""Dead letters, tried again: what works now is gone, what does not has one attempt more."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator

import pytest

from streams.adapters.no_facts import NoFacts
from streams.adapters.sqlite_store import SqliteStore
from streams.core.join.given import PUSHES
from streams.core.steps.deadletters import dead_letter
from streams.core.steps.view import dead_letter_id
from streams.drivers.embedded.reading import dead_letters, reports
from streams.drivers.embedded.replay import event_of, replay
from streams.model.errors import Reason
from streams.model.events import DeadLetter, GitPush, LogLines, RawPanic
from streams.model.message import DecodeError, encode
from streams.model.step import put
from streams.model.view import DEAD
from streams.topology import STAGES
from tests.unit.core.steps.bench import panic_text


@pytest.fixture
def store() -> Iterator[SqliteStore]:
    """A private store."""
    with SqliteStore(None) as opened:
        yield opened


def kept(store: SqliteStore, topic: str, reason: Reason, text: str, stage: str = "x") -> str:
    """A letter in the store."""
    sent = dead_letter(topic=topic, stage=stage, reason=reason, error="e", text=text)
    assert isinstance(sent.event, DeadLetter)
    name = dead_letter_id(sent.event)
    store.apply((put(DEAD, name, sent.event),))
    store.commit()
    return name


def try_all(store: SqliteStore) -> int:
    return replay(store, STAGES, dead_letters(store), NoFacts())


def test_a_letter_that_can_be_processed_now_is_gone_and_its_event_is_counted(
    store: SqliteStore,
) -> None:
    raw = RawPanic(text=panic_text(message="password=hunter2-the-second"), event_id="e-1")
    kept(store, "panics.raw", Reason.STEP_FAILED, encode(raw).decode())
    push = '{"kind":"git.push","delivery_id":"d","repo":"r"}'
    kept(store, "logs.lines", Reason.UNDECODABLE, push)
    assert try_all(store) == 2
    assert dead_letters(store) == {}
    assert [report.occurrences for report in reports(store)] == [1]
    assert store.get(PUSHES, "d") == GitPush(delivery_id="d", repo="r")


def test_a_letter_that_dies_again_stays_the_same_one_with_one_attempt_more(
    store: SqliteStore,
) -> None:
    """Whatever stage refuses it: no second letter for the same event."""
    raw = encode(RawPanic(text="all is well", event_id="e-1", scrubbed={})).decode()
    names = [
        kept(store, "panics.raw", Reason.STEP_FAILED, raw),
        kept(store, "logs.lines", Reason.UNDECODABLE, '{"kind":"git.push"', stage="collect"),
        kept(store, "logs.lines", Reason.UNDECODABLE, "a line of an events file", stage="collect"),
    ]
    for attempt in (2, 3):
        assert try_all(store) == 0
        letters = dead_letters(store)
        assert sorted(letters) == sorted(names)
        assert {letter.attempt for letter in letters.values()} == {attempt}


@pytest.mark.parametrize(
    ("topic", "text"),
    [
        ("git.pushed", '{"kind":"git.push"}'),
        ("git.pushed", "not json"),
        ("no.such.topic", "{}"),
    ],
)
def test_a_letter_that_is_no_event_stays(topic: str, text: str, store: SqliteStore) -> None:
    kept(store, topic, Reason.INVALID, text)
    assert try_all(store) == 0
    assert [letter.attempt for letter in dead_letters(store).values()] == [2]


def test_replaying_is_repeatable_and_counts_nothing_twice(store: SqliteStore) -> None:
    raw = encode(RawPanic(text=panic_text(), event_id="e-1")).decode()
    for _ in range(3):
        kept(store, "panics.raw", Reason.STEP_FAILED, raw)
        assert try_all(store) == 1
    assert [report.occurrences for report in reports(store)] == [1]


def letter(topic: str, reason: Reason, data: bytes) -> DeadLetter:
    return DeadLetter(
        topic=topic,
        stage="collect",
        reason=reason,
        error="e",
        bytes_base64=b64encode(data).decode(),
    )


def test_an_undecodable_line_is_read_as_a_line_of_its_own_input() -> None:
    event = event_of("k", letter("logs.lines", Reason.UNDECODABLE, b"caf\xe9"))
    assert event == LogLines(input="deadletter:k", data="caf\U0010fee9", events=True)


def test_other_letters_hold_their_event() -> None:
    push = GitPush(delivery_id="d", repo="r")
    assert event_of("k", letter("git.pushed", Reason.STEP_FAILED, encode(push))) == push
    lines = LogLines(input="a", data="x\n")
    assert event_of("k", letter("logs.lines", Reason.STEP_FAILED, encode(lines))) == lines
    with pytest.raises(DecodeError):
        event_of("k", letter("git.pushed", Reason.INVALID, b"{}"))

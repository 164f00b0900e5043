"""What both drivers do with one event of one stage: call its step, and what happens where that does not go on.

In: a stage, a store, an event, facts. Out: the step's answer, rows for events that wait, dead letters. Resolves
nothing itself: how facts are had and where outputs go is the driver's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import Final

import msgspec

from streams.core.steps.deadletters import dead_letter
from streams.model.errors import Reason
from streams.model.message import Message, Value, encode, from_value, loads
from streams.model.step import (
    Absent,
    Change,
    Done,
    Emit,
    Facts,
    Need,
    Request,
    State,
    Table,
    put,
)
from streams.model.topics import BY_NAME
from streams.topology import Stage

SEPARATOR: Final = "\x1f"
# A step may ask again when it has seen facts; one that never ends is a defect of ours.
MAX_ROUNDS: Final = 8


class Waiting(Value, frozen=True, kw_only=True):
    """An event that was worked out without a fact; it is worked out again when the fact arrives."""

    stage: str
    topic: str
    key: str
    event: str


WAITING: Final = Table("driver.waiting", Waiting)


class StepFailedError(Exception):
    """An event that a stage could not process, with the reason for its dead letter."""

    def __init__(self, reason: Reason, error: str) -> None:
        """`error` is for people."""
        super().__init__(error)
        self.reason = reason


class Woken(msgspec.Struct, frozen=True):
    """An event that waited for a fact, and the stage that is to see it again."""

    stage: str
    sent: Emit


def call(stage: Stage, state: State, event: Message, facts: Facts) -> Done | Need:
    """The step's answer. Raises StepFailedError for whatever our own defects raise."""
    try:
        return stage.step(state, event, facts)
    except (
        ArithmeticError,
        AssertionError,
        AttributeError,
        LookupError,
        RecursionError,
        TypeError,
        ValueError,
    ) as error:
        raise StepFailedError(Reason.STEP_FAILED, f"{type(error).__name__}: {error}") from error


def missing(need: Need, facts: Facts, stage: Stage) -> tuple[Request, ...]:
    """What is still to be resolved. Raises StepFailedError where the step asks for what it has."""
    requests = tuple(request for request in need.requests if request not in facts)
    if not requests:
        error = f"{stage.name} asked again for facts that it had"
        raise StepFailedError(Reason.NEED_LOOP, error)
    return requests


def without(facts: Facts) -> tuple[Request, ...]:
    """The facts that a step had to do without."""
    return tuple(request for request, fact in facts.items() if isinstance(fact, Absent))


def forgotten(stage: Stage, topic: str, key: str) -> tuple[Change, ...]:
    """The changes that a null record means to a stage."""
    return tuple(put(table, key, None) for name, table in stage.forgets if name == topic)


def _waiting_key(request: Request) -> str:
    return SEPARATOR.join((request.kind, request.key, ""))


def waiting_rows(stage: Stage, sent: Emit, absent: Iterable[Request]) -> tuple[Change, ...]:
    """Keep the event for the moment when a fact that it lacked arrives."""
    requests = tuple(absent)
    if sent.event is None or not requests:
        return ()
    event = encode(sent.event)
    row = Waiting(stage=stage.name, topic=sent.topic, key=sent.key, event=event.decode())
    # Producers may give no key, or one key to many events.
    content = blake2b(event, digest_size=16).hexdigest()
    place = SEPARATOR.join((stage.name, sent.key, content))
    keys = (_waiting_key(request) + place for request in requests)
    return tuple(put(WAITING, key, row) for key in keys)


def woken(state: State, request: Request) -> Iterator[tuple[Change, Woken]]:
    """Whoever did without this fact, each with the change that ends its waiting."""
    for key, row in tuple(state.scan(WAITING, _waiting_key(request))):
        event = from_value(loads(row.event), BY_NAME[row.topic].message)
        yield put(WAITING, key, None), Woken(row.stage, Emit(row.topic, row.key, event))


def failed(stage: Stage, topic: str, event: Message, error: StepFailedError) -> Emit:
    """The dead letter of an event that a stage could not process."""
    return dead_letter(
        topic=topic,
        stage=stage.name,
        reason=error.reason,
        error=str(error),
        text=encode(event).decode(),
    )

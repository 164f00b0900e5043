"""Runs events through the stages until nothing is left to do.

In: an event on a topic. Out: rows in the store (not committed here), counts, events handed to `sinks`.
Facts are resolved before a step's changes are taken; a step that raises sends its event to the dead letter.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from streams.core.steps.deadletters import dead_letter
from streams.model.errors import VERDICT_OF, PassingTrouble, Reason
from streams.model.events import FactArrived
from streams.model.message import Message, Value, encode, from_value, loads
from streams.model.step import (
    Absent,
    Count,
    Done,
    Emit,
    Fact,
    Need,
    Note,
    Request,
    Table,
    put,
)
from streams.model.topics import BY_NAME
from streams.ports.clock import Clock
from streams.ports.facts import Resolver
from streams.ports.meter import Meter
from streams.ports.store import Store
from streams.topology import Stage

Sink = Callable[[Message], None]

SEPARATOR: Final = "\x1f"
# A step may ask again when it has seen facts; one that never ends is a defect of ours.
_MAX_ROUNDS: Final = 8
# 0.1 s doubled up to about 3 s: what is away longer than that is not passing for a run over files.
_BACKOFF_SECONDS: Final = (0.1, 0.2, 0.4, 0.8, 1.6)


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


class Engine:
    """Interprets stages over one store."""

    def __init__(
        self,
        stages: Iterable[Stage],
        store: Store,
        resolver: Resolver,
        clock: Clock,
        meter: Meter,
    ) -> None:
        """Nothing is read or written yet."""
        self._stages = tuple(stages)
        self._store = store
        self._resolver = resolver
        self._clock = clock
        self._meter = meter
        self._readers: dict[str, tuple[Stage, ...]] = {
            topic: tuple(stage for stage in self._stages if topic in stage.reads)
            for topic in BY_NAME
        }
        self._queue: deque[Emit] = deque()
        self.sinks: dict[str, Sink] = {}
        self.on_output: dict[str, Callable[[Emit], None]] = {}
        self.on_note: Callable[[Note], None] | None = None

    def submit(self, topic: str, key: str, event: Message) -> None:
        """Take one event and everything that follows from it; changes are not committed."""
        self._queue.append(Emit(topic, key, event))
        while self._queue:
            self._deliver(self._queue.popleft())

    def _deliver(self, sent: Emit) -> None:
        if sent.event is None:
            return
        sink = self.sinks.get(sent.topic)
        if sink is not None:
            sink(sent.event)
        if isinstance(sent.event, FactArrived):
            self._wake(Request(sent.event.kind, sent.event.key))
        for stage in self._readers.get(sent.topic, ()):
            self._run(stage, sent)

    def _run(self, stage: Stage, sent: Emit) -> None:
        if sent.event is None:
            return
        self._meter.add("panictrail_events_total", 1, (stage.name,))
        try:
            done, absent = self._work_out(stage, sent.event)
        except StepFailedError as error:
            if VERDICT_OF[error.reason] == "dead-letter":
                self._dead(stage, sent.topic, sent.event, error)
            return
        self._store.apply(done.changes)
        self._remember(stage, sent, absent)
        self._count(done.counts)
        self._queue.extend(done.outputs)
        watch = self.on_output.get(stage.name)
        if watch is not None:
            for output in done.outputs:
                watch(output)
        if self.on_note is not None:
            for note in done.notes:
                self.on_note(note)

    def _work_out(self, stage: Stage, event: Message) -> tuple[Done, tuple[Request, ...]]:
        """Call the step until it is done; also which facts it had to do without."""
        facts: dict[Request, Fact] = {}
        for _ in range(_MAX_ROUNDS):
            result = self._call(stage, event, facts)
            if isinstance(result, Done):
                return result, tuple(r for r, f in facts.items() if isinstance(f, Absent))
            missing = [request for request in result.requests if request not in facts]
            if not missing:
                break
            for request in missing:
                facts[request] = self._resolve(request)
        raise StepFailedError(Reason.NEED_LOOP, f"{stage.name} asked again for facts that it had")

    def _call(self, stage: Stage, event: Message, facts: Mapping[Request, Fact]) -> Done | Need:
        try:
            return stage.step(self._store, event, facts)
        except (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError) as e:
            raise StepFailedError(Reason.STEP_FAILED, f"{type(e).__name__}: {e}") from e
        except (TypeError, ValueError) as e:
            raise StepFailedError(Reason.STEP_FAILED, f"{type(e).__name__}: {e}") from e

    def _resolve(self, request: Request) -> Fact:
        for pause in (*_BACKOFF_SECONDS, None):
            try:
                return self._resolver.resolve(request)
            except PassingTrouble as trouble:
                if pause is None:
                    raise StepFailedError(Reason.RETRIES_EXHAUSTED, str(trouble)) from trouble
                self._meter.add("panictrail_fact_retries_total", 1, (request.kind,))
                self._clock.sleep(pause)
        raise AssertionError

    def _remember(self, stage: Stage, sent: Emit, absent: tuple[Request, ...]) -> None:
        """Keep the event for the moment when a fact that it lacked arrives."""
        if not absent or sent.event is None:
            return
        row = Waiting(
            stage=stage.name, topic=sent.topic, key=sent.key, event=encode(sent.event).decode()
        )
        keys = (_waiting_key(r) + SEPARATOR.join((stage.name, sent.key)) for r in absent)
        self._store.apply(tuple(put(WAITING, key, row) for key in keys))

    def _wake(self, request: Request) -> None:
        """Work out again whoever did without this fact."""
        for key, row in tuple(self._store.scan(WAITING, _waiting_key(request))):
            self._store.apply((put(WAITING, key, None),))
            event = from_value(loads(row.event), BY_NAME[row.topic].message)
            stage = next((s for s in self._stages if s.name == row.stage), None)
            if stage is not None:
                self._run(stage, Emit(row.topic, row.key, event))

    def _dead(self, stage: Stage, topic: str, event: Message, error: StepFailedError) -> None:
        letter = dead_letter(
            topic=topic,
            stage=stage.name,
            reason=error.reason,
            error=str(error),
            text=encode(event).decode(),
        )
        self._queue.append(letter)

    def _count(self, counts: Iterable[Count]) -> None:
        for count in counts:
            self._meter.add(count.name, count.value, count.labels)


def _waiting_key(request: Request) -> str:
    return SEPARATOR.join((request.kind, request.key, ""))

"""Runs events through the stages until nothing is left to do.

In: an event on a topic. Out: rows in the store (not committed here), counts, events handed to `sinks`.
Facts are resolved before a step's changes are taken; a step that raises sends its event to the dead letter.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Final

from streams.drivers.counting import count_all
from streams.drivers.interpret import (
    MAX_ROUNDS,
    StepFailedError,
    call,
    failed,
    forgotten,
    missing,
    waiting_rows,
    without,
    woken,
)
from streams.model.errors import VERDICT_OF, PassingTrouble, Reason
from streams.model.events import FactArrived
from streams.model.message import Message
from streams.model.step import Count, Done, Emit, Fact, Note, Request
from streams.model.topics import BY_NAME
from streams.ports.clock import Clock
from streams.ports.facts import Resolver
from streams.ports.meter import Meter
from streams.ports.store import Store
from streams.topology import Stage

Sink = Callable[[Message], None]

# 0.1 s doubled up to about 3 s: what is away longer than that is not passing for a run over files.
_BACKOFF_SECONDS: Final = (0.1, 0.2, 0.4, 0.8, 1.6)


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
        # For facts, while a stage works on an event.
        self._waited = 0.0
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
            for stage in self._readers.get(sent.topic, ()):
                self._store.apply(forgotten(stage, sent.topic, sent.key))
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
        began, self._waited = time.perf_counter(), 0.0
        try:
            done, absent = self._work_out(stage, sent.event)
        except StepFailedError as error:
            if VERDICT_OF[error.reason] == "dead-letter":
                self._queue.append(failed(stage, sent.topic, sent.event, error))
            return
        spent = time.perf_counter() - began - self._waited
        self._meter.observe("panictrail_stage_seconds", spent, (stage.name,))
        self._store.apply(done.changes)
        self._store.apply(waiting_rows(stage, sent, absent if done.waits else ()))
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
        for _ in range(MAX_ROUNDS):
            result = call(stage, self._store, event, facts)
            if isinstance(result, Done):
                return result, without(facts)
            for request in missing(result, facts, stage):
                facts[request] = self.fact(request)
        raise StepFailedError(Reason.NEED_LOOP, f"{stage.name} asked for facts again and again")

    def fact(self, request: Request) -> Fact:
        """A fact from outside. Raises StepFailedError where what knows it stays away."""
        began = time.perf_counter()
        try:
            return self._patiently(request)
        finally:
            spent = time.perf_counter() - began
            self._waited += spent
            self._meter.observe("panictrail_fact_seconds", spent, (request.kind,))

    def _patiently(self, request: Request) -> Fact:
        for pause in (*_BACKOFF_SECONDS, None):
            try:
                return self._resolver.resolve(request)
            except PassingTrouble as trouble:
                if pause is None:
                    raise StepFailedError(Reason.RETRIES_EXHAUSTED, str(trouble)) from trouble
                self._meter.add("panictrail_fact_retries_total", 1, (request.kind,))
                self._clock.sleep(pause)
        raise AssertionError

    def _wake(self, request: Request) -> None:
        """Work out again whoever did without this fact."""
        for change, found in tuple(woken(self._store, request)):
            self._store.apply((change,))
            stage = next((s for s in self._stages if s.name == found.stage), None)
            if stage is not None:
                self._run(stage, found.sent)

    def _count(self, counts: Iterable[Count]) -> None:
        count_all(self._meter, counts)

"""A stage as a real Faust agent on a channel of our own, fed by the exact layer with batches of one partition.

In: batches. Out: each ends in an answer, the agent's exception, AgentGoneError or a time-out. Reads no topic:
Faust's consumer, tables and acknowledgements stay out of it. Pinned to faust-streaming 0.15.3 (private names).
"""

from __future__ import annotations

import asyncio
import contextlib
import weakref
from collections.abc import AsyncIterator
from typing import Any, Final

import faust
from faust.types import TP
from mode.utils.queues import FlowControlEvent, ThrowableQueue

from streams.drivers.kafka.compute import Answer
from streams.drivers.kafka.records import RetryLaterError
from streams.drivers.kafka.task import Ask, Batch

ASK_SECONDS: Final = 240.0


class AgentGoneError(RetryLaterError):
    """The agent ended without a word about its batch; the partition starts over."""


class Asked:
    """A batch on its way to an agent and back.

    Faust keeps the last one of every stream, so it lets go of the batch and of the answer once they were used.
    """

    def __init__(self, batch: Batch) -> None:
        """Nothing has taken it yet."""
        first = batch.records[0]
        self.place = TP(first.topic, first.partition)
        self.offset = first.offset
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._batch: Batch | None = batch
        self._answer: Answer | None = None

    def compute(self) -> None:
        """Work it out, once, and hand the answer back; too late is no harm: the batch was withdrawn."""
        batch, self._batch = self._batch, None
        if batch is None:
            raise AssertionError
        self._answer = batch.compute()
        if not self.done.done():
            self.done.set_result(None)

    def fail(self, error: BaseException) -> None:
        """Hand an error back."""
        if not self.done.done():
            self.done.set_exception(error)

    async def answer(self) -> Answer:
        """The answer, once."""
        await asyncio.wait_for(self.done, ASK_SECONDS)
        answer, self._answer = self._answer, None
        if answer is None:
            raise AssertionError
        return answer


class _Queue(ThrowableQueue[Asked]):
    """A queue that says who took what: every way out of an asyncio.Queue ends in `_get`, in the taker's task."""

    channel: Batches

    def _get(self) -> Asked:
        asked: Asked = super()._get()
        self.channel.took(asked)
        return asked

    def withdraw(self, asked: Asked) -> None:
        """Take back what nobody took. Raises ValueError when somebody did."""
        self._queue.remove(asked)  # type: ignore[attr-defined]  # asyncio.Queue keeps it in a deque


class Batches(faust.Channel[Asked]):
    """One queue for the channel and all its clones; neither suspended nor cleared by the app's flow control."""

    agent: Any = None

    one: _Queue | None = None

    def __init__(self, app: faust.App, **options: Any) -> None:  # noqa: ANN401 - Faust's own
        super().__init__(app, **options)
        self._taken: dict[asyncio.Task[Any] | None, Asked] = {}
        self._known: weakref.WeakSet[asyncio.Task[Any]] = weakref.WeakSet()

    @property
    def queue(self) -> _Queue:
        """The one queue."""
        root = self._root if isinstance(self._root, Batches) else self
        if root.one is None:
            # A flow that is never suspended.
            root.one = _Queue(flow_control=FlowControlEvent(initially_suspended=False))
            root.one.channel = root
        return root.one

    async def put(self, value: Asked) -> None:  # type: ignore[override]  # ours carries nothing but batches
        """One taker gets it; Faust's own put gives a copy to every subscriber."""
        self.queue.put_nowait(value)

    def took(self, asked: Asked) -> None:
        """Called in the task of the actor that takes a batch: the one before must be finished."""
        task = asyncio.current_task()
        self._ended(
            task, AgentGoneError("the agent took the next batch without finishing this one")
        )
        if task is not None and task not in self._known:
            self._known.add(task)
            task.add_done_callback(lambda t: self._ended(t, AgentGoneError("the agent ended")))
        self._taken[task] = asked
        self._tell_sensors(asked, task)

    def _tell_sensors(self, asked: Asked, task: asyncio.Task[Any] | None) -> None:
        """Faust's monitor sees batches: a channel's own events are not counted by themselves."""
        actors = self.agent._actors  # noqa: SLF001 - Faust has no other way to an actor's stream
        stream = next((a.stream for a in actors if a.actor_task is task), None)
        if stream is None:
            return
        sensors: Any = self.app.sensors
        state = sensors.on_stream_event_in(asked.place, asked.offset, stream, asked)
        asked.done.add_done_callback(
            lambda _: sensors.on_stream_event_out(asked.place, asked.offset, stream, asked, state)
        )

    def _ended(self, task: asyncio.Task[Any] | None, error: AgentGoneError) -> None:
        asked = self._taken.pop(task, None)
        if asked is not None:
            asked.fail(error)

    def failed(self, error: BaseException) -> bool:
        """Fail what the calling actor has; whether it had anything."""
        asked = self._taken.pop(asyncio.current_task(), None)
        if asked is not None:
            asked.fail(error)
        return asked is not None

    async def ask(self, batch: Batch) -> Answer:
        """Have an agent compute a batch. Raises what the agent raises."""
        asked = Asked(batch)
        await self.put(asked)
        try:
            return await asked.answer()
        finally:
            # Timed out or cancelled while nobody had it: take it back.
            with contextlib.suppress(ValueError):
                self.queue.withdraw(asked)


class _Once:
    """A stream that can be iterated on after the body raised.

    One iterator for all: the stream's own, once dropped, stops the stream (faust/streams.py, _c_aiter).
    """

    def __init__(self, stream: AsyncIterator[Asked]) -> None:
        self._iterator = aiter(stream)

    def __aiter__(self) -> _Once:
        return self

    async def __anext__(self) -> Asked:
        return await anext(self._iterator)


def add_agent(app: faust.App, name: str) -> Ask:
    """An agent that computes batches of the stage `name`; what comes back puts one question to it."""
    channel = Batches(app)

    async def body(stream: Any) -> None:  # noqa: ANN401 - a Faust stream
        batches = _Once(stream)
        while True:
            try:
                async for asked in batches:
                    asked.compute()
            except Exception as error:
                # A batch failed, not the actor: it answers and goes on with the same stream.
                if not channel.failed(error):
                    raise  # nothing was taken: Faust's supervisor starts a new actor
            else:
                return  # the stream ended: the worker stops

    channel.agent = app.agent(channel, name=name)(body)
    return channel.ask

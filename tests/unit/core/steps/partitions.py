"""The stages from FINGERPRINT on as Kafka runs them, without a broker: partitions that are worked on in any order.

In: crashes and commands, how to choose. Out: the reports, redirects and variants in the end.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Final
from zlib import crc32

import msgspec

from streams.drivers.interpret import forgotten
from streams.model.message import Message, encode
from streams.model.step import Emit
from streams.model.topics import BY_NAME
from streams.model.view import REPORTS
from streams.topology import STAGES, Stage
from tests.unit.core.steps.bench import Rows, done

NAMES: Final = ("fingerprint", "decide", "cluster", "link", "attribute", "view")
STAGES_RUN: Final = tuple(stage for stage in STAGES if stage.name in NAMES)
# A number below the one given.
Choose = Callable[[int], int]


class Task:
    """A stage on one partition."""

    def __init__(self, stage: Stage, state: Rows) -> None:
        self.stage = stage
        self.state = state
        self.inputs: dict[str, deque[Emit]] = {topic: deque() for topic in stage.reads}

    def waiting(self) -> list[str]:
        """Topics with records."""
        return [topic for topic, queue in self.inputs.items() if queue]

    def work(self, topic: str, count: int) -> list[Emit]:
        """Take some records of a topic; what follows from them."""
        outputs: list[Emit] = []
        for _ in range(min(count, len(self.inputs[topic]))):
            sent = self.inputs[topic].popleft()
            if sent.event is None:
                self.state.apply(forgotten(self.stage, topic, sent.key))
                continue
            made = done(self.stage.step, self.state, sent.event)
            self.state.apply(made.changes)
            outputs += made.outputs
        return outputs if self.stage.combine is None else list(self.stage.combine(outputs))


class Partitions:
    """All tasks; the view of all partitions is one database."""

    def __init__(self, number: int) -> None:
        self._number = number
        self.view = Rows()
        self.tasks = {
            (stage.name, partition): Task(stage, self.view if stage.name == "view" else Rows())
            for stage in STAGES_RUN
            for partition in range(number)
        }

    def send(self, sent: Emit) -> None:
        """A record into every partition that gets it."""
        topic = BY_NAME[sent.topic]
        partition = 0 if topic.single else crc32(sent.key.encode()) % self._number
        places = range(self._number) if topic.broadcast else (partition,)
        for (_, number), task in self.tasks.items():
            if sent.topic in task.inputs and number in places:
                task.inputs[sent.topic].append(sent)

    def run(self, choose: Choose, batch: int) -> None:
        """Until nothing waits."""
        while True:
            ready = [(name, topic) for name, task in self.tasks.items() for topic in task.waiting()]
            if not ready:
                return
            name, topic = ready[choose(len(ready))]
            for sent in self.tasks[name].work(topic, batch):
                self.send(sent)

    def feed(self, events: Iterable[tuple[str, str, Message]], choose: Choose, batch: int) -> None:
        """Events (topic, key, message), with work going on in between."""
        for topic, key, event in events:
            self.send(Emit(topic, key, event))
            if not choose(3):
                self.run(choose, batch)
        self.run(choose, batch)

    def reports(self) -> dict[str, bytes]:
        """The reports without their envelope."""
        return {
            name: encode(msgspec.structs.replace(report, revision=0, generation=0))
            for name, report in self.view.all(REPORTS).items()
        }

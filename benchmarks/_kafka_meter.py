"""What the peers are measured by: the CPU of a process at any moment, and a reader of what they put out.

In: a process id; an output topic. Out: seconds, the ids that came out with the moment and the delay of each.
The reader sees what is committed, as a consumer of the product does.
"""

from __future__ import annotations

import bisect
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Final, Self

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition

from benchmarks._kafka_load import PARTITIONS
from benchmarks._process import cpu_seconds

_POLL_MS: Final = 200
_SAMPLE_SECONDS: Final = 0.02

Headers = Sequence[tuple[str, bytes]]
Outputs = Iterable[tuple[str, float]]
Opener = Callable[[bytes, Headers], Outputs]


class Output(msgspec.Struct, frozen=True):
    """One event that came out: when the broker had it and when the reader had it, and when it was fed."""

    id: str
    appended: float
    read: float
    fed: float


class Meter:
    """Samples the CPU of a process in a thread: known afterwards for any moment."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._samples: list[tuple[float, float]] = [(time.time(), cpu_seconds(pid))]
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def _sample(self) -> None:
        while not self._ended.wait(_SAMPLE_SECONDS):
            try:
                self._samples.append((time.time(), cpu_seconds(self._pid)))
            except OSError:
                return

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        """End."""
        self._ended.set()
        self._thread.join()

    def at(self, moment: float) -> float:
        """CPU seconds up to a moment, to the next sample."""
        number = bisect.bisect_left(self._samples, moment, key=lambda sample: sample[0])
        return self._samples[min(number, len(self._samples) - 1)][1]


class Reader:
    """Reads an output topic from its beginning; `open_record` says which ids a record carries."""

    def __init__(self, bootstrap: str, topic: str, open_record: Opener) -> None:
        self.outputs: list[Output] = []
        self._open = open_record
        self._partitions = [TopicPartition(topic, number) for number in range(PARTITIONS)]
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=bootstrap,
            isolation_level="read_committed",
            auto_offset_reset="earliest",
            enable_auto_commit=False,
        )

    async def start(self) -> None:
        """Connect, so that the first output is not held up by it."""
        await self._consumer.start()
        self._consumer.assign(self._partitions)
        await self._consumer.seek_to_beginning()

    async def stop(self) -> None:
        """Disconnect."""
        await self._consumer.stop()

    async def poll(self) -> None:
        """Take what there is, or wait a moment for it."""
        found = await self._consumer.getmany(timeout_ms=_POLL_MS)
        now = time.time()
        for records in found.values():
            for record in records:
                self.outputs += [
                    Output(name, record.timestamp / 1000, now, fed)
                    for name, fed in self._open(record.value, record.headers)
                ]

    async def drain(self) -> None:
        """Read to the end: what a peer put out beyond what was wanted counts against it."""
        ends = await self._consumer.end_offsets(self._partitions)
        while any([await self._consumer.position(p) < ends[p] for p in self._partitions]):
            await self.poll()

    def faults(self, wanted: set[str]) -> str:
        """Empty when every wanted id came out exactly once."""
        got = [output.id for output in self.outputs]
        lost, strange = wanted - set(got), set(got) - wanted
        surplus = len(got) - len(set(got))
        if not (lost or strange or surplus):
            return ""
        return f"{len(lost)} lost, {surplus} surplus, {len(strange)} never fed"

"""Emitted events to records: which topic and partition, alone or in batches, too large ones as dead letters.

In: emitted events, the topics' partition counts. Out: records to send. Sends nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec

from streams.core.steps.deadletters import dead_letter
from streams.drivers.kafka.batch import Packed, pack, single
from streams.drivers.kafka.compute import encoded
from streams.drivers.kafka.names import Names, partition_of
from streams.drivers.kafka.records import Outgoing
from streams.model.errors import Reason
from streams.model.report import Report
from streams.model.step import Emit
from streams.model.topics import BY_NAME

REPORTS: Final = "reports.root_cause"
LINES: Final = "logs.lines"
# Below the topics' max.message.bytes of 64 MiB, with room for the record's own overhead.
MAX_EVENT_BYTES: Final = 60 * 1024 * 1024


class Publicity(msgspec.Struct, frozen=True):
    """Under which generation reports go out; `public`: to the topic that everybody reads, too."""

    generation: int = 1
    public: bool = True


AS_DEFAULT: Final = Publicity()


class _Way(msgspec.Struct, frozen=True):
    """Where a topic is. `usual`: one copy of an event, among others in a record."""

    full: str
    partitions: int
    usual: bool


class Router:
    """Makes records for one pipeline."""

    def __init__(self, names: Names, partitions: Mapping[str, int]) -> None:
        """`partitions`: by the topic's name on the broker."""
        self._names = names
        self._partitions = partitions
        self._ways: dict[str, _Way] = {}

    def _way(self, topic: str) -> _Way:
        """How events of a topic go; worked out once."""
        found = self._ways.get(topic)
        if found is None:
            full = self._names.topic(topic)
            usual = topic != REPORTS and not BY_NAME[topic].broadcast and not _alone(topic)
            found = self._ways[topic] = _Way(full, self._count(full), usual)
        return found

    def _count(self, full: str) -> int:
        return self._partitions.get(full, 1)

    def route(
        self, outputs: Iterable[Emit], stage: str, publicity: Publicity = AS_DEFAULT
    ) -> tuple[Outgoing, ...]:
        """Records for the outputs of one batch, batched per destination partition where the topic is internal."""
        made: list[Outgoing] = []
        batches: defaultdict[tuple[str, int], list[tuple[str, bytes | None]]] = defaultdict(list)
        for sent in outputs:
            fitting, data = self._fitting(sent, stage)
            way = self._way(fitting.topic)
            if way.usual:
                place = (way.full, partition_of(fitting.key, way.partitions))
                batches[place].append((fitting.key, data))
                continue
            for full in self._destinations(fitting, publicity):
                event = self._under(fitting, publicity)
                for partition in self._places(full, fitting):
                    if _alone(fitting.topic):
                        made.append(_one(full, partition, event))
                    else:
                        batches[full, partition].append((fitting.key, data))
        for (full, partition), events in batches.items():
            made.extend(_record(full, partition, packed) for packed in pack(events))
        return tuple(made)

    def line(self, key: str, data: bytes) -> Outgoing:
        """A raw line as log shippers send it."""
        way = self._way(LINES)
        place = partition_of(key, way.partitions)
        return Outgoing(way.full, place, key.encode("utf-8", "replace"), data)

    def _fitting(self, sent: Emit, stage: str) -> tuple[Emit, bytes | None]:
        """The event and its bytes; a dead letter in place of one that no topic takes."""
        data = encoded(sent)
        if data is None or len(data) <= MAX_EVENT_BYTES:
            return sent, data
        letter = dead_letter(
            topic=sent.topic,
            stage=stage,
            reason=Reason.TOO_LARGE,
            error=f"{sent.key}: {len(data)} bytes: an event may have {MAX_EVENT_BYTES}",
            text=data[: MAX_EVENT_BYTES // 4].decode("utf-8", "replace"),
            place=sent.key,
            patterns=None,  # what a stage emits is scrubbed already
        )
        return letter, encoded(letter)

    def _destinations(self, sent: Emit, publicity: Publicity) -> Iterator[str]:
        if sent.topic != REPORTS:
            yield self._names.topic(sent.topic)
            return
        if not self._names.is_default:
            yield self._names.topic(REPORTS)
        if publicity.public:
            yield self._names.public_reports

    def _places(self, full: str, sent: Emit) -> Iterable[int]:
        count = self._count(full)
        if BY_NAME[sent.topic].broadcast:
            return range(count)
        return (partition_of(sent.key, count),)

    @staticmethod
    def _under(sent: Emit, publicity: Publicity) -> Emit:
        """A report says under which generation it goes out."""
        if isinstance(sent.event, Report) and sent.event.generation != publicity.generation:
            event = msgspec.structs.replace(sent.event, generation=publicity.generation)
            return Emit(sent.topic, sent.key, event)
        return sent


def _alone(topic: str) -> bool:
    """Whether each event has a record of its own: for any consumer, or because compaction goes by record keys."""
    found = BY_NAME[topic]
    return found.public or found.retention == "compacted"


def _one(full: str, partition: int, sent: Emit) -> Outgoing:
    return _record(full, partition, single(sent.key, sent.event))


def _record(full: str, partition: int, packed: Packed) -> Outgoing:
    return Outgoing(full, partition, packed.key, packed.value, packed.headers)

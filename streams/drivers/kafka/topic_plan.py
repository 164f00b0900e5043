"""What the topics of a pipeline must be, and what is wrong with those that are there.

In: names, stages, topics as found. Out: topics with partitions and settings; problems as texts that name the topic
and the exact next step. Asks no broker.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

import msgspec

from streams.drivers.kafka.names import Names, stored_topics
from streams.model.retention import TopicLimits
from streams.model.topics import BY_NAME, Retention, Topic
from streams.topology import STAGES, Stage

PARTITIONS: Final = 8
# One or two topics that a shipper made by writing to them do not say how many partitions a pipeline has.
_QUORUM: Final = 3
MAX_MESSAGE_BYTES: Final = 64 * 1024 * 1024
_MINUTE_MS: Final = 60_000
_DAY_MS: Final = 24 * 60 * _MINUTE_MS
_FOR_EVER: Final = -1
# What waits to be read must outlast a weekend without workers; nobody reads it again afterwards.
_SHORT_MS: Final = 3 * _DAY_MS
# A reader that was away for so long still sees that a key was removed.
_REMOVALS_MS: Final = 7 * _DAY_MS

_DELETE_AFTER: Final[dict[Retention, int]] = {
    "short": _SHORT_MS,
    "30 days": 30 * _DAY_MS,
    "unlimited": _FOR_EVER,
}
# The collectors keep no table, and `view` keeps its own in a database.
_WITHOUT_CHANGELOG: Final = frozenset(("collect", "view"))
_NOT_STORED: Final = frozenset(n for n, topic in BY_NAME.items() if topic.retention == "not stored")
# With three copies a record counts as written when two have it, so one broker may be away.
_SAFE_REPLICATION: Final = 3
# Only closed segments are compacted: new ones often, and cleaned when a tenth is stale, or a recovery reads old rows.
_CHANGELOG: Final = {
    "cleanup.policy": "compact",
    "segment.ms": str(10 * _MINUTE_MS),
    "segment.bytes": str(128 * 1024 * 1024),
    "min.cleanable.dirty.ratio": "0.1",
    "delete.retention.ms": str(_DAY_MS),
}
_EVERYWHERE: Final = {
    "max.message.bytes": str(MAX_MESSAGE_BYTES),
    "compression.type": "producer",
}
# Where another value loses records or makes a worker wrong; for the rest an operator may know better.
_MUST_EQUAL: Final = ("cleanup.policy", "message.timestamp.type")
_MUST_REACH: Final = ("retention.ms", "retention.bytes", "max.message.bytes")


class Wanted(msgspec.Struct, frozen=True):
    """A topic as it must be. `is_changelog`: it has as many partitions as its stage's inputs."""

    name: str
    partitions: int
    config: Mapping[str, str]
    is_changelog: bool = False
    single: bool = False


class Found(msgspec.Struct, frozen=True):
    """A topic as it is."""

    partitions: int
    config: Mapping[str, str]


class Asked(msgspec.Struct, frozen=True):
    """Of which pipeline the topics are. `partitions` None: as many as the topics have that are there.

    `limits`: how long topics are kept where that is not what their table says; none of a compacted one.
    """

    names: Names
    partitions: int | None = None
    stages: tuple[Stage, ...] = STAGES
    limits: TopicLimits = TopicLimits()

    def topics(self, partitions: int) -> tuple[Wanted, ...]:
        """Every topic and changelog, where topics with many partitions have so many."""
        return (
            *(self._topic(topic, partitions) for topic in stored_topics()),
            *(
                _changelog(self.names, stage, partitions)
                for stage in self.stages
                if stage.name not in _WITHOUT_CHANGELOG
            ),
        )

    def _topic(self, topic: Topic, partitions: int) -> Wanted:
        count = 1 if topic.single else partitions
        config = _config(topic, self.limits)
        return Wanted(self.names.topic(topic.name), count, config, single=topic.single)

    def all_names(self) -> tuple[str, ...]:
        """Their names on the broker."""
        return tuple(topic.name for topic in self.topics(1))


def _config(topic: Topic, limits: TopicLimits) -> dict[str, str]:
    if topic.retention == "compacted":
        kept = {"cleanup.policy": "compact", "delete.retention.ms": str(_REMOVALS_MS)}
    else:
        days = limits.days.get(topic.name)
        after = _DELETE_AFTER[topic.retention] if days is None else days * _DAY_MS
        kept = {
            "cleanup.policy": "delete",
            "retention.ms": str(after),
            "retention.bytes": str(limits.bytes.get(topic.name, _FOR_EVER)),
        }
    # The broker's clock: the dedupe horizon is judged by it, and a producer whose clock is wrong neither
    # has its records refused nor deletes those of others.
    return {**_EVERYWHERE, **kept, "message.timestamp.type": "LogAppendTime"}


def is_single(stage: Stage) -> bool:
    """Whether a stage reads topics of one partition only, so that it is one task."""
    read = [topic for topic in stage.reads if topic not in _NOT_STORED]
    return all(BY_NAME[topic].single for topic in read)


def _changelog(names: Names, stage: Stage, partitions: int) -> Wanted:
    single = is_single(stage)
    config = {**_EVERYWHERE, **_CHANGELOG}
    name, count = names.changelog(stage.name), 1 if single else partitions
    return Wanted(name, count, config, is_changelog=True, single=single)


def collector_changelog(names: Names, name: str, partitions: int) -> Wanted:
    """The changelog of a collector; it makes its own, with as many partitions as the topic that it reads."""
    config = {**_EVERYWHERE, **_CHANGELOG}
    return Wanted(names.changelog(name), partitions, config, is_changelog=True)


def agreed(found: Mapping[str, Found], asked: Asked) -> int | None:
    """The number of partitions of the topics that are there, where enough of them have the same."""
    counts = Counter(
        found[topic.name].partitions
        for topic in asked.topics(1)
        if topic.name in found and not topic.single and not topic.is_changelog
    )
    count, topics = max(counts.items(), key=lambda item: item[::-1], default=(0, 0))
    return count if topics >= _QUORUM else None


def number(found: Mapping[str, Found], asked: Asked) -> int:
    """How many partitions a topic with many has to have."""
    return agreed(found, asked) or asked.partitions or PARTITIONS


def conflict(found: Mapping[str, Found], asked: Asked) -> str | None:
    """What to say where the topics that are there have another number of partitions than is asked for."""
    have = agreed(found, asked)
    if have is None or asked.partitions in (None, have):
        return None
    return (
        f"partitions = {asked.partitions}, and the topics have {have}: set it to {have}, "
        "or begin anew with another topic_prefix"
    )


def wrong(found: Mapping[str, Found], asked: Asked, address: str) -> list[str]:
    """What is missing or is not as it must be, each with the next step on the broker at this address."""
    steps = _Steps(asked.names, address)
    if not found:
        return [f"none of the {len(asked.topics(1))} topics is there: {steps.create}"]
    first = conflict(found, asked)
    said = [] if first is None else [first]
    for topic in asked.topics(number(found, asked)):
        there = found.get(topic.name)
        if there is None:
            said.append(f"{topic.name}: missing: {steps.create}")
            continue
        if there.partitions != topic.partitions:
            said.append(steps.count(topic, there))
        if changes := _wrong_config(topic, there):
            said.append(steps.alter(topic, there, changes))
    return said


class _Steps(msgspec.Struct, frozen=True):
    """The words for what is wrong, with the commands that mend it."""

    names: Names
    address: str

    @property
    def create(self) -> str:
        """The command that makes what is missing."""
        name = "" if self.names.is_default else f" --as {self.names.name}"
        return f"panictrail topics create{name}"

    def count(self, topic: Wanted, there: Found) -> str:
        """Another number of partitions."""
        have = "1 partition" if there.partitions == 1 else f"{there.partitions} partitions"
        said = f"{topic.name}: {have}, want {topic.partitions}"
        if topic.is_changelog:
            return (
                f"{said} as the inputs of its stage have: choose another app_id, "
                "and the tables are built anew from the topics"
            )
        why = "because keys of several topics meet in it" if topic.single else "as the others have"
        return (
            f"{said} {why}: stop its writers, delete it with its records (kafka-topics.sh "
            f"--bootstrap-server {self.address} --delete --topic {topic.name}), then {self.create}"
        )

    def alter(self, topic: Wanted, there: Found, changes: Mapping[str, str]) -> str:
        """Other settings."""
        is_so = ", ".join(f"{k} = {there.config.get(k)}, want {v}" for k, v in changes.items())
        setting = ",".join(f"{k}={v}" for k, v in changes.items())
        return (
            f"{topic.name}: {is_so}: kafka-configs.sh --bootstrap-server {self.address} --alter "
            f"--entity-type topics --entity-name {topic.name} --add-config {setting}"
        )


def _wrong_config(topic: Wanted, there: Found) -> dict[str, str]:
    return {
        key: value
        for key, value in topic.config.items()
        if (key in _MUST_EQUAL and there.config.get(key) != value)
        or (key in _MUST_REACH and _below(there.config.get(key, "0"), value))
    }


def _below(found: str, want: str) -> bool:
    """Whether a limit is tighter than it may be; -1 is none."""
    if int(found) == _FOR_EVER:
        return False
    return int(want) == _FOR_EVER or int(found) < int(want)

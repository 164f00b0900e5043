"""Names on the broker: topics, consumer groups, transactional ids, changelogs.

In: the application, the topic prefix, the name of the pipeline (`default`, or a replay's). Out: texts. Asks no broker.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final
from zlib import crc32

import msgspec

from streams.model.errors import BadInput
from streams.model.topics import BY_NAME, TOPICS, Topic

DEFAULT: Final = "default"
# Made by others for every pipeline alike: a replay reads them where they are, and never writes them.
SHARED: Final = frozenset(
    (
        "logs.lines",
        "panics.raw",
        "cores.refs",
        "git.pushed",
        "ci.finished",
        "deploys.changed",
        "cluster.commands",
        "facts.arrived",
        "pipeline.generations",
    )
)
# Kafka allows 249 of these characters in a topic name; a dot would blur where a replay's name ends.
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Names(msgspec.Struct, frozen=True, kw_only=True):
    """How one pipeline names its things. `prefix` stands before every topic (clusters that several teams share)."""

    app: str = "panictrail"
    prefix: str = ""
    name: str = DEFAULT

    @property
    def is_default(self) -> bool:
        """Whether this is the pipeline that is no replay."""
        return self.name == DEFAULT

    def topic(self, topic: str) -> str:
        """The topic on the broker: `NAME.topic` for what a replay makes itself."""
        own = "" if self.is_default or topic in SHARED else f"{self.name}."
        return f"{self.prefix}{own}{topic}"

    @property
    def public_reports(self) -> str:
        """The topic of reports that everybody reads, whoever is adopted."""
        return f"{self.prefix}reports.root_cause"

    def reach(self, topics: Iterable[str]) -> tuple[str, ...]:
        """The topics on the broker that events of these may go to, and dead letters in their place."""
        found = {self.topic(topic) for topic in (*topics, "deadletter")}
        if "reports.root_cause" in topics:
            found.add(self.public_reports)
        return tuple(sorted(found))

    def plain(self, topic: str) -> str:
        """The name of the topics table for a topic on the broker."""
        bare = topic.removeprefix(self.prefix)
        return bare if bare in BY_NAME else bare.removeprefix(f"{self.name}.")

    def group(self, stage: str) -> str:
        """The consumer group of a stage."""
        own = "" if self.is_default else f"-{self.name}"
        return f"{self.prefix}{self.app}{own}-{stage}"

    def changelog(self, stage: str) -> str:
        """The changelog topic of a stage."""
        return f"{self.group(stage)}-changelog"

    def transactional_id(self, stage: str, partition: int) -> str:
        """Names application, stage and partition, so that a new owner fences the old one."""
        return f"{self.group(stage)}-{partition}"


def replay_name(text: str) -> str:
    """A name that a replay may have. Raises BadInput."""
    if not _NAME.fullmatch(text):
        message = f"{text!r}: a replay's name is 1 to 64 letters, digits, - and _: choose another with --as"
        raise BadInput(message)
    return text


def partition_of(key: str, partitions: int) -> int:
    """Where a key lives: one rule for every topic that we write, so that equal keys of two topics meet."""
    return crc32(key.encode("utf-8", "surrogatepass")) % partitions


def stored_topics() -> tuple[Topic, ...]:
    """The topics that exist on a broker."""
    return tuple(topic for topic in TOPICS if topic.retention != "not stored")

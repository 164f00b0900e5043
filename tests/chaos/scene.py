"""What a check looks at and what it gives: the places of a run, figures with what they have to be.

In: names. Out: topics of the run; figures. Reads nothing.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

import msgspec

from streams.drivers.kafka.names import Names
from streams.drivers.kafka.topic_plan import is_single
from streams.model.topics import BY_NAME
from streams.topology import STAGES
from tests.chaos.reading import Topic

# Stages with a changelog.
WITH_TABLES: Final = tuple(s for s in STAGES if s.name not in ("collect", "view"))
_STAGE_OF: Final = {stage.name: stage for stage in STAGES}


class Figure(msgspec.Struct, frozen=True):
    """One line of the table. `wanted` None: for information."""

    name: str
    value: int
    wanted: int | None = 0

    @property
    def wrong(self) -> bool:
        """Whether this fails the run."""
        return self.wanted is not None and self.value != self.wanted


class Scene(msgspec.Struct, frozen=True):
    """Where the run's things are."""

    bootstrap: str
    names: Names
    partitions: int

    def topic(self, name: str) -> Topic:
        """A topic of the topics table."""
        return Topic(self.names.topic(name), 1 if BY_NAME[name].single else self.partitions)

    def changelog(self, stage: str) -> Topic:
        """The changelog of a stage: it has as many partitions as what the stage reads."""
        single = is_single(_STAGE_OF[stage])
        return Topic(self.names.changelog(stage), 1 if single else self.partitions)


def difference(wanted: Counter[str], found: Counter[str]) -> tuple[int, int]:
    """How much is lacking, and how much is too much."""
    return (wanted - found).total(), (found - wanted).total()

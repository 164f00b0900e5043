"""What came out of a run beside what went in: lost, surplus, tables, stores, dead letters.

In: a broker that has been drained, folders of dead and living workers. Out: figures, each with what it has to be.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from tests.chaos.check_tables import local, logs_of, tables
from tests.chaos.check_topics import Reports, final, growth, internal, letters, reports_of
from tests.chaos.reading import settled
from tests.chaos.scene import WITH_TABLES, Figure, Scene
from tests.chaos.truth import Truth

# An open transaction of a dead worker is ended by the broker after so long at the latest.
_SETTLE_SECONDS: Final = 30.0


class Found(msgspec.Struct, frozen=True):
    """What a check gave."""

    reports: Reports
    figures: tuple[Figure, ...]


async def check(scene: Scene, truth: Truth, living: Sequence[Path], dead: Sequence[Path]) -> Found:
    """Everything that can be read on the broker and in the folders."""
    topics = [
        *(scene.topic(name) for stage in WITH_TABLES for name in stage.writes),
        *(scene.changelog(stage.name) for stage in WITH_TABLES),
    ]
    unfinished = await settled(scene.bootstrap, topics, _SETTLE_SECONDS)
    reports = await reports_of(scene)
    logs = await logs_of(scene)
    figures = (
        Figure("records fed", truth.records, None),
        Figure("distinct crashes", truth.distinct, None),
        Figure("duplicates", truth.repeats.total() - truth.distinct, None),
        Figure("poison", len(truth.poison), None),
        Figure("clusters", len(truth.clusters), None),
        Figure("report records", reports.records, None),
        *final(reports, truth),
        *await internal(scene, truth),
        *await growth(scene, truth),
        *await letters(scene, truth),
        *tables(logs, truth),
        *await local(scene, logs, living, dead),
        Figure("transactions left open", len(unfinished)),
    )
    return Found(reports, figures)

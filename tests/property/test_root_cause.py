"""Laws 1, 3 and 4 of the root cause: any order, any repeats and any lateness of what the world tells give one report.

The repository is a real one, with a change that takes a check away; git answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from random import Random
from typing import NamedTuple

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.adapters.memory_meter import MemoryMeter
from streams.adapters.sqlite_store import SqliteStore
from streams.adapters.system_clock import SystemClock
from streams.core.steps.attribute import content_hash
from streams.drivers.causes import CauseFacts
from streams.drivers.embedded.engine import Engine
from streams.drivers.embedded.reading import reports
from streams.drivers.places import PlaceFacts
from streams.model.events import CiBuild, Deploy, GitPush
from streams.model.instant import Instant
from streams.model.message import decode, encode
from streams.model.report import Report
from streams.model.settings import PipelineSettings
from streams.topology import stages
from tests.root_cause_world import FIRST_SEEN, REPO, Sent, at, events_of, make


class World(NamedTuple):
    """Everything that happens, with what answers for the repository."""

    events: tuple[Sent, ...]
    facts: CauseFacts
    guilty: str


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One for all tests of the module."""
    folder = tmp_path_factory.mktemp("shop")
    commits = make(folder)
    repos = {REPO: folder}
    with closing(PlaceFacts(repos)) as places, closing(CauseFacts(repos, places)) as facts:
        yield World(events_of(commits), facts, commits[1])


def final(world: World, events: tuple[Sent, ...]) -> dict[str, bytes]:
    """The content of the reports after these events, as bytes."""
    chosen = stages(PipelineSettings(repositories=(REPO,)))
    with SqliteStore(None) as store:
        engine = Engine(chosen, store, world.facts, SystemClock(), MemoryMeter())
        for topic, event in events:
            engine.submit(topic, "", event)
        return {r.content_hash: encode(_bare(r)) for r in reports(store)}


def _bare(report: Report) -> Report:
    return msgspec.structs.replace(report, revision=1)


def test_the_report_names_the_commit_the_build_and_the_batch(world: World) -> None:
    (data,) = final(world, world.events).values()
    report = msgspec.json.decode(data)
    assert report["suspects"][0]["commit"] == world.guilty
    assert report["suspects"][0]["confidence"] > 0.5
    assert report["introduced"]["deploy_batch"] == "eu-1"
    assert report["introduced"]["build_id"] == "shop-1"
    assert report["introduced"]["last_good_build"] == "shop-0"
    assert report["introduced"]["canary_percent"] == 5.0
    assert report["occurrences"] == 3


@settings(max_examples=60, deadline=None)
@given(random=st.randoms(use_true_random=False), data=st.data())
def test_any_order_and_any_repeats_give_the_same_bytes(
    world: World, random: Random, data: st.DataObject
) -> None:
    again = data.draw(st.lists(st.sampled_from(world.events), max_size=6))
    shuffled = [*world.events, *again]
    random.shuffle(shuffled)
    assert final(world, tuple(shuffled)) == final(world, world.events)


def test_what_is_pushed_and_deployed_after_the_crash_changes_nothing(world: World) -> None:
    later = tuple(
        (topic, event)
        for topic, event in world.events
        if not isinstance(event, (GitPush, CiBuild, Deploy))
        or (event.occurred_at or Instant(0)) <= at(FIRST_SEEN)
    )
    assert len(later) < len(world.events)
    assert final(world, later) == final(world, world.events)


def test_the_hash_is_of_the_content(world: World) -> None:
    ((name, data),) = final(world, world.events).items()
    assert content_hash(decode(data, Report)) == name

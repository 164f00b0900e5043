"""Events and sightings of planned histories: they agree with the plan, for some seeds; no program is built."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from benchmarks.suspects.cut import KINDS
from benchmarks.suspects.events import Happening, Sighting
from benchmarks.suspects.frames import FRAMES
from benchmarks.suspects.generate import FULL, assigned, templates_of
from benchmarks.suspects.names import dice
from benchmarks.suspects.plan import Plan, plan
from benchmarks.suspects.stream import Event, Stream
from streams.model.events import CiBuild, Deploy, GitPush
from streams.model.message import decode


def _happened(seed: str, number: int) -> tuple[Plan, list[Event], list[Sighting]]:
    frame = FRAMES[number]
    own = assigned(seed, [frame], templates_of("open"), FULL)[0]
    made = plan(frame, seed, own, FULL.releases)
    names = {commit.id: f"{int(commit.id[1:]):040x}" for commit in made.commits}
    events, sightings = Happening(made, names, seed).run()
    return made, events, sightings


@pytest.fixture(
    scope="module", params=[("1", 1), ("2", 4), ("3", 6)], ids=lambda pair: FRAMES[pair[1]].name
)
def happened(request: pytest.FixtureRequest) -> tuple[Plan, list[Event], list[Sighting]]:
    return _happened(*request.param)


def test_a_plan_is_proved_by_every_case_it_was_given(
    happened: tuple[Plan, list[Event], list[Sighting]],
) -> None:
    made, _, sightings = happened
    assert len(made.cases) == FULL.guilty + FULL.unchanged
    assert len(sightings) == len(made.cases)
    assert 40 <= len(made.commits) <= 150


def test_the_batch_of_the_truth_is_the_first_with_the_commit(
    happened: tuple[Plan, list[Event], list[Sighting]],
) -> None:
    made, _, sightings = happened
    by_id = {commit.id: commit for commit in made.commits}
    for sighting in sightings:
        case, first = sighting.case, sighting.occurrences[0][0]
        assert sighting.seen.release.tag == case.seen
        assert sighting.seen.when < first
        assert list(sighting.occurrences) == sorted(sighting.occurrences)
        if case.commit is None:
            assert sighting.origin is None
            continue
        assert sighting.origin is not None
        assert sighting.origin.release.tag == case.first
        assert sighting.origin.place == sighting.seen.place
        assert sighting.origin.when <= sighting.seen.when
        assert by_id[case.commit].when < first
        assert (case.first == case.seen) == (case.how != "slow")


def test_events_decode_and_name_builds_and_commits_that_are_there(
    happened: tuple[Plan, list[Event], list[Sighting]],
) -> None:
    made, events, _ = happened
    found = [decode(json.dumps(event).encode(), KINDS[str(event["kind"])]) for event in events]
    builds = {
        event.build_id
        for event in found
        if isinstance(event, CiBuild) and event.status == "success"
    }
    deploys = [event for event in found if isinstance(event, Deploy)]
    assert {event.build_id for event in deploys} <= builds
    assert {event.env for event in deploys} == {"prod", "staging"}
    pushed = {c for event in found if isinstance(event, GitPush) for c in event.commits}
    assert len(pushed) == len(made.commits)
    for case in made.cases:
        if case.commit:
            assert f"{int(case.commit[1:]):040x}" in pushed


def test_deliveries_are_late_doubled_and_retried(
    happened: tuple[Plan, list[Event], list[Sighting]],
) -> None:
    _, events, _ = happened
    twice = Counter(event["delivery_id"] for event in events)
    assert max(twice.values()) == 2
    assert any(int(str(e["received_at"])) - int(str(e["occurred_at"])) > 300 for e in events)
    assert {"failure", "success"} <= {event.get("status") for event in events}
    assert {"rollout", "restart", "scale"} <= {event.get("action") for event in events}


def test_a_build_that_fails_for_good_never_succeeds() -> None:
    stream = Stream(dice("x"), "repo", 7)
    build = stream.built(1000, "refs/heads/main", "a" * 40, well=False)
    assert build == "repo-8"
    assert [event["status"] for event in stream.events] == ["failure"]

"""What ran where: only what happened counts, not the order in which it was heard of, nor how often."""

from __future__ import annotations

from collections.abc import Sequence

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.join.timeline import Timeline
from streams.model.events import CiBuild, Deploy, GitPush
from streams.model.instant import Instant
from streams.model.links import Crashed, Place, Sighting, Stated, Window
from streams.model.message import decode

Event = GitPush | CiBuild | Deploy
EU = Place("shop", "prod", "eu")
US = Place("shop", "prod", "us")
C1, C2, C3 = "1" * 40, "2" * 40, "3" * 40
_NUMBER = iter(range(10**6))


def at(hour: int) -> Instant:
    """So many hours after the first of January 2026."""
    return Instant((1_767_225_600 + hour * 3600) * 10**9)


def build(build_id: str, commit: str, ref: str = "refs/heads/main", **more: object) -> CiBuild:
    fields: dict[str, object] = {
        "delivery_id": f"b{next(_NUMBER)}", "repo": "shop", "build_id": build_id, "commit": commit, "ref": ref,
        "status": "success", "occurred_at": str(at(0)),
    }  # fmt: skip
    return decode(orjson.dumps({**fields, **more}), CiBuild)


def deploy(hour: int, batch: str, build_id: str, **more: object) -> Deploy:
    fields: dict[str, object] = {
        "delivery_id": f"d{next(_NUMBER)}", "service": "shop", "occurred_at": str(at(hour)), "batch": batch,
        "build_id": build_id, "env": "prod", "region": "eu", "action": "rollout", "phase": "complete", "percent": 100,
    }  # fmt: skip
    return decode(orjson.dumps({**fields, **more}), Deploy)


def seen(hour: int, place: Place = EU, *, canary: bool | None = False) -> list[Sighting]:
    return [Sighting(at=at(hour), place=place, canary=canary)]


BUILDS = (build("b1", C1, "refs/tags/v1.0.0"), build("b2", C2, "refs/tags/v1.1.0"), build("b3", C3))
ROLLED_OUT = (
    *BUILDS,
    deploy(1, "d1", "b1"),
    deploy(10, "d2", "b2", phase="canary", percent=5),
    deploy(12, "d2", "b2", phase="ramp", percent=25),
    deploy(14, "d2", "b2"),
    deploy(20, "d3", "b2", region="us"),
)


@pytest.mark.parametrize(
    ("hour", "canary", "build_id"),
    [(5, False, "b1"), (11, False, "b1"), (11, True, "b2"), (13, True, "b2"), (15, False, "b2")],
)
def test_a_crash_that_says_nothing_is_of_what_served_its_place(
    hour: int, *, canary: bool, build_id: str
) -> None:
    found = Timeline(ROLLED_OUT).crashed(Stated(), seen(hour, canary=canary))
    assert (found.build_id, found.by) == (build_id, "deploys")
    assert 0 < found.confidence < 1


def test_a_region_that_nothing_was_deployed_to_has_no_revision() -> None:
    found = Timeline(ROLLED_OUT).crashed(Stated(), seen(15, US))
    assert (found.commit, found.by, found.confidence) == ("", "unknown", 0.0)


@pytest.mark.parametrize(
    ("stated", "by"),
    [
        (Stated(revision=C2), "revision"),
        (Stated(build_id="b2"), "build"),
        (Stated(version="v1.1.0"), "version"),
        (Stated(version="1.1.0"), "version"),
    ],
)
def test_what_the_crash_states_wins_over_what_was_deployed(stated: Stated, by: str) -> None:
    found = Timeline(ROLLED_OUT).crashed(stated, seen(5))
    assert (found.commit, found.build_id, found.by, found.confidence) == (C2, "b2", by, 1.0)


def test_an_image_digest_names_the_build_that_made_it() -> None:
    digest = "sha256:" + "a" * 64
    made = build("b9", C3, artifacts=[{"service": "shop", "digest": digest}])
    found = Timeline((*ROLLED_OUT, made)).crashed(Stated(digest=digest), seen(5))
    assert (found.commit, found.by) == (C3, "digest")


def test_of_a_tag_that_was_built_twice_the_build_that_ran_is_meant() -> None:
    again = build("b4", C2, "refs/tags/v1.1.0")
    found = Timeline((*ROLLED_OUT, again)).crashed(Stated(version="v1.1.0"), seen(15))
    assert found.build_id == "b2"


def test_a_failed_build_is_none_and_a_retry_is_one() -> None:
    events = (
        build("b5", C3, status="failure", attempt=1),
        build("b6", C3, status="failure", attempt=1),
        build("b6", C3, status="success", attempt=2),
    )
    timeline = Timeline(events)
    retried = timeline.build("b6")
    assert timeline.build("b5") is None
    assert retried is not None
    assert retried.attempt == 2


def test_restarts_and_scaling_change_nothing() -> None:
    noise = (
        deploy(16, "r", "b1", action="restart"),
        deploy(17, "s", "b1", action="scale"),
    )
    state = Timeline((*ROLLED_OUT, *noise)).running(EU, at(18))
    assert state.stable is not None
    assert (state.stable.batch, state.candidate) == ("d2", None)


def test_a_restart_shows_what_ran_before_anything_was_heard_of() -> None:
    state = Timeline((*BUILDS, deploy(3, "r", "b1", action="restart"))).running(EU, at(4))
    assert state.stable is not None
    assert state.stable.build_id == "b1"


def test_a_rollback_and_a_failed_rollout_lead_back() -> None:
    rolled_back = Timeline((*ROLLED_OUT, deploy(16, "d4", "b1", action="rollback")))
    failed = Timeline(
        (
            *ROLLED_OUT,
            deploy(16, "d4", "b3", phase="canary"),
            deploy(17, "d4", "b3", phase="failed"),
        )
    )
    assert rolled_back.running(EU, at(17)).stable == rolled_back.rollouts(EU)[-1]
    assert failed.crashed(Stated(), seen(18, canary=True)).build_id == "b2"


def test_the_range_begins_after_what_served_the_place_when_the_revision_came() -> None:
    timeline = Timeline((*ROLLED_OUT, deploy(30, "d5", "b3", phase="canary")))
    sightings = seen(31, canary=True)
    window = timeline.window(timeline.crashed(Stated(), sightings), sightings)
    assert window.good == (C2, C1)
    assert window.first is not None
    assert window.first.batch == "d5"


def test_a_revision_that_was_rolled_back_and_came_again_came_with_its_first_batch() -> None:
    timeline = Timeline(
        (*ROLLED_OUT, deploy(16, "d4", "b1", action="rollback"), deploy(20, "d5", "b2"))
    )
    window = timeline.window(timeline.crashed(Stated(), seen(21)), seen(21))
    assert window.good == (C1,)
    assert window.first is not None
    assert window.first.batch == "d2"


def test_a_commit_was_brought_by_the_first_batch_of_the_place_that_contains_it() -> None:
    timeline = Timeline(ROLLED_OUT)
    here, there = timeline.brought(EU, (C2,), at(40)), timeline.brought(US, (C2,), at(40))
    assert (here.batch if here else "", there.batch if there else "") == ("d2", "d3")
    assert timeline.brought(EU, (C2,), at(9)) is None


def test_commits_that_were_pushed_after_the_crash_are_the_future() -> None:
    pushes = (
        GitPush(delivery_id="p1", repo="shop", occurred_at=at(2), commits=(C1, C2)),
        GitPush(delivery_id="p2", repo="shop", occurred_at=at(50), commits=(C2, C3)),
    )
    timeline = Timeline((*ROLLED_OUT, *pushes))
    window = timeline.window(timeline.crashed(Stated(), seen(15)), seen(15))
    assert window.later == (C3,)


def _answers(events: Sequence[Event]) -> tuple[Crashed, Window, object]:
    timeline = Timeline(events)
    sightings = [*seen(21), *seen(22, US)]
    crashed = timeline.crashed(Stated(), sightings)
    return crashed, timeline.window(crashed, sightings), timeline.brought(EU, (C2, C3), at(40))


_WORLD: Sequence[Event] = (
    *ROLLED_OUT,
    build("b2", C2, "refs/tags/v1.1.0", attempt=2, received_at=str(at(90))),
    deploy(16, "d4", "b1", action="rollback"),
    deploy(16, "r1", "b1", action="restart"),
    deploy(18, "d5", "b3", phase="canary", percent=5),
    deploy(18, "d5", "b3", phase="ramp", percent=25),
    GitPush(delivery_id="p1", repo="shop", occurred_at=at(2), commits=(C1, C2)),
    GitPush(delivery_id="p2", repo="shop", occurred_at=at(60), commits=(C3,)),
)


@given(st.permutations(_WORLD), st.lists(st.sampled_from(_WORLD), max_size=6))
def test_any_order_and_any_duplicates_give_the_same_answers(
    events: list[Event], again: list[Event]
) -> None:
    assert _answers([*again, *events]) == _answers(_WORLD)

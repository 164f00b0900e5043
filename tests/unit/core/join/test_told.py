"""What LINK tells ATTRIBUTE of a cluster: once, again when it changes, and when the revision that crashed is pushed."""

from __future__ import annotations

import msgspec

from streams.core.steps.link import step
from streams.model.attributing import Joined, SeenIn
from streams.model.events import AttributionRequest, CiBuild, Deploy, GitPush, ServiceSeen
from streams.model.instant import Instant
from streams.model.message import Message
from tests.unit.core.steps.bench import Rows, done

COMMITS = tuple(letter * 40 for letter in "abc")


def build(number: int) -> CiBuild:
    """A build of a commit."""
    return CiBuild(
        delivery_id=f"b{number}",
        occurred_at=Instant(number * 10),
        repo="acme/shop",
        build_id=str(number),
        commit=COMMITS[number],
        status="success",
    )


def deploy(number: int, region: str = "eu", at: int | None = None) -> Deploy:
    """Its deploy to everybody in a region."""
    return Deploy(
        delivery_id=f"d{region}{number}",
        occurred_at=Instant(number * 10 + 5 if at is None else at),
        service="shop",
        env="prod",
        region=region,
        batch=f"{region}-{number}",
        action="rollout",
        phase="complete",
        build_id=str(number),
    )


def seen(at: int, crash: str = "c1", cluster: str = "one") -> ServiceSeen:
    """A cluster whose first crash was in eu."""
    where = SeenIn(env="prod", region="eu")
    return ServiceSeen(service="shop", cluster=cluster, crash=crash, at=Instant(at), seen=where)


def told(state: Rows, *events: Message) -> list[AttributionRequest]:
    """The requests that events make."""
    found: list[AttributionRequest] = []
    for event in events:
        made = done(step, state, event)
        state.apply(made.changes)
        found += [e.event for e in made.outputs if isinstance(e.event, AttributionRequest)]
    return found


def last(state: Rows, *events: Message) -> Joined:
    """What is told last."""
    found = told(state, *events)[-1].joined
    assert found is not None
    return found


def test_the_place_and_the_time_say_which_revision_crashed_and_what_ran_before() -> None:
    found = last(Rows(), build(0), build(1), deploy(0), deploy(1), seen(20))
    assert (found.crashed, found.build_id, found.by) == (COMMITS[1], "1", "deploys")
    assert (found.good, found.good_builds) == (COMMITS[:1], ("0",))
    assert [(ran.commit, ran.batch) for ran in found.ran] == [
        (COMMITS[0], "eu-0"),
        (COMMITS[1], "eu-1"),
    ]
    assert found.first == 1
    assert found.repos == ("acme/shop",)


def test_nothing_is_told_of_a_cluster_before_anything_is_known() -> None:
    assert told(Rows(), seen(20)) == []


def test_the_same_is_told_once() -> None:
    state = Rows()
    events = (build(0), deploy(0), seen(8))
    assert len(told(state, *events)) == 1
    assert told(state, *events) == []


def test_what_comes_after_the_crash_is_not_told() -> None:
    state = Rows()
    told(state, build(0), build(1), deploy(0), seen(8))
    assert told(state, deploy(1), deploy(0, "us", at=9)) == []


def test_a_late_deploy_of_before_the_crash_is_told() -> None:
    state = Rows()
    assert last(state, build(0), build(1), deploy(1), seen(20)).good == ()
    assert last(state, deploy(0)).good == COMMITS[:1]


def test_every_cluster_of_the_service_is_told() -> None:
    state = Rows()
    told(state, build(0), seen(8), seen(9, "c2", "two"))
    assert [(r.cluster, r.crash) for r in told(state, deploy(0))] == [("one", "c1"), ("two", "c2")]


def test_an_earlier_crash_that_stands_for_the_cluster_is_told_of_itself() -> None:
    state = Rows()
    events = (build(0), build(1), deploy(0), deploy(1), seen(20), seen(8, "c0"))
    found = told(state, *events)[-1]
    assert (found.crash, found.joined and found.joined.crashed) == ("c0", COMMITS[0])


def test_a_push_of_the_revision_that_crashed_has_it_worked_out_again() -> None:
    state = Rows()
    first = last(state, build(0), deploy(0), seen(8))
    push = GitPush(delivery_id="p1", repo="acme/shop", after=COMMITS[0], commits=COMMITS[:1])
    other = msgspec.structs.replace(push, delivery_id="p2", after=COMMITS[2], commits=COMMITS[2:])
    told(state, other)  # that pushes are known now is news
    (again,) = told(state, push)
    assert again.joined == first

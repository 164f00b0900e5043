"""LINK and ATTRIBUTE: in whatever order the world tells, the final reports are the same (law 4)."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.join.given import PUSHES, SERVICES
from streams.core.join.rows import deploy_id
from streams.core.steps.link import step
from streams.model.events import (
    Artifact,
    AttributionRequest,
    CiBuild,
    Deploy,
    Fingerprinted,
    GitPush,
    LinkChanged,
    ServiceSeen,
)
from streams.model.instant import Instant
from streams.model.message import Message
from streams.model.report import Report
from streams.model.step import Count, Done
from streams.model.topics import BY_MESSAGE
from tests.unit.core.steps.bench import Line, Rows, crashed, done, panic_text

services = st.sampled_from(["shop", "cart"])
repos = st.sampled_from(["acme/shop", "acme/cart"])
builds = st.sampled_from(["1", "2"])
pushes = st.builds(GitPush, delivery_id=st.just(""), repo=repos)
made = st.builds(
    CiBuild,
    delivery_id=st.just(""),
    repo=repos,
    build_id=builds,
    commit=st.none() | st.just("4f2a"),
    artifacts=st.lists(st.builds(Artifact, service=st.none() | services), max_size=2).map(tuple),
)
deploys = st.builds(Deploy, delivery_id=st.just(""), service=services, build_id=st.none() | builds)
TEXTS = (panic_text(), panic_text("example.com/acme/shop/stock.Reserve"))
crashes = st.builds(
    crashed, st.sampled_from(TEXTS), event_id=st.just(""), service=st.none() | services
)


def numbered(events: list[Message]) -> list[Message]:
    """The same with ids of their own."""
    return [
        msgspec.structs.replace(
            e, **{"crash" if isinstance(e, Fingerprinted) else "delivery_id": f"id-{n}"}
        )
        for n, e in enumerate(events)
    ]


anything: st.SearchStrategy[Message] = st.one_of(pushes, made, deploys, crashes)
histories = st.lists(anything, max_size=10).map(numbered)


def reports_of(events: list[Message]) -> dict[str, Report]:
    """The final reports without their envelope."""
    line = Line("cluster", "link", "attribute")
    for event in events:
        line.submit(BY_MESSAGE[type(event)].name, event)
    return {
        name: msgspec.structs.replace(report, revision=0) for name, report in line.reports().items()
    }


@settings(max_examples=250, deadline=None)
@given(history=histories, data=st.data())
def test_the_final_reports_do_not_depend_on_the_order_of_events(
    history: list[Message], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(history))
    one, other = reports_of(history), reports_of(shuffled)
    assert {n: (r.content_hash, r.unknown) for n, r in one.items()} == {
        n: (r.content_hash, r.unknown) for n, r in other.items()
    }
    assert one == other


@settings(max_examples=100, deadline=None)
@given(history=histories, data=st.data())
def test_deliveries_and_crashes_that_come_again_change_nothing(
    history: list[Message], data: st.DataObject
) -> None:
    again = data.draw(st.lists(st.sampled_from(history), max_size=6)) if history else []
    line = Line("cluster", "link", "attribute")
    for event in history:
        line.submit(BY_MESSAGE[type(event)].name, event)
    rows = {name: dict(table) for name, table in line.state.rows.items()}
    before = len(line.sent)
    for event in again:
        line.submit(BY_MESSAGE[type(event)].name, event)
    assert line.state.rows == rows
    assert [sent.event for sent in line.sent[before:]] == again


@settings(max_examples=150, deadline=None)
@given(history=histories, picks=st.lists(st.booleans(), max_size=60))
def test_attribute_does_not_see_how_its_two_topics_interleave(
    history: list[Message], picks: list[bool]
) -> None:
    """clusters.changed and attribution.requests are ordered each, not between them."""
    line = Line("cluster", "link")
    for event in history:
        line.submit(BY_MESSAGE[type(event)].name, event)
    queues = [
        [s.event for s in line.sent if s.topic == topic and s.event]
        for topic in ("clusters.changed", "attribution.requests")
    ]
    results = []
    for order in (picks, [True] * 100, [False] * 100):
        waiting = [list(queue) for queue in queues]
        attribute = Line("attribute")
        for pick in [*order, *[True] * 200, *[False] * 200]:
            queue = waiting[pick]
            if queue:
                event = queue.pop(0)
                attribute.submit(BY_MESSAGE[type(event)].name, event)
        results.append({n: r.content_hash for n, r in attribute.reports().items()})
    assert results[0] == results[1] == results[2]


def outputs(state: Rows, *events: Message) -> list[Message]:
    """What the events make link send, in order."""
    sent: list[Message] = []
    for event in events:
        made = done(step, state, event)
        state.apply(made.changes)
        sent += [emit.event for emit in made.outputs if emit.event is not None]
    return sent


SEEN = ServiceSeen(service="shop", cluster="c1")


@pytest.mark.parametrize(
    "event",
    [
        GitPush(delivery_id="d", repo="acme/shop"),
        CiBuild(delivery_id="d", repo="acme/shop", build_id="7"),
        Deploy(delivery_id="d", service="shop"),
    ],
)
def test_a_delivery_that_was_seen_does_nothing_at_all(event: Message) -> None:
    state = Rows()
    outputs(state, SEEN, event)
    assert done(step, state, event) == Done()


def test_a_deploy_tells_its_row_and_asks_for_the_clusters_of_its_service() -> None:
    deploy = Deploy(
        delivery_id="d",
        service="shop",
        build_id="7",
        batch="canary-1",
        occurred_at=Instant(4),
    )
    other = ServiceSeen(service="shop-admin", cluster="c2")
    assert outputs(Rows(), SEEN, other, deploy) == [
        LinkChanged(
            link=deploy_id("d"),
            service="shop",
            build_id="7",
            deploy_batch="canary-1",
            timestamp=Instant(4),
        ),
        AttributionRequest(cluster="c1", service="shop", given=("deploy",)),
    ]


def test_a_build_fills_the_rows_of_its_deploys_and_asks_for_the_clusters_of_their_services() -> (
    None
):
    build = CiBuild(delivery_id="b", repo="acme/shop", build_id="7", commit="4f2a")
    deploy = Deploy(delivery_id="d", service="shop", build_id="7")
    state = Rows()
    outputs(state, SEEN, deploy)
    assert outputs(state, build) == [
        LinkChanged(
            link=deploy_id("d"),
            service="shop",
            commit_sha="4f2a",
            repo="acme/shop",
            build_id="7",
            build_attempt=1,
            joined_by="build_id",
        ),
        AttributionRequest(cluster="c1", service="shop", given=("ci.build", "deploy")),
    ]


def test_a_push_asks_for_the_clusters_of_services_that_run_a_build_of_its_repository() -> None:
    state = Rows()
    build = CiBuild(delivery_id="b", repo="acme/shop", build_id="7")
    outputs(state, SEEN, build, Deploy(delivery_id="d", service="shop", build_id="7"))
    push = GitPush(delivery_id="p", repo="acme/shop")
    assert outputs(state, push) == [
        AttributionRequest(cluster="c1", service="shop", given=("ci.build", "deploy", "git.push"))
    ]
    assert outputs(state, GitPush(delivery_id="q", repo="acme/other")) == []
    assert state.all(PUSHES)["p"] == push


def test_a_service_that_is_seen_first_asks_only_when_something_is_known() -> None:
    assert outputs(Rows(), SEEN) == []
    state = Rows()
    outputs(state, Deploy(delivery_id="d", service="shop"))
    assert outputs(state, SEEN) == [
        AttributionRequest(cluster="c1", service="shop", given=("deploy",))
    ]
    assert list(state.all(SERVICES).values()) == [SEEN]


def test_other_messages_are_none_of_its_business() -> None:
    assert done(step, Rows(), LinkChanged(service="s")) == Done()


def test_a_deploy_is_counted_once() -> None:
    state, deploy = Rows(), Deploy(delivery_id="d-1", service="shop")
    counts: list[Count] = []
    for event in (deploy, deploy, GitPush(delivery_id="p-1", repo="acme/shop")):
        found = done(step, state, event)
        state.apply(found.changes)
        counts += found.counts
    assert counts == [Count("panictrail_deploys_total", 1, ("shop",))]

"""What is known for a service: only what events state, in whatever order they came."""

from __future__ import annotations

import pytest

from streams.core.join.given import given
from streams.core.steps.link import step
from streams.model.events import Artifact, CiBuild, Deploy, GitPush
from streams.model.message import Message
from tests.unit.core.steps.bench import Rows, done

PUSH = GitPush(delivery_id="p", repo="acme/shop")
BUILD = CiBuild(delivery_id="b", repo="acme/shop", build_id="7")
MADE_FOR_SHOP = CiBuild(
    delivery_id="b", repo="acme/shop", build_id="7", artifacts=(Artifact(service="shop"),)
)
DEPLOY = Deploy(delivery_id="d", service="shop", build_id="7")
DEPLOY_OF_UNKNOWN = Deploy(delivery_id="d", service="shop")
ELSEWHERE = Deploy(delivery_id="e", service="shop-admin", build_id="7")
OTHER_REPO = CiBuild(delivery_id="o", repo="acme/tools", build_id="7")


def known(*events: Message) -> tuple[str, ...]:
    state = Rows()
    for event in events:
        state.apply(done(step, state, event).changes)
    return given(state, "shop")


@pytest.mark.parametrize(
    ("events", "kinds"),
    [
        ((), ()),
        ((PUSH,), ()),
        ((PUSH, BUILD), ()),
        ((PUSH, BUILD, ELSEWHERE), ()),
        ((DEPLOY_OF_UNKNOWN,), ("deploy",)),
        ((DEPLOY,), ("deploy",)),
        ((DEPLOY, BUILD), ("ci.build", "deploy")),
        ((MADE_FOR_SHOP,), ("ci.build",)),
        ((MADE_FOR_SHOP, PUSH), ("ci.build", "git.push")),
        ((DEPLOY, BUILD, PUSH), ("ci.build", "deploy", "git.push")),
        ((DEPLOY, OTHER_REPO, PUSH), ("ci.build", "deploy")),
        ((DEPLOY, OTHER_REPO, BUILD, PUSH), ("ci.build", "deploy", "git.push")),
    ],
)
def test_a_kind_is_given_when_events_tie_it_to_the_service(
    events: tuple[Message, ...], kinds: tuple[str, ...]
) -> None:
    assert known(*events) == known(*reversed(events)) == kinds


def test_names_that_begin_alike_are_not_mixed_up() -> None:
    build = CiBuild(delivery_id="b", repo="acme/shop", build_id="71")
    assert known(DEPLOY, build, PUSH) == ("deploy",)

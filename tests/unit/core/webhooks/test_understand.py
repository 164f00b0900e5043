"""Bodies of several documents, forms, ids, and bodies in which nothing can be read."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import msgspec
import pytest

from streams.core.webhooks.delivery import (
    Delivery,
    Provider,
    Refused,
    Understood,
    body_id,
    header_id,
)
from streams.core.webhooks.documents import MAX_DEPTH, MAX_DOCUMENTS
from streams.core.webhooks.understand import understand
from streams.model.events import GitPush
from tests.unit.core.webhooks.cases import RECEIVED, cases, delivery

PUSH = {"kind": "git.push", "repo": "acme/shop", "ref": "refs/heads/main"}


def read(
    body: bytes | object, provider: Provider = "plain", **headers: str
) -> Understood | Refused:
    """What a body says."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    return understand(Delivery(provider=provider, headers=named, body=data, received_at=RECEIVED))


def understood(body: bytes | object, provider: Provider = "plain", **headers: str) -> Understood:
    """The same, and it is understood."""
    found = read(body, provider, **headers)
    assert isinstance(found, Understood), found
    return found


def refused(body: bytes | object, provider: Provider = "plain", **headers: str) -> Refused:
    """The same, and nothing is."""
    found = read(body, provider, **headers)
    assert isinstance(found, Refused), found
    assert found.status == 400
    return found


@pytest.mark.parametrize("provider", ["github", "gitlab", "argocd", "kubernetes", "plain"])
@pytest.mark.parametrize(
    "body", [b"", b" \n ", b"{", b"\xff\xfe{}", b"null", b"3", b'"x"', b"[" * 100_000, b"{}"]
)
def test_a_body_in_which_nothing_can_be_read_is_refused_with_a_place(
    provider: Provider, body: bytes
) -> None:
    assert refused(body, provider, x_github_event="push").where


def test_a_github_delivery_that_names_no_event_is_refused() -> None:
    assert refused({}, "github").where == "header X-GitHub-Event"


def test_lines_each_stand_for_themselves_and_bad_ones_are_told() -> None:
    lines = [json.dumps(PUSH), "", "{not json", json.dumps({"kind": "deploy"}), json.dumps(PUSH)]
    found = understood("\n".join(lines).encode())
    assert [event.kind for event in found.events] == ["git.push", "git.push"]
    assert [bad.where for bad in found.bad] == ["line 2", "line 3: deploy"]
    assert found.parts == 4


def test_equal_documents_of_one_body_are_told_apart_and_always_alike() -> None:
    first, second = (understood([PUSH, PUSH]).events for _ in range(2))
    assert first == second
    assert first[1].delivery_id == f"{first[0].delivery_id}#2"


def test_a_document_has_the_same_id_wherever_it_stands() -> None:
    other = {**PUSH, "ref": "refs/heads/other"}
    one = {e.delivery_id: e for e in understood([PUSH, other]).events}
    two = {e.delivery_id: e for e in understood([other, PUSH]).events}
    assert one == two


def test_the_id_of_a_document_wins_then_that_of_the_head_then_the_content() -> None:
    own = understood({**PUSH, "delivery_id": "mine"}, webhook_id="head").events
    head = understood(PUSH, webhook_id="head").events
    content = understood(PUSH).events
    assert [e.delivery_id for e in (*own, *head)] == ["mine", "head"]
    assert content[0].delivery_id == body_id("plain", json.dumps(PUSH).encode())


@pytest.mark.parametrize("given", ["", "a b", "ü", "x" * 300, "a\x00b"])
def test_an_id_that_is_no_token_is_hashed(given: str) -> None:
    found = header_id("github", {"x-github-delivery": given})
    assert found is None if not given else found is not None and len(found) == 32


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"kind": "panic", "text": "panic: x"},
        {"text": "panic: x"},
        {"kind": ["git.push"]},
        {**PUSH, "commits": "all"},
        {**PUSH, "ref": "a\x00b"},
        {**PUSH, "commits": ["a\nb"]},
        {"kind": "ci.build", "repo": "r", "build_id": "b", "artifacts": [{"digest": "\x01"}]},
        [PUSH] * (MAX_DOCUMENTS + 1),
        {"specversion": "1.0", "type": "dev.panictrail.deploy", "data": [1]},
        {"specversion": "1.0", "type": "dev.cdevents.service.deployed.0.1.0", "data": 1},
    ],
)
def test_what_is_no_side_input_is_refused(body: object) -> None:
    refused(body)


def test_documents_may_be_nested_so_deep_and_no_deeper() -> None:
    def nested(depth: int) -> object:
        value: object = 1
        for _ in range(depth):
            value = [value]
        return {**PUSH, "more": value}

    assert understood(nested(MAX_DEPTH - 1)).events
    assert "nested deeper" in refused(nested(MAX_DEPTH)).error


def test_when_it_was_received_is_ours_to_say() -> None:
    event = understood({**PUSH, "received_at": "1999-01-01T00:00:00Z"}).events[0]
    assert event.received_at == RECEIVED


def test_fields_that_we_do_not_know_are_kept() -> None:
    event = understood({**PUSH, "team": "cart"}).events[0]
    assert event.extra == {"team": "cart"}


def test_github_may_send_a_form() -> None:
    case = cases()["github-push"]
    plain = delivery(case)
    form = msgspec.structs.replace(
        plain,
        headers={**plain.headers, "content-type": "application/x-www-form-urlencoded"},
        body=urlencode({"payload": plain.body.decode()}).encode(),
    )
    one, two = understand(plain), understand(form)
    assert isinstance(one, Understood)
    assert one == two
    for body in (b"", b"payload", b"other=%7B%7D", b"payload=%7B", b"\xff"):
        assert isinstance(understand(msgspec.structs.replace(form, body=body)), Refused)


@pytest.mark.parametrize(("count", "total", "truncated"), [(20, 20, False), (20, 21, True)])
def test_commits_that_gitlab_left_out_are_said_to_be_missing(
    count: int, total: int, *, truncated: bool
) -> None:
    body = dict(cases()["gitlab-push"]["body"], total_commits_count=total)
    body["commits"] = [{"id": f"{n:040x}"} for n in range(count)]
    event = understood(body, "gitlab").events[0]
    assert isinstance(event, GitPush)
    assert (len(event.commits), event.truncated) == (count, truncated)


def test_commits_that_github_left_out_are_said_to_be_missing() -> None:
    body = dict(cases()["github-push"]["body"])
    body["commits"] = [{"id": f"{n:040x}"} for n in range(2048)]
    event = understood(body, "github", x_github_event="push").events[0]
    assert isinstance(event, GitPush)
    assert event.truncated


def test_without_the_time_of_the_push_its_newest_commit_says_from_when_on() -> None:
    body = dict(cases()["github-push"]["body"], repository={"full_name": "acme/shop"})
    event = understood(body, "github", x_github_event="push").events[0]
    assert str(event.occurred_at) == "2026-11-23T07:59:00Z"

"""Golden deliveries: what each sender's documented bodies say, and that only the time of receipt is of the moment."""

from __future__ import annotations

import json
from collections.abc import Iterator

import msgspec
import pytest

from streams.core.webhooks.delivery import PROVIDERS, Understood
from streams.core.webhooks.understand import understand
from streams.model.instant import parse_instant
from streams.model.message import decode, encode
from streams.model.topics import BY_NAME, TOPIC_OF_KIND
from tests.unit.core.webhooks.cases import FOLDER, Case, cases, delivery, told

CASES = cases()
LATER = parse_instant("2026-11-24T08:00:00Z")


@pytest.mark.parametrize("name", CASES)
def test_a_documented_delivery_says_what_it_says(name: str) -> None:
    case = CASES[name]
    assert told(case) == {"events": case["events"], "ignored": case["ignored"]}


def test_every_sender_and_every_kind_of_event_is_among_them() -> None:
    assert {case["provider"] for case in CASES.values()} == set(PROVIDERS)
    events = [event for case in CASES.values() for event in case["events"]]
    assert {event["kind"] for event in events} == set(TOPIC_OF_KIND)
    deploys = [event for event in events if event["kind"] == "deploy"]
    assert {event["phase"] for event in deploys} == {"canary", "ramp", "complete", "failed"}
    assert {event["action"] for event in deploys} == {"rollout", "restart", "scale", "rollback"}


@pytest.mark.parametrize("name", CASES)
def test_the_same_delivery_later_differs_in_the_time_of_receipt_alone(name: str) -> None:
    now, later = understand(delivery(CASES[name])), understand(delivery(CASES[name], at=LATER))
    assert isinstance(now, Understood)
    assert isinstance(later, Understood)
    for first, second in zip(now.events, later.events, strict=True):
        assert second == msgspec.structs.replace(first, received_at=LATER)


@pytest.mark.parametrize("name", CASES)
def test_events_are_those_of_their_topics(name: str) -> None:
    for event in CASES[name]["events"]:
        data = json.dumps(event).encode()
        message = decode(data, BY_NAME[TOPIC_OF_KIND[event["kind"]]].message)
        assert json.loads(encode(message)) == event


@pytest.mark.parametrize("name", CASES)
def test_whatever_field_is_missing_or_of_another_type_it_is_an_answer(name: str) -> None:
    """Absent facts are null, or the delivery is refused with a place; nothing else is raised."""
    case = CASES[name]
    for changed in _damaged(case["body"]):
        answer = understand(delivery({**case, "body": changed}))
        assert isinstance(answer, Understood) or (answer.status == 400 and answer.where)


def _damaged(body: object) -> Iterator[object]:
    """The body with one value at a time gone or of another type, at every place."""
    yield from (None, 7, [], "\x00")
    if isinstance(body, dict):
        for key, value in body.items():
            yield {k: v for k, v in body.items() if k != key}
            yield from ({**body, key: other} for other in _damaged(value))
    elif isinstance(body, list):
        for index, item in enumerate(body):
            yield from ([*body[:index], other, *body[index + 1 :]] for other in _damaged(item))


def test_every_file_names_the_documentation_that_it_was_written_by() -> None:
    assert all(case["source"] for case in CASES.values())
    assert len(CASES) == len(list(FOLDER.iterdir()))


def test_a_body_under_another_name_is_known_by_its_content() -> None:
    case: Case = dict(CASES["gitlab-push"], headers={"X-Gitlab-Event": "Push Hook"})
    one, two = told(case)["events"], told(case)["events"]
    assert one == two
    assert one[0]["delivery_id"] != CASES["gitlab-push"]["events"][0]["delivery_id"]

"""`panictrail notify` on a real broker, behind real workers: once each, after kill -9 too; dead letters, sent again."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from streams.drivers.kafka.deadletters import Again, letters
from streams.drivers.kafka.names import Names
from tests.kafka.processes import (
    Running,
    cluster_of,
    create_topics,
    environment,
    ready,
    worker,
)
from tests.kafka.traffic import send
from tests.kafka_broker import Broker
from tests.receiver import Receiver, Reply, Request, receiving
from tests.unit.core.steps.bench import panic_text
from tests.waiting import until

STAGES = ("symbolize", "fingerprint", "decide", "cluster", "link", "attribute", "notify")


def crash(bug: str, number: int = 0) -> bytes:
    event = {
        "text": panic_text(f"main.{bug}", message=bug),
        "at": f"2026-11-23T08:00:{number % 60:02d}Z",
        "service": "shop",
        "event_id": f"{bug}-{number}",
    }
    return json.dumps(event).encode()


def crashed(broker: Broker, names: Names, *events: bytes) -> None:
    rows = (("panics.raw", "", event) for event in events)
    asyncio.run(send(cluster_of(broker), names, rows))


def settings(broker: Broker, names: Names, receiver: Receiver, **more: str) -> dict[str, str]:
    return {
        **environment(broker, names),
        "PANICTRAIL_NOTIFY_WEBHOOK_URL": receiver.url,
        "PANICTRAIL_NOTIFY_SUMMARY_SECONDS": "3",
        **more,
    }


@contextmanager
def telling(folder: Path, environment: dict[str, str]) -> Iterator[Running]:
    """`panictrail notify`; afterwards it ended with 0."""
    with ready(Running(["notify"], folder, environment)) as it:
        yield it


def bugs(requests: list[Request]) -> list[tuple[str, str]]:
    return [(r.json["event"], r.json["title"].split()[0]) for r in requests]


def test_each_thing_is_told_once_by_whoever_runs(
    broker: Broker, names: Names, tmp_path: Path
) -> None:
    create_topics(broker, names, 3)
    with receiving() as receiver, worker(broker, names, tmp_path / "worker", *STAGES):
        told = settings(broker, names, receiver)
        with telling(tmp_path / "one", told):
            storm = [crash("storm", number) for number in range(300)]
            crashed(broker, names, crash("one"), crash("one"), *storm)
            until(lambda: "summary" in dict(bugs(receiver.requests)), "a summary")
        with telling(tmp_path / "one", told):
            crashed(broker, names, crash("one", 1), crash("two"), *storm[:50])
            until(lambda: ("new", "two") in bugs(receiver.requests), "the last one")
    new = [title for event, title in bugs(receiver.requests) if event == "new"]
    assert sorted(new) == ["one", "storm", "two"]
    summaries = [r.json for r in receiver.requests if r.json["event"] == "summary"]
    assert [(each["title"].split()[0], each["crashes"]) for each in summaries] == [("storm", 300)]


def test_after_kill_9_it_goes_on_where_it_was_with_or_without_its_folder(
    broker: Broker, names: Names, tmp_path: Path
) -> None:
    create_topics(broker, names, 1)

    def answer(_number: int, request: Request) -> Reply:
        return Reply(status=503 if request.json["title"].startswith("stuck") else 200)

    with receiving(answer) as receiver, worker(broker, names, tmp_path / "worker", *STAGES):
        told = settings(broker, names, receiver)
        it = Running(["notify"], tmp_path / "one", told)
        it.wait_ready()
        crashed(broker, names, crash("stuck"))
        receiver.wait(1)
        crashed(broker, names, crash("fine"))
        until(lambda: ("new", "fine") in bugs(receiver.requests), "what is not stuck")
        assert it.end(signal.SIGKILL) == -signal.SIGKILL
        before = len(receiver.requests)
        with telling(tmp_path / "one", told):
            until(lambda: len(receiver.requests) > before, "what was not settled")
        assert {title for _, title in bugs(receiver.requests[before:])} == {"stuck"}
        # Elsewhere nothing is known of what was sent but not committed: it comes again, under its id.
        before = len(receiver.requests)
        with telling(tmp_path / "other", told):
            until(lambda: ("new", "fine") in bugs(receiver.requests[before:]), "once more")
    ids = {(each.json["title"], each.headers["webhook-id"]) for each in receiver.requests}
    assert len(ids) == 2


def test_what_was_given_up_is_a_dead_letter_and_can_be_sent_again(
    broker: Broker, names: Names, tmp_path: Path
) -> None:
    create_topics(broker, names, 1)
    cluster, refusing = cluster_of(broker), [True]

    def answer(_number: int, _request: Request) -> Reply:
        return Reply(status=403 if refusing[0] else 200)

    with (
        receiving(answer) as receiver,
        worker(broker, names, tmp_path / "worker", *STAGES),
        telling(tmp_path / "one", settings(broker, names, receiver)),
    ):
        crashed(broker, names, crash("one"))
        found = until(lambda: asyncio.run(letters(cluster, [names])), "a dead letter")
        (letter,) = [each.letter for each in found.values()]
        place = (letter.topic, letter.stage, letter.place)
        assert place == ("notifications", "notify", "webhook")
        refusing[0] = False
        assert asyncio.run(Again(cluster, [names]).send(())) == 1
        first, second = receiver.wait(2)
    assert first.headers["webhook-id"] == second.headers["webhook-id"]


def test_without_a_receiver_it_says_what_to_set(
    broker: Broker, names: Names, tmp_path: Path
) -> None:
    it = Running(["notify"], tmp_path, environment(broker, names))
    assert it.process.wait(60) == 2
    assert "PANICTRAIL_NOTIFY_WEBHOOK_URL" in it.log.read_text()


pytestmark = pytest.mark.timeout(240)

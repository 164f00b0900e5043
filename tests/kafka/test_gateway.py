"""`panictrail gateway` on a real broker: topics and keys, what kill -9 and a broker that is away do not lose."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

from streams.drivers.kafka.names import Names
from streams.model.events import CiBuild, DeadLetter, Deploy, GitPush
from streams.model.message import Message, decode, to_value
from streams.model.topics import TOPIC_OF_KIND
from tests.kafka.processes import Running, cluster_of, create_topics, environment, ready
from tests.kafka.traffic import read_until
from tests.kafka_broker import Broker, OwnBroker
from tests.unit.core.webhooks.cases import Case, cases

KINDS: dict[str, type[GitPush | CiBuild | Deploy]] = {
    "git.push": GitPush,
    "ci.build": CiBuild,
    "deploy": Deploy,
}


def post(it: Running, provider: str, body: bytes, **headers: str) -> dict[str, object]:
    """One delivery; it is answered with 200."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    url = f"http://127.0.0.1:{it.port}/webhooks/{provider}"
    with urlopen(Request(url, body, named, method="POST"), timeout=30) as found:
        answer: dict[str, object] = json.load(found)
        return answer


def post_case(it: Running, case: Case) -> dict[str, object]:
    """A golden delivery."""
    headers = {name.replace("-", "_"): value for name, value in case["headers"].items()}
    return post(it, case["provider"], json.dumps(case["body"]).encode(), **headers)


def deploy(number: int) -> bytes:
    """A plain delivery."""
    event = {"kind": "deploy", "delivery_id": f"d-{number}", "service": f"s-{number % 7}"}
    return json.dumps(event).encode()


def found(
    broker: Broker, names: Names, topic: str, ids: Iterable[str]
) -> list[tuple[str, Message]]:
    """Keys and events of a topic, once all of these deliveries are there."""
    wanted, kind = set(ids), KINDS[next(k for k, t in TOPIC_OF_KIND.items() if t == topic)]

    def read(records: Iterable[tuple[bytes | None, bytes | None]]) -> list[tuple[str, Message]]:
        return [((key or b"").decode(), decode(value or b"", kind)) for key, value in records]

    def all_there(records: list[tuple[bytes | None, bytes | None]]) -> bool:
        return wanted <= {getattr(event, "delivery_id", "") for _, event in read(records)}

    return read(asyncio.run(read_until(cluster_of(broker), names.topic(topic), all_there)))


@contextmanager
def gateway(broker: Broker, names: Names, folder: Path, **more: str) -> Iterator[Running]:
    """`panictrail gateway`; afterwards it ended with 0."""
    with ready(Running(["gateway"], folder, {**environment(broker, names), **more})) as it:
        yield it


def test_deliveries_are_on_the_topics_of_their_events_under_their_keys(
    broker: Broker, names: Names, tmp_path: Path
) -> None:
    create_topics(broker, names, 3)
    wanted: dict[str, dict[str, object]] = {}
    with gateway(broker, names, tmp_path) as it:
        for case in cases().values():
            if case.get("said") or post_case(it, case)["duplicate"]:
                continue
            wanted.update((f"{e['kind']} {e['delivery_id']}", e) for e in case["events"])
        post(it, "plain", deploy(0) + b"\n{bad\n")
        assert it.get("/metrics")[0] == 200
        assert (
            'panictrail_deliveries_total{provider="github",result="ignored"}'
            in it.get("/metrics")[1]
        )
    for kind, topic in TOPIC_OF_KIND.items():
        mine = {n: e for n, e in wanted.items() if e["kind"] == kind}
        rows = found(broker, names, topic, (str(e["delivery_id"]) for e in mine.values()))
        assert len({event for _, event in rows}) == len(rows)
        for key, event in rows:
            value = to_value(event)
            assert key == value.get("repo", value.get("service"))
            first = mine.get(f"{kind} {value['delivery_id']}", value)
            assert {**value, "received_at": None} == {**first, "received_at": None}
    letters = read_until(
        cluster_of(broker), names.topic("deadletter"), lambda records: len(records) >= 1
    )
    letter = decode(asyncio.run(letters)[0][1] or b"", DeadLetter)
    assert (letter.stage, letter.reason) == ("webhooks", "undecodable")


def test_what_was_answered_before_kill_9_is_sent_afterwards(
    broker: Broker, names: Names, tmp_path: Path
) -> None:
    create_topics(broker, names, 1)
    words, settings = ["gateway"], environment(broker, names)
    it = Running(words, tmp_path, settings)
    it.wait_ready()
    for number in range(50):
        post(it, "plain", deploy(number))
    assert it.end(signal.SIGKILL) == -signal.SIGKILL
    with gateway(broker, names, tmp_path) as again:
        assert post(again, "plain", deploy(0))["duplicate"] is True
        post(again, "plain", deploy(50))
        rows = found(broker, names, "deploys.changed", (f"d-{n}" for n in range(51)))
    # Sent again at most from the last position that was kept; the link stage knows them by their ids.
    assert len({getattr(event, "delivery_id", "") for _, event in rows}) == 51


def test_a_broker_that_is_away_keeps_no_sender_waiting(names: Names, tmp_path: Path) -> None:
    own = OwnBroker(tmp_path / "kafka")
    broker = own.start()
    try:
        create_topics(broker, names, 1)
        with gateway(broker, names, tmp_path / "gateway", PANICTRAIL_DRAIN_SECONDS="5") as it:
            post(it, "plain", deploy(0))
            found(broker, names, "deploys.changed", ["d-0"])
            own.kill()
            for number in range(1, 20):
                assert post(it, "plain", deploy(number))["accepted"] == 1
            assert it.get("/readyz")[0] == 200
            own.start()
            rows = found(broker, names, "deploys.changed", (f"d-{n}" for n in range(20)))
            assert [getattr(event, "delivery_id", "") for _, event in rows][:1] == ["d-0"]
    finally:
        own.wipe()


def test_without_a_broker_it_does_not_begin(tmp_path: Path, names: Names) -> None:
    nobody = Broker(bootstrap="127.0.0.1:1")
    it = Running(["gateway"], tmp_path, environment(nobody, names))
    assert it.process.wait(60) == 3
    assert "127.0.0.1:1" in it.said()

"""`panictrail collect http` on a real broker: topics and keys, kill -9, lines that `collect lines` puts together."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

from streams.drivers.kafka.names import Names
from streams.model.events import DeadLetter, RawPanic
from streams.model.message import decode
from tests.kafka.processes import (
    Running,
    cluster_of,
    collector,
    create_topics,
    environment,
    ready,
)
from tests.kafka.traffic import read_until
from tests.kafka_broker import Broker
from tests.shipping import WRAPS, Container, loki
from tests.unit.core.steps.bench import panic_text

COMMAND = ["collect", "http"]
Rows = list[tuple[bytes | None, bytes | None]]


def post(it: Running, path: str, body: bytes) -> dict[str, object]:
    """One body; it is answered with 2xx."""
    url = f"http://127.0.0.1:{it.port}{path}"
    with urlopen(Request(url, body, {}, method="POST"), timeout=30) as found:
        answer: dict[str, object] = json.loads(found.read() or b"{}")
        return answer


def rows(broker: Broker, names: Names, topic: str, count: int) -> Rows:
    """What a topic holds, once there is so much."""
    return asyncio.run(
        read_until(cluster_of(broker), names.topic(topic), lambda found: len(found) >= count)
    )


@contextmanager
def http(broker: Broker, names: Names, folder: Path, **more: str) -> Iterator[Running]:
    """`panictrail collect http`; afterwards it ended with 0."""
    with ready(Running(COMMAND, folder, {**environment(broker, names), **more})) as it:
        yield it


def test_what_is_posted_is_on_its_topic_and_lines_become_crashes(
    broker: Broker, names: Names, tmp_path: Path
) -> None:
    create_topics(broker, names, 3)
    texts = [panic_text(message=f"m{number}") for number in range(4)]
    with http(broker, names, tmp_path / "http") as it:
        ids = post(it, "/v1/crashes", texts[0].encode())["ids"]
        (row,) = rows(broker, names, "panics.raw", 1)
        crash = decode(row[1] or b"", RawPanic)
        assert ([crash.event_id], crash.text) == (ids, texts[0])
        # Lines of three containers take turns, each body has some of each.
        shipped = [
            [
                WRAPS["vector"](Container(f"{k}" * 64), line, n)
                for n, line in enumerate(text.splitlines())
            ]
            for k, text in enumerate(texts[1:], 1)
        ]
        for turn in zip(*shipped, strict=True):
            post(it, "/v1/lines", "\n".join(turn).encode())
        pushed = json.loads(loki(Container("z", pod="z-0"), "panic: alone", 1))
        pushed["streams"].append({"stream": {}, "values": [[1]]})
        assert post(it, "/loki/api/v1/push", json.dumps(pushed).encode())["dead_letters"] == 1
        count = sum(map(len, shipped)) + 1
        keyed = rows(broker, names, "logs.lines", count)
        for k, lines in enumerate(shipped, 1):
            mine = [value for key, value in keyed if key == f"{k}".encode() * 64]
            assert mine == [line.encode() for line in lines]
        letter = decode(rows(broker, names, "deadletter", 1)[0][1] or b"", DeadLetter)
        assert letter.stage == "http"
        assert (
            'panictrail_deliveries_total{provider="lines",result="accepted"}'
            in it.get("/metrics")[1]
        )
        assert it.get("/readyz")[0] == 200
    # What was sent is kept nowhere.
    kept = (tmp_path / "http" / "data" / "collect-http" / "lines").iterdir()
    assert not any(path.stat().st_size for path in kept)
    with collector(broker, names, tmp_path / "lines"):
        found = [
            decode(value or b"", RawPanic) for _, value in rows(broker, names, "panics.raw", 5)
        ]
    wanted = [*texts, "panic: alone\n"]
    assert sorted(raw.text for raw in found) == sorted(wanted)


def test_what_was_answered_before_kill_9_is_sent_afterwards(
    broker: Broker, names: Names, tmp_path: Path
) -> None:
    create_topics(broker, names, 1)
    it = Running(COMMAND, tmp_path, environment(broker, names))
    it.wait_ready()
    bodies = [
        "\n".join(
            WRAPS["vector"](Container(f"{k:064x}"), line, n)
            for n, line in enumerate(panic_text(message=f"m{k}").splitlines())
        ).encode()
        for k in range(30)
    ]
    for body in bodies:
        assert post(it, "/v1/lines", body)["duplicate"] is False
    assert it.end(signal.SIGKILL) == -signal.SIGKILL
    with http(broker, names, tmp_path) as again, collector(broker, names, tmp_path / "lines"):
        assert post(again, "/v1/lines", bodies[-1])["duplicate"] is True
        found = asyncio.run(
            read_until(
                cluster_of(broker),
                names.topic("panics.raw"),
                lambda got: len({decode(v or b"", RawPanic).event_id for _, v in got}) >= 30,
            )
        )
    raws = [decode(value or b"", RawPanic) for _, value in found]
    assert {raw.text for raw in raws} == {panic_text(message=f"m{k}") for k in range(30)}
    assert len({raw.event_id for raw in raws}) == 30

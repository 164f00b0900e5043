"""Dead letters on the real broker: listed, sent again exactly once, listed again only when they die again."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Final

import msgspec
import pytest

from streams.core.steps.view import dead_letter_id
from streams.drivers.kafka.batch import HEADER
from streams.drivers.kafka.deadletters import Again, letters
from streams.drivers.kafka.names import Names
from streams.model.errors import BadInput
from streams.model.events import DeadLetter
from streams.model.message import encode
from tests.kafka.processes import create_topics
from tests.kafka.replaying import CRASHES, PARTITIONS, Pipeline, count
from tests.kafka.traffic import raw, send
from tests.kafka_broker import Broker

_POISON: Final = (
    ("panics.raw", b"{no json"),
    ("panics.raw", b'{"text":5}'),
    ("panics.raw", b'{"text":"all is well"}'),
    ("crashes.symbolized", b"[1]"),
    ("crashes.symbolized", b"{}"),
)


@pytest.fixture
def pipeline(broker: Broker, names: Names, tmp_path: Path) -> Pipeline:
    """Topics, and nothing in them."""
    create_topics(broker, names, PARTITIONS)
    return Pipeline(broker, names, tmp_path)


def _send(pipeline: Pipeline, *events: tuple[str, bytes]) -> None:
    sent = ((topic, "", value) for topic, value in events)
    asyncio.run(send(pipeline.cluster, pipeline.names, sent))


def _listed(pipeline: Pipeline) -> dict[str, DeadLetter]:
    found = asyncio.run(letters(pipeline.cluster, [pipeline.names]))
    return {key: one.letter for key, one in found.items()}


def test_what_dies_again_is_one_letter_with_another_attempt(
    pipeline: Pipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = f"sqlite:///{pipeline.folder}/view"
    _send(pipeline, *_POISON)
    pipeline.work(database=kept)
    first = _listed(pipeline)
    assert len(first) == len(_POISON)
    for attempt in (2, 3):
        assert pipeline.command("deadletter", "replay") == 0
        assert capsys.readouterr().out.startswith("5 sent again")
        assert pipeline.command("deadletter", "list") == 0
        assert capsys.readouterr().out == "no dead letters\n"
        pipeline.work(database=kept)
        again = _listed(pipeline)
        assert again.keys() == first.keys()
        assert {letter.attempt for letter in again.values()} == {attempt}
    assert pipeline.command("deadletter", "list", "--database", kept, "--json") == 0
    shown = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert sorted(row["bytes_base64"] for row in shown) == sorted(
        letter.bytes_base64 for letter in first.values()
    )
    assert {row["attempt"] for row in shown} == {3}


def test_what_goes_through_is_counted_and_listed_no_more(
    pipeline: Pipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(
        send(pipeline.cluster, pipeline.names, [raw("panics.raw", c) for c in CRASHES[:20]])
    )
    pipeline.work(dedupe_horizon_seconds=1.0)
    found = _listed(pipeline)
    assert {letter.reason for letter in found.values()} <= {"beyond-horizon"}
    assert count(pipeline.table()) + len(found) == 20
    one, *others = sorted(found)
    assert pipeline.command("deadletter", "replay", one) == 0
    assert pipeline.command("deadletter", "show", one) == 2
    assert "no dead letter whose id begins with" in capsys.readouterr().err
    pipeline.work()
    assert sorted(_listed(pipeline)) == others
    assert pipeline.command("deadletter", "replay") == 0
    pipeline.work()
    assert _listed(pipeline) == {}
    assert count(pipeline.table()) == 20


def test_two_at_the_same_time_send_each_letter_once(pipeline: Pipeline) -> None:
    _send(pipeline, *_POISON[:3])
    pipeline.work()

    async def both() -> list[int | BaseException]:
        cluster = pipeline.cluster
        tries = (Again(cluster, [pipeline.names]).send([]) for _ in range(2))
        return await asyncio.gather(*tries, return_exceptions=True)

    results = asyncio.run(both())
    assert sum(result for result in results if isinstance(result, int)) == 3
    assert all(isinstance(result, (int, BadInput)) for result in results), results
    sent = pipeline.values("panics.raw")
    assert len(sent) == 2 * len(_POISON[:3])


def test_events_go_back_to_where_they_came_from(pipeline: Pipeline) -> None:
    """A line as it was; a batch as a batch, so that its keys stay together; a single event under its own key."""
    line = DeadLetter(
        topic="logs.lines",
        partition=1,
        offset=7,
        stage="collect",
        reason="undecodable",
        error="e",
        attempt=4,
        headers={"host": "h", "panictrail-attempt": "4"},
        bytes_base64="eyJub3QiOiBqc29u",
        place="1/7",
    )
    batch = msgspec.structs.replace(
        line, topic="crashes.fingerprinted", bytes_base64="W1siYiIseyJ4IjoxfV1d", headers={}
    )
    single = msgspec.structs.replace(
        line,
        topic="crashes.fingerprinted",
        partition=None,
        bytes_base64="eyJibG9jayI6ImIifQ==",
        headers={HEADER[0]: HEADER[1].decode()},
        place=None,
    )
    for letter in (line, batch, single):
        asyncio.run(
            send(pipeline.cluster, pipeline.names, [("deadletter", letter.topic, encode(letter))])
        )
    ids = [dead_letter_id(letter) for letter in (line, batch, single)]
    assert asyncio.run(Again(pipeline.cluster, [pipeline.names]).send(ids)) == 3
    (sent,) = pipeline.values("logs.lines")
    headers = {("host", b"h"), ("panictrail-attempt", b"5"), ("panictrail-place", b"1/7")}
    assert (sent.partition, sent.key, sent.value) == (1, None, b'{"not": json')
    assert set(sent.headers) == headers
    found = {record.value: record for record in pipeline.values("crashes.fingerprinted")}
    assert HEADER in found[b'[["b",{"x":1}]]'].headers
    assert found[b'[["b",{"x":1}]]'].partition == 1
    assert found[b'{"block":"b"}'].key == b"b"
    assert HEADER not in found[b'{"block":"b"}'].headers


def test_places_are_not_mixed_up(pipeline: Pipeline, capsys: pytest.CaptureFixture[str]) -> None:
    broker = pipeline.broker.bootstrap
    for words, said in (
        (("list", "--broker", broker, "--state", "x"), "name one place"),
        (("replay", "--database", "sqlite:///x"), "tried again on Kafka"),
    ):
        assert pipeline.command("deadletter", *words) == 2
        assert said in capsys.readouterr().err
    assert pipeline.command("deadletter", "list", PANICTRAIL_STATE="x") == 2
    assert "name one with --state or --broker" in capsys.readouterr().err

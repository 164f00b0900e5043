"""`panictrail topics` as people run it, against the broker: texts, exit codes, lines of JSON."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import orjson
import pytest

from streams.cli.main import main
from streams.drivers.kafka.batch import pack
from streams.drivers.kafka.names import Names
from streams.drivers.kafka.topic_plan import Asked
from tests.kafka_broker import Broker

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def topics(
    broker: Broker,
    names: Names,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Run:
    """Runs `panictrail topics` with the names of this test: exit code, stdout, stderr."""
    monkeypatch.setenv("PANICTRAIL_BROKER", broker.bootstrap)
    monkeypatch.setenv("PANICTRAIL_TOPIC_PREFIX", names.prefix)

    def run(*arguments: str) -> tuple[int, str, str]:
        code = main(["topics", *arguments])
        return code, *capfd.readouterr()

    return run


def test_topics_are_made_checked_and_made_again(topics: Run, names: Names) -> None:
    count = len(Asked(names).all_names())
    code, out, _ = topics("check")
    assert (code, out) == (2, f"none of the {count} topics is there: panictrail topics create\n")
    code, out, err = topics("create", "--partitions", "2")
    assert (code, err) == (0, "")
    assert out.splitlines()[1] == f"made  {names.topic('panics.raw')}"
    assert out.splitlines()[-1] == f"{count} topics made, 0 were there"
    assert topics("create") == (0, f"0 topics made, {count} were there\n", "")
    assert topics("check") == (0, "all topics are there, and as they must be\n", "")
    code, out, _ = topics("check", "--partitions", "3")
    assert code == 2
    assert out.startswith("partitions = 3, and the topics have 2: set it to 2")


def test_a_replay_gets_topics_of_its_own(topics: Run, names: Names) -> None:
    assert topics("create", "--partitions", "1")[0] == 0
    _, out, _ = topics("create", "--as", "june")
    assert f"made  {names.prefix}june.reports.root_cause\n" in out
    assert "panics.raw" not in out
    code, _, err = topics("create", "--as", "june.july")
    assert code == 2
    assert "a replay's name is" in err


def test_what_create_finds_wrong_ends_with_2(broker: Broker, topics: Run, names: Names) -> None:
    topic = names.topic("deadletter")
    asyncio.run(broker.create(topic, 5))
    code, out, err = topics("create", "--partitions", "1")
    assert code == 2
    assert out.endswith("1 were there\n")
    assert err.startswith(f"panictrail topics: {topic}: 5 partitions, want 1 as the others have")


async def _fill(broker: Broker, names: Names) -> None:
    raw, internal = names.topic("panics.raw"), names.topic("crashes.symbolized")
    await broker.create(raw)
    await broker.create(internal)
    await broker.send(raw, b'{"text": "panic: \xc3\xa4"}', key=b"k")
    await broker.send(raw, b"no JSON")
    await broker.send(raw, None, key=b"k")
    (batch,) = pack([("a", b'{"id":"a"}'), ("b", b'{"id":"b"}')])
    await broker.send(internal, batch.value, headers=batch.headers)


def test_events_are_printed_as_lines(broker: Broker, topics: Run, names: Names) -> None:
    asyncio.run(_fill(broker, names))
    code, out, err = topics("cat", "panics.raw")
    assert code == 0
    assert out == '{"text":"panic: ä"}\n{"key":"k","event":null}\n'
    assert err.startswith(f"panictrail topics: {names.topic('panics.raw')}/0@1: not shown: not J")
    assert topics("cat", "crashes.symbolized")[1] == '{"id":"a"}\n{"id":"b"}\n'
    assert topics("cat", names.topic("panics.raw"), "--max", "1")[1] == '{"text":"panic: ä"}\n'


def test_events_are_printed_with_their_place(broker: Broker, topics: Run, names: Names) -> None:
    asyncio.run(_fill(broker, names))
    _, out, _ = topics("cat", "crashes.symbolized", "--with-place")
    assert [orjson.loads(line) for line in out.splitlines()] == [
        {"partition": 0, "offset": 0, "key": "a", "event": {"id": "a"}},
        {"partition": 0, "offset": 0, "key": "b", "event": {"id": "b"}},
    ]


def test_following_ends_at_the_number_that_was_asked_for(
    broker: Broker, topics: Run, names: Names
) -> None:
    asyncio.run(_fill(broker, names))
    code, out, _ = topics("cat", "panics.raw", "--follow", "--max", "2")
    assert (code, len(out.splitlines())) == (0, 2)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["cat", "panics.raw", "--max", "0"], "'0': want a whole number from 1"),
        (["cat"], "the following arguments are required: TOPIC"),
        (["cat", "panics.raw", "--from-end", "--from-beginning"], "not allowed with argument"),
        ([], "the following arguments are required: COMMAND"),
        (["create", "--partitions", "two"], "invalid int value: 'two'"),
    ],
)
def test_wrong_usage_ends_with_2(
    arguments: list[str], said: str, topics: Run, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        topics(*arguments)
    assert said in capfd.readouterr().err


@pytest.mark.parametrize("arguments", [["create"], ["check"], ["cat", "panics.raw"]])
def test_a_broker_that_is_away_ends_with_3(arguments: list[str], topics: Run) -> None:
    code, out, err = topics(*arguments, "--broker", "127.0.0.1:1")
    assert (code, out) == (3, "")
    assert err == (
        "panictrail topics: Kafka does not answer (127.0.0.1:1: connection refused): "
        "start it, or name another with --broker or PANICTRAIL_BROKER\n"
    )


def test_without_a_broker_one_is_asked_for(topics: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PANICTRAIL_BROKER")
    code, _, err = topics("check")
    assert code == 2
    assert err.startswith("panictrail topics: no Kafka broker is named: --broker HOST:PORT")

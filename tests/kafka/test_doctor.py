"""What doctor says of Kafka."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import orjson
import pytest

from streams.cli.doctor_broker import sizes_of
from streams.cli.main import main
from streams.config import Settings
from streams.core.report.words import size
from streams.drivers.kafka.client import cluster
from streams.drivers.kafka.log_dirs import TopicBytes, topic_bytes
from streams.drivers.kafka.names import Names
from streams.drivers.kafka.topics import create
from tests.certificates import write_all
from tests.kafka.conftest import PASSWORD, USER, SecureBroker
from tests.kafka_broker import Broker, OwnBroker, tls_ports

Run = Callable[..., tuple[int, list[dict[str, object]]]]


@pytest.fixture
def doctor(names: Names, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `panictrail doctor --json`: the exit code, and the checks of Kafka."""
    monkeypatch.setenv("PANICTRAIL_TOPIC_PREFIX", names.prefix)

    def run(*arguments: str) -> tuple[int, list[dict[str, object]]]:
        code = main(["doctor", "--json", *arguments])
        rows = [orjson.loads(line) for line in capfd.readouterr().out.splitlines()]
        return code, [row for row in rows if row.get("check") in ("broker", "topics", "lag")]

    return run


def test_without_a_broker_all_is_good(doctor: Run) -> None:
    code, (only,) = doctor()
    assert (code, only["check"], only["ok"]) == (0, "broker", True)


def test_a_broker_that_is_away_is_the_only_finding(doctor: Run) -> None:
    code, (only,) = doctor("--broker", "127.0.0.1:1")
    assert (code, only["check"], only["ok"]) == (3, "broker", False)
    assert "connection refused" in str(only["detail"])


def test_missing_topics_are_named(broker: Broker, doctor: Run) -> None:
    code, (who, topics, lag) = doctor("--broker", broker.bootstrap)
    assert code == 2
    assert str(who["detail"]).startswith(f"{broker.bootstrap}: Kafka 4.1 or newer, 1 broker, clust")
    assert (topics["ok"], lag["ok"]) == (False, True)
    assert str(topics["detail"]).endswith("panictrail topics create")


def test_lag_is_listed(broker: Broker, names: Names, doctor: Run) -> None:
    kafka = cluster(Settings(broker=broker.bootstrap))
    topic, group = names.topic("panics.raw"), names.group("symbolize")

    async def read_one() -> None:
        await create(kafka, names, 1)
        await broker.send(topic, b"1")
        consumer = kafka.consumer(topic, group_id=group, auto_offset_reset="earliest")
        async with kafka.running(consumer):
            await consumer.getone()
            await consumer.commit()
        await broker.send(topic, b"2")
        await broker.send(topic, b"3")

    asyncio.run(read_one())
    code, (_, topics, lag) = doctor("--broker", broker.bootstrap)
    assert (code, topics["ok"], lag["ok"]) == (0, True, True)
    assert lag["detail"] == f"{group}: 2 records of {topic} to read"


def by_kafka(broker: Broker, topics: Iterable[str]) -> Counter[str]:
    """Bytes by topic, as Kafka's own tool says."""
    said = broker.ask("log-dirs", "--describe", "--topic-list", ",".join(topics))
    found: Counter[str] = Counter()
    for each in orjson.loads(said.splitlines()[-1])["brokers"]:
        for folder in each["logDirs"]:
            for row in folder["partitions"]:
                found[row["partition"].rpartition("-")[0]] += row["size"]
    return found


def test_sizes_of_topics_are_those_that_kafka_itself_says(
    broker: Broker, names: Names, capfd: pytest.CaptureFixture[str], doctor: Run
) -> None:
    kafka = cluster(Settings(broker=broker.bootstrap))
    raw, lines = names.topic("panics.raw"), names.topic("logs.lines")

    async def filled() -> TopicBytes:
        await create(kafka, names, 2)
        await broker.create(f"{raw}.of-others")
        await broker.send(f"{raw}.of-others", b"x" * 9000)
        await broker.send(raw, b"x" * 5000)
        await broker.send(raw, b"x" * 3000, partition=1)
        await broker.send(lines, b"x" * 100)
        return await topic_bytes(kafka, names)

    found = asyncio.run(filled())
    assert found.silent == {}
    assert found.topics == by_kafka(broker, found.topics)
    assert found.topics[raw] > 8000 > found.topics[lines] > 100
    assert doctor("--broker", broker.bootstrap)[0] == 0
    capfd.readouterr()
    assert main(["doctor", "--broker", broker.bootstrap]) == 0
    said = capfd.readouterr().out.partition("\nsize\n")[2].splitlines()
    assert said == [
        f"  ok: broker: {raw}: {size(found.topics[raw])}",
        f"  ok: broker: {lines}: {size(found.topics[lines])}",
        f"  ok: broker: {len(found.topics) - 2} topics without a record",
    ]


def test_a_broker_that_does_not_tell_is_named(
    tmp_path: Path, names: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It lets only itself, and who comes as it does, do anything."""
    authorizer = "org.apache.kafka.metadata.authorizer.StandardAuthorizer"
    allowed = f"authorizer.class.name={authorizer};super.users=User:ANONYMOUS"
    monkeypatch.setenv("KAFKA_LOCAL_PROPS", allowed)
    files = tmp_path / "certificates"
    write_all(files)
    own = OwnBroker(tmp_path / "broker", tls=files, scram=f"{USER}:{PASSWORD}")
    try:
        started = own.start()
        people = SecureBroker(*tls_ports(started), files)
        of_person = asyncio.run(topic_bytes(cluster(people.login()), names))
        of_broker = asyncio.run(topic_bytes(cluster(Settings(broker=started.bootstrap)), names))
    finally:
        own.wipe()
    assert of_broker.silent == {}
    assert [*of_person.silent] == [1]
    assert "Describe" in of_person.silent[1]
    # That it does not say how much there is does not mean that there is nothing.
    said = [check.text for check in sizes_of(of_person)]
    assert said == [f"broker: number 1 does not say what its topics take: {of_person.silent[1]}"]
    partly = TopicBytes({"a": 5000, "b": 0}, of_person.silent)
    assert next(sizes_of(partly)).text == "broker: a: at least 5.0 kB"


def test_a_refused_password_is_said_without_it(
    secure: SecureBroker, doctor: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = secure.login()
    for name in ("broker", "kafka_security", "kafka_sasl_username", "kafka_ssl_ca"):
        monkeypatch.setenv(f"PANICTRAIL_{name.upper()}", str(getattr(settings, name)))
    monkeypatch.setenv("PANICTRAIL_KAFKA_SASL_PASSWORD", PASSWORD)
    assert doctor()[1][0]["ok"] is True
    monkeypatch.setenv("PANICTRAIL_KAFKA_SASL_PASSWORD", "hunter2")
    code, (only,) = doctor()
    assert (code, only["ok"]) == (2, False)
    assert "refuses the user 'panictrail'" in str(only["detail"])
    assert "hunter2" not in str(only)

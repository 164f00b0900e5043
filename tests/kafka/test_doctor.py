"""What doctor says of Kafka."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import orjson
import pytest

from streams.cli.main import main
from streams.config import Settings
from streams.drivers.kafka.client import cluster
from streams.drivers.kafka.names import Names
from streams.drivers.kafka.topics import create
from tests.kafka.conftest import PASSWORD, SecureBroker
from tests.kafka_broker import Broker

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

"""Clients on real brokers: plain, with a password, with certificates; and brokers that are away or refuse."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections.abc import Iterator

import pytest

from streams.config import Settings
from streams.drivers.kafka.client import Cluster, cluster, quiet
from streams.drivers.kafka.names import Names
from streams.model.errors import BadInput, ServiceMissing
from tests.kafka.conftest import SecureBroker
from tests.kafka_broker import Broker


def plain(broker: Broker) -> Cluster:
    return cluster(Settings(broker=f"kafka://{broker.bootstrap}"))


async def _round_trip(kafka: Cluster, topic: str) -> bytes:
    """What comes back of a record."""
    async with kafka.running(kafka.producer()) as producer:
        await producer.send_and_wait(topic, b"hello", partition=0)
    consumer = kafka.consumer(topic, auto_offset_reset="earliest")
    async with kafka.running(consumer):
        record = await consumer.getone()
    return bytes(record.value)


def test_a_record_goes_through(broker: Broker, names: Names) -> None:
    topic = names.topic("panics.raw")
    asyncio.run(broker.create(topic))
    assert asyncio.run(_round_trip(plain(broker), topic)) == b"hello"


def test_a_connection_that_the_broker_ended_is_closed_when_the_next_request_finds_it(
    broker: Broker, names: Names
) -> None:
    """Aiokafka forgets it, open, where that request fails before the reader has seen the end of file."""
    topic = names.topic("panics.raw")
    gone = 99  # a broker that is no longer in the cluster

    async def ended() -> tuple[object, bool]:
        await broker.create(topic)
        kafka = plain(broker)
        async with kafka.running(kafka.consumer(topic)) as consumer:
            client = consumer._client  # noqa: SLF001 - the connection is shown nowhere else
            await client.ready(client.get_random_node())
            (at, connection), *_ = client._conns.items()  # noqa: SLF001
            client._conns[gone, at[1]] = client._conns.pop(at)  # noqa: SLF001
            transport = connection._writer.transport  # noqa: SLF001
            connection._reader.feed_eof()  # noqa: SLF001 - as the transport does when the broker is gone
            connection._reader._buffer.clear()  # noqa: SLF001 - an answer under way would come before the end
            del connection  # only the client holds it
            return await client._get_conn(gone), transport.is_closing()  # noqa: SLF001

    assert asyncio.run(ended()) == (None, True)


async def _cluster_id(kafka: Cluster) -> str:
    async with kafka.admin() as admin:
        return str((await admin.describe_cluster())["cluster_id"])


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
def test_a_password_lets_in(secure: SecureBroker, mechanism: str) -> None:
    settings = secure.login(kafka_sasl_mechanism=mechanism)
    assert asyncio.run(_cluster_id(cluster(settings)))


def test_a_certificate_lets_in(secure: SecureBroker) -> None:
    assert asyncio.run(_cluster_id(cluster(secure.certified())))


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
def test_a_wrong_password_is_said_without_it(secure: SecureBroker, mechanism: str) -> None:
    settings = secure.login(kafka_sasl_password="hunter2", kafka_sasl_mechanism=mechanism)  # noqa: S106 - wrong
    with pytest.raises(BadInput) as raised:
        asyncio.run(_cluster_id(cluster(settings)))
    assert f"{secure.sasl_ssl} refuses the user 'panictrail' ({mechanism}: " in str(raised.value)
    assert "kafka_sasl_password" in str(raised.value)
    assert "hunter2" not in str(raised.value)


def test_an_authority_that_did_not_sign_is_named_as_the_setting(secure: SecureBroker) -> None:
    settings = secure.login(kafka_ssl_ca=str(secure.files / "stranger.pem"))
    with pytest.raises(BadInput, match=r"its certificate is not trusted .*: name .* kafka_ssl_ca"):
        asyncio.run(_cluster_id(cluster(settings)))


def test_a_certificate_that_is_wanted_and_not_shown(secure: SecureBroker) -> None:
    settings = secure.certified(kafka_ssl_cert=None, kafka_ssl_key=None)
    with pytest.raises(
        BadInput,
        match=r"no TLS with it \(.*certificate.*\): see .*kafka_ssl_cert and kafka_ssl_key",
    ):
        asyncio.run(_cluster_id(cluster(settings)))


def test_a_plain_client_is_told_that_the_listener_is_another(secure: SecureBroker) -> None:
    with pytest.raises(ServiceMissing, match="is kafka_security = plaintext right"):
        asyncio.run(_cluster_id(cluster(Settings(broker=secure.ssl))))


def test_tls_towards_a_plain_listener_is_said(broker: Broker, secure: SecureBroker) -> None:
    settings = secure.certified(broker=broker.bootstrap)
    with pytest.raises(ServiceMissing, match="is kafka_security = ssl right"):
        asyncio.run(_cluster_id(cluster(settings)))


@pytest.fixture
def silent() -> Iterator[str]:
    """An address that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def closed() -> str:
    """An address where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"127.0.0.1:{server.getsockname()[1]}"


def test_a_broker_that_is_away_is_named_with_the_next_step(closed: str) -> None:
    with pytest.raises(ServiceMissing) as raised:
        asyncio.run(_cluster_id(cluster(Settings(broker=closed))))
    assert str(raised.value) == (
        f"Kafka does not answer ({closed}: connection refused): "
        "start it, or name another with --broker or PANICTRAIL_BROKER"
    )


def test_a_name_that_is_no_host_is_named() -> None:
    with pytest.raises(ServiceMissing, match=r"kafka\.invalid:9092: .*name"):
        asyncio.run(_cluster_id(cluster(Settings(broker="kafka.invalid:9092"))))


def test_silence_is_bounded(silent: str, closed: str) -> None:
    kafka = cluster(Settings(broker=f"{closed},{silent}"))
    began = time.monotonic()
    with pytest.raises(ServiceMissing, match=f"{silent}: no answer within 1 s"):
        asyncio.run(kafka.reach(limit_seconds=2))
    assert time.monotonic() - began < 5


def test_the_next_address_is_tried(broker: Broker, closed: str) -> None:
    kafka = cluster(Settings(broker=f"{closed},{broker.bootstrap}"))
    answer = asyncio.run(kafka.reach())
    assert answer.address == broker.bootstrap
    assert answer.release == "Kafka 4.1 or newer"


def test_a_command_keeps_the_log_of_the_client_to_itself(
    closed: str, caplog: pytest.LogCaptureFixture
) -> None:
    level = logging.getLogger("aiokafka").level
    quiet()
    try:
        with pytest.raises(ServiceMissing):
            asyncio.run(_cluster_id(cluster(Settings(broker=closed))))
    finally:
        logging.getLogger("aiokafka").setLevel(level)
    assert caplog.records == []


def test_a_cluster_does_not_show_the_password(secure: SecureBroker) -> None:
    assert "open sesame" not in repr(cluster(secure.login()))


@pytest.mark.parametrize("missing", ["kafka_sasl_username", "kafka_sasl_password"])
def test_a_login_without_name_or_password_is_asked_for(secure: SecureBroker, missing: str) -> None:
    with pytest.raises(BadInput, match=f"kafka_security = sasl_ssl needs {missing}"):
        cluster(secure.login(**{missing: None}))

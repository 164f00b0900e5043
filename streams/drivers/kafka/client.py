"""Clients of one Kafka: settings -> consumers, producers and admin clients of aiokafka.

In: Settings. Out: a Cluster that makes clients. Raises BadInput for settings that cannot be used or that Kafka
refuses, ServiceMissing where no broker answers within the limit. Knows no topic and keeps no connection.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, TypeVar

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.conn import create_conn
from aiokafka.errors import (
    IllegalSaslStateError,
    KafkaError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)
from aiokafka.protocol.admin import ApiVersionRequest

from streams.config import Settings
from streams.drivers.kafka import mended, tls
from streams.drivers.kafka.stopping import Client, stop
from streams.model.errors import BadInput, ServiceMissing
from streams.model.retention import TopicLimits

mended.mend()

# A person waits: whoever is away after so long is away.
LIMIT_SECONDS: Final = 10.0
_AS_THE_TABLE_SAYS: Final = TopicLimits()
_STOP_SECONDS: Final = 2.0
_ClientT = TypeVar("_ClientT", bound=Client)

# Kafka does not say its release. The newest Fetch request that it knows says when it was made
# (KIP-1166, -853, -951, -903, -516, -595): clients/src/main/resources/common/message/FetchRequest.json.
_FETCH: Final = 1
_RELEASE: Final = ((18, "4.1"), (17, "3.9"), (16, "3.7"), (15, "3.5"), (13, "3.1"), (12, "2.7"))
_REFUSALS: Final = (
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
    IllegalSaslStateError,
)


class Answer(msgspec.Struct, frozen=True):
    """A broker that answered."""

    address: str
    release: str


@dataclass(frozen=True)
class Cluster:
    """What every client of one Kafka is made with. `options` holds a password: it is not part of the repr.

    `limits`: how long topics are kept there, where settings say other than their table.
    """

    brokers: tuple[str, ...]
    options: Mapping[str, object] = field(repr=False)
    limits: TopicLimits = _AS_THE_TABLE_SAYS

    @property
    def address(self) -> str:
        """The brokers, as one text for people."""
        return ",".join(self.brokers)

    def consumer(self, *topics: str, **options: object) -> AIOKafkaConsumer:
        """A consumer that is not started. Make it inside a running loop."""
        return AIOKafkaConsumer(
            *topics, bootstrap_servers=self._servers(), **self.options, **options
        )

    def producer(self, **options: object) -> AIOKafkaProducer:
        """A producer that is not started. Make it inside a running loop."""
        return AIOKafkaProducer(bootstrap_servers=self._servers(), **self.options, **options)

    def _servers(self) -> list[str]:
        return list(self.brokers)

    @asynccontextmanager
    async def admin(self) -> AsyncIterator[AIOKafkaAdminClient]:
        """A started client for topics, groups and settings. Raises as `running` does."""
        client = AIOKafkaAdminClient(
            bootstrap_servers=self._servers(),
            request_timeout_ms=int(LIMIT_SECONDS * 1000),
            **self.options,
        )
        async with self.running(client) as started:
            yield started

    @asynccontextmanager
    async def running(self, client: _ClientT) -> AsyncIterator[_ClientT]:
        """A client of ours, started, and stopped at the end: for commands, which end when Kafka is away.

        Raises ServiceMissing or BadInput, also for what goes wrong with Kafka while the client is used.
        """
        try:
            await self.reach()
            async with asyncio.timeout(LIMIT_SECONDS):
                await client.start()
            yield client
        except (KafkaError, TimeoutError) as error:
            raise self._problem(error) from None
        finally:
            # Without a limit a producer waits for a broker that is away.
            await stop(client, _STOP_SECONDS)

    async def reach(self, limit_seconds: float = LIMIT_SECONDS) -> Answer:
        """Greet the brokers in turn until one answers. Raises ServiceMissing naming each with its reason.

        BadInput where one answers and will not have us: a wrong password, a certificate that is not trusted.
        """
        each = limit_seconds / len(self.brokers)
        reasons = []
        for address in self.brokers:
            try:
                async with asyncio.timeout(each):
                    return Answer(address, await self._greet(address))
            except ssl.SSLError as error:
                raise tls.failed(address, error) from None
            except _REFUSALS as error:
                raise self._refused(address, error) from None
            except TimeoutError:
                reasons.append(f"{address}: no answer within {each:.0f} s")
            except (KafkaError, ConnectionResetError) as error:
                # TLS 1.3 tells of a certificate that it misses only after the greeting was sent.
                if isinstance(error.__cause__, ssl.SSLError):
                    raise tls.failed(address, error.__cause__) from None
                # Something is there and closed the connection: mostly it waits for another way to talk.
                wanted = str(self.options["security_protocol"]).lower()
                reasons.append(
                    f"{address}: closed the connection; is kafka_security = {wanted} right?"
                )
            except OSError as error:
                reasons.append(f"{address}: {_cause(error)}")
        message = (
            f"Kafka does not answer ({'; '.join(reasons)}): "
            "start it, or name another with --broker or PANICTRAIL_BROKER"
        )
        raise ServiceMissing(message)

    async def _greet(self, address: str) -> str:
        host, _, port = address.rpartition(":")
        connection = await create_conn(host.strip("[]"), int(port), **self.options)
        try:
            found = await connection.send(ApiVersionRequest())
        finally:
            await connection.close()
        newest = max((top for key, _, top in found.api_versions if key == _FETCH), default=0)
        release = next((name for version, name in _RELEASE if newest >= version), "")
        return f"Kafka {release} or newer" if release else "a Kafka older than 2.7"

    def _refused(self, address: str, error: KafkaError) -> BadInput:
        user, mechanism = self.options["sasl_plain_username"], self.options["sasl_mechanism"]
        return BadInput(
            f"{address} refuses the user {user!r} ({mechanism}: {words_of(error)}): "
            "see kafka_sasl_mechanism, kafka_sasl_username and kafka_sasl_password"
        )

    def _problem(self, error: Exception) -> BadInput | ServiceMissing:
        """What to tell a person about an error of a client that had begun to talk."""
        if isinstance(error, TimeoutError) or getattr(error, "retriable", False):
            return ServiceMissing(
                f"Kafka at {self.address} went away, or names brokers that cannot be reached from here "
                f"({words_of(error)}): see advertised.listeners of the broker, then try again"
            )
        return BadInput(f"Kafka at {self.address} refuses: {words_of(error)}: see its log")


def cluster(settings: Settings) -> Cluster:
    """The Kafka that the settings name. Raises BadInput naming the setting, or the file that cannot be used."""
    protocol = settings.kafka_security.upper()
    options: dict[str, object] = {
        "client_id": settings.app_id,
        "security_protocol": protocol,
        "ssl_context": tls.context(settings),
        "sasl_mechanism": settings.kafka_sasl_mechanism,
        "sasl_plain_username": settings.kafka_sasl_username,
        "sasl_plain_password": settings.kafka_sasl_password,
    }
    if protocol.startswith("SASL"):
        for name in ("kafka_sasl_username", "kafka_sasl_password"):
            if not getattr(settings, name):
                message = f"kafka_security = {settings.kafka_security} needs {name}: set PANICTRAIL_{name.upper()}"
                raise BadInput(message)
    limits = TopicLimits(days=settings.topic_keep_days, bytes=settings.topic_keep_bytes)
    return Cluster(settings.brokers(), options, limits)


def quiet() -> None:
    """Keep the log of aiokafka to itself: a command says in its own words what is wrong, once."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)


def words_of(error: Exception) -> str:
    """The reason that the broker gave, else the name of the error."""
    given = [str(word) for word in error.args if isinstance(word, str) and word]
    return given[0] if given else type(error).__name__


def _cause(error: OSError) -> str:
    """What the system says; asyncio puts the address instead."""
    if isinstance(error, socket.gaierror) or not error.errno:
        return (error.strerror or str(error)).lower()
    return os.strerror(error.errno).lower()

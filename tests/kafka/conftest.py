"""A second broker of the run, for the tests of TLS and passwords."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec
import pytest

from streams.config import Settings
from tests.certificates import write_all
from tests.kafka_broker import Broker, OwnBroker, run_folder, shared, tls_ports

USER: Final = "panictrail"
PASSWORD: Final = "open sesame"  # noqa: S105 - of a broker that lives for one run


class SecureBroker(msgspec.Struct, frozen=True):
    """Its two TLS listeners, and the settings that it takes."""

    sasl_ssl: str
    ssl: str
    files: Path

    def login(self, **others: object) -> Settings:
        """Settings of a user with a password."""
        right = Settings(
            broker=self.sasl_ssl,
            kafka_security="sasl_ssl",
            kafka_sasl_username=USER,
            kafka_sasl_password=PASSWORD,
            kafka_ssl_ca=str(self.files / "ca.pem"),
        )
        return msgspec.structs.replace(right, **others)

    def certified(self, **others: object) -> Settings:
        """Settings of a client that shows a certificate."""
        right = Settings(
            broker=self.ssl,
            kafka_security="ssl",
            kafka_ssl_ca=str(self.files / "ca.pem"),
            kafka_ssl_cert=str(self.files / "client.pem"),
            kafka_ssl_key=str(self.files / "client.key"),
        )
        return msgspec.structs.replace(right, **others)


@pytest.fixture(scope="session")
def secure(tmp_path_factory: pytest.TempPathFactory) -> SecureBroker:
    """A broker with TLS, SCRAM and PLAIN."""
    folder = run_folder(tmp_path_factory) / "kafka-secure"
    files = folder / "certificates"

    def start(data: Path) -> Broker:
        write_all(files)
        return OwnBroker(data, tls=files, scram=f"{USER}:{PASSWORD}").start()

    sasl_ssl, ssl = tls_ports(shared(folder, start))
    return SecureBroker(sasl_ssl, ssl, files)

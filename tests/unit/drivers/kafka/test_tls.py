"""Files of TLS: what is said of one that cannot be used."""

from __future__ import annotations

import ssl
from pathlib import Path

import msgspec
import pytest

from streams.config import Settings
from streams.drivers.kafka import tls
from streams.model.errors import BadInput
from tests.certificates import write_all


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder of certificates, and a file that is none."""
    write_all(tmp_path)
    (tmp_path / "text.pem").write_text("no certificate")
    return tmp_path


def settings(files: Path, **names: str | None) -> Settings:
    chosen = {name: str(files / value) for name, value in names.items() if value}
    return msgspec.structs.replace(Settings(kafka_security="ssl"), **chosen)


def test_without_tls_there_is_no_context() -> None:
    assert tls.context(Settings()) is None
    assert tls.context(Settings(kafka_security="sasl_plaintext")) is None


def test_without_an_authority_the_system_is_trusted() -> None:
    found = tls.context(Settings(kafka_security="sasl_ssl"))
    assert found is not None
    assert found.verify_mode is ssl.CERT_REQUIRED
    assert found.check_hostname


def test_the_authority_of_the_settings_alone_is_trusted(files: Path) -> None:
    found = tls.context(settings(files, kafka_ssl_ca="ca.pem"))
    assert found is not None
    assert len(found.get_ca_certs()) == 1


def test_a_key_may_be_in_the_file_of_its_certificate(files: Path) -> None:
    assert tls.context(settings(files, kafka_ssl_ca="ca.pem", kafka_ssl_cert="broker.pem"))


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ({"kafka_ssl_ca": "none.pem"}, "kafka_ssl_ca = FILES/none.pem: No such file or directory"),
        ({"kafka_ssl_ca": "."}, "kafka_ssl_ca = FILES: Is a directory: name a readable PEM file"),
        ({"kafka_ssl_ca": "text.pem"}, "kafka_ssl_ca = FILES/text.pem: no certificate in it"),
        ({"kafka_ssl_key": "client.key"}, "there is no kafka_ssl_cert beside it"),
        (
            {"kafka_ssl_cert": "client.pem", "kafka_ssl_key": "none.key"},
            "kafka_ssl_key = FILES/none.key: No such file or directory",
        ),
        (
            {"kafka_ssl_cert": "text.pem", "kafka_ssl_key": "client.key"},
            "kafka_ssl_cert = FILES/text.pem, kafka_ssl_key = FILES/client.key: no certificate",
        ),
        (
            {"kafka_ssl_cert": "broker.pem", "kafka_ssl_key": "client.key"},
            "(key values mismatch): want PEM files that belong together",
        ),
        ({"kafka_ssl_cert": "client.pem"}, "kafka_ssl_key = FILES/client.pem: no certificate with"),
        (
            {"kafka_ssl_cert": "client.pem", "kafka_ssl_key": "locked.key"},
            "kafka_ssl_key = FILES/locked.key: locked by a passphrase: unlock it (openssl pkey)",
        ),
    ],
)
def test_a_file_that_cannot_be_used_is_named(names: dict[str, str], said: str, files: Path) -> None:
    with pytest.raises(BadInput) as raised:
        tls.context(settings(files, **names))
    assert said.replace("FILES", str(files)) in str(raised.value)


@pytest.mark.parametrize("security", ["plaintext", "sasl_plaintext"])
def test_files_that_are_not_used_are_said(security: str, files: Path) -> None:
    """A user who named an authority thinks that the connection is safe."""
    chosen = msgspec.structs.replace(
        settings(files, kafka_ssl_ca="ca.pem"), kafka_security=security
    )
    with pytest.raises(BadInput, match=f"kafka_ssl_ca is set, and kafka_security = {security}"):
        tls.context(chosen)

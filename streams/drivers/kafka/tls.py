"""TLS towards Kafka: the files that the settings name -> a context.

In: Settings. Out: a context, or BadInput naming setting, file and next step. Opens no connection, asks no passphrase.
"""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import NoReturn

from streams.config import Settings
from streams.model.errors import BadInput


def context(settings: Settings) -> ssl.SSLContext | None:
    """What the settings trust and show; None where they ask for no TLS. Raises BadInput naming setting and file."""
    files = {
        name: Path(value)
        for name in ("kafka_ssl_ca", "kafka_ssl_cert", "kafka_ssl_key")
        if (value := getattr(settings, name))
    }
    if not settings.kafka_security.endswith("ssl"):
        if files:
            message = (
                f"{min(files)} is set, and kafka_security = {settings.kafka_security} does not use it: "
                "set kafka_security to ssl or sasl_ssl"
            )
            raise BadInput(message)
        return None
    for name, path in files.items():
        _readable(name, path)
    found = _trusting(files.get("kafka_ssl_ca"))
    cert, key = files.get("kafka_ssl_cert"), files.get("kafka_ssl_key")
    if cert is not None:
        _identify(found, cert, key)
    elif key is not None:
        message = (
            f"kafka_ssl_key = {key}: there is no kafka_ssl_cert beside it: name the certificate"
        )
        raise BadInput(message)
    return found


def _readable(name: str, path: Path) -> None:
    try:
        with path.open("rb"):
            pass
    except OSError as error:
        message = f"{name} = {path}: {error.strerror}: name a readable PEM file"
        raise BadInput(message) from None


def _trusting(ca: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca)
    except ssl.SSLError:
        message = f"kafka_ssl_ca = {ca}: no certificate in it: want a PEM file (BEGIN CERTIFICATE)"
        raise BadInput(message) from None


def _identify(found: ssl.SSLContext, cert: Path, key: Path | None) -> None:
    def passphrase() -> NoReturn:
        # Otherwise OpenSSL asks on the terminal, and a worker has none.
        message = f"kafka_ssl_key = {key or cert}: locked by a passphrase: unlock it (openssl pkey)"
        raise BadInput(message)

    try:
        found.load_cert_chain(cert, key, passphrase)
    except ssl.SSLError as error:
        reason = (error.reason or "not PEM").replace("_", " ").lower()
        message = (
            f"kafka_ssl_cert = {cert}, kafka_ssl_key = {key or cert}: no certificate with its key "
            f"({reason}): want PEM files that belong together"
        )
        raise BadInput(message) from None


def failed(address: str, error: ssl.SSLError) -> BadInput:
    """What to tell a person when the broker at this address and we do not agree on TLS."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return BadInput(
            f"{address}: its certificate is not trusted ({error.verify_message}): "
            "name the certificate of its authority with kafka_ssl_ca"
        )
    reason = (error.reason or str(error)).replace("_", " ").lower()
    return BadInput(
        f"{address}: no TLS with it ({reason}): see kafka_security, kafka_ssl_cert and kafka_ssl_key"
    )

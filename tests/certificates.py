"""Certificates for TLS tests: an authority, a broker's and a client's, as PEM files in a folder.

Made anew for each run, valid for a day; the names in them are of this machine's loopback.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Final

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_DAY: Final = timedelta(days=1)
_PEM: Final = serialization.Encoding.PEM


class Signed(msgspec.Struct, frozen=True):
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    def pem(self) -> bytes:
        """The certificate alone."""
        return self.certificate.public_bytes(_PEM)

    def key_pem(self, passphrase: bytes | None = None) -> bytes:
        """The key, locked where a passphrase is given."""
        lock = (
            serialization.BestAvailableEncryption(passphrase)
            if passphrase
            else serialization.NoEncryption()
        )
        return self.key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, lock)


def authority(name: str) -> Signed:
    """One that signs itself and others."""
    return _signed(name, None)


def signed_by(issuer: Signed, name: str) -> Signed:
    """One for a program that listens on 127.0.0.1, or connects."""
    return _signed(name, issuer)


def _signed(name: str, issuer: Signed | None) -> Signed:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _DAY)
        .not_valid_after(now + _DAY)
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
    )
    return Signed(builder.sign(issuer.key if issuer else key, hashes.SHA256()), key)


def write_all(folder: Path) -> None:
    """What a broker and its client need.

    ca.pem; broker.pem (key first); client.pem with client.key, and locked.key (the same behind a passphrase);
    stranger.pem, an authority that signed none of them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    ca = authority("test authority")
    broker, client = signed_by(ca, "broker"), signed_by(ca, "client")
    (folder / "ca.pem").write_bytes(ca.pem())
    (folder / "broker.pem").write_bytes(broker.key_pem() + broker.pem())
    (folder / "client.pem").write_bytes(client.pem())
    (folder / "client.key").write_bytes(client.key_pem())
    (folder / "locked.key").write_bytes(client.key_pem(b"passphrase"))
    (folder / "stranger.pem").write_bytes(authority("another authority").pem())

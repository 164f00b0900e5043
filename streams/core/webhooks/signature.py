"""Who sent this? Signatures and tokens, compared in constant time, before anything of the body is read.

In: the secret of a sender, headers, the body as it was sent, the time. Out: None where the sender knows the secret,
else Refused. Sources: docs.github.com, Validating webhook deliveries (X-Hub-Signature-256); docs.gitlab.com, Webhooks
(X-Gitlab-Token; since 18.x a signing token by Standard Webhooks); standard-webhooks 1.0.0, spec/standard-webhooks.md.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping
from typing import Final

from streams.core.webhooks.delivery import Provider, Refused
from streams.model.instant import Instant

_PREFIX: Final = "whsec_"
_TOLERANCE_SECONDS: Final = 300
_NS: Final = 1_000_000_000
# A sender may sign with several keys while one replaces another; more than this is an attempt to keep us busy.
_MOST_SIGNATURES: Final = 16


def refusal(
    provider: Provider, secret: str, headers: Mapping[str, str], body: bytes, now: Instant
) -> Refused | None:
    """None where the request proves that its sender knows `secret`; it is checked in the sender's own way."""
    if provider == "github":
        return _github(secret, headers, body)
    if "webhook-signature" in headers:
        return _standard(secret, headers, body, now)
    if provider == "gitlab":
        return _token(secret, headers.get("x-gitlab-token"), "X-Gitlab-Token")
    return bearer(secret, headers)


def bearer(secret: str, headers: Mapping[str, str]) -> Refused | None:
    """RFC 6750: `Authorization: Bearer SECRET`."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return _token(
        secret, token.strip() if scheme.lower() == "bearer" else None, "Authorization: Bearer"
    )


def basic(secret: str, headers: Mapping[str, str]) -> Refused | None:
    """RFC 7617: what a browser can send; the secret is the password, under any name."""
    _, _, credentials = headers.get("authorization", "").partition(" ")
    try:
        text = b64decode(credentials.strip(), validate=True)
    except (Base64Error, ValueError):
        text = b""
    password = text.partition(b":")[2].decode("utf-8", "surrogateescape")
    return _token(secret, password, "Authorization: Basic")


def same(one: str | bytes, other: str | bytes) -> bool:
    """Whether two secrets are equal, in a time that says nothing of where they differ."""
    return hmac.compare_digest(_bytes(one), _bytes(other))


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")


def _token(secret: str, given: str | None, header: str) -> Refused | None:
    if not given:
        return Refused(401, "no token: the sender has to send the secret", f"header {header}")
    if not same(secret, given):
        return Refused(401, "not our token", f"header {header}")
    return None


def _github(secret: str, headers: Mapping[str, str], body: bytes) -> Refused | None:
    where = "header X-Hub-Signature-256"
    given = headers.get("x-hub-signature-256")
    if not given:
        return Refused(401, "not signed: give the webhook a secret", where)
    wanted = "sha256=" + hmac.new(_bytes(secret), body, hashlib.sha256).hexdigest()
    return None if same(wanted, given) else Refused(401, "the signature is not ours", where)


def _standard(secret: str, headers: Mapping[str, str], body: bytes, now: Instant) -> Refused | None:
    name, at = headers.get("webhook-id"), headers.get("webhook-timestamp")
    if not name or not at:
        missing = "webhook-id" if not name else "webhook-timestamp"
        return Refused(401, "not signed: webhook-signature comes with it", f"header {missing}")
    if not (at.isascii() and at.isdigit() and len(at) <= len(str(now.ns))):
        return Refused(401, "no time in seconds", "header webhook-timestamp")
    if abs(int(at) - now.ns // _NS) > _TOLERANCE_SECONDS:
        error = f"more than {_TOLERANCE_SECONDS} s from our time: replayed, or a clock is wrong"
        return Refused(401, error, "header webhook-timestamp")
    signed = b".".join((_bytes(name), _bytes(at), body))
    wanted = [
        b64encode(hmac.new(key, signed, hashlib.sha256).digest()) for key in standard_keys(secret)
    ]
    known = False
    for part in headers["webhook-signature"].split()[:_MOST_SIGNATURES]:
        version, _, given = part.partition(",")
        for each in wanted:
            known |= version == "v1" and same(each, given)
    return None if known else Refused(401, "the signature is not ours", "header webhook-signature")


def standard_keys(secret: str) -> tuple[bytes, ...]:
    """`whsec_` is followed by the key in base64; a secret without it is used as it stands, as GitLab does."""
    if not secret.startswith(_PREFIX):
        return (_bytes(secret),)
    try:
        return (b64decode(secret.removeprefix(_PREFIX), validate=True),)
    except (Base64Error, ValueError):
        return (_bytes(secret),)

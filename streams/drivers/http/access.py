"""Who may post: secrets of senders, and where none is set, only this machine.

In: settings, a request's head and body. Out: nothing, or RefusedError (401, 403). A secret is never part of a message.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Final

from streams.config import Settings
from streams.core.webhooks.delivery import Provider, Refused
from streams.core.webhooks.signature import basic, bearer, refusal
from streams.drivers.http.answers import RefusedError
from streams.model.instant import Instant

# What a proxy adds: then whoever speaks is not on this machine. A browser adds Origin, whatever page it shows.
_FROM_ELSEWHERE: Final = ("forwarded", "x-forwarded-for", "x-real-ip", "origin")


class Access:
    """The secrets of a listener."""

    def __init__(self, settings: Settings, host: str) -> None:
        """`host`: the address that is listened on."""
        token = settings.api_token
        self._secrets: dict[Provider, str | None] = {
            "github": settings.webhook_github_secret,
            "gitlab": settings.webhook_gitlab_secret,
            "argocd": settings.webhook_argocd_secret or token,
            "kubernetes": settings.webhook_kubernetes_secret or token,
            "plain": settings.webhook_plain_secret or token,
        }
        self._token = token
        self._loopback = is_loopback(host)

    def open_to_all(self) -> tuple[Provider, ...]:
        """Senders without a secret: taken from this machine only."""
        return tuple(name for name, secret in self._secrets.items() if secret is None)

    def check_head(self, provider: Provider, headers: Mapping[str, str]) -> None:
        """Refuse what its head gives away already, before a body is read. Raises RefusedError."""
        secret = self._secrets[provider]
        if secret is None:
            self._check_local(f"PANICTRAIL_WEBHOOK_{provider.upper()}_SECRET", headers)
        elif not _is_signed(provider, headers):
            _raise(refusal(provider, secret, headers, b"", Instant(0)))

    def check(
        self, provider: Provider, headers: Mapping[str, str], body: bytes, now: Instant
    ) -> None:
        """Refuse a body whose sender does not know the secret. Raises RefusedError."""
        secret = self._secrets[provider]
        if secret is not None and _is_signed(provider, headers):
            _raise(refusal(provider, secret, headers, body, now))

    def check_token(self, headers: Mapping[str, str]) -> None:
        """Refuse whoever does not know the API token, before a body is read. Raises RefusedError."""
        if self._token is None:
            self._check_local("PANICTRAIL_API_TOKEN", headers)
        else:
            _raise(bearer(self._token, headers))

    def check_reader(self, headers: Mapping[str, str]) -> None:
        """Refuse who may not read what was kept. Raises RefusedError (401, 403).

        The token may come as the password of HTTP Basic: a browser asks its user for that. Without one, a name that
        is not this machine's is refused: a page from elsewhere could have had it lead here (DNS rebinding).
        """
        if self._token is None:
            self._check_local("PANICTRAIL_API_TOKEN", headers)
            if not is_loopback(_host(headers.get("host", ""))):
                raise RefusedError(403, "without a token only names of this machine", "header Host")
        elif headers.get("authorization", "").lower().startswith("basic "):
            _raise(basic(self._token, headers))
        else:
            _raise(bearer(self._token, headers))

    @property
    def has_token(self) -> bool:
        """Whether crashes and lines are taken from other machines."""
        return self._token is not None

    def _check_local(self, name: str, headers: Mapping[str, str]) -> None:
        if not self._loopback:
            raise RefusedError(403, f"{name} is not set: only a loopback listener takes this", name)
        found = next((header for header in _FROM_ELSEWHERE if header in headers), None)
        if found is not None:
            raise RefusedError(403, f"{name} is not set, and this comes from elsewhere", name)


def _host(header: str) -> str:
    """The host of `HOST`, `HOST:PORT`, `[ADDRESS]:PORT`."""
    if header.startswith("["):
        return header[1:].partition("]")[0]
    return header.partition(":")[0].lower().rstrip(".")


def _is_signed(provider: Provider, headers: Mapping[str, str]) -> bool:
    """Whether the proof covers the body; a token is the same for all."""
    if provider == "github":
        return "x-hub-signature-256" in headers
    return "webhook-signature" in headers


def _raise(refused: Refused | None) -> None:
    if refused is not None:
        raise RefusedError(refused.status, refused.error, refused.where)


def is_loopback(host: str) -> bool:
    """Whether an address can be reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

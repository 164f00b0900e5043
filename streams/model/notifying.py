"""Whom people's notifications go to: channels with their rules, and what one attempt to send is and gave.

In: nothing. Out: struct declarations. Channels are settings (docs/notifications.md).
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from streams.model.events import NoticeEvent, Severity

ChannelKind = Literal["webhook", "slack", "alertmanager"]
# What became of a notification for one channel.
DeliveryState = Literal["waiting", "sent", "dead"]
SEVERITIES: Final[tuple[Severity, ...]] = ("info", "warning", "critical")


class Channel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A receiver. Every condition that is stated has to hold: one of `events`, of `services`, of `owners`.

    `severity`: from which on. `secret`: of a webhook, to sign with. `services`, `owners`: whole names, or patterns with
    `*`.
    """

    name: str
    kind: ChannelKind = "webhook"
    url: str
    secret: str | None = None
    events: tuple[NoticeEvent, ...] = ()
    services: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    severity: Severity = "info"


class NotifySettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The channels. `link`: the page of a cluster, with `{cluster}` in it."""

    channel: tuple[Channel, ...] = ()
    link: str | None = None


class Posting(msgspec.Struct, frozen=True, kw_only=True):
    """A request to a receiver."""

    url: str
    headers: dict[str, str]
    body: bytes


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a receiver answered: a status, or None and why there was none. `after`: seconds that it asks to wait."""

    status: int | None = None
    text: str = ""
    after: float | None = None


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What is done after an attempt; `wait`: seconds until the next one."""

    state: DeliveryState
    error: str = ""
    wait: float = 0.0

"""What `doctor` says of notifications: the channels, what was sent, what waits and why, what was given up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streams.config import Settings
    from streams.model.notifying import Channel


def check_notifications(settings: Settings) -> Iterator[tuple[str, int, str]]:
    """Rows for people: name, exit code (0: usable), what is the case."""
    from streams.drivers.notifying import standings_of
    from streams.model.errors import BadInput

    channels = settings.channels()
    if not channels:
        none = "none: nobody is told; name a receiver with PANICTRAIL_NOTIFY_WEBHOOK_URL (docs/notifications.md)"
        yield "notifications", 0, none
        return
    try:
        standings = standings_of(settings)
    except BadInput as error:
        yield "notifications", 2, str(error)
        return
    for channel in channels:
        told = standings.pop(channel.name, "nothing sent yet")
        yield "notifications", 0, f"{_channel(channel)}: {told}"
    for name, told in sorted(standings.items()):
        yield "notifications", 0, f"{name} (not in the settings any more): {told}"


def _channel(channel: Channel) -> str:
    unsigned = channel.kind == "webhook" and channel.secret is None
    return f"{channel.name} ({channel.kind}{', not signed' if unsigned else ''})"

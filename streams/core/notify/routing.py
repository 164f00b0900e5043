"""Which channels a notification goes to.

In: a notification, channels. Out: those whose rules it fits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase

from streams.model.events import Notice
from streams.model.notifying import SEVERITIES, Channel


def fitting(notice: Notice, channels: Iterable[Channel]) -> Iterator[Channel]:
    """The channels that are to be told."""
    return (channel for channel in channels if _fits(notice, channel))


def _fits(notice: Notice, channel: Channel) -> bool:
    # An alert ends by itself: Alertmanager has no use for a summary.
    if channel.kind == "alertmanager" and notice.event == "summary":
        return False
    if channel.events and notice.event not in channel.events:
        return False
    # A summary follows the message that it is a summary of.
    if notice.event != "summary" and _rank(notice.severity) < _rank(channel.severity):
        return False
    return _named(notice.services, channel.services) and _named(notice.owners, channel.owners)


def _rank(severity: str) -> int:
    return SEVERITIES.index(severity) if severity in SEVERITIES else 0


def _named(names: Sequence[str], patterns: Sequence[str]) -> bool:
    return not patterns or any(fnmatchcase(name, each) for name in names for each in patterns)

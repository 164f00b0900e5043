"""How many crashes a series had: by minute of late, by hour for nine weeks; bounded, and blind to order.

In: crash times, as minutes since the epoch. Out: a Series and its Weeks. The minutes of the newest RECENT_HOURS hours
that have a crash are kept, of all other hours (at most WEEK_HOURS, the newest) their totals. Which hours those are
depends on the crashes alone, so late ones, and one whose clock is years ahead, leave the same counts in any order.
"""

from __future__ import annotations

import struct
from bisect import bisect_left
from collections.abc import Iterator
from typing import Final

import msgspec

from streams.model.instant import Instant
from streams.model.message import Value

MINUTE_NS: Final = 60 * 10**9
HOUR: Final = 60
WEEK: Final = 168
RECENT_HOURS: Final = 6
WEEK_HOURS: Final = 9 * WEEK
# Of Weeks.hours: hour since the epoch, crashes in it.
_PAIR: Final = struct.Struct(">II")
_MOST: Final = 2**32 - 1


class Band(Value, frozen=True, kw_only=True):
    """What is usual in an hour: crashes, by how much that differs from week to week, and from minute to minute.

    `spread`, `bursts`: relative variances beyond what chance alone (Poisson) gives. `weeks`: from how many it is known.
    """

    hour: int
    crashes: float
    spread: float
    bursts: float
    weeks: int


class Span(Value, frozen=True, kw_only=True):
    """From minute to minute, both included."""

    began: int
    last: int


class Series(Value, frozen=True, kw_only=True):
    """The late past of a series. `minutes`: minute and crashes in turn, sorted. `storms`: the newest, sorted.

    `band`: what was worked out last; it follows from the counts.
    """

    minutes: tuple[int, ...] = ()
    storms: tuple[Span, ...] = ()
    band: Band | None = None


class Weeks(Value, frozen=True, kw_only=True):
    """The older past: 8 bytes for each hour, sorted: hour and crashes, big-endian."""

    hours: bytes = b""


def minute_of(at: Instant) -> int:
    """The minute of a time."""
    return at.ns // MINUTE_NS


def counted(series: Series, weeks: Weeks, minute: int, crashes: int = 1) -> tuple[Series, Weeks]:
    """The series with so many crashes more in a minute; the same Weeks object where those are not concerned."""
    minutes = series.minutes
    if minutes and minute // HOUR == minutes[-2] // HOUR:
        minutes = _with(minutes, minute, crashes)
    elif minutes and minute < _first_hour(minutes) * HOUR and _hours_in(minutes) >= RECENT_HOURS:
        weeks = _added(weeks, minute // HOUR, crashes)
    else:
        minutes = _with(minutes, minute, crashes)
        while _hours_in(minutes) > RECENT_HOURS:
            hour = _first_hour(minutes)
            cut = place_of(minutes, (hour + 1) * HOUR)
            weeks = _added(weeks, hour, sum(minutes[1:cut:2]))
            minutes = minutes[cut:]
    band = series.band if series.band and minute // HOUR >= series.band.hour else None
    return Series(minutes=minutes, storms=series.storms, band=band), weeks


def newest(series: Series) -> int | None:
    """The newest minute of the late past that has a crash."""
    return series.minutes[-2] if series.minutes else None


def place_of(minutes: tuple[int, ...], minute: int) -> int:
    """Where a minute is, or belongs."""
    # Mostly it is the newest, or one to come.
    if not minutes or minutes[-2] < minute:
        return len(minutes)
    if minutes[-2] == minute:
        return len(minutes) - 2
    return 2 * bisect_left(range(0, len(minutes), 2), minute, key=minutes.__getitem__)


def _with(minutes: tuple[int, ...], minute: int, crashes: int) -> tuple[int, ...]:
    at = place_of(minutes, minute)
    if at < len(minutes) and minutes[at] == minute:
        # Two copies: a series has some hundred minutes, and the newest is mostly the one.
        return minutes[: at + 1] + (minutes[at + 1] + crashes,) + minutes[at + 2 :]  # noqa: RUF005
    return (*minutes[:at], minute, crashes, *minutes[at:])


def _first_hour(minutes: tuple[int, ...]) -> int:
    return minutes[0] // HOUR


def _hours_in(minutes: tuple[int, ...]) -> int:
    """How many hours have a crash, counted no further than needed."""
    found, at = 0, 0
    while at < len(minutes) and found <= RECENT_HOURS:
        found += 1
        at = place_of(minutes, (minutes[at] // HOUR + 1) * HOUR)
    return found


def _added(weeks: Weeks, hour: int, crashes: int) -> Weeks:
    data = weeks.hours
    starts = range(0, len(data), _PAIR.size)
    at = _PAIR.size * bisect_left(starts, hour, key=lambda start: _PAIR.unpack_from(data, start)[0])
    known = 0
    after = at
    if at < len(data) and _PAIR.unpack_from(data, at)[0] == hour:
        known, after = _PAIR.unpack_from(data, at)[1], at + _PAIR.size
    row = _PAIR.pack(hour, min(known + crashes, _MOST))
    # Of too many the oldest go: a late crash older than all that is kept is not taken in.
    return Weeks(hours=(data[:at] + row + data[after:])[-WEEK_HOURS * _PAIR.size :])


def hours_of(series: Series, weeks: Weeks) -> dict[int, int]:
    """Crashes by hour since the epoch, all that are kept, hours without any left out."""
    found = dict(_PAIR.iter_unpack(weeks.hours))
    for minute, crashes in pairs(series):
        hour = minute // HOUR
        found[hour] = found.get(hour, 0) + crashes
    return found


def pairs(series: Series) -> Iterator[tuple[int, int]]:
    """Minutes with their crashes."""
    return zip(series.minutes[::2], series.minutes[1::2], strict=True)


def in_minutes(series: Series, first: int, last: int) -> int:
    """Crashes from minute to minute, both included, of the late past."""
    minutes = series.minutes
    # Mostly a few, and the newest.
    found, at = 0, place_of(minutes, last + 1) - 2
    while at >= 0 and minutes[at] >= first:
        found += minutes[at + 1]
        at -= 2
    return found


def minutes_in(series: Series, first: int, last: int) -> tuple[int, ...]:
    """Minutes of the late past that have crashes, from minute to minute, both included."""
    minutes = series.minutes
    return minutes[place_of(minutes, first) : place_of(minutes, last + 1) : 2]


def with_band(series: Series, band: Band) -> Series:
    """The series with what was worked out."""
    return msgspec.structs.replace(series, band=band)

"""Whether a minute is part of a storm: far more crashes than usual, and more than chance gives.

In: a Series, its Weeks, a minute. Out: a Judged, and the series with its storms. A window of some minutes is too much
where it has at least LEAST crashes, TIMES as many as usual, and a chance below e^-CHANCE by the bound of Chernoff for a
negative binomial distribution with the spread that the series shows. Nothing is taken back: crashes that come late hide
no storm.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil, log
from typing import Final

import msgspec

from streams.core.baseline.series import (
    HOUR,
    Band,
    Series,
    Span,
    Weeks,
    counted,
    in_minutes,
    minutes_in,
    with_band,
)
from streams.core.baseline.usual import usual

WINDOWS: Final = (1, 2, 5)
_LONGEST: Final = max(WINDOWS) - 1
LEAST: Final = 12
TIMES: Final = 3.0
# By window: of one minute there are as many as of five, and one that stands out alone is more often chance.
CHANCE: Final = (14.0, 11.0, 11.0)
# So many minutes without an excess, and a storm is over.
QUIET: Final = 30
# A series without any crash is taken to have one in so many minutes.
_RARE: Final = 600
_MOST_STORMS: Final = 16
# The hour before may raise or lower what is usual: so far, and with so much weight at most.
_LEVEL: Final = (0.6, 3.0)
_TRUST: Final = 0.6
# After a deploy a smaller excess counts: there was a reason to look.
DEPLOY_WINDOWS: Final = (5, 15, 30, 60)
DEPLOY_LEAST: Final = 5
DEPLOY_TIMES: Final = 2.0
DEPLOY_CHANCE: Final = (7.0,)


class Asked(msgspec.Struct, frozen=True):
    """When a window is too much; `chance`: for each window, the last one for all further."""

    windows: tuple[int, ...]
    least: int
    times: float
    chance: tuple[float, ...]

    def chance_of(self, length: int) -> float:
        """For a window of so many minutes."""
        place = self.windows.index(length) if length in self.windows else -1
        return self.chance[min(place, len(self.chance) - 1)]


STORM: Final = Asked(WINDOWS, LEAST, TIMES, CHANCE)
AFTER_DEPLOY: Final = Asked(DEPLOY_WINDOWS, DEPLOY_LEAST, DEPLOY_TIMES, DEPLOY_CHANCE)


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """The window that stands out most: its minutes and crashes, how many are usual, from how many on it is too much."""

    minutes: int
    crashes: int
    usual: float
    limit: int
    excess: bool


def take(series: Series, weeks: Weeks, minute: int, crashes: int = 1) -> tuple[Series, Weeks]:
    """Count crashes, and note the storm that they are part of."""
    series, weeks = counted(series, weeks, minute, crashes)
    if in_minutes(series, minute - _LONGEST, minute + _LONGEST) < LEAST:
        return series, weeks
    # They are in the windows of the minutes that follow as well, where they came late. Minutes without crashes are none
    # of a storm: they are not looked at whichever came first.
    for at in minutes_in(series, minute, minute + _LONGEST):
        series = _banded(series, weeks, at // HOUR)
        if series.storms and series.storms[-1].began <= at <= series.storms[-1].last:
            # It is known to be one of a storm.
            continue
        if series.band is not None and _stands_out(series, series.band, at):
            series = _in_storm(series, at)
    return series, weeks


def judge(series: Series, weeks: Weeks, minute: int, asked: Asked = STORM) -> Judged:
    """A minute with those before it against what is usual."""
    band = _banded(series, weeks, minute // HOUR).band or usual(series, weeks, minute // HOUR)
    found = [_window(series, band, minute, length, asked) for length in asked.windows]
    return max(found, key=lambda each: (each.excess, each.crashes / each.limit))


def _banded(series: Series, weeks: Weeks, hour: int) -> Series:
    if series.band is not None and series.band.hour == hour:
        return series
    return with_band(series, usual(series, weeks, hour))


def _expected(series: Series, band: Band, minute: int, length: int) -> tuple[float, float]:
    """Crashes in a window, and their relative variance beyond Poisson's, by the band and by the hour before the window.

    What that hour says counts by how well it says it (Bayes, with normal distributions), and never more than _TRUST.
    """
    rate = _rate(band)
    usual_before = rate * HOUR
    before = in_minutes(series, minute - length - HOUR + 1, minute - length)
    doubt = band.bursts / HOUR + 1 / usual_before
    trust = min(band.spread / (band.spread + doubt), _TRUST)
    factor = 1 + trust * (before / usual_before - 1)
    factor = min(max(factor, _LEVEL[0]), _LEVEL[1])
    return rate * factor * length, band.bursts / length + band.spread * (1 - trust)


def _rate(band: Band) -> float:
    """Crashes a minute."""
    return max(band.crashes / HOUR, 1 / _RARE)


def _stands_out(series: Series, band: Band, minute: int) -> bool:
    """Whether a window that ends with a minute is too much; what `_window` says, asked for each crash."""
    least = STORM.times * _LEVEL[0] * _rate(band)
    for length in WINDOWS:
        crashes = in_minutes(series, minute - length + 1, minute)
        # Mostly it is not: `_expected` says at least so many.
        if crashes < LEAST or crashes < least * length:
            continue
        mean, variance = _expected(series, band, minute, length)
        chance = STORM.chance_of(length)
        if crashes >= STORM.times * mean and surprise(crashes, mean, variance) >= chance:
            return True
    return False


def _window(series: Series, band: Band, minute: int, length: int, asked: Asked) -> Judged:
    crashes = in_minutes(series, minute - length + 1, minute)
    mean, variance = _expected(series, band, minute, length)
    limit = _limit(mean, variance, asked, asked.chance_of(length))
    return Judged(minutes=length, crashes=crashes, usual=mean, limit=limit, excess=crashes >= limit)


def surprise(crashes: int, mean: float, variance: float) -> float:
    """-ln of a bound of the chance of so many crashes or more; `variance`: relative, beyond Poisson's."""
    if crashes <= mean:
        return 0.0
    size = 1 / variance
    return crashes * log(crashes / mean) - (crashes + size) * log((crashes + size) / (mean + size))


def _limit(mean: float, variance: float, asked: Asked, chance: float) -> int:
    """The smallest number of crashes that is too many."""
    low = max(asked.least, ceil(asked.times * mean))
    if surprise(low, mean, variance) >= chance:
        return low
    high = 2 * low
    while surprise(high, mean, variance) < chance:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        if surprise(middle, mean, variance) >= chance:
            high = middle
        else:
            low = middle
    return high


def _in_storm(series: Series, minute: int) -> Series:
    storms = joined((*series.storms, Span(began=minute, last=minute)))
    if storms == series.storms:
        return series
    return msgspec.structs.replace(series, storms=storms)


def joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Storms with less than QUIET minutes between them as one; the newest of them."""
    found: list[Span] = []
    for span in sorted(spans, key=lambda each: (each.began, each.last)):
        if found and span.began - found[-1].last <= QUIET:
            found[-1] = Span(began=found[-1].began, last=max(found[-1].last, span.last))
        else:
            found.append(span)
    return tuple(found[-_MOST_STORMS:])


def after_deploy(series: Series, weeks: Weeks, deploy: int, minute: int) -> Judged | None:
    """What came in the minutes since a deploy against what is usual; None: it is too long ago, or to come."""
    passed = minute - deploy + 1
    windows = tuple(length for length in DEPLOY_WINDOWS if length < passed)
    if not 0 < passed <= max(DEPLOY_WINDOWS):
        return None
    asked = msgspec.structs.replace(AFTER_DEPLOY, windows=(*windows, passed))
    # Only what came since: a window of all of it, and those that end now.
    return judge(series, weeks, minute, asked)

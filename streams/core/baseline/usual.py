"""What is usual in an hour: median and MAD of the same hour of the week, carried along with the level of the weeks.

In: crashes by hour and by minute. Out: a Band. Medians, so that a storm or an outage in one of the weeks moves nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import accumulate
from statistics import median
from typing import Final

from streams.core.baseline.series import (
    HOUR,
    WEEK,
    Band,
    Series,
    Weeks,
    hours_of,
    pairs,
    place_of,
)

_MOST_WEEKS: Final = 8
# MAD to standard deviation, of a normal distribution.
_SIGMA: Final = 1.4826
# With so few crashes in a week its level is chance.
_LEVEL_FROM: Final = 50
_LEVEL: Final = (1 / 3, 3.0)
# An hour counts for its week's level with at most so many times what half of all hours have.
_HOUR_SHARE: Final = 6.0
# Spreads that are assumed at least: by hours alone, by days, by two weeks, three, more.
_SPREAD_OF_HOURS: Final = 0.5
_SPREAD_OF_DAYS: Final = 0.2
_SPREAD_OF_WEEKS: Final = (0.15, 0.1, 0.06)
_DAY: Final = 24
_FROM_WEEKS: Final = 2
_MOST_DAYS: Final = 7
_MOST_SPREAD: Final = 2.0
_BURSTS: Final = (0.05, 2.0)
_UNKNOWN_BURSTS: Final = 0.5
# Fewer crashes in an hour say nothing of how they bunch.
_BURSTS_FROM: Final = 12
# So many hours are compared with those a week before, where they have so many crashes.
_COMPARED: Final = 48
_COMPARED_FROM: Final = 5
# Bands that are remembered: a series asks once a minute for one that changes once an hour.
_KEPT: Final = 1024


def usual(series: Series, weeks: Weeks, hour: int) -> Band:
    """What is usual in an hour, by what was before it."""
    before = series.minutes[: place_of(series.minutes, hour * HOUR)]
    return _usual(before, weeks.hours, hour)


@lru_cache(maxsize=_KEPT)
def _usual(minutes: tuple[int, ...], hours: bytes, hour: int) -> Band:
    series, weeks = Series(minutes=minutes), Weeks(hours=hours)
    found = {at: crashes for at, crashes in hours_of(series, weeks).items() if at < hour}
    age = hour - min(found) if found else 0
    known = min(age // WEEK, _MOST_WEEKS)
    if known >= _FROM_WEEKS:
        values, least = _same_hours(found, hour, known), _SPREAD_OF_WEEKS[min(known, 4) - 2]
    elif age > _DAY:
        days = min(age // _DAY, _MOST_DAYS)
        values = [found.get(hour - back * _DAY, 0) for back in range(1, days + 1)]
        least = _SPREAD_OF_DAYS
    else:
        # No such hour yet: the busiest of the last two, or what is common, whichever is more.
        lately = [found.get(hour - back, 0) for back in range(1, age + 1)] or [0]
        values, least = [max(median(lately), *lately[:2])], _SPREAD_OF_HOURS
    middle = median(values)
    off = _SIGMA * median(abs(value - middle) for value in values)
    spread = (off / middle) ** 2 - 1 / middle if middle else 0.0
    # Few values show a spread badly: what the hours before differ from the week before says it better.
    differing = _differing(found, hour)
    if differing is not None:
        spread = max(min(spread, 2 * differing), differing)
    spread = max(spread, least)
    return Band(
        hour=hour,
        crashes=middle,
        spread=min(spread, _MOST_SPREAD),
        bursts=_bursts(series, hour),
        weeks=known,
    )


def _same_hours(found: Mapping[int, int], hour: int, known: int) -> list[float]:
    """The hour in the weeks before, each raised or lowered by how the level changed since."""
    begin = hour - (known + 1) * WEEK
    counts = [found.get(at, 0) for at in range(begin, hour)]
    busy = sorted(count for count in counts if count)
    cap = _HOUR_SHARE * busy[len(busy) // 2] if busy else 0.0
    sums = list(accumulate((min(count, cap) for count in counts), initial=0.0))
    now = sums[-1] - sums[-1 - WEEK]
    values = []
    for back in range(1, known + 1):
        at = len(counts) - back * WEEK
        level = sums[at] - sums[at - WEEK]
        # The first week may not be whole.
        whole = back < known and level >= _LEVEL_FROM and now >= _LEVEL_FROM
        factor = min(max(now / level, _LEVEL[0]), _LEVEL[1]) if whole else 1.0
        values.append(counts[at] * factor)
    return values


def _differing(found: Mapping[int, int], hour: int) -> float | None:
    """By how much hours differ from those of the week before: half the relative variance of their difference."""
    said = []
    for at in range(hour - _COMPARED, hour):
        one, other = found.get(at, 0), found.get(at - WEEK, 0)
        mean = (one + other) / 2
        if mean >= _COMPARED_FROM:
            said.append((_SIGMA * (one - other) / mean) ** 2 / 2 - 1 / mean)
    return median(said) if len(said) >= _COMPARED / 2 else None


def _bursts(series: Series, hour: int) -> float:
    """How much crashes bunch in minutes, within the hours before: the middle one of what each says."""
    by_hour: dict[int, list[int]] = {}
    for minute, crashes in pairs(series):
        if minute // HOUR < hour:
            by_hour.setdefault(minute // HOUR, []).append(crashes)
    said = [_bunching(counts) for counts in by_hour.values() if sum(counts) >= _BURSTS_FROM]
    return min(max(median(said), _BURSTS[0]), _BURSTS[1]) if said else _UNKNOWN_BURSTS


def _bunching(counts: Sequence[int]) -> float:
    mean = sum(counts) / HOUR
    variance = sum(count * count for count in counts) / HOUR - mean * mean
    return (variance - mean) / (mean * mean)

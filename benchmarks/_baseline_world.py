"""Fifty services for half a year, minute by minute: seasons, trend, noise, spikes after deploys, storms; all labelled.

In: a seed. Out: crashes by minute, and what was put in. Rates follow the hour of the day, the day of the week and a
trend; noise is of the hour (log-normal, of which half stays to the next hour) and of the minute (gamma), then Poisson.
A storm adds 5 to 20 times the usual rate, at least 20 crashes a minute, for 3 to 60 minutes; a spike after a deploy 3
to 8 times, at least one crash a minute.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import cos, exp, log, pi
from random import Random

import msgspec

DAY = 1440
WEEK = 7 * DAY
MONTH = 30 * DAY
# A Monday, in minutes since the epoch.
BEGIN = 29_655_360
# Of the crashes of a storm or a spike: they come in a standard deviation of 45 % around their rate.
_BUNCH = 5.0
_SATURDAY = 5
# So many deploys have a spike; storms are so many minutes away from deploys.
_SPIKES = 0.4
_APART = 180
# Above this mean a normal distribution stands for Poisson; below, a minute has at most so many crashes.
_NORMAL_FROM = 30
_MOST = 200


class Span(msgspec.Struct, frozen=True):
    """Something that was put in: from minute to minute, the last one not included."""

    begin: int
    end: int
    extra: float


class Service(msgspec.Struct, frozen=True):
    """What a service is like. `deploys`: minutes; `spikes`: those after some of them; `storms` apart from all that."""

    rate: float
    swing: float
    peak: float
    weekend: float
    trend: float
    hourly: float
    bunch: float
    deploys: tuple[int, ...]
    spikes: tuple[Span, ...]
    storms: tuple[Span, ...]
    minutes: int

    def expected(self, minute: int) -> float:
        """The rate of a minute without noise."""
        day = (minute % DAY) / DAY
        weekday = (minute % WEEK) // DAY
        season = 1 + self.swing * cos(2 * pi * (day - self.peak))
        week = self.weekend if weekday >= _SATURDAY else 1.0
        return self.rate * season * week * exp(self.trend * minute / self.minutes)


def service(random: Random, months: int) -> Service:
    """One service. Rates from one crash in two hours to ten a minute; the trend takes them to 0.6 to 2.5 times."""
    minutes = months * MONTH
    made = Service(
        rate=exp(random.uniform(log(1 / 120), log(10))),
        swing=random.uniform(0.2, 0.8),
        peak=random.random(),
        weekend=random.uniform(0.3, 1.1),
        trend=random.uniform(log(0.6), log(2.5)),
        hourly=random.uniform(0.05, 0.3),
        bunch=random.uniform(1.5, 10.0),
        deploys=(),
        spikes=(),
        storms=(),
        minutes=minutes,
    )
    deploys, spikes, at = [], [], 0
    while (at := at + int(random.uniform(0.5, 6) * DAY)) < minutes - DAY:
        deploys.append(at)
        if random.random() < _SPIKES:
            extra = max(1.0, random.uniform(3, 8) * made.expected(at))
            spikes.append(Span(at, at + random.randint(15, 45), extra))
    storms, at = [], 0
    while (at := at + int(random.expovariate(1 / (20 * DAY))) + 120) < minutes - DAY:
        if any(abs(at - deploy) < _APART for deploy in deploys):
            continue
        extra = max(20.0, random.uniform(5, 20) * made.expected(at))
        storms.append(Span(at, at + random.randint(3, 60), extra))
    return msgspec.structs.replace(
        made, deploys=tuple(deploys), spikes=tuple(spikes), storms=tuple(storms)
    )


def poisson(random: Random, mean: float) -> int:
    """A number of crashes."""
    if mean > _NORMAL_FROM:
        return max(0, round(random.gauss(mean, mean**0.5)))
    draw, chance = random.random(), exp(-mean)
    total, count = chance, 0
    while draw > total and count < _MOST:
        count += 1
        chance *= mean / count
        total += chance
    return count


def crashes(random: Random, made: Service) -> Iterator[tuple[int, int]]:
    """Minutes (from 0) that have crashes, with their number."""
    extra: dict[int, float] = {}
    for span in (*made.spikes, *made.storms):
        for minute in range(span.begin, span.end):
            extra[minute] = extra.get(minute, 0.0) + span.extra
    noise, gamma = 0.0, random.gammavariate
    for begin in range(0, made.minutes, 60):
        noise = 0.5 * noise + random.gauss(0, made.hourly)
        rate = made.expected(begin + 30) * exp(noise)
        for minute in range(begin, begin + 60):
            count = poisson(random, rate * gamma(made.bunch, 1 / made.bunch))
            if minute in extra:
                count += poisson(random, extra[minute] * gamma(_BUNCH, 1 / _BUNCH))
            if count:
                yield minute, count

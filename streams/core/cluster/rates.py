"""How often a cluster crashes in a service, against what is usual there, and its storms.

In: the crashes that one step counted, each once. Out: changed rows, and what is to be told of each series: at most once
for each minute that it reaches, and when a storm begins or goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from streams.core.baseline.burst import STORM, Judged, judge, take
from streams.core.baseline.series import (
    MINUTE_NS,
    Series,
    Span,
    Weeks,
    in_minutes,
    minute_of,
    newest,
)
from streams.core.cluster.draft import Draft
from streams.core.cluster.state import CLUSTERS, DECIDED, SEPARATOR
from streams.model.events import ClusterRate, Fingerprinted, Storm
from streams.model.instant import Instant
from streams.model.metrics import NO_SERVICE
from streams.model.step import Count, Emit, Table

# Keys: cluster id as it was grouped, SEPARATOR, service.
RATES: Final = Table("cluster.rates", Series)
WEEKS: Final = Table("cluster.weeks", Weeks)
TABLES: Final = (RATES, WEEKS)


class Rates:
    """The series that one step counts crashes in."""

    def __init__(self, draft: Draft) -> None:
        """Nothing is counted yet."""
        self._draft = draft
        self._fresh: dict[tuple[str, str, int], int] = {}
        self._storms: list[str] = []

    def count(self, part: str, event: Fingerprinted) -> None:
        """Take a crash of a cluster; one without a time is in no series."""
        if event.at is not None and event.twin is None:
            place = (part, event.service or "", minute_of(event.at))
            self._fresh[place] = self._fresh.get(place, 0) + 1

    def outputs(self, shown: Callable[[str], str]) -> Iterator[Emit]:
        """What is to be told; `shown`: the id under which a cluster is shown. Puts the changed rows."""
        if not self._fresh:
            return
        touched: dict[tuple[str, str], list[tuple[int, int]]] = {}
        for (part, service, minute), crashes in sorted(self._fresh.items()):
            touched.setdefault((part, service), []).append((minute, crashes))
        found = []
        for (part, service), minutes in touched.items():
            key = part + SEPARATOR + service
            before = series = self._draft.get(RATES, key) or Series()
            past = weeks = self._draft.get(WEEKS, key) or Weeks()
            for minute, crashes in minutes:
                series, weeks = take(series, weeks, minute, crashes)
            self._draft.put(RATES, key, series)
            if weeks is not past:
                self._draft.put(WEEKS, key, weeks)
            if series.storms is not before.storms:
                self._storms.extend(service for _ in _begun(before, series))
            if newest(before) != newest(series) or before.storms != series.storms:
                found.append((part, service, series, weeks, minutes[-1][0]))
        for part, service, series, weeks, minute in found:
            judged = judge(series, weeks, minute, STORM)
            rate = _rate(shown(part), service, series, minute, judged)
            if rate.storm is not None and rate.cluster == part:
                storm = msgspec.structs.replace(rate.storm, before=self._before(part, rate.storm))
                rate = msgspec.structs.replace(rate, storm=storm)
            yield Emit("clusters.rates", rate.cluster, rate)

    def _before(self, part: str, storm: Storm) -> int | None:
        """What a cluster had before a storm, by the count of this very moment."""
        decided, summary = self._draft.get(DECIDED, part), self._draft.get(CLUSTERS, part)
        if summary is None or (decided is not None and decided.shared):
            return None
        first = minute_of(storm.began) - max(STORM.windows) + 1
        since = sum(
            in_minutes(series, first, series.minutes[-2])
            for _, series in self._draft.scan(RATES, part + SEPARATOR)
        )
        return max(summary.occurrences - since, 0)

    def counts(self) -> Iterator[Count]:
        """Storms that began; after `outputs`."""
        for service in self._storms:
            yield Count("panictrail_storms_total", 1, (service or NO_SERVICE,))


def _begun(before: Series, after: Series) -> Iterator[Span]:
    """Storms that are no continuation of one that was known."""
    for storm in after.storms:
        if not any(
            known.began <= storm.last and storm.began <= known.last for known in before.storms
        ):
            yield storm


def _rate(cluster: str, service: str, series: Series, minute: int, judged: Judged) -> ClusterRate:
    band = series.band
    return ClusterRate(
        cluster=cluster,
        service=service or None,
        minute=_instant(minute),
        crashes=judged.crashes,
        window_minutes=judged.minutes,
        usual=round(judged.usual, 3),
        limit=judged.limit,
        usual_per_hour=round(band.crashes, 3) if band else 0.0,
        weeks=band.weeks if band else 0,
        storm=_storm(series, minute),
    )


def _storm(series: Series, minute: int) -> Storm | None:
    """The storm that a minute belongs to."""
    for span in reversed(series.storms):
        if span.began <= minute <= span.last:
            first = span.began - max(STORM.windows) + 1
            crashes = in_minutes(series, first, span.last)
            return Storm(began=_instant(span.began), last=_instant(span.last), crashes=crashes)
    return None


def _instant(minute: int) -> Instant:
    return Instant(minute * MINUTE_NS)

"""What the crashes of a cluster tell together: how many came when, and in which variants.

In: fingerprinted crashes. Out: a History per cluster. Never depends on the order of arrival, never reads a clock.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from hashlib import sha256
from heapq import heappush, heapreplace
from typing import Final

from streams.core.cluster.assign import cluster_id_of
from streams.core.join.sighting import place_of
from streams.core.report.batches import Batch, batches_of, counted
from streams.core.report.trace import place
from streams.model.attributing import SeenIn
from streams.model.events import Fingerprinted, LinkChanged
from streams.model.instant import LATEST, Instant
from streams.model.links import Place
from streams.model.message import Value

_NS: Final = 1_000_000_000
_NOWHERE: Final = SeenIn()
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
# What people call round.
_STEPS: Final = (
    1, 10, _MINUTE, 5 * _MINUTE, 15 * _MINUTE, _HOUR, 3 * _HOUR, 6 * _HOUR, _DAY, 7 * _DAY, 30 * _DAY, 365 * _DAY,
)  # fmt: skip
# A row of bars that a phone shows and a terminal has room for.
MOST_BARS: Final = 48
_LEAST_BARS: Final = 8
_MOST_VARIANTS: Final = 5
# Of more variants those are kept whose hashes are smallest, whatever came first: a title may hold names of people.
_MOST_FORMS: Final = 1000
# What differs from crash to crash of one variant: numbers, also as parts of names and ids.
_NUMBERS: Final = re.compile(r"0x[0-9a-f]+|\d+")


class Times(Value, frozen=True, kw_only=True):
    """Crashes counted in steps of so many seconds from `start` on; `untimed` ones are in none."""

    start: Instant
    step_seconds: int
    counts: tuple[int, ...]
    untimed: int = 0

    def at(self, bar: int) -> Instant:
        """When a bar begins; the end of all is the beginning of the one behind the last."""
        return Instant(min(self.start.ns + bar * self.step_seconds * _NS, LATEST.ns))


class Variant(Value, frozen=True, kw_only=True):
    """Crashes of a cluster that say the same, but for numbers, at one place.

    `title` is that of `example`, its first crash; `way`: functions of the user's own code there, innermost first.
    """

    title: str
    where: str | None
    occurrences: int
    first_seen: Instant | None = None
    last_seen: Instant | None = None
    services: tuple[str, ...] = ()
    builds: tuple[str, ...] = ()
    example: str = ""
    way: tuple[str, ...] = ()


class History(Value, frozen=True, kw_only=True):
    """Times where there are several, and variants where there are several, most frequent first.

    `batches`: deploy batches, with the crashes before and after each.
    """

    times: Times | None = None
    batches: tuple[Batch, ...] = ()
    variants: tuple[Variant, ...] = ()
    more_variants: int = 0


class _Form:
    """A variant in the making."""

    __slots__ = ("builds", "example", "first", "last", "number", "services")

    def __init__(self) -> None:
        self.number = 0
        self.first: int | None = None
        self.last: int | None = None
        self.services: set[str] = set()
        self.builds: set[str] = set()
        self.example: tuple[bool, int, str, str] | None = None

    def add(self, event: Fingerprinted) -> None:
        self.number += 1
        at = event.at.ns if event.at else None
        if at is not None:
            self.first = at if self.first is None else min(self.first, at)
            self.last = at if self.last is None else max(self.last, at)
        if event.service:
            self.services.add(event.service)
        if event.build:
            self.builds.add(event.build)
        candidate = (at is None, at or 0, event.crash, event.title)
        self.example = min(self.example or candidate, candidate)

    def variant(self, where: str | None) -> Variant:
        return Variant(
            title=self.example[3] if self.example else "",
            where=where,
            occurrences=self.number,
            first_seen=None if self.first is None else Instant(self.first),
            last_seen=None if self.last is None else Instant(self.last),
            services=tuple(sorted(self.services)),
            builds=tuple(sorted(self.builds)),
            example=self.example[2] if self.example else "",
        )


class _Cluster:
    """A history in the making."""

    def __init__(self) -> None:
        self.seconds: Counter[int] = Counter()
        self.places: dict[Place, list[int]] = {}
        self.untimed = 0
        self.forms: dict[tuple[str, str | None], _Form] = {}
        self._largest: list[tuple[int, tuple[str, str | None]]] = []

    def add(self, event: Fingerprinted, services: Container[str]) -> None:
        if event.at is None:
            self.untimed += 1
        else:
            self.seconds[event.at.ns // _NS] += 1
            if event.service in services:
                where = place_of(event.service or "", event.seen or _NOWHERE)
                self.places.setdefault(where, []).append(event.at.ns)
        cause = event.root_cause
        key = (_NUMBERS.sub("0", event.title), place(cause.file, cause.line))
        form = self.forms.get(key) or self._new(key)
        if form is not None:
            form.add(event)

    def _new(self, key: tuple[str, str | None]) -> _Form | None:
        """A new variant, for which another one may have to go; none that went comes back: all hashes are smaller."""
        rank = -int.from_bytes(sha256(repr(key).encode("utf-8", "replace")).digest()[:16])
        if len(self.forms) >= _MOST_FORMS:
            if rank <= self._largest[0][0]:
                return None
            del self.forms[heapreplace(self._largest, (rank, key))[1]]
        else:
            heappush(self._largest, (rank, key))
        form = self.forms[key] = _Form()
        return form

    def history(self, batches: Mapping[str, Mapping[Place, Sequence[Batch]]]) -> History:
        forms = sorted(
            self.forms.items(), key=lambda item: (-item[1].number, item[0][0], item[0][1] or "")
        )
        several = forms if len(forms) > 1 else []
        return History(
            times=_times(self.seconds, self.untimed),
            batches=counted(batches, self.places),
            variants=tuple(form.variant(key[1]) for key, form in several[:_MOST_VARIANTS]),
            more_variants=max(0, len(several) - _MOST_VARIANTS),
        )


def step_of(first: int, last: int, crashes: int) -> int:
    """The seconds of a step by which a course from `first` to `last` (epoch seconds) has few enough bars."""
    # Few crashes in many bars are nothing but gaps.
    most = min(MOST_BARS, max(_LEAST_BARS, 3 * crashes))
    year = _STEPS[-1]
    # A clock that began in 1970 makes a course of decades.
    decades = year * ((last - first) // (year * (most - 1)) + 1)
    return next((s for s in _STEPS if last // s - first // s < most), decades)


def times_of(steps: Mapping[int, int], step: int, untimed: int) -> Times | None:
    """A course of counts by the number of their step since 1970; None where there are none."""
    if not steps:
        return None
    start = min(steps)
    counts = [0] * (max(steps) - start + 1)
    for at, number in steps.items():
        counts[at - start] += number
    return Times(
        start=Instant(start * step * _NS), step_seconds=step, counts=tuple(counts), untimed=untimed
    )


def _times(seconds: Counter[int], untimed: int) -> Times | None:
    if len(seconds) <= 1:
        return None  # one moment has no course
    step = step_of(min(seconds), max(seconds), seconds.total())
    steps: Counter[int] = Counter()
    for second, number in seconds.items():
        steps[second // step] += number
    return times_of(steps, step, untimed)


def histories(
    events: Iterable[Fingerprinted],
    cluster_of: Callable[[Fingerprinted], str] = cluster_id_of,
    links: Iterable[LinkChanged] = (),
) -> dict[str, History]:
    """What is to be said of each cluster that the events are of. `links`: the rows of trace_link."""
    batches = batches_of(links)
    clusters: dict[str, _Cluster] = {}
    for event in events:
        clusters.setdefault(cluster_of(event), _Cluster()).add(event, batches)
    return {name: cluster.history(batches) for name, cluster in clusters.items()}

"""Builds x deploys: how many crashes of a cluster each build had while each deploy batch served the place.

In: crashes with their places, rows of trace_link. Out: a Matrix of the batches next to which crashes were seen. Never
depends on the order of either.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from streams.core.report.batches import Batch, batches_of
from streams.model.events import LinkChanged
from streams.model.instant import Instant
from streams.model.links import Place
from streams.model.listing import Occurrence
from streams.model.message import Value

_MOST_COLUMNS = 8
_MOST_ROWS = 12
NOT_STATED = ""


class Column(Value, frozen=True, kw_only=True):
    """A deploy batch in one place."""

    batch: Batch
    crashes: int


class Row(Value, frozen=True, kw_only=True):
    """A build as crashes state it, `NOT_STATED` where they do not: crashes under each column, and under none."""

    build: str
    cells: tuple[int, ...]
    elsewhere: int
    crashes: int


class Matrix(Value, frozen=True, kw_only=True):
    """`crashes` of the cluster were looked at. `left_out`: builds and batches that are not shown."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    crashes: int
    left_out: tuple[int, int] = (0, 0)


_Key = tuple[Place, str]


def matrix(crashes: Iterable[Occurrence], links: Iterable[LinkChanged]) -> Matrix | None:
    """Builds by deploys; None where neither is known of any crash."""
    services = batches_of(links)
    cells: Counter[tuple[str, _Key | None]] = Counter()
    known: dict[_Key, Batch] = {}
    number = 0
    for crash in crashes:
        number += 1
        batch = _serving(crash, services)
        key = None if batch is None else (batch.place, batch.batch)
        if key is not None and batch is not None:
            known[key] = batch
        cells[crash.build or NOT_STATED, key] += 1
    builds = Counter[str]()
    batches = Counter[_Key]()
    for (build, key), count in cells.items():
        builds[build] += count
        if key is not None:
            batches[key] += count
    if not known and not any(builds):
        return None
    return _shown(cells, known, (builds, batches), number)


def _shown(
    cells: Mapping[tuple[str, _Key | None], int],
    known: Mapping[_Key, Batch],
    totals: tuple[Counter[str], Counter[_Key]],
    number: int,
) -> Matrix:
    builds, batches = totals
    # The newest batches; in the order in which they began.
    keys = sorted(known, key=lambda key: (known[key].began, key))
    columns = keys[-_MOST_COLUMNS:]
    rows = sorted(builds, key=lambda build: (build == NOT_STATED, -builds[build], build))
    found = []
    for build in rows[:_MOST_ROWS]:
        row = tuple(cells.get((build, key), 0) for key in columns)
        found.append(
            Row(build=build, cells=row, elsewhere=builds[build] - sum(row), crashes=builds[build])
        )
    return Matrix(
        columns=tuple(Column(batch=known[key], crashes=batches[key]) for key in columns),
        rows=tuple(found),
        crashes=number,
        left_out=(max(0, len(rows) - _MOST_ROWS), len(keys) - len(columns)),
    )


def _serving(
    crash: Occurrence, services: Mapping[str, Mapping[Place, Sequence[Batch]]]
) -> Batch | None:
    """The batch that had begun last where and when it crashed; None where several places may be meant."""
    if crash.at is None or not crash.service:
        return None
    places = [
        place
        for place in services.get(crash.service, {})
        if crash.env in (None, "", place.env) and crash.region in (None, "", place.region)
    ]
    if len(places) != 1:
        return None
    return _last(services[crash.service][places[0]], crash.at)


def _last(batches: Sequence[Batch], at: Instant) -> Batch | None:
    number = bisect_right(batches, at, key=lambda batch: batch.began)
    return batches[number - 1] if number else None

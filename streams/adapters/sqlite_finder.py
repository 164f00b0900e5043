"""Implements the lists port on the file of a state folder, beside the process that writes it.

In: questions. Out: rows as they were committed. Takes no lock: SQLite's journal (WAL) lets a reader read while there is
a writer, and holds the writer up in nothing.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from streams.adapters.sqlite_reader import SqliteReader
from streams.adapters.sqlite_store import LAYOUT
from streams.model.errors import BadInput
from streams.model.events import LinkChanged, VariantName
from streams.model.instant import Instant
from streams.model.listing import (
    ClusterQuery,
    ClustersFound,
    Occurrence,
    Sort,
    Span,
    between,
    names_in,
    stack_number,
    statuses,
)
from streams.model.message import decode
from streams.model.view import LINKS, REPORTS

_NS: Final = 1_000_000_000
_FEW: Final = 8
_CACHE_KIB: Final = 32 * 1024
# A filter that nobody set is empty or NULL.
_MATCHING: Final = """
FROM page_clusters WHERE status IN (SELECT value FROM json_each(:statuses))
AND (:text = '' OR instr(search, :text) > 0)
AND (:service = '' OR instr(services, :service) > 0)
AND (:release = '' OR instr(builds, :release) > 0)
AND (:kind IS NULL OR kind = :kind)
AND (:since IS NULL OR last_seen >= :since)
AND (:until IS NULL OR first_seen <= :until)
"""
_ORDERS: Final[Mapping[Sort, str]] = {
    "occurrences": "occurrences DESC, last_seen IS NULL, last_seen DESC, title, key",
    "last_seen": "last_seen IS NULL, last_seen DESC, occurrences DESC, key",
    "first_seen": "first_seen IS NULL, first_seen DESC, occurrences DESC, key",
    "title": "title, key",
}
_LEADING: Final = "SELECT key FROM page_redirects WHERE leads_to=? ORDER BY key"
_BAR: Final = (
    "SELECT count(*) FROM (SELECT 1 FROM page_crashes WHERE stack=? AND at>=? AND at<? LIMIT ?)"
)
_COURSE: Final = """
SELECT at / ? AS step, count(*) FROM page_crashes
WHERE stack IN (SELECT value FROM json_each(?)) AND at IS NOT NULL GROUP BY step
"""
# The index alone answers the next two, of one stack in its order; of many stacks it is cheaper to sort what it holds.
# Rows lie all over the file: they are read of those alone that are wanted.
_NEWEST_OF_STACK: Final = (
    "SELECT key, at FROM page_crashes WHERE stack=? ORDER BY at DESC, key DESC LIMIT ?"
)
_NEWEST: Final = """
SELECT key, at FROM page_crashes WHERE stack IN (SELECT value FROM json_each(?))
ORDER BY at DESC, key DESC LIMIT ?
"""
_OCCURRENCES: Final = """
SELECT key, at, service, build, env, region FROM page_crashes
WHERE key IN (SELECT value FROM json_each(?)) ORDER BY at DESC, key DESC
"""
# The view's own index answers this: service, then time.
_LINKS: Final = """
SELECT message FROM trace_link WHERE service_name=? AND timestamp IS NOT NULL
ORDER BY timestamp DESC, link LIMIT ?
"""
Cell = str | int | None


class SqliteFinder(SqliteReader):
    """A reader that also finds."""

    def __init__(self, folder: Path) -> None:
        """Open the file. Raises BadInput as SqliteReader does, and where no worker of this version was there yet."""
        super().__init__(folder)
        if self._layout < LAYOUT:
            self.close()
            message = (
                f"{folder}: written by an older panictrail (layout {self._layout}, want {LAYOUT}): "
                "start what writes it once with this version"
            )
            raise BadInput(message)
        with self._trouble():
            # Rows that a question needs lie all over the file. Mapping it would be quicker, but an error of the disk
            # then ends the process.
            self._db.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")

    def clusters(self, query: ClusterQuery) -> ClustersFound:
        """The clusters that a query means, in its order."""
        values = _values(query)
        ((total,),) = self._select(f"SELECT count(*) {_MATCHING}", values)
        # What is put together are texts of this module, the order by a name of a closed list.
        wanted = (
            f"SELECT key {_MATCHING} ORDER BY {_ORDERS[query.sort]} LIMIT :limit OFFSET :offset"
        )
        keys = self._select(wanted, values)
        found = (self.get(REPORTS, str(key)) for (key,) in keys)
        # One that went since is not there any more.
        return ClustersFound(tuple(report for report in found if report), int(total))

    def services(self, most: int) -> tuple[str, ...]:
        """The services in which clusters were seen."""
        rows = self._select("SELECT DISTINCT services FROM page_clusters")
        return tuple(sorted({name for (text,) in rows for name in names_in(str(text))})[:most])

    def leading(self, clusters: Collection[str]) -> Mapping[str, tuple[str, ...]]:
        """The ids that lead straight to each of these."""
        found = {to: self._select(_LEADING, (to,)) for to in clusters}
        return {to: tuple(str(key) for (key,) in rows) for to, rows in found.items() if rows}

    def _select(
        self, statement: str, values: Sequence[Cell] | Mapping[str, Cell] = ()
    ) -> list[tuple[Any, ...]]:
        with self._trouble():
            return self._db.execute(statement, values).fetchall()

    def bars(
        self, stacks: Collection[VariantName], span: Span, most: int | None
    ) -> Mapping[VariantName, tuple[int, ...]]:
        """How many crashes each stack had in each step, up to `most` where that is given."""
        edges = [edge * _NS for edge in span.edges]
        # SQLite: a negative limit is none.
        limit = -1 if most is None else most
        with self._trouble():
            return {
                stack: tuple(
                    self._db.execute(_BAR, (number, start, end, limit)).fetchone()[0]
                    for start, end in pairwise(edges)
                )
                for stack, number in zip(stacks, _numbers(stacks), strict=True)
            }

    def course(self, stacks: Collection[VariantName], step_seconds: int) -> Mapping[int, int]:
        """How many crashes all stacks together had, by the number of the step."""
        rows = self._select(_COURSE, (step_seconds * _NS, json.dumps(_numbers(stacks))))
        return dict(rows)

    def newest(self, stacks: Collection[VariantName], most: int) -> tuple[Occurrence, ...]:
        """The newest crashes of stacks, newest first."""
        numbers = _numbers(stacks)
        if len(numbers) > _FEW:
            rows = self._select(_NEWEST, (json.dumps(numbers), most))
        else:
            rows = [row for each in numbers for row in self._select(_NEWEST_OF_STACK, (each, most))]
            rows.sort(key=_newness, reverse=True)
        keys = json.dumps([key for key, _ in rows[:most]])
        return tuple(_occurrence(*row) for row in self._select(_OCCURRENCES, (keys,)))

    def of_trace(self, trace_id: str, most: int) -> tuple[str, ...]:
        """The crashes that state a trace id."""
        query = "SELECT key FROM page_records WHERE trace=? ORDER BY key LIMIT ?"
        return tuple(key for (key,) in self._select(query, (trace_id, most)))

    def links_of(self, services: Collection[str], most: int) -> tuple[LinkChanged, ...]:
        """Rows of trace_link of services, the newest first."""
        found = (row for each in services for row in self._select(_LINKS, (each, most)))
        rows = [decode(text, LINKS.value) for (text,) in found]
        rows.sort(key=lambda row: (-(row.timestamp or Instant(0)).ns, row.link))
        return tuple(rows[:most])


def _values(query: ClusterQuery) -> dict[str, Cell]:
    """The values of the names in a statement."""
    return {
        "statuses": json.dumps(statuses(query.status)),
        "text": query.text.casefold(),
        "service": between(query.service) if query.service else "",
        "release": between(query.release) if query.release else "",
        "kind": query.kind,
        "since": query.since.ns if query.since else None,
        "until": query.until.ns if query.until else None,
        "limit": query.limit,
        "offset": query.offset,
    }


def _newness(row: tuple[Any, ...]) -> tuple[bool, int, str]:
    """By which crashes are sorted; those without a time are the oldest."""
    key, at = row[:2]
    return (at is not None, at or 0, key)


def _numbers(stacks: Iterable[VariantName]) -> list[int]:
    return [stack_number(stack.block, stack.fingerprint) for stack in stacks]


def _occurrence(key: str, at: int | None, *where: str | None) -> Occurrence:
    return Occurrence(key, None if at is None else Instant(at), *where)

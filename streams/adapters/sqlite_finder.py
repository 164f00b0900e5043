"""Implements the lists port on the file of a state folder, beside the process that writes it.

In: questions. Out: rows as they were committed. Takes no lock: SQLite's journal (WAL) lets a reader read while there is
a writer, and holds the writer up in nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Final, TypeVar

from streams.adapters.packing import unpacked
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
from streams.model.report import Report
from streams.model.view import LINKS, REPORTS

_NS: Final = 1_000_000_000
# In one statement; SQLite takes 32,766.
_MOST_PLACES: Final = 1000
_FEW: Final = 8
_CACHE_KIB: Final = 32 * 1024
_ORDERS: Final[Mapping[Sort, str]] = {
    "occurrences": "occurrences DESC, last_seen IS NULL, last_seen DESC, title, page_clusters.key",
    "last_seen": "last_seen IS NULL, last_seen DESC, occurrences DESC, page_clusters.key",
    "first_seen": "first_seen IS NULL, first_seen DESC, occurrences DESC, page_clusters.key",
    "title": "title, page_clusters.key",
}
Cell = str | int
T = TypeVar("T")


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
        condition, values = _condition(query)
        order = _ORDERS[query.sort]
        with self._trouble():
            (total,) = self._db.execute(
                f"SELECT count(*) FROM page_clusters WHERE {condition}",  # noqa: S608 - conditions of this module
                values,
            ).fetchone()
            rows = self._db.execute(
                f"""SELECT rows.value FROM
                (SELECT key, title, occurrences, first_seen, last_seen FROM page_clusters
                WHERE {condition} ORDER BY {order} LIMIT ? OFFSET ?) AS page_clusters
                JOIN rows ON rows.tbl=? AND rows.key=page_clusters.key ORDER BY {order}""",  # noqa: S608 - as above
                (*values, query.limit, query.offset, REPORTS.name),
            ).fetchall()
            return ClustersFound(tuple(decode(unpacked(row[0]), Report) for row in rows), total)

    def services(self, most: int) -> tuple[str, ...]:
        """The services in which clusters were seen."""
        with self._trouble():
            rows = self._db.execute("SELECT DISTINCT services FROM page_clusters").fetchall()
        return tuple(sorted({name for (text,) in rows for name in names_in(text)})[:most])

    def leading(self, clusters: Collection[str]) -> Mapping[str, tuple[str, ...]]:
        """The ids that lead straight to each of these."""
        found: dict[str, list[str]] = {}
        for some in _parts([*clusters]):
            for key, to in self._select(
                f"SELECT key, leads_to FROM page_redirects WHERE leads_to IN ({_places(some)}) "  # noqa: S608 - question marks
                "ORDER BY key",
                some,
            ):
                found.setdefault(str(to), []).append(str(key))
        return {to: tuple(keys) for to, keys in found.items()}

    def _select(self, statement: str, values: Iterable[Cell]) -> list[tuple[Cell, ...]]:
        with self._trouble():
            return self._db.execute(statement, tuple(values)).fetchall()

    def bars(
        self, stacks: Collection[VariantName], span: Span, most: int | None
    ) -> Mapping[VariantName, tuple[int, ...]]:
        """How many crashes each stack had in each step, up to `most` where that is given."""
        found: dict[VariantName, tuple[int, ...]] = {}
        statement = "SELECT count(*) FROM (SELECT 1 FROM page_crashes WHERE stack=? AND at>=? AND at<? LIMIT ?)"
        edges = [edge * _NS for edge in span.edges]
        # SQLite: a negative limit is none.
        limit = -1 if most is None else most
        with self._trouble():
            for stack in stacks:
                number = stack_number(stack.block, stack.fingerprint)
                found[stack] = tuple(
                    self._db.execute(statement, (number, start, end, limit)).fetchone()[0]
                    for start, end in pairwise(edges)
                )
        return found

    def course(self, stacks: Collection[VariantName], step_seconds: int) -> Mapping[int, int]:
        """How many crashes all stacks together had, by the number of the step."""
        found: dict[int, int] = {}
        step = step_seconds * _NS
        for some in _parts(_numbers(stacks)):
            for at, number in self._select(
                f"SELECT at / {step:d} AS step, count(*) FROM page_crashes "  # noqa: S608 - a number, question marks
                f"WHERE stack IN ({_places(some)}) AND at IS NOT NULL GROUP BY step",
                some,
            ):
                found[int(at)] = found.get(int(at), 0) + int(number)
        return found

    def newest(self, stacks: Collection[VariantName], most: int) -> tuple[Occurrence, ...]:
        """The newest crashes of stacks, newest first."""
        found: list[tuple[Cell | None, ...]] = []
        numbers = _numbers(stacks)
        # Stack by stack the index has them in order; of many stacks it is cheaper to sort what the index holds.
        for some in [[each] for each in numbers] if len(numbers) <= _FEW else _parts(numbers):
            found += self._select(
                f"SELECT key, at FROM page_crashes WHERE stack IN ({_places(some)}) "  # noqa: S608 - question marks
                "ORDER BY at DESC, key DESC LIMIT ?",
                (*some, most),
            )
        found.sort(key=_newness, reverse=True)
        rows: list[tuple[Cell | None, ...]] = []
        # Only those that are shown are looked up.
        for keys in _parts([str(key) for key, _ in found[:most]]):
            rows += self._select(
                "SELECT key, at, service, build, env, region FROM page_crashes "  # noqa: S608 - question marks
                f"WHERE key IN ({_places(keys)})",
                keys,
            )
        rows.sort(key=_newness, reverse=True)
        return tuple(map(_occurrence, rows))

    def of_trace(self, trace_id: str, most: int) -> tuple[str, ...]:
        """The crashes that state a trace id."""
        statement = "SELECT key FROM page_traces WHERE trace=? ORDER BY key LIMIT ?"
        return tuple(str(key) for (key,) in self._select(statement, (trace_id, most)))

    def links_of(self, services: Collection[str], most: int) -> tuple[LinkChanged, ...]:
        """Rows of trace_link of services, the newest first."""
        rows: list[LinkChanged] = []
        for service in services:
            # The view's own index answers this: service, then time.
            found = self._select(
                "SELECT message FROM trace_link WHERE service_name=? AND timestamp IS NOT NULL "
                "ORDER BY timestamp DESC, link LIMIT ?",
                (service, most),
            )
            rows += (decode(str(text), LINKS.value) for (text,) in found)
        rows.sort(key=lambda row: (-(row.timestamp or Instant(0)).ns, row.link))
        return tuple(rows[:most])


def _condition(query: ClusterQuery) -> tuple[str, tuple[Cell, ...]]:
    """What a row must fulfil, with the values of its places."""
    chosen = statuses(query.status)
    parts: list[tuple[str, tuple[Cell, ...]]] = [(f"status IN ({_places(chosen)})", chosen)]
    if query.text:
        parts.append(("instr(search, ?) > 0", (query.text.casefold(),)))
    if query.service:
        parts.append(("instr(services, ?) > 0", (between(query.service),)))
    if query.release:
        parts.append(("instr(builds, ?) > 0", (between(query.release),)))
    if query.kind is not None:
        parts.append(("kind=?", (query.kind,)))
    if query.since is not None:
        parts.append(("last_seen>=?", (query.since.ns,)))
    if query.until is not None:
        parts.append(("first_seen<=?", (query.until.ns,)))
    return " AND ".join(text for text, _ in parts), tuple(v for _, each in parts for v in each)


def _newness(row: tuple[Cell | None, ...]) -> tuple[int, str]:
    """By which rows that begin with a key and a time are sorted; those without a time are the oldest."""
    key, at = row[:2]
    return (-(2**63) if at is None else int(at), str(key))


def _numbers(stacks: Iterable[VariantName]) -> list[int]:
    return [stack_number(stack.block, stack.fingerprint) for stack in stacks]


def _places(values: Collection[object]) -> str:
    return ",".join("?" * len(values))


def _parts(values: list[T]) -> Iterable[list[T]]:
    return (values[at : at + _MOST_PLACES] for at in range(0, len(values), _MOST_PLACES))


def _occurrence(row: tuple[Cell | None, ...]) -> Occurrence:
    key, at, *others = row
    service, build, env, region = (None if each is None else str(each) for each in others)
    return Occurrence(
        str(key), None if at is None else Instant(int(at)), service, build, env, region
    )

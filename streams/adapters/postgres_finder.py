"""Implements the lists port on PostgreSQL: what `panictrail web` asks, from code that does not await.

In: questions. Out: rows as they were committed. Changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from streams.adapters.postgres_reader import PostgresReader
from streams.adapters.postgres_tables import EPOCH, instant_of, text_cell, time_cell
from streams.model.events import LinkChanged, VariantName
from streams.model.listing import (
    ClusterQuery,
    ClustersFound,
    Occurrence,
    Sort,
    Span,
    statuses,
)
from streams.model.message import decode
from streams.model.report import Report

# A filter that nobody set is NULL.
_MATCHING: Final = """
FROM reports WHERE status = ANY($1::text[])
AND ($2::text IS NULL OR strpos(search, $2) > 0)
AND ($3::text IS NULL OR $3 = ANY(services))
AND ($4::text IS NULL OR $4 = ANY(builds))
AND ($5::text IS NULL OR kind = $5)
AND ($6::timestamptz IS NULL OR last_seen >= $6)
AND ($7::timestamptz IS NULL OR first_seen <= $7)
"""
_ORDERS: Final[Mapping[Sort, str]] = {
    "occurrences": 'occurrences DESC, last_seen DESC NULLS LAST, title COLLATE "C", cluster',
    "last_seen": "last_seen DESC NULLS LAST, occurrences DESC, cluster",
    "first_seen": "first_seen DESC NULLS LAST, occurrences DESC, cluster",
    "title": 'title COLLATE "C", cluster',
}
# Of stacks that are given as two lists.
_COURSE: Final = """
SELECT floor(extract(epoch FROM f.at) / $3::bigint)::bigint AS step, count(*) AS number
FROM unnest($1::text[], $2::text[]) AS s(block, fingerprint)
JOIN fingerprints f ON f.fingerprint = s.fingerprint AND f.block = s.block AND f.twin IS NULL
WHERE f.at IS NOT NULL GROUP BY step
"""
# Stack by stack, as the index has them.
_NEWEST: Final = """
SELECT f.crash, f.at, f.service, f.build, f.env, f.region
FROM unnest($1::text[], $2::text[]) AS s(block, fingerprint) CROSS JOIN LATERAL (
    SELECT * FROM fingerprints f WHERE f.fingerprint = s.fingerprint AND f.block = s.block AND f.twin IS NULL
    ORDER BY f.at DESC NULLS LAST, f.crash DESC LIMIT $3
) AS f ORDER BY f.at DESC NULLS LAST, f.crash DESC LIMIT $3
"""
# Crashes of a stack that are counted one by one: fewer than that are found sooner than thirty steps are looked into.
_FEW: Final = 2000
_COUNTED: Final = """
SELECT s.place, f.step, count(*) AS number
FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS s(block, fingerprint, place) CROSS JOIN LATERAL (
    SELECT floor(extract(epoch FROM f.at - $3::timestamptz) / extract(epoch FROM $4::interval))::int AS step
    FROM fingerprints f WHERE f.fingerprint = s.fingerprint AND f.block = s.block AND f.twin IS NULL
    AND f.at >= $3::timestamptz AND f.at < $3::timestamptz + $5::int * $4::interval LIMIT $6::bigint
) AS f GROUP BY s.place, f.step
"""
_BARS: Final = """
SELECT s.place, step, (SELECT count(*) FROM (
    SELECT 1 FROM fingerprints f WHERE f.fingerprint = s.fingerprint AND f.block = s.block AND f.twin IS NULL
    AND f.at >= $3::timestamptz + step * $4::interval AND f.at < $3::timestamptz + (step + 1) * $4::interval
    LIMIT $6::bigint
) AS found) AS number
FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS s(block, fingerprint, place)
CROSS JOIN generate_series(0, $5::int - 1) AS step
"""


class _Scale(NamedTuple):
    """Steps from `start` on."""

    start: datetime
    step: timedelta
    number: int


class PostgresFinder(PostgresReader):
    """A reader that also finds; not for use inside a running event loop."""

    def clusters(self, query: ClusterQuery) -> ClustersFound:
        """The clusters that a query means, in its order."""
        values = _values(query)
        (counted,) = self._rows(f"SELECT count(*) {_MATCHING}", *values)
        # What is put together are texts of this module, the order by a name of a closed list.
        wanted = f"SELECT message {_MATCHING} ORDER BY {_ORDERS[query.sort]} LIMIT $8 OFFSET $9"
        rows = self._rows(wanted, *values, query.limit, query.offset)
        found = tuple(decode(str(row["message"]), Report) for row in rows)
        return ClustersFound(found, int(counted["count"]))

    def services(self, most: int) -> tuple[str, ...]:
        """The services in which clusters were seen."""
        rows = self._rows("SELECT DISTINCT unnest(services) AS name FROM reports")
        return tuple(sorted(str(row["name"]) for row in rows)[:most])

    def leading(self, clusters: Collection[str]) -> Mapping[str, tuple[str, ...]]:
        """The ids that lead straight to each of these."""
        found: dict[str, list[str]] = {}
        for row in self._rows(
            "SELECT cluster, to_cluster FROM redirects WHERE to_cluster = ANY($1::text[]) ORDER BY cluster",
            [*clusters],
        ):
            found.setdefault(row["to_cluster"], []).append(row["cluster"])
        return {to: tuple(keys) for to, keys in found.items()}

    def bars(
        self, stacks: Collection[VariantName], span: Span, most: int | None
    ) -> Mapping[VariantName, tuple[int, ...]]:
        """How many crashes each stack had in each step, up to `most` where that is given."""
        every = [*stacks]
        start = EPOCH + timedelta(seconds=span.start_seconds)
        scale = _Scale(start, timedelta(seconds=span.step_seconds), span.number)
        found = self._steps(_COUNTED, every, scale, _FEW)
        many = [stack for stack in every if sum(found[stack]) >= _FEW]
        if many:
            found |= self._steps(_BARS, many, scale, most)
        return {
            stack: tuple(row) if most is None else tuple(min(each, most) for each in row)
            for stack, row in found.items()
        }

    def _steps(
        self, query: str, stacks: list[VariantName], scale: _Scale, most: int | None
    ) -> dict[VariantName, list[int]]:
        """The rows of a query by stack and step."""
        counts = [[0] * scale.number for _ in stacks]
        for row in self._rows(query, *_lists(stacks), *scale, most):
            counts[row["place"] - 1][row["step"]] = int(row["number"])
        return dict(zip(stacks, counts, strict=True))

    def course(self, stacks: Collection[VariantName], step_seconds: int) -> Mapping[int, int]:
        """How many crashes all stacks together had, by the number of the step."""
        rows = self._rows(_COURSE, *_lists([*stacks]), step_seconds)
        return {int(row["step"]): int(row["number"]) for row in rows}

    def newest(self, stacks: Collection[VariantName], most: int) -> tuple[Occurrence, ...]:
        """The newest crashes of stacks, newest first."""
        rows = self._rows(_NEWEST, *_lists([*stacks]), most)
        return tuple(
            Occurrence(
                row["crash"],
                None if row["at"] is None else instant_of(row["at"]),
                row["service"],
                row["build"],
                row["env"],
                row["region"],
            )
            for row in rows
        )

    def of_trace(self, trace_id: str, most: int) -> tuple[str, ...]:
        """The crashes that state a trace id."""
        query = "SELECT crash FROM crashes WHERE trace_id = $1 ORDER BY crash LIMIT $2"
        return tuple(str(row["crash"]) for row in self._rows(query, text_cell(trace_id), most))

    def links_of(self, services: Collection[str], most: int) -> tuple[LinkChanged, ...]:
        """Rows of trace_link of services, the newest first."""
        rows = self._rows(
            "SELECT message FROM trace_link WHERE service_name = ANY($1::text[]) AND timestamp IS NOT NULL "
            "ORDER BY timestamp DESC, link LIMIT $2",
            [text_cell(service) for service in services],
            most,
        )
        return tuple(decode(str(row["message"]), LinkChanged) for row in rows)


def _values(query: ClusterQuery) -> tuple[object, ...]:
    """The values of `_MATCHING`, in its order."""
    return (
        [*statuses(query.status)],
        text_cell(query.text.casefold()) or None,
        text_cell(query.service) or None,
        text_cell(query.release) or None,
        query.kind,
        time_cell(query.since),
        time_cell(query.until),
    )


def _lists(stacks: list[VariantName]) -> tuple[list[str | None], list[str | None]]:
    blocks = [text_cell(each.block) for each in stacks]
    return blocks, [text_cell(each.fingerprint) for each in stacks]

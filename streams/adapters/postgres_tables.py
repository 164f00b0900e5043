"""The tables of the view as PostgreSQL has them: columns, and how a row becomes a value and back.

In: changes. Out: statements with their rows, in an order that is the same for everybody; values of rows. Talks to
no server. The layout is in migrations/; what the column `message` is for, in docs/adr/0010.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
import zstandard

from streams.model.events import (
    ClusterRate,
    ClusterRedirected,
    ClusterVariant,
    DeadLetter,
    DecisionMade,
    Fingerprinted,
    LinkChanged,
)
from streams.model.instant import Instant
from streams.model.listing import occurrence, search_text
from streams.model.message import Value, decode, encode, from_value, loads
from streams.model.report import Report
from streams.model.step import Change, Keep, Table, V
from streams.model.view import (
    CRASHES,
    DEAD,
    DECISIONS,
    LINKS,
    PRINTS,
    RATES,
    REDIRECTS,
    REPORTS,
    VARIANTS,
    CrashRow,
    PrintRow,
)

Cell = str | int | float | bytes | datetime | list[str] | None
Row = tuple[Cell, ...]
Cells = Mapping[str, Cell]
Work = tuple[str, list[Row]]
ClusterOf = Callable[[Fingerprinted], str]

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_BIGINT: Final = 2**63
_KEEP: Final = "INSERT INTO blobs(sha256, data) VALUES($1, $2) ON CONFLICT DO NOTHING"
_ZSTD_LEVEL: Final = 3


class Shape(msgspec.Struct, frozen=True):
    """A table of the view in SQL: its name, its columns with the key first, and those that make its value."""

    name: str
    columns: tuple[str, ...]
    wanted: tuple[str, ...] = ("message",)

    @property
    def key(self) -> str:
        """The column of the key."""
        return self.columns[0]

    @property
    def upsert(self) -> str:
        """Insert a row, or put it in the place of the one with its key."""
        names = ", ".join(self.columns)
        places = ", ".join(f"${n}" for n, _ in enumerate(self.columns, 1))
        new = ", ".join(f"{column} = EXCLUDED.{column}" for column in self.columns[1:])
        return (
            f"INSERT INTO {self.name}({names}) VALUES({places}) "
            f"ON CONFLICT({self.key}) DO UPDATE SET {new}"
        )

    @property
    def delete(self) -> str:
        """Remove a row."""
        return f"DELETE FROM {self.name} WHERE {self.key} = $1"  # noqa: S608 - names of this module

    @property
    def select(self) -> str:
        """Rows; a condition follows."""
        names = ", ".join((f"{self.key} AS key", *self.wanted))
        return f"SELECT {names} FROM {self.name}"  # noqa: S608 - names of this module

    @property
    def count(self) -> str:
        """How many rows there are."""
        return f"SELECT count(*) FROM {self.name}"  # noqa: S608 - names of this module


_SHAPES: Final[Mapping[str, Shape]] = {
    CRASHES.name: Shape(
        "crashes",
        ("crash", "kind", "continues", "blob", "trace_id", "span_id", "at_seconds"),
        ("kind", "continues", "blob", "trace_id", "span_id", "at_seconds"),
    ),
    PRINTS.name: Shape(
        "fingerprints",
        (
            *("crash", "block", "fingerprint", "cluster", "title"),
            *("at", "service", "host", "build", "env", "region", "twin", "message"),
        ),
    ),
    REPORTS.name: Shape(
        "reports",
        (
            *("cluster", "title", "kind", "function", "package", "file", "line", "occurrences"),
            *("first_seen", "last_seen", "services", "builds", "hosts", "fingerprints"),
            *("status", "generation", "revision", "content_hash", "search", "message"),
        ),
    ),
    REDIRECTS.name: Shape("redirects", ("cluster", "to_cluster", "message")),
    VARIANTS.name: Shape(
        "variants", ("id", "cluster", "block", "fingerprint", "crash", "title", "message")
    ),
    DECISIONS.name: Shape(
        "decisions",
        ("decision", "command", "cluster", "at", "by", "reason", "undone_by", "message"),
    ),
    LINKS.name: Shape(
        "trace_link",
        (
            *("link", "commit_sha", "build_id", "deploy_batch", "service_name", "timestamp"),
            *("environment", "region", "phase", "action", "percent", "image_digest", "version"),
            *("revision", "repo", "build_status", "build_attempt", "joined_by", "message"),
        ),
    ),
    RATES.name: Shape(
        "rates",
        ("id", "cluster", "service", "minute", "crashes", "usual", "storm_began", "message"),
    ),
    DEAD.name: Shape(
        "dead_letters", ("id", "topic", "stage", "reason", "attempt", "at", "message")
    ),
}


def shape_of(table: Table[Value]) -> Shape:
    """The SQL table of a table of the view. Raises ValueError for any other."""
    shape = _SHAPES.get(table.name)
    if shape is None:
        message = (
            f"PostgreSQL keeps no table {table.name}: it needs a migration and a row in {__name__}"
        )
        raise ValueError(message)
    return shape


def value_of(table: Table[V], cells: Cells) -> V:
    """The value of a row that `Shape.select` gave."""
    if issubclass(table.value, CrashRow):
        return from_value({name: cells[name] for name in shape_of(table).wanted}, table.value)
    message = str(cells["message"])
    if issubclass(table.value, PrintRow):
        return from_value({"event": loads(message)}, table.value)
    return decode(message, table.value)


def text_cell(value: str | None) -> str | None:
    """A text for a column that people query: PostgreSQL has no U+0000."""
    return None if value is None else value.replace("\0", "\ufffd")


def _texts(values: Iterable[str]) -> list[str]:
    return [value.replace("\0", "\ufffd") for value in values]


def _number(value: int | None) -> int | None:
    """A number for such a column; one that no bigint holds is in the message alone."""
    return value if value is not None and -_BIGINT <= value < _BIGINT else None


def time_cell(value: Instant | None) -> datetime | None:
    """A time for such a column, in microseconds as PostgreSQL has it."""
    return EPOCH + timedelta(microseconds=value.ns // 1000) if value else None


def instant_of(cell: datetime) -> Instant:
    """The time that such a column holds; in whole numbers, as a float has no microseconds left."""
    return Instant((cell - EPOCH) // timedelta(microseconds=1) * 1000)


def _message(value: Value) -> str:
    # JSON writes U+0000 as an escape, so the text of a message is always one that PostgreSQL takes.
    return encode(value).decode()


def _report(report: Report) -> Row:
    cause = report.root_cause
    return (
        text_cell(report.title),
        report.kind,
        text_cell(cause.function),
        text_cell(cause.package),
        text_cell(cause.file),
        _number(cause.line),
        _number(report.occurrences),
        time_cell(report.first_seen),
        time_cell(report.last_seen),
        _texts(report.services),
        _texts(report.builds),
        _number(report.hosts),
        _number(report.fingerprints),
        report.status,
        _number(report.generation),
        _number(report.revision),
        text_cell(report.content_hash),
        search_text(report),
        _message(report),
    )


def _print(event: Fingerprinted, cluster: str) -> Row:
    seen = occurrence(event)
    return (
        text_cell(event.block),
        text_cell(event.fingerprint),
        cluster,
        text_cell(event.title),
        time_cell(event.at),
        text_cell(event.service),
        text_cell(event.host),
        text_cell(event.build),
        text_cell(seen.env),
        text_cell(seen.region),
        text_cell(event.twin),
        _message(event),
    )


def _letter(letter: DeadLetter) -> Row:
    return (
        text_cell(letter.topic),
        text_cell(letter.stage),
        text_cell(letter.reason),
        _number(letter.attempt),
        time_cell(letter.at),
        _message(letter),
    )


def _variant(variant: ClusterVariant) -> Row:
    return (
        text_cell(variant.cluster),
        text_cell(variant.block),
        text_cell(variant.fingerprint),
        text_cell(variant.crash),
        text_cell(variant.title),
        _message(variant),
    )


def _decision(row: DecisionMade) -> Row:
    command = row.command
    return (
        command.command,
        text_cell(command.cluster),
        time_cell(command.at),
        text_cell(command.by),
        text_cell(command.reason),
        text_cell(row.undone_by),
        _message(row),
    )


def _link(row: LinkChanged) -> Row:
    return (
        text_cell(row.commit_sha),
        text_cell(row.build_id),
        text_cell(row.deploy_batch),
        text_cell(row.service),
        time_cell(row.timestamp),
        text_cell(row.env),
        text_cell(row.region),
        text_cell(row.phase),
        text_cell(row.action),
        row.percent,
        text_cell(row.digest),
        text_cell(row.version),
        text_cell(row.revision),
        text_cell(row.repo),
        text_cell(row.build_status),
        _number(row.build_attempt),
        row.joined_by,
        _message(row),
    )


def _rate(rate: ClusterRate) -> Row:
    return (
        text_cell(rate.cluster),
        text_cell(rate.service),
        time_cell(rate.minute),
        _number(rate.crashes),
        rate.usual,
        time_cell(rate.storm.began) if rate.storm else None,
        _message(rate),
    )


def _cells(value: Value, cluster_of: ClusterOf) -> Row:
    """The columns after the key. Raises TypeError for a value of another table."""
    if isinstance(value, CrashRow):
        # An odd character in `continues` is shown otherwise here; the record itself is in the blob.
        trace = (text_cell(value.trace_id), text_cell(value.span_id))
        return (
            value.kind,
            text_cell(value.continues),
            value.blob,
            *trace,
            _number(value.at_seconds),
        )
    if isinstance(value, PrintRow):
        return _print(value.event, cluster_of(value.event))
    if isinstance(value, Report):
        return _report(value)
    if isinstance(value, DeadLetter):
        return _letter(value)
    return _decided_cells(value)


def _decided_cells(value: Value) -> Row:
    if isinstance(value, ClusterRedirected):
        return (text_cell(value.to), _message(value))
    if isinstance(value, ClusterVariant):
        return _variant(value)
    if isinstance(value, DecisionMade):
        return _decision(value)
    if isinstance(value, ClusterRate):
        return _rate(value)
    if isinstance(value, LinkChanged):
        return _link(value)
    message = f"no table of the view holds a {type(value).__name__}"
    raise TypeError(message)


def _last(changes: Iterable[Change]) -> tuple[dict[str, bytes], dict[str, dict[str, Value | None]]]:
    """Blobs by name; by table the last value that each key is given."""
    blobs: dict[str, bytes] = {}
    rows: dict[str, dict[str, Value | None]] = {name: {} for name in _SHAPES}
    for change in changes:
        if isinstance(change, Keep):
            blobs[change.sha256] = change.data
        else:
            shape_of(change.table)
            rows[change.table.name][change.key] = change.value
    return blobs, rows


def work_of(changes: Iterable[Change], cluster_of: ClusterOf) -> Iterator[Work]:
    """Statements and what to run them with: tables and keys in one order, so that no two owners lock each other out.

    Raises ValueError or TypeError for a change that cannot be written.
    """
    blobs, tables = _last(changes)
    if blobs:
        compress = zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compress
        yield _KEEP, [(name, compress(data)) for name, data in sorted(blobs.items())]
    for name, rows in tables.items():
        shape = _SHAPES[name]
        gone: list[Row] = [(key,) for key, value in sorted(rows.items()) if value is None]
        kept: list[Row] = [
            (key, *_cells(value, cluster_of)) for key, value in rows.items() if value is not None
        ]
        if gone:
            yield shape.delete, gone
        if kept:
            yield shape.upsert, sorted(kept, key=lambda row: str(row[0]))

"""What is different between the reports of two pipelines: clusters that only one has, and those that changed.

In: reports by cluster id, of the pipeline that readers follow (before) and of another (after). Out: differences, and
lines for people. Looks at content only, never at generation and revision.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Literal

import msgspec

from streams.core.report.page import order
from streams.core.report.words import clip, visible
from streams.model.message import Message, Value
from streams.model.report import ClusterStatus, Report

Change = Literal["only-before", "only-after", "changed"]

_ENVELOPE: Final = frozenset(
    ("schema", "generation", "revision", "content_hash", "$extra", "extra")
)
_SHOWN: Final = ("occurrences", "status", "title")
_TITLE_CHARS: Final = 120
_LISTED: Final = 20


class Side(Value, frozen=True, kw_only=True):
    """A cluster as one pipeline has it."""

    title: str
    status: ClusterStatus
    occurrences: int
    representative: str


class Difference(Message, frozen=True, kw_only=True):
    """One cluster that is not the same. `fields`: what changed of its report.

    `moved`: the cluster of the other pipeline that the same crash stands for.
    """

    cluster: str
    change: Change
    fields: tuple[str, ...] = ()
    before: Side | None = None
    after: Side | None = None
    moved: str | None = None


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """All differences, most important first, with what both pipelines have counted."""

    differences: tuple[Difference, ...]
    same: int
    clusters: tuple[int, int]
    crashes: tuple[int, int]

    def count(self, change: Change) -> int:
        """How many clusters changed so."""
        return sum(row.change == change for row in self.differences)


def compare(before: Mapping[str, Report], after: Mapping[str, Report]) -> Comparison:
    """Compare by cluster id."""
    rows = [*_only("only-before", before, after), *_only("only-after", after, before)]
    both = before.keys() & after.keys()
    for report in order(after[cluster] for cluster in both):
        fields = _changed(before[report.cluster], report)
        if fields:
            rows.append(
                Difference(
                    cluster=report.cluster,
                    change="changed",
                    fields=fields,
                    before=_side(before[report.cluster]),
                    after=_side(report),
                )
            )
    return Comparison(
        differences=tuple(rows),
        same=len(both) - sum(row.change == "changed" for row in rows),
        clusters=(len(before), len(after)),
        crashes=(_crashes(before.values()), _crashes(after.values())),
    )


def _only(
    change: Change, mine: Mapping[str, Report], other: Mapping[str, Report]
) -> Iterator[Difference]:
    by_crash = {report.representative: cluster for cluster, report in other.items()}
    for report in order(r for cluster, r in mine.items() if cluster not in other):
        side = _side(report)
        yield Difference(
            cluster=report.cluster,
            change=change,
            before=side if change == "only-before" else None,
            after=side if change == "only-after" else None,
            moved=by_crash.get(report.representative),
        )


def _crashes(reports: Iterable[Report]) -> int:
    return sum(report.occurrences for report in reports)


def _side(report: Report) -> Side:
    return Side(
        title=report.title,
        status=report.status,
        occurrences=report.occurrences,
        representative=report.representative,
    )


def _changed(before: Report, after: Report) -> tuple[str, ...]:
    names = (name for name in Report.__struct_fields__ if name not in _ENVELOPE)
    return tuple(name for name in names if getattr(before, name) != getattr(after, name))


def summary(found: Comparison, names: tuple[str, str]) -> Iterator[str]:
    """Two lines: how many clusters and crashes each has, and how many clusters differ how."""
    for number, name in enumerate(names):
        yield f"{name}: {found.crashes[number]:,} crashes in {found.clusters[number]:,} clusters"
    counts = (
        f"{found.count('only-before'):,} only in {names[0]}",
        f"{found.count('only-after'):,} only in {names[1]}",
        f"{found.count('changed'):,} changed",
        f"{found.same:,} the same",
    )
    yield f"clusters: {', '.join(counts)}"


def lines(found: Comparison, names: tuple[str, str], listed: int = _LISTED) -> Iterator[str]:
    """The summary, then the most important differences of each kind."""
    yield from summary(found, names)
    heads: tuple[tuple[Change, str], ...] = (
        ("only-before", f"only in {names[0]}"),
        ("only-after", f"only in {names[1]}"),
        ("changed", f"changed from {names[0]} to {names[1]}"),
    )
    for change, head in heads:
        rows = [row for row in found.differences if row.change == change]
        if rows:
            yield ""
            yield head
            for row in rows[:listed]:
                yield f"  {_line(row)}"
        if len(rows) > listed:
            yield f"  … and {len(rows) - listed:,} more: --json lists all"


def _line(row: Difference) -> str:
    side = row.after or row.before
    if side is None:
        raise AssertionError
    title = clip(side.title, _TITLE_CHARS)
    if row.before and row.after:
        return f"{visible(row.cluster)}  {title}: {'; '.join(_changes(row, row.before, row.after))}"
    text = f"{visible(row.cluster)}  {side.occurrences:,} times  {title}"
    return f"{text}  (the crash that stands for it: {row.moved})" if row.moved else text


def _changes(row: Difference, before: Side, after: Side) -> Iterator[str]:
    for name in _SHOWN:
        if name in row.fields:
            one, other = str(getattr(before, name)), str(getattr(after, name))
            yield f"{name} {clip(one, _TITLE_CHARS)} -> {clip(other, _TITLE_CHARS)}"
    others = [name for name in row.fields if name not in _SHOWN]
    if others:
        yield ", ".join(others)

"""Clusters as people name and see them: ids that were found, and everything that is known of one.

In: a reader. Out: reports, ClusterFacts. Reads only. Raises BadInput for a name that is no cluster's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import ndiff
from typing import Final

from streams.core.cluster.decisions import pin_id
from streams.core.cluster.template import template
from streams.core.report.trace import own_way
from streams.model.cluster_facts import ClusterFacts, StackVariant
from streams.model.crash import Crash
from streams.model.errors import BadInput
from streams.model.events import ClusterVariant, DecisionMade
from streams.model.message import decode
from streams.model.report import Report
from streams.model.view import CRASHES, DECISIONS, REDIRECTS, REPORTS, SEPARATOR, VARIANTS
from streams.ports.reader import Reader

VARIANTS_SHOWN: Final = 64
_MAX_STEPS: Final = 100


def follow(reader: Reader, name: str) -> str:
    """The present id of a cluster id, present or former; an id that has a report is present."""
    for _ in range(_MAX_STEPS):
        row = None if reader.get(REPORTS, name) is not None else reader.get(REDIRECTS, name)
        if row is None:
            break
        name = row.to
    return name


def find(reader: Reader, name: str) -> Report:
    """The cluster that an id, a former id, or the unique beginning of one names."""
    if not name:
        message = "an empty cluster id: panictrail clusters list shows them"
        raise BadInput(message)
    exact = reader.get(REPORTS, follow(reader, name))
    if exact is not None:
        return exact
    ids = {key for key, _ in reader.scan(REPORTS, name)}
    ids |= {follow(reader, key) for key, _ in reader.scan(REDIRECTS, name)}
    found = [report for key in sorted(ids) if (report := reader.get(REPORTS, key)) is not None]
    if len(found) > 1:
        begin = ", ".join(report.cluster for report in found[:5])
        message = f"{len(found)} clusters have an id that begins with {name!r} ({begin}): write more of it"
        raise BadInput(message)
    if not found:
        message = (
            f"no cluster has an id that begins with {name!r}: panictrail clusters list shows them"
        )
        raise BadInput(message)
    return found[0]


def parts(reader: Reader, report: Report) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The ids that have stacks of a cluster, and those that only lead to it."""
    back: dict[str, list[str]] = {}
    for key, row in reader.scan(REDIRECTS):
        back.setdefault(row.to, []).append(key)
    leading: set[str] = set()
    waiting = [report.cluster]
    while waiting:
        near = {key for key in back.get(waiting.pop(), ()) if key not in leading}
        near = {key for key in near if reader.get(REPORTS, key) is None}
        leading |= near
        waiting.extend(near)
    every = sorted({report.cluster, *leading})
    live = [name for name in every if any(True for _ in variants(reader, (name,)))]
    return tuple(live), tuple(name for name in every if name not in live and name != report.cluster)


def variants(reader: Reader, ids: Iterable[str]) -> Iterator[ClusterVariant]:
    """The distinct stacks of some ids."""
    for name in ids:
        for _, variant in reader.scan(VARIANTS, name + SEPARATOR):
            yield variant


def decisions(reader: Reader, ids: Iterable[str]) -> tuple[DecisionMade, ...]:
    """What was decided of some ids, first decision first."""
    wanted = {*ids}
    found = [row for _, row in reader.scan(DECISIONS) if wanted & {*row.clusters}]
    return tuple(sorted(found, key=_order))


def _order(row: DecisionMade) -> tuple[int, str]:
    return (row.command.at.ns if row.command.at else 0, row.decision)


def crash_of(reader: Reader, crash: str) -> Crash | None:
    """The record of a crash, or None."""
    row = reader.get(CRASHES, crash)
    data = reader.blob(row.blob) if row else None
    return decode(data, Crash) if data else None


def _functions(reader: Reader, crash: str) -> tuple[str, ...]:
    record = crash_of(reader, crash)
    return own_way(record) if record else ()


def _difference(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(line for line in ndiff(one, other) if not line.startswith("?"))


def facts(reader: Reader, name: str) -> ClusterFacts:
    """Everything that is known of the cluster that an id names."""
    report = find(reader, name)
    live, former = parts(reader, report)
    stacks = sorted(variants(reader, live), key=lambda each: each.fingerprint)
    first = _functions(reader, report.representative)
    # The stack that stands for the cluster is shown first.
    stacks.sort(key=lambda each: each.crash != report.representative)
    shown = []
    for variant in stacks[:VARIANTS_SHOWN]:
        functions = _functions(reader, variant.crash)
        shown.append(
            StackVariant(
                variant=variant,
                functions=functions,
                difference=() if functions == first else _difference(first, functions),
            )
        )
    pinned = {pin_id(report.cluster, each.block) for each in stacks}
    return ClusterFacts(
        report=report,
        parts=tuple(each for each in live if each not in pinned),
        former=former,
        builds=report.builds,
        go_versions=tuple(sorted({each for stack in stacks for each in stack.go_versions})),
        messages=template(text for stack in stacks for text in stack.messages),
        variants=tuple(shown),
        more_variants=max(0, len(stacks) - VARIANTS_SHOWN),
        decisions=decisions(reader, (report.cluster, *live, *former)),
    )

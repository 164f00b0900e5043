"""What is different between two ways to group the same crashes: clusters that moved, merged, were split.

In: for each crash its cluster before and after. Out: fates of clusters with an example crash for each flow, and lines
for people. A function of the set: the order of the crashes does not matter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

import msgspec

from streams.core.report.words import clip, count, number, visible
from streams.model.regrouping import (
    ClusterFate,
    ExampleCrash,
    Fate,
    Flow,
    Grouping,
    Regrouping,
)

_LISTED: Final = 20
_MOVED: Final = 5
_FLOWS: Final = 8
_ID: Final = 12
_TITLE_CHARS: Final = 100
_WHY_CHARS: Final = 160

Order = tuple[bool, int, str]
# A crash: its cluster before and after, and its place among those that may stand as an example.
Placed = tuple[str, str, Order]
Flows = dict[tuple[str, str], tuple[int, Order]]


class Difference(msgspec.Struct, frozen=True):
    """`unchanged`: clusters with the same id and crashes. `fates`: all others, most crashes first.

    The crash of an `Order` is the example of its flow.
    """

    unchanged: int
    clusters: tuple[int, int]
    fates: tuple[tuple[Fate, Flows], ...]


def flows_of(crashes: Iterable[Placed]) -> Flows:
    """How many crashes go from which cluster to which, each with the first that does."""
    found: Flows = {}
    for before, after, order in crashes:
        known = found.get((before, after))
        found[before, after] = (1, order) if known is None else (known[0] + 1, min(known[1], order))
    return found


def difference(flows: Flows) -> Difference:
    """Put flows together that share a cluster, and name what happens there."""
    fates: list[tuple[Fate, Flows]] = []
    unchanged = 0
    for names in _components(flows):
        part = {name: flows[name] for name in sorted(names)}
        olds, news = {name[0] for name in part}, {name[1] for name in part}
        if len(olds) == len(news) == 1:
            if olds == news:
                unchanged += 1
            else:
                fates.append(("moved", part))
        elif len(news) == 1:
            fates.append(("merged", part))
        else:
            fates.append(("split" if len(olds) == 1 else "mixed", part))
    fates.sort(key=lambda fate: (-sum(n for n, _ in fate[1].values()), min(fate[1])))
    clusters = len({name[0] for name in flows}), len({name[1] for name in flows})
    return Difference(unchanged, clusters, tuple(fates))


def _components(flows: Flows) -> Iterator[list[tuple[str, str]]]:
    """Flows that share a cluster on either side, directly or through others."""
    near: dict[tuple[int, str], list[tuple[str, str]]] = {}
    for name in flows:
        for side in (0, 1):
            near.setdefault((side, name[side]), []).append(name)
    seen: set[tuple[str, str]] = set()
    for start in flows:
        if start in seen:
            continue
        seen.add(start)
        found, waiting = [], [start]
        while waiting:
            name = waiting.pop()
            found.append(name)
            for side in (0, 1):
                # Each cluster is looked at once: its list is taken away.
                for other in near.pop((side, name[side]), ()):
                    if other not in seen:
                        seen.add(other)
                        waiting.append(other)
        yield found


def told(
    fates: Iterable[tuple[Fate, Flows]], example: Callable[[str], ExampleCrash]
) -> tuple[ClusterFate, ...]:
    """Fates as they are shown; `example` knows a crash by its id."""
    return tuple(
        ClusterFate(
            change=change,
            flows=tuple(
                Flow(before=old, after=new, crashes=crashes, example=example(order[2]))
                for (old, new), (crashes, order) in flows.items()
            ),
        )
        for change, flows in fates
    )


def heirs(flows: Flows) -> dict[str, str]:
    """The cluster that has most crashes of each former one; of several the smallest id."""
    best: dict[str, tuple[int, str]] = {}
    for (old, new), (crashes, _) in flows.items():
        best[old] = min(best.get(old, (0, "")), (-crashes, new))
    return {old: new for old, (_, new) in best.items()}


# ---- for people


def name_of(grouping: Grouping) -> str:
    """A method as people name it."""
    text: str = grouping.method
    if grouping.method == "dual1":
        text += f" (eps {grouping.eps:g}, min-samples {grouping.min_samples})"
    if grouping.repositories:
        text += f" with source of {', '.join(sorted(grouping.repositories))}"
    return visible(text)


# What people have to look at first.
_HEADS: Final[Mapping[Fate, str]] = {
    "merged": "several clusters become one",
    "split": "one cluster becomes several",
    "mixed": "several clusters become several others",
    "moved": "the same crashes, another id",
}


def lines(found: Regrouping, listed: int = _LISTED) -> Iterator[str]:
    """Totals, then every kind of change with its most important clusters, then decisions that follow."""
    labels = ("was", "is") if found.adopted else ("is", "would be")
    groupings = (found.before, found.after)
    for label, grouping, crashes, clusters in zip(
        labels, groupings, found.crashes, found.clusters, strict=True
    ):
        held = f"{count(crashes, 'crash')} in {count(clusters, 'cluster')}"
        yield f"{label} {name_of(grouping)}: {held}"
    yield f"{count(found.unchanged, 'cluster')} unchanged"
    if found.failed:
        yield f"{count(found.failed, 'crash')} could not be worked out so, and stay as they are"
    for change, head in _HEADS.items():
        rows = [fate for fate in found.changes if fate.change == change]
        if not rows:
            continue
        yield ""
        yield f"{change}, {number(len(rows))}: {head}"
        most = _MOVED if change == "moved" else listed
        for fate in rows[:most]:
            yield from _fate(fate)
        if len(rows) > most:
            yield f"  and {number(len(rows) - most)} more: --json lists all"
    if found.decisions:
        yield ""
        yield "decisions that follow their crashes"
        for row in found.decisions:
            yield f"  {visible(row.before)} -> {visible(row.after)}"


def _fate(fate: ClusterFate) -> Iterator[str]:
    olds = sorted({flow.before[:_ID] for flow in fate.flows})
    news = sorted({flow.after[:_ID] for flow in fate.flows})
    yield f"  {_ids(olds)} -> {_ids(news)}"
    for flow in fate.flows[:_FLOWS]:
        one = flow.example
        way = "" if fate.change == "moved" else f"{flow.before[:_ID]} -> {flow.after[:_ID]}: "
        yield f"    {visible(way)}{count(flow.crashes, 'crash')}, such as {visible(one.crash[:_ID])}"
        where = f"  ({visible(one.place)})" if one.place else ""
        yield f"      {clip(one.title, _TITLE_CHARS)}{where}"
        yield f"      {_why(one)}"
    if len(fate.flows) > _FLOWS:
        yield f"    and {number(len(fate.flows) - _FLOWS)} more: --json lists all"


def _ids(names: list[str]) -> str:
    shown = ", ".join(map(visible, names[:_FLOWS]))
    return shown if len(names) <= _FLOWS else f"{shown} and {number(len(names) - _FLOWS)} more"


def _why(one: ExampleCrash) -> str:
    """The rule that groups it now, and what that rule saw."""
    rule = (one.rule or "").partition("/")[2]
    detail = next((each.detail for each in one.explain if each.rule == rule), "")
    return clip(f"because {one.rule}: {detail}" if detail else f"because {one.rule}", _WHY_CHARS)

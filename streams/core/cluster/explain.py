"""Why two crashes are one cluster, or are not: loci, rules, distances, the nearest other cluster, what would change it.

In: two fingerprinted crashes, the clusters that they are in, others to be near to. Out: a Comparison and its text.
Decides nothing itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from streams.core.cluster.assign import cluster_id_of
from streams.core.similarity.dual import Shape, distance, sequence_distance, set_distance
from streams.model.events import Fingerprinted
from streams.model.message import Value

# Of so many others the nearest is looked for; those whose cluster ids are smallest.
_MOST_OTHERS: Final = 5000


class Aspect(Value, frozen=True, kw_only=True):
    """One thing that the rule compares, or that is shown beside it (`decides` false)."""

    name: str
    one: str
    other: str
    same: bool
    decides: bool = False


class Neighbour(Value, frozen=True, kw_only=True):
    """The nearest crash of another cluster, by the dual distance."""

    cluster: str
    title: str
    distance: float


class Comparison(Value, frozen=True, kw_only=True):
    """The verdict and what it rests on.

    `distance`: of methods that go by a key 0 (one cluster) or 1; `dual`, `sequence`, `sets`: the dual distance and its
    two parts, whatever the method. `nearest`: for each the nearest other cluster, None where there is none.
    `reasons`: for each why it is where it is. `changes`: what would change the verdict.
    """

    method: str
    same: bool
    distance: float
    aspects: tuple[Aspect, ...]
    clusters: tuple[str, str]
    verdict: str
    dual: float = 0.0
    sequence: float = 0.0
    sets: float = 0.0
    nearest: tuple[Neighbour | None, Neighbour | None] = (None, None)
    reasons: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    changes: tuple[str, ...] = ()


def _place(event: Fingerprinted) -> str:
    cause = event.root_cause
    return f"{cause.file}:{cause.line}" if cause.file else "unknown"


def _aspect(name: str, one: str, other: str, *, decides: bool = False) -> Aspect:
    return Aspect(name=name, one=one, other=other, same=one == other, decides=decides)


def _said(event: Fingerprinted, rule: str) -> str:
    return next((e.detail for e in event.explain if e.rule == rule), "-")


def _statement(event: Fingerprinted) -> str:
    """The statement of a crash that the source placed, as it stands in its own revision."""
    return _said(event, "source").partition(": ")[2] or "-"


def _statements(one: Fingerprinted, other: Fingerprinted) -> Aspect:
    """The statements of two crashes; two that read alike have their keys behind them."""
    same = one.locus == other.locus
    texts = [_statement(one), _statement(other)]
    if not same and texts[0] == texts[1]:
        texts = [
            f"{text} ({event.locus.rpartition(':')[2][:12]})"
            for text, event in zip(texts, (one, other), strict=True)
        ]
    return Aspect(name="statement", one=texts[0], other=texts[1], same=same, decides=True)


def _compared(one: Fingerprinted, other: Fingerprinted) -> tuple[Aspect, ...]:
    """What the method compares."""
    if one.by == other.by == "source":
        return (
            _aspect("function as it was first called", one.block, other.block, decides=True),
            _statements(one, other),
        )
    if "source" in (one.by, other.by):
        return (_aspect("grouped by", one.by, other.by, decides=True),)
    name = "normalised function" if "message" not in (one.by, other.by) else "function, or message"
    return (
        _aspect("failure class", one.features.panic_type, other.features.panic_type, decides=True),
        _aspect(name, one.block, other.block, decides=True),
    )


def _shown(one: Fingerprinted, other: Fingerprinted) -> tuple[Aspect, ...]:
    rows = [
        ("function as printed", one.root_cause.function or "-", other.root_cause.function or "-"),
        ("place", _place(one), _place(other)),
        ("frame chosen by", one.root_cause.rule or "-", other.root_cause.rule or "-"),
        ("domain", one.root_cause.domain or "-", other.root_cause.domain or "-"),
    ]
    if one.by == other.by == "source":
        rows.insert(0, ("failure class", one.features.panic_type, other.features.panic_type))
    return tuple(_aspect(*row) for row in rows)


def _verdict(aspects: tuple[Aspect, ...], *, same: bool, by_key: bool) -> str:
    deciding = [a for a in aspects if a.decides]
    different = [aspect.name for aspect in deciding if not aspect.same]
    if same:
        if by_key and not different:
            names = " and ".join(a.name for a in deciding)
            return f"one cluster: {names} {'is' if len(deciding) == 1 else 'are'} the same"
        return "one cluster: by what the whole set of crashes tells, or people decided"
    if different:
        return f"two clusters: {' and '.join(different)} differ"
    return "two clusters: by what the whole set of crashes tells, or people decided"


def _changes(one: Fingerprinted, other: Fingerprinted, *, same: bool) -> Iterator[str]:
    """What would make the verdict another."""
    if same:
        yield "panictrail clusters split ID --variant FINGERPRINT, or --frame FUNCTION: parts it from now on"
    else:
        yield "panictrail clusters merge A B: makes them one, whatever comes"
    if "source" not in (one.by, other.by):
        yield "the source at hand (--source, --repo, or `repositories`): statements decide then, not names"
    elif one.by != other.by:
        yield "the source of both: one was grouped without it"
    if one.by == other.by == "source" and not same and one.block == other.block:
        yield "both at one statement: they are two places of one function"


def compare(
    one: Fingerprinted,
    other: Fingerprinted,
    *,
    clusters: tuple[str, str] | None = None,
    others: Iterable[tuple[str, Fingerprinted]] = (),
    taught: tuple[str, str] = ("", ""),
) -> Comparison:
    """Compare two crashes; `clusters`: where they are, else where their keys put them.

    `taught`: what the set that they are of told of each.
    """
    own = clusters or (cluster_id_of(one), cluster_id_of(other))
    aspects = (*_compared(one, other), *_shown(one, other))
    same = own[0] == own[1]
    by_key = (cluster_id_of(one) == cluster_id_of(other)) == same
    shapes = Shape(one.frames, one.trees), Shape(other.frames, other.trees)
    around = sorted(others, key=lambda pair: (pair[0], pair[1].crash))[:_MOST_OTHERS]
    return Comparison(
        method=(one.root_cause.rule or "").partition("/")[0],
        same=same,
        distance=0.0 if same else 1.0,
        aspects=aspects,
        clusters=own,
        verdict=_verdict(aspects, same=same, by_key=by_key),
        dual=distance(*shapes),
        sequence=round(sequence_distance(*shapes), 4),
        sets=round(set_distance(*shapes), 4),
        nearest=(_nearest(shapes[0], own, around), _nearest(shapes[1], own, around)),
        reasons=(_reasons(one, taught[0]), _reasons(other, taught[1])),
        changes=tuple(_changes(one, other, same=same)),
    )


def _reasons(event: Fingerprinted, taught: str) -> tuple[str, ...]:
    said = tuple(f"{e.rule}: {e.detail}" for e in event.explain)
    return (*said, taught) if taught else said


def _nearest(
    shape: Shape, own: tuple[str, str], others: Iterable[tuple[str, Fingerprinted]]
) -> Neighbour | None:
    """The nearest crash of a cluster that neither of the two is in."""
    best: tuple[float, str, str] | None = None
    for cluster, event in others:
        if cluster in own:
            continue
        limit = best[0] if best else 1.0
        found = (distance(shape, Shape(event.frames, event.trees), limit), cluster, event.title)
        best = found if best is None else min(best, found)
    return None if best is None else Neighbour(cluster=best[1], title=best[2], distance=best[0])


def lines(found: Comparison, names: tuple[str, str]) -> Iterator[str]:
    """The comparison for people."""
    yield found.verdict
    yield (
        f"method {found.method}, distance {found.distance:g}; dual distance {found.dual:g}"
        f" (0.4 x stacks {found.sequence:g} + 0.6 x root functions {found.sets:g})"
    )
    for aspect in found.aspects:
        if aspect.same:
            yield f"  = {aspect.name}: {aspect.one}"
        else:
            yield f"  ≠ {aspect.name}:"
            yield f"      {names[0]}: {aspect.one}"
            yield f"      {names[1]}: {aspect.other}"
    for name, reasons, near in zip(names, found.reasons, found.nearest, strict=True):
        yield f"  why {name} is where it is:"
        yield from (f"      {reason}" for reason in reasons)
        if near is not None:
            yield f"      nearest other cluster: {near.cluster}, dual distance {near.distance:g}: {near.title}"
    yield "  what would change the verdict:"
    yield from (f"      {change}" for change in found.changes)
    yield f"clusters {found.clusters[0]} and {found.clusters[1]}"

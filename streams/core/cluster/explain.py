"""Why two crashes are one cluster, or are not: what the rule saw in each, compared.

In: two fingerprinted crashes. Out: a Comparison value and its text. Decides nothing itself.
"""

from __future__ import annotations

from collections.abc import Iterator

from streams.core.cluster.assign import cluster_id_of
from streams.core.fingerprint.rules import METHOD
from streams.model.events import Fingerprinted
from streams.model.message import Value


class Aspect(Value, frozen=True, kw_only=True):
    """One thing that the rule compares."""

    name: str
    one: str
    other: str
    same: bool


class Comparison(Value, frozen=True, kw_only=True):
    """The verdict and what it rests on. `distance` is 0 (one cluster) or 1: the plain rule knows no between."""

    method: str
    same: bool
    distance: float
    aspects: tuple[Aspect, ...]
    clusters: tuple[str, str]
    verdict: str


def _place(event: Fingerprinted) -> str:
    cause = event.root_cause
    return f"{cause.file}:{cause.line}" if cause.file else "unknown"


def _aspect(name: str, one: str, other: str) -> Aspect:
    return Aspect(name=name, one=one, other=other, same=one == other)


def _verdict(aspects: tuple[Aspect, ...]) -> str:
    different = [aspect.name for aspect in aspects if not aspect.same]
    if not different:
        return "one cluster: failure class and normalised function are the same"
    return f"two clusters: {' and '.join(different)} differ"


def compare(one: Fingerprinted, other: Fingerprinted) -> Comparison:
    """Compare two crashes by the plain rule."""
    compared = (
        _aspect("failure class", one.features.panic_type, other.features.panic_type),
        _aspect("normalised function", one.block, other.block),
    )
    shown = (
        _aspect(
            "function as printed", one.root_cause.function or "-", other.root_cause.function or "-"
        ),
        _aspect("place", _place(one), _place(other)),
        _aspect("frame chosen by", one.root_cause.rule or "-", other.root_cause.rule or "-"),
    )
    same = one.fingerprint == other.fingerprint
    return Comparison(
        method=METHOD,
        same=same,
        distance=0.0 if same else 1.0,
        aspects=(*compared, *shown),
        clusters=(cluster_id_of(one), cluster_id_of(other)),
        verdict=_verdict(compared),
    )


def lines(found: Comparison, names: tuple[str, str]) -> Iterator[str]:
    """The comparison for people."""
    yield found.verdict
    yield f"method {found.method}, distance {found.distance:g}"
    for aspect in found.aspects:
        if aspect.same:
            yield f"  = {aspect.name}: {aspect.one}"
        else:
            yield f"  ≠ {aspect.name}:"
            yield f"      {names[0]}: {aspect.one}"
            yield f"      {names[1]}: {aspect.other}"
    yield f"clusters {found.clusters[0]} and {found.clusters[1]}"

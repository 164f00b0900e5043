"""Why two crashes are one cluster, or are not."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.cluster.assign import cluster_id_of
from streams.core.cluster.explain import Comparison, Neighbour, compare, lines
from streams.model.events import Fingerprinted, GroupedBy
from streams.model.report import Explanation
from tests.unit.core.steps.bench import crashed, panic_text

ADD = "example.com/acme/shop/cart.(*Store).Add"
ONE = crashed(panic_text())
OTHERS = (
    panic_text(),
    panic_text(f"{ADD}.func1", line=9),
    panic_text(message="boom"),
    panic_text("example.com/acme/shop/cart.(*Store).Remove"),
    panic_text("main.f", message="boom"),
    "panic: cut\n",
)
SPLIT = (
    "panictrail clusters split ID --variant FINGERPRINT, or --frame FUNCTION: parts it from now on"
)
MERGE = "panictrail clusters merge A B: makes them one, whatever comes"
SOURCE = (
    "the source at hand (--source, --repo, or `repositories`): statements decide then, not names"
)
BY_THE_SET = "by what the whole set of crashes tells, or people decided"


def sourced(  # noqa: PLR0913 - what source may say, all named
    *,
    function: str = "shop/cart.Store.Add",
    statement: str = "s.lines[0] = line",
    key: str = "0" * 32,
    failure: str = "nil-map-write",
    trees: bytes = b"abcdefgh",
    by: GroupedBy = "source",
) -> Fingerprinted:
    """ONE as it is where the source places it."""
    return msgspec.structs.replace(
        ONE,
        by=by,
        block=function,
        locus=f"locus1:{key}",
        trees=trees,
        features=msgspec.structs.replace(ONE.features, panic_type=failure),
        explain=(Explanation(rule="source", detail=f"{function}: `{statement}`"),),
    )


def near(cluster: str, text: str) -> tuple[str, Fingerprinted]:
    """A crash of another cluster."""
    return cluster, crashed(text)


@pytest.mark.parametrize("text", OTHERS)
def test_the_verdict_is_what_clustering_does(text: str) -> None:
    other = crashed(text)
    found = compare(ONE, other)
    assert found.same == (cluster_id_of(ONE) == cluster_id_of(other))
    assert found.distance == (0.0 if found.same else 1.0)
    assert found.clusters == (cluster_id_of(ONE), cluster_id_of(other))
    assert found.verdict.startswith("one cluster: " if found.same else "two clusters: ")


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        (OTHERS[1], "one cluster: failure class and normalised function are the same"),
        (OTHERS[2], "two clusters: failure class differ"),
        (OTHERS[3], "two clusters: normalised function differ"),
        (OTHERS[4], "two clusters: failure class and normalised function differ"),
        (OTHERS[5], "two clusters: failure class and function, or message differ"),
    ],
)
def test_the_verdict_names_what_differs(text: str, verdict: str) -> None:
    assert compare(ONE, crashed(text)).verdict == verdict


def test_what_is_only_shown_may_differ_within_a_cluster() -> None:
    found = compare(ONE, crashed(OTHERS[1]))
    assert found.same
    assert {aspect.name: aspect.same for aspect in found.aspects} == {
        "failure class": True,
        "normalised function": True,
        "function as printed": False,
        "place": False,
        "frame chosen by": True,
        "domain": True,
    }
    assert {aspect.name for aspect in found.aspects if aspect.decides} == {
        "failure class",
        "normalised function",
    }


def test_of_placed_crashes_function_and_statement_decide_not_how_they_failed() -> None:
    found = compare(sourced(), sourced(failure="panic:cart.Error", trees=b"abcdijkl"))
    assert found.same
    assert found.verdict == (
        "one cluster: function as it was first called and statement are the same"
    )
    assert {a.name: (a.same, a.decides) for a in found.aspects[:3]} == {
        "function as it was first called": (True, True),
        "statement": (True, True),
        "failure class": (False, False),
    }
    # Equal stacks; of the three distinct subtrees one is in both functions.
    assert (found.sequence, found.sets, found.dual) == (0.0, 0.6667, 0.4)


def test_two_statements_that_read_alike_are_told_apart_by_their_keys() -> None:
    found = compare(sourced(), sourced(key="1" * 32))
    assert found.verdict == "two clusters: statement differ"
    statement = found.aspects[1]
    assert statement.one == f"`s.lines[0] = line` ({'0' * 12})"
    assert statement.other == f"`s.lines[0] = line` ({'1' * 12})"
    assert found.changes == (
        MERGE,
        "both at one statement: they are two places of one function",
    )


def test_with_the_source_of_one_alone_they_are_two() -> None:
    found = compare(ONE, sourced())
    assert found.verdict == "two clusters: grouped by differ"
    assert found.changes == (MERGE, "the source of both: one was grouped without it")


@pytest.mark.parametrize(
    ("one", "other", "changes"),
    [
        (ONE, ONE, (SPLIT, SOURCE)),
        (ONE, crashed(OTHERS[3]), (MERGE, SOURCE)),
        (sourced(), sourced(), (SPLIT,)),
        (sourced(), sourced(function="shop/cart.Store.Remove"), (MERGE,)),
    ],
)
def test_what_would_change_the_verdict_is_what_can_be_done(
    one: Fingerprinted, other: Fingerprinted, changes: tuple[str, ...]
) -> None:
    assert compare(one, other).changes == changes


@pytest.mark.parametrize(
    ("text", "clusters", "verdict"),
    [
        (
            OTHERS[0],
            ("c1", "c1"),
            "one cluster: failure class and normalised function are the same",
        ),
        (OTHERS[0], ("c1", "c2"), f"two clusters: {BY_THE_SET}"),
        (OTHERS[3], ("c1", "c1"), f"one cluster: {BY_THE_SET}"),
        (OTHERS[3], ("c1", "c2"), "two clusters: normalised function differ"),
    ],
)
def test_where_they_are_counts_not_where_their_keys_would_put_them(
    text: str, clusters: tuple[str, str], verdict: str
) -> None:
    found = compare(ONE, crashed(text), clusters=clusters)
    assert found.clusters == clusters
    assert found.same == (clusters[0] == clusters[1])
    assert found.distance == (not found.same)
    assert found.verdict == verdict


def test_why_each_is_where_it_is_and_by_which_rule_its_domain() -> None:
    found = compare(ONE, crashed(OTHERS[4]))
    assert found.reasons == (
        (
            "failure-class: nil-map-write",
            "top-in-app: example.com/acme/shop/cart.Store.Add: innermost frame of your own code in goroutine 1",
            "domain/nil-map: nil-map-write: a map that was never made was written to",
        ),
        (
            "failure-class: panic",
            "top-in-app: main.f: innermost frame of your own code in goroutine 1",
            found.reasons[1][2],
        ),
    )
    assert found.reasons[1][2].startswith("domain/deepest-package-own: package main: ")


# One frame of two is another; the rest of the stack is as in ONE.
NEAR = panic_text("example.com/acme/shop/cart.(*Store).Clear")
FAR = "panic: boom\n\ngoroutine 1 [running]:\nexample.com/acme/shop/api.Get(0x1)\n\t/src/api.go:1 +0x1\n"
AROUND = (near("c3", FAR), near("c4", NEAR), near("c5", NEAR), near("c1", OTHERS[0]))


@given(st.permutations(AROUND))
def test_the_nearest_other_cluster_is_neither_of_the_two_and_the_smallest_of_several(
    around: list[tuple[str, Fingerprinted]],
) -> None:
    other = crashed(OTHERS[1])
    found = compare(ONE, other, clusters=("c1", "c2"), others=around)
    # Levenshtein 1 of 2; of runs of one and two frames one is shared, of 5.
    expected = Neighbour(
        cluster="c4", title="assignment to entry in nil map in cart.(*Store).Clear", distance=0.68
    )
    assert found.nearest == (expected, expected)


@pytest.mark.parametrize("around", [(), (near("c1", OTHERS[0]), near("c2", NEAR))])
def test_without_another_cluster_none_is_near(
    around: Iterable[tuple[str, Fingerprinted]],
) -> None:
    found = compare(ONE, crashed(NEAR), clusters=("c1", "c2"), others=around)
    assert found.nearest == (None, None)
    assert not [line for line in lines(found, ("a", "b")) if "nearest" in line]


def test_comparing_the_other_way_round_says_the_same() -> None:
    for other in (*map(crashed, OTHERS), sourced()):
        there = compare(ONE, other, others=AROUND)
        back = compare(other, ONE, others=AROUND)
        assert _both_ways(there) == _both_ways(back)
        assert [a.one for a in there.aspects] == [a.other for a in back.aspects]
        assert there.nearest == back.nearest[::-1]
        assert there.reasons == back.reasons[::-1]


def _both_ways(found: Comparison) -> tuple[object, ...]:
    same, dual = (
        (found.same, found.verdict, found.changes),
        (found.dual, found.sequence, found.sets),
    )
    return (*same, *dual)


def test_the_text_shows_both_sides_of_what_differs() -> None:
    found = compare(ONE, crashed(OTHERS[5]), others=AROUND)
    shown = list(lines(found, ("a.txt", "b.txt")))
    assert shown[1] == (
        "method locus1, distance 1; dual distance 1 (0.4 x stacks 1 + 0.6 x root functions 1)"
    )
    assert "      a.txt: /src/shop/cart/cart.go:6" in shown
    assert "      b.txt: unknown" in shown
    assert shown.count("  = failure class: nil-map-write") == 0
    start = shown.index("  why a.txt is where it is:")
    assert shown[start + 1] == "      failure-class: nil-map-write"
    # The same crash under another id.
    assert shown[start + 4] == (
        "      nearest other cluster: c1, dual distance 0: assignment to entry in nil map in cart.(*Store).Add"
    )
    assert shown[start + 5] == "  why b.txt is where it is:"
    assert shown[-4:] == [
        "  what would change the verdict:",
        f"      {MERGE}",
        f"      {SOURCE}",
        f"clusters {found.clusters[0]} and {found.clusters[1]}",
    ]
    same = list(lines(compare(ONE, ONE), ("a", "b")))
    assert "  = failure class: nil-map-write" in same
    assert not [line for line in same if "≠" in line]

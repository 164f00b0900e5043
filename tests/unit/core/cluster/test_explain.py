"""Why two crashes are one cluster, or are not."""

from __future__ import annotations

import pytest

from streams.core.cluster.assign import cluster_id_of
from streams.core.cluster.explain import compare, lines
from tests.unit.core.steps.bench import crashed, panic_text

ONE = crashed(panic_text())
OTHERS = (
    panic_text(),
    panic_text("example.com/acme/shop/cart.(*Store).Add.func1", line=9),
    panic_text(message="boom"),
    panic_text("example.com/acme/shop/cart.(*Store).Remove"),
    panic_text("main.f", message="boom"),
    "panic: cut\n",
)


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
    }


def test_comparing_the_other_way_round_says_the_same() -> None:
    for text in OTHERS:
        there, back = compare(ONE, crashed(text)), compare(crashed(text), ONE)
        assert (there.same, there.verdict) == (back.same, back.verdict)
        assert [a.one for a in there.aspects] == [a.other for a in back.aspects]


def test_the_text_shows_both_sides_of_what_differs() -> None:
    shown = list(lines(compare(ONE, crashed(OTHERS[5])), ("a.txt", "b.txt")))
    assert shown[1] == "method plain1, distance 1"
    assert "      a.txt: /src/shop/cart/cart.go:6" in shown
    assert "      b.txt: unknown" in shown
    assert shown[-1].startswith("clusters ")
    assert shown.count("  = failure class: nil-map-write") == 0
    same = list(lines(compare(ONE, ONE), ("a", "b")))
    assert "  = failure class: nil-map-write" in same
    assert not [line for line in same if "≠" in line]

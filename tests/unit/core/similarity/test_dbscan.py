"""DBSCAN on small graphs drawn by hand; core/cluster/test_dense.py compares it with a second implementation."""

from __future__ import annotations

from streams.core.similarity.dbscan import dbscan, neighbourhoods


def clusters(names: str, edges: str, min_samples: int) -> str:
    """`clusters("abc", "ab", 2)`: a and b are near each other; the answer has a letter for each name."""
    pairs = {frozenset(edge) for edge in edges.split()}
    near = neighbourhoods(len(names), lambda i, j: frozenset((names[i], names[j])) in pairs)
    return "".join(dbscan(names, near, min_samples))


def test_min_samples_1_is_connected_components() -> None:
    assert clusters("dcbae", "dc cb", 1) == "bbbae"


def test_too_few_neighbours_make_noise() -> None:
    assert clusters("abc", "ab", 3) == "abc"


def test_a_border_point_is_no_bridge() -> None:
    """It is near a core of either side, and core itself only for min_samples 3."""
    chain = "ab ax bx bc cd dy de ye"
    assert clusters("abxcdey", chain, 3) == "aaaaaaa"
    assert clusters("abxcdey", chain, 4) == "bbbbddd"


def test_a_border_point_goes_to_the_smallest_core_whatever_the_order() -> None:
    edges = "ma mb mc nd ne nf xm xn"
    assert clusters("mabcxndef", edges, 4) == "mmmmmnnnn"
    assert clusters("ndefxmabc", edges, 4) == "nnnnmmmmm"


def test_nobody_is_in_no_cluster() -> None:
    assert clusters("", "", 1) == ""

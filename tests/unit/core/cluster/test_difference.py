"""Two ways to group the same crashes: what became of each cluster, whatever the order."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.cluster.difference import (
    difference,
    flows_of,
    heirs,
    lines,
    name_of,
    told,
)
from streams.model.regrouping import (
    ExampleCrash,
    FollowedDecision,
    Grouping,
    Regrouping,
)
from streams.model.report import Explanation

Row = tuple[str, str, tuple[bool, int, str]]

names = st.sampled_from("abcdef")
rows = st.lists(
    st.tuples(names, names, st.tuples(st.booleans(), st.integers(0, 3), st.uuids().map(str))),
    max_size=30,
)


def row(before: str, after: str, crash: str, at: int = 0) -> Row:
    """A crash that goes from one cluster to another."""
    return before, after, (False, at, crash)


def example(crash: str) -> ExampleCrash:
    """What is shown of a crash."""
    why = Explanation(rule="top-in-app", detail="f: innermost")
    return ExampleCrash(
        crash=crash, title="boom", place="f at f.go:1", rule="locus1/top-in-app", explain=(why,)
    )


@pytest.mark.parametrize(
    ("crashes", "unchanged", "changes"),
    [
        ([row("a", "a", "1")], 1, []),
        ([row("a", "x", "1"), row("a", "x", "2")], 0, ["moved"]),
        ([row("a", "x", "1"), row("b", "x", "2")], 0, ["merged"]),
        ([row("a", "a", "1"), row("b", "a", "2")], 0, ["merged"]),
        ([row("a", "x", "1"), row("a", "y", "2")], 0, ["split"]),
        ([row("a", "x", "1"), row("a", "y", "2"), row("b", "y", "3")], 0, ["mixed"]),
        ([row("a", "a", "1"), row("b", "x", "2"), row("c", "c", "3")], 2, ["moved"]),
        ([], 0, []),
    ],
)
def test_what_became_of_clusters_has_a_name(
    crashes: list[Row], unchanged: int, changes: list[str]
) -> None:
    found = difference(flows_of(crashes))
    assert found.unchanged == unchanged
    assert [change for change, _ in found.fates] == changes


@given(crashes=rows, data=st.data())
def test_no_order_is_seen_and_every_crash_is_in_one_place(
    crashes: list[Row], data: st.DataObject
) -> None:
    found = difference(flows_of(crashes))
    assert difference(flows_of(data.draw(st.permutations(crashes)))) == found
    moved = sum(number for _, flows in found.fates for number, _ in flows.values())
    same = Counter(old for old, new, _ in crashes if old == new)
    assert moved + sum(same.values()) >= len(crashes)
    olds = [old for _, flows in found.fates for old in {name[0] for name in flows}]
    news = [new for _, flows in found.fates for new in {name[1] for name in flows}]
    assert len(olds) == len(set(olds))
    assert len(news) == len(set(news))
    assert found.clusters == (len({r[0] for r in crashes}), len({r[1] for r in crashes}))


@given(crashes=rows)
def test_the_other_way_round_a_merge_is_a_split(crashes: list[Row]) -> None:
    turned = {"merged": "split", "split": "merged"}
    there = Counter(change for change, _ in difference(flows_of(crashes)).fates)
    back = Counter(
        change
        for change, _ in difference(flows_of((new, old, at) for old, new, at in crashes)).fates
    )
    assert Counter({turned.get(change, change): n for change, n in there.items()}) == back


def test_an_heir_has_most_crashes_and_then_the_smallest_id() -> None:
    crashes = [
        row("a", "x", "1"),
        row("a", "y", "2"),
        row("a", "y", "3"),
        row("b", "z", "4"),
        row("b", "w", "5"),
    ]
    assert heirs(flows_of(crashes)) == {"a": "y", "b": "w"}


def test_the_first_crash_is_the_example() -> None:
    flows = flows_of([row("a", "x", "2", at=7), row("a", "x", "9", at=3), row("a", "x", "1", at=7)])
    (fate,) = told(difference(flows).fates, example)
    assert (fate.flows[0].crashes, fate.flows[0].example.crash) == (3, "9")


def test_people_read_what_merged_first_and_why() -> None:
    crashes = [
        row("a", "x", "1"),
        row("b", "x", "2"),
        *(row(f"m{n}", f"n{n}", f"c{n}") for n in range(7)),
        *(row("s", f"t{n:02}", f"d{n:02}") for n in range(9)),
    ]
    found = difference(flows_of(crashes))
    told_all = Regrouping(
        before=Grouping(method="plain1"),
        after=Grouping(method="dual1", repositories={"shop": "/src/shop"}),
        crashes=(18, 18),
        clusters=found.clusters,
        unchanged=found.unchanged,
        changes=told(found.fates, example),
        decisions=(FollowedDecision(decision="d", before="ignore a", after="ignore x"),),
        failed=1,
    )
    text = "\n".join(lines(told_all))
    assert text.startswith("is plain1: 18 crashes in 10 clusters\nwould be dual1 (eps 0.3, ")
    assert "with source of shop" in text
    assert "1 crash could not be worked out so" in text
    assert text.index("merged, 1:") < text.index("split, 1:") < text.index("moved, 7:")
    assert "  a, b -> x\n    a -> x: 1 crash, such as 1\n      boom  (f at f.go:1)\n" in text
    assert "because locus1/top-in-app: f: innermost" in text
    assert "and 1 more: --json lists all" in text
    assert "and 2 more: --json lists all" in text
    assert text.endswith("  ignore a -> ignore x")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (Grouping(method="locus1"), Grouping(method="locus1", eps=0.5), True),
        (Grouping(method="dual1"), Grouping(method="dual1", eps=0.5), False),
        (Grouping(method="dual1"), Grouping(method="dual1", min_samples=2), False),
        (Grouping(method="locus1"), Grouping(method="plain1"), False),
        (Grouping(method="locus1"), Grouping(method="locus1", repositories={"a": "b"}), False),
        (Grouping(method="plain1"), Grouping(method="plain1", repositories={"a": "b"}), True),
        (
            Grouping(method="locus1", repositories={"a": "c"}),
            Grouping(method="locus1", repositories={"a": "b"}),
            True,
        ),
    ],
)
def test_settings_that_matter_to_a_method(one: Grouping, other: Grouping, *, same: bool) -> None:
    assert one.gives_the_same(other) == same


def test_a_repository_cannot_write_to_the_terminal() -> None:
    assert "\x1b" not in name_of(Grouping(method="locus1", repositories={"\x1b[2J": "."}))

"""A set of crashes by each of the methods: a partition of the set, whatever the order."""

from __future__ import annotations

from itertools import groupby
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.cluster.sets import ALL, DEFAULT, Given, clusters_of
from streams.core.fingerprint.texts import crash_of_text, fingerprinted
from streams.model.crash import Build
from streams.model.settings import PipelineSettings
from tests.unit.core.steps.bench import panic_text

SHOP = "example.com/acme/shop/"


def one(name: str | int, text: str, method: str = DEFAULT, release: str | None = None) -> Given:
    """A crash of a set, with the fingerprint that the method compares."""
    pipeline = PipelineSettings(method="locus1" if method in (DEFAULT, "dual1") else "plain1")
    crash = crash_of_text(text, Build(release=release), pipeline)
    assert crash is not None
    return Given(name, crash, fingerprinted(crash, pipeline))


def texts() -> list[str]:
    """Two functions, one of them with two statements, each seen twice; a text without frames."""
    return [
        *(panic_text(goroutine=n) for n in (1, 7)),
        *(panic_text(goroutine=n, line=40) for n in (1, 7)),
        *(panic_text(f"{SHOP}api.Login", address=a) for a in ("0x1", "0xc000123456")),
        "panic: out of luck\n",
    ]


def partition(found: list[Given], method: str) -> set[frozenset[str | int]]:
    keys = clusters_of(found, method, PipelineSettings())
    assert set(keys) == {g.id for g in found}
    ordered = sorted(keys, key=lambda name: keys[name].key)
    return {frozenset(group) for _, group in groupby(ordered, key=lambda name: keys[name].key)}


@pytest.mark.parametrize("method", ALL)
def test_every_method_gives_each_crash_a_cluster(method: str) -> None:
    found = [one(n, text, method) for n, text in enumerate(texts())]
    parts = partition(found, method)
    assert sorted(n for part in parts for n in part) == list(range(len(found)))
    # Whatever a method compares, addresses and goroutine numbers are no part of it.
    of = {n: part for part in parts for n in part}
    assert of[0] is of[1]
    assert of[4] is of[5]
    assert of[0] is not of[6]
    assert clusters_of([], method, PipelineSettings()) == {}
    assert len(clusters_of(found[:1], method, PipelineSettings())) == 1


def test_the_default_tells_statements_of_one_release_apart() -> None:
    found = [one(n, text, release="r1") for n, text in enumerate(texts())]
    assert partition(found, DEFAULT) == {
        *(frozenset(pair) for pair in ((0, 1), (2, 3), (4, 5), (6,))),
    }


def test_the_default_follows_statements_through_releases() -> None:
    found = [
        one(f"{release}-{line}", panic_text(line=line + shift), release=release)
        for release, shift in (("r1", 0), ("r2", 5))
        for line in (6, 40)
    ]
    assert partition(found, DEFAULT) == {
        frozenset(("r1-6", "r2-6")),
        frozenset(("r1-40", "r2-40")),
    }


def test_errors_without_frames_are_told_by_what_they_say() -> None:
    found = [
        one(0, "panic: out of luck\n"),
        one(1, "panic: out of luck\n", release="r2"),
        one(2, "panic: out of money\n"),
    ]
    assert partition(found, DEFAULT) == {frozenset((0, 1)), frozenset((2,))}


@pytest.mark.parametrize("method", ALL)
@settings(deadline=None, max_examples=6)
@given(dice=st.randoms(use_true_random=False))
def test_the_order_does_not_matter(method: str, dice: Random) -> None:
    found = [
        one(f"{release}-{n}", text, method, release)
        for release in ("", "r1", "r2")
        for n, text in enumerate(texts())
    ]
    before = partition(found, method)
    dice.shuffle(found)
    assert partition(found, method) == before

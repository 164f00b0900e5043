"""Builds in which a cluster was seen, and whether it came back."""

from __future__ import annotations

from functools import reduce

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.cluster.regression import (
    asked_about,
    has_fix,
    seen_once_more,
    seen_together,
)
from streams.model.attributing import SeenIn
from streams.model.events import BuildSeen, Fingerprinted
from streams.model.instant import Instant
from tests.unit.core.steps.bench import crashed, panic_text
from tests.unit.core.steps.test_attribute import summary

PLAIN = crashed(panic_text(), event_id="e")
EVENTS = st.builds(
    lambda build, revision, at: msgspec.structs.replace(
        PLAIN,
        build=build,
        seen=None if revision is None else SeenIn(revision=revision),
        at=None if at is None else Instant(at),
    ),
    st.sampled_from([None, "v1", "v2"]),
    st.sampled_from([None, "a" * 40, "b" * 40]),
    st.none() | st.integers(1, 9),
)


def seen(events: list[Fingerprinted]) -> tuple[BuildSeen, ...]:
    empty: tuple[BuildSeen, ...] = ()
    return reduce(seen_once_more, events, empty)


# The same events in two orders.
ORDERS = st.lists(EVENTS, max_size=12).flatmap(
    lambda events: st.tuples(st.just(events), st.permutations(events))
)


@given(ORDERS, st.integers(0, 12))
def test_neither_order_nor_parts_matter(
    orders: tuple[list[Fingerprinted], list[Fingerprinted]], cut: int
) -> None:
    events, shuffled = orders
    whole = seen(events)
    assert seen(shuffled) == whole
    assert seen_together(seen(events[:cut]), seen(events[cut:])) == whole
    times = [event.at for event in events if event.at is not None]
    assert min((row.first for row in whole if row.first), default=None) == min(times, default=None)
    assert max((row.last for row in whole if row.last), default=None) == max(times, default=None)


def test_a_crash_that_says_nothing_new_costs_nothing() -> None:
    builds = seen([msgspec.structs.replace(PLAIN, at=Instant(n)) for n in (1, 9)])
    assert seen_once_more(builds, msgspec.structs.replace(PLAIN, at=Instant(5))) is builds


@pytest.mark.parametrize(
    ("build", "fix", "has"),
    [
        ("v1.2.3", "v1.2.3", True),
        ("1.2.4", "v1.2.3", True),
        ("v1.2.2", "v1.2.3", False),
        ("v1.2.3-rc.2", "v1.2.3-rc.10", False),
        ("v1.2.3-rc.10", "v1.2.3-rc.2", True),
        ("v1.2.3", "v1.2.3-rc.10", True),
        ("v1.2.3-alpha", "v1.2.3-alpha.1", False),
        ("v1.2.3-1", "v1.2.3-alpha", False),
        ("v0.0.0-20260101000000-abcdefabcdef", "v0.0.1", None),
        ("v1.2.4-0.20260101000000-abcdefabcdef", "v1.2.3", None),
        ("canary", "v1.2.3", None),
        ("v1.2.3", "abcdef0", None),
        ("v1.2", "v1.2.3", None),
    ],
)
def test_versions_are_ordered_as_semver_says(build: str, fix: str, *, has: bool | None) -> None:
    assert has_fix(BuildSeen(build=build), fix, {}) is has


def test_what_a_repository_says_counts_first() -> None:
    assert has_fix(BuildSeen(build="v2.0.0"), "v1.0.0", {"v2.0.0": False}) is False
    assert has_fix(BuildSeen(build="v2.0.0", revision="r"), "v1.0.0", {"r": True}) is True
    assert has_fix(BuildSeen(build="7", revision="r"), "r", {}) is True


def test_only_builds_that_were_seen_later_are_asked_about() -> None:
    found = summary(3, 6, 7, None, builds=("v1", "v2", None, "v4"))
    assert asked_about(found, Instant(5)) == ("v2", "v4")

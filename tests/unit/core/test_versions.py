"""Versions: what a pseudo-version names, and which is the later one."""

from __future__ import annotations

from itertools import pairwise

import pytest

from streams.core.versions import order_of, pseudo_commit

# The example of semver.org, 11, with numbers around it.
ASCENDING = (
    "v0.9.10",
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "v1.0.0-alpha.beta",
    "1.0.0-beta",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "v1.0.0-rc.1",
    "1.0.0",
    "v1.0.1+build.7",
    "1.9.0",
    "v1.10.0",
)


def test_versions_are_ordered_as_semver_says() -> None:
    orders = [order_of(version) for version in ASCENDING]
    assert None not in orders
    assert all(one < other for one, other in pairwise(filter(None, orders)))
    assert order_of("v1.0.0+a") == order_of("1.0.0+b")


@pytest.mark.parametrize("text", ["", "v1", "v1.2", "canary", "4f2a1c9", "v1.2.3.4", "v\u0661.2.3"])
def test_what_is_no_version_has_no_order(text: str) -> None:
    assert order_of(text) is None


@pytest.mark.parametrize(
    ("version", "commit"),
    [
        ("v0.0.0-20260102030405-abcdefabcdef", "abcdefabcdef"),
        ("v1.2.4-0.20260102030405-abcdefabcdef+dirty", "abcdefabcdef"),
        ("v1.2.3-pre.0.20260102030405-abcdefabcdef", "abcdefabcdef"),
        ("v1.2.3-20260102-abcdefabcdef", None),
        ("v1.2.3", None),
    ],
)
def test_a_pseudo_version_names_a_commit(version: str, commit: str | None) -> None:
    assert pseudo_commit(version) == commit
    assert commit is None or order_of(version) is None

"""Releases as binaries state them."""

from __future__ import annotations

import pytest

from streams.core.symbolize.goversion import go_version


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("go1.26.8", 26),
        ("go1.16", 16),
        ("go1.22.5 X:rangefunc", 22),
        ("devel go1.27-4d2a1f Tue", 27),
        ("go1.27rc1", 27),
        ("go1.20.3-custom", 20),
        ("microsoft-go1.24.1", 24),
    ],
)
def test_the_release_is_found_in_what_is_stated(text: str, minor: int) -> None:
    found = go_version(text)
    assert found is not None
    assert (found.minor, found.text) == (minor, text)


@pytest.mark.parametrize(
    "text", [None, "", "go2.1", "devel +abc", "cargo1.26", "go1.x", "go1.99999"]
)
def test_what_states_no_release_is_none(text: str | None) -> None:
    assert go_version(text) is None


def test_what_is_quoted_of_a_long_text_is_short() -> None:
    found = go_version("go1.26 " + "x" * 10_000)
    assert found is not None
    assert len(found.text) <= 200

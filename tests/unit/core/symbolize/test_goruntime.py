"""Offsets of the runtime's structures: of every release from 1.16 to 1.27, in order."""

from __future__ import annotations

import pytest

from streams.core.symbolize.goruntime import Layout, layout_of
from streams.core.symbolize.goversion import NEWEST, OLDEST, GoVersion

RELEASES = range(OLDEST, NEWEST + 1)


def of(minor: int) -> Layout:
    return layout_of(GoVersion(minor, f"go1.{minor}"))


@pytest.mark.parametrize("minor", RELEASES)
def test_members_stand_in_the_order_of_their_declaration(minor: int) -> None:
    layout = of(minor)
    members = (
        layout.status,
        layout.goid,
        layout.wait_since,
        layout.wait_reason,
        layout.locked_m,
        layout.sig,
    )
    assert list(members) == sorted(members)
    assert layout.go_pc == layout.code + 24 or layout.parent == layout.code + 24
    assert layout.size >= layout.go_pc + 8
    assert layout.panic_arg < layout.panic_link < layout.recovered < layout.goexit


@pytest.mark.parametrize("minor", RELEASES)
def test_the_parent_is_recorded_from_121_on(minor: int) -> None:
    assert (of(minor).parent is not None) == (minor >= 21)


@pytest.mark.parametrize("minor", RELEASES)
def test_reasons_to_wait_begin_with_none_and_hold_the_common_ones_once(minor: int) -> None:
    reasons = of(minor).reasons
    assert reasons[0] == ""
    assert len(set(reasons)) == len(reasons)
    assert {"chan receive", "chan send", "select", "IO wait", "sleep", "semacquire"} <= set(reasons)

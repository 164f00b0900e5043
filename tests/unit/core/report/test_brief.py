"""A report in a few lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from msgspec.structs import replace

from streams.core.report.brief import brief
from streams.model.report import RootCause
from tests.unit.core.report.samples import DEADLOCK, NIL_MAP
from tests.unit.core.report.strategies import texts


def test_what_broke_where_how_often_and_who_did_it() -> None:
    suspect = replace(NIL_MAP.suspects[0], subject="cart: look prices up")
    assert brief(replace(NIL_MAP, suspects=(suspect,))).splitlines() == [
        "regressed: nil pointer dereference in cart.(*Store).Add",
        "   where    example.com/acme/shop/cart.(*Store).Add",
        "            at /src/cart/store.go:41",
        "   seen     17 times since 2026-11-23 08:00 UTC, last 09:12 UTC",
        "   in       checkout and worker · builds v1.4.2 and 4f2a1c9d0e11 · 3 hosts",
        "   suspect  83 % 4f2a1c9d0e11 by Ada Lovelace, 2026-11-22: cart: look prices up",
        "   cluster  9f2c1e0b7d4a4c3e8f10a2b3c4d5e6f7, revision 1.1",
    ]


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        (RootCause(), []),
        (RootCause(function="main.main"), ["   where    main.main"]),
        (RootCause(file="/src/main.go", line=3), ["   where    /src/main.go:3"]),
    ],
)
def test_what_is_not_known_is_left_out(cause: RootCause, expected: list[str]) -> None:
    lines = brief(replace(DEADLOCK, root_cause=cause)).splitlines()
    assert lines == [
        "new: fatal error: all goroutines are asleep - deadlock!",
        *expected,
        "   seen     once, unknown time",
        "   cluster  11aa1e0b7d4a4c3e8f10a2b3c4d5e6f7, revision 1.1",
    ]


@given(texts)
def test_nothing_of_a_crash_acts_on_the_terminal(text: str) -> None:
    cause = RootCause(function=text, file=text, line=1)
    shown = brief(replace(NIL_MAP, title=text, root_cause=cause, services=(text,), cluster=text))
    assert shown.replace("\n", "").isprintable()
    assert len(shown.splitlines()) <= 7

"""Values of panics, as the runtime prints them."""

from __future__ import annotations

import pytest

from streams.core.symbolize.panics import _float, panics_of
from streams.model.crash import Panic
from tests.tiny_go import Tiny
from tests.unit.core.symbolize.dying import process_of


def panics(tiny: Tiny, mode: str) -> tuple[Panic, ...]:
    process = process_of(tiny, mode)
    return panics_of(process, next(process.goroutines()).g)


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        ("panic", None), ("integer", "main.Code"), ("name", "main.Name"), ("float", None), ("boolean", None),
        ("error", None), ("struct", "struct { a string; b string }"), ("nil", None), ("goexit", None),
    ],
)  # fmt: skip
def test_a_value_is_printed_as_the_runtime_did(tiny: Tiny, mode: str, kind: str | None) -> None:
    printed = next(line for line in tiny.trace(mode).splitlines() if line.startswith("panic: "))
    # The runtime says nothing of a Goexit on its way.
    (panic,) = (one for one in panics(tiny, mode) if not one.goexit)
    assert f"panic: {panic.value}" == printed
    assert panic.type == kind


def test_a_goexit_under_way_is_known(tiny: Tiny) -> None:
    assert [one.goexit for one in panics(tiny, "goexit")] == [True, False]


def test_a_chain_is_told_from_the_first_to_the_last(tiny: Tiny) -> None:
    first, second = panics(tiny, "nested")
    assert (first.value, first.recovered) == ("first", True)
    assert (second.value, second.recovered) == ("second: first", False)


def test_a_goroutine_without_a_panic_has_none(tiny: Tiny) -> None:
    process = process_of(tiny, "panic")
    _, *others = process.goroutines()
    assert all(panics_of(process, one.g) == () for one in others)


@pytest.mark.parametrize(
    ("number", "form", "before", "since"),
    [
        (1.5, "d", "+1.500000e+000", "1.5"),
        (-0.0, "d", "-0.000000e+000", "-0"),
        (123456.0, "d", "+1.234560e+005", "123456"),
        (1e6, "d", "+1.000000e+006", "1e+06"),
        (0.0001, "d", "+1.000000e-004", "0.0001"),
        (1e-5, "d", "+1.000000e-005", "1e-05"),
        (5e-324, "d", "+4.940656e-324", "5e-324"),
        (0.10000000149011612, "f", "+1.000000e-001", "0.1"),
        (3.4028234663852886e38, "f", "+3.402823e+038", "3.4028235e+38"),
        (float("nan"), "d", "NaN", "NaN"),
        (float("inf"), "d", "+Inf", "+Inf"),
        (float("-inf"), "f", "-Inf", "-Inf"),
    ],
)
def test_numbers_are_printed_as_releases_before_126_and_since_do(
    number: float, form: str, before: str, since: str
) -> None:
    assert _float(number, form, old=True) == before
    assert _float(number, form, old=False) == since

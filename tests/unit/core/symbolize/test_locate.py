"""From a pc to its frames, inlined calls among them: as the runtime of this machine's Go has them."""

from __future__ import annotations

import subprocess

import pytest

from streams.core.symbolize import locate
from streams.core.symbolize.binary import Binary
from streams.core.symbolize.locate import OUTSIDE, PADDING, Location, Locator, Missing, printed
from streams.drivers.mapped import open_binary
from tests.made_elf import TEXT, Func, Go, steps
from tests.tiny_go import Tiny, Variant

CHAIN = Func(
    "main.outer",
    inline=steps((1, 16), (0, 16), (-1, 32)),
    tree=(("main.middle", 40), ("main.inner[...]", 20)),
    pcline=steps((1, 16), (2, 16), (3, 32)),
)


def made(*functions: Func) -> Locator:
    return Binary(Go(functions).file(), "made").locator


@pytest.mark.parametrize("variant", ["default", "stripped"])
def test_frames_of_a_call_are_those_that_its_own_runtime_has(tiny: Tiny, variant: Variant) -> None:
    """Inlined, generic, method and closure frames; return addresses are looked up one byte earlier."""
    path = tiny.binary(variant)
    said = subprocess.run([path, "pcs"], capture_output=True, text=True, check=True).stdout
    frames, _, addresses = said.partition("\n\n")
    locator = open_binary(path).locator
    found: list[Location] = []
    for pc in addresses.split():
        # What the runtime gives for an inlined frame is an address within the function, one behind the call.
        at = locator.before(int(pc, 16))
        assert not isinstance(at, Missing)
        found.append(at[0])
    assert [f"{f.function}\t{f.file}\t{f.line}" for f in found] == frames.splitlines()


def test_inlined_calls_are_followed_to_the_function_itself() -> None:
    frames = made(CHAIN).at(TEXT + 3)
    assert frames == (
        Location("main.inner[...]", "/src/main.go", 1, inlined=True),
        Location("main.middle", "/src/main.go", 2, inlined=True),
        Location("main.outer", "/src/main.go", 3, offset=3),
    )


def test_code_of_the_function_itself_has_one_frame() -> None:
    assert made(CHAIN).at(TEXT + 60) == (Location("main.outer", "/src/main.go", 3, offset=60),)


def test_a_return_address_belongs_to_the_call_before_it() -> None:
    assert made(CHAIN).before(TEXT + 16) == made(CHAIN).at(TEXT + 15)


def test_padding_and_other_code_have_no_frames() -> None:
    locator = made(Func("main.a", pcfile=steps((0, 50), (-1, 14)), pcline=steps((1, 50), (-1, 14))))
    assert locator.at(TEXT + 55) is PADDING
    assert locator.at(TEXT + 64) is locator.at(0) is locator.at(-5) is OUTSIDE


def test_a_line_that_is_none_is_padding() -> None:
    assert made(Func("main.a", pcline=steps((0, 64)))).at(TEXT) is PADDING


@pytest.mark.parametrize(
    ("name", "as_printed"),
    [
        ("main.f", "main.f"),
        ("main.f[go.shape.int]", "main.f[...]"),
        ("main.(*T[go.shape.int]).m", "main.(*T[...]).m"),
        ("main.f[go.shape.[]int].func1", "main.f[...].func1"),
        ("main.odd]", "main.odd]"),
        ("main.odd][", "main.odd]["),
        ("", ""),
    ],
)
def test_type_arguments_are_not_printed(name: str, as_printed: str) -> None:
    assert printed(name) == as_printed


def test_what_was_looked_up_is_remembered_and_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locate, "_REMEMBERED", 10)
    locator = made(CHAIN)
    first = locator.at(TEXT)
    assert locator.at(TEXT) is first
    for pc in range(TEXT, TEXT + 20):
        locator.at(pc)
    assert locator.at(TEXT) == first
    assert locator.at(TEXT) is not first

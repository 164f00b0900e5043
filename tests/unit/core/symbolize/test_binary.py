"""A binary as a whole: what it is, and whose code a pc is."""

from __future__ import annotations

import struct

import pytest

from streams.core.symbolize.binary import Binary
from streams.core.symbolize.elf import NotReadable
from streams.core.symbolize.locate import OUTSIDE, Location
from streams.drivers.mapped import open_binary
from tests.made_elf import EXECUTE, TEXT, Func, Go, Part, Titled
from tests.tiny_go import Tiny, Variant


@pytest.mark.parametrize(
    ("variant", "mode"), [("default", "exe"), ("stripped", "exe"), ("pie", "pie")]
)
def test_it_says_how_it_was_linked(tiny: Tiny, variant: Variant, mode: str) -> None:
    binary = open_binary(tiny.binary(variant))
    assert (binary.mode, binary.stripped) == (mode, variant != "default")


def of(version: str, layout: int = 20) -> Binary:
    return Binary(Go((Func("main.a"),), version=version, layout=layout).file(), "made")


@pytest.mark.parametrize(
    ("version", "layout"), [("go1.16", 16), ("go1.19.5", 18), ("go1.22", 20), ("go1.27.9", 27)]
)
def test_known_releases_are_read(version: str, layout: int) -> None:
    assert of(version, layout).at(TEXT)


def test_an_older_release_is_refused_by_name() -> None:
    with pytest.raises(
        NotReadable, match=r"made: built by go1\.15\.3; Go 1\.16 and later are read"
    ):
        of("go1.15.3").at(TEXT)


def test_a_release_to_come_is_refused_with_what_to_send() -> None:
    with pytest.raises(NotReadable, match=r"go1\.28, and Go 1\.27 is the newest .* or send us"):
        of("go1.28").at(TEXT)


def test_code_that_is_not_gos_has_the_nearest_symbol() -> None:
    row = struct.pack("<IBBHQQ", 1, 2, 0, 1, 0x1000, 32)
    sections = (Titled(".symtab", row, 2), Titled(".strtab", b"\0c_function\0", 3))
    more = (Part(bytes(64), 0x1000, flags=EXECUTE),)
    binary = Binary(Go((Func("main.a"),), sections=sections, more=more).file(), "cgo")
    assert binary.at(0x1004) == (Location("c_function", None, None, offset=4, native=True),)
    assert binary.at(0x1030) is OUTSIDE
    assert binary.at(TEXT) == (Location("main.a", "/src/main.go", 10, offset=0),)

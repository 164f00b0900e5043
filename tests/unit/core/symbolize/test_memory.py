"""Memory across segments, and where a binary was loaded."""

from __future__ import annotations

import pytest

from streams.core.symbolize.corefile import Core
from streams.core.symbolize.elf import Elf
from streams.core.symbolize.memory import Mapping, WithText, load_bias, whole, word
from tests.made_elf import CORE, DYN, WRITE, Part, elf


def core(*parts: Part) -> Core:
    return Core(elf(parts, kind=CORE), "core")


def test_bytes_are_read_across_segments_that_touch() -> None:
    memory = core(Part(b"abcd", 0x1000, flags=WRITE), Part(b"efgh", 0x1004), Part(b"ijkl", 0x2000))
    assert bytes(whole(memory, 0x1002, 6)) == b"cdefgh"
    assert bytes(whole(memory, 0x1002, 100)) == b"cdefgh"
    assert bytes(whole(memory, 0x1000, 3)) == b"abc"
    assert bytes(whole(memory, 0x1800, 8)) == b""


def test_a_word_that_is_not_there_is_zero() -> None:
    memory = core(Part((0x1122).to_bytes(8, "little"), 0x1000))
    assert (word(memory, 0x1000), word(memory, 0x1001), word(memory, 1 << 63)) == (0x1122, 0, 0)


def test_what_the_core_leaves_out_is_read_from_the_binary() -> None:
    binary = Elf(elf((Part(b"from the file", 0x1000),), kind=DYN), "binary")
    memory = WithText(core(Part(b"dumped", 0x5001_0000)), binary, 0x5000_0000)
    assert bytes(memory.view(0x5000_1005, 8)) == b"the file"
    assert bytes(memory.view(0x5001_0000, 8)) == b"dumped"
    assert bytes(memory.view(0x5003_0000, 8)) == b""
    memory.release()


def mappings(*rows: tuple[int, int, str]) -> tuple[Mapping, ...]:
    return tuple(Mapping(start, start + 0x1000, offset, path) for start, offset, path in rows)


def test_an_executable_is_loaded_where_it_was_linked() -> None:
    assert load_bias(Elf(elf((Part(b"x", 0x400000),)), "x"), (), "/x") == 0


@pytest.mark.parametrize(
    ("rows", "path", "bias"),
    [
        (((0x7000_0000, 0, "/lib"), (0x5000_0000, 0, "/x")), "/x", 0x5000_0000),
        (((0x5000_0000, 0, "/x"),), None, 0x5000_0000),
        (((0x5000_0000, 0x1000, "/x"),), "/x", None),
        (((0x5000_0000, 0, "/y"),), "/x", None),
        ((), "/x", None),
    ],
)
def test_a_pie_is_loaded_where_its_first_page_is_mapped(
    rows: tuple[tuple[int, int, str], ...], path: str | None, bias: int | None
) -> None:
    binary = Elf(elf((Part(b"x", 120, offset=120, file_size=1),), kind=DYN), "x")
    assert load_bias(binary, mappings(*rows), path) == bias


def test_a_file_without_segments_is_loaded_nowhere() -> None:
    assert load_bias(Elf(elf((), kind=DYN), "x"), mappings((1, 0, "/x")), "/x") is None

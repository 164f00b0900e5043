"""Where text, types and variables are: of each layout, and as `go tool nm` says."""

from __future__ import annotations

import struct

import pytest

from streams.core.symbolize.binary import Binary
from streams.core.symbolize.elf import Elf, NotReadable
from streams.drivers.mapped import open_binary
from tests.made_elf import DATA, TABLE, TEXT, Func, Go
from tests.tiny_go import Tiny, go_tool

LAYOUTS = ((16, "go1.16.15"), (18, "go1.18.10"), (20, "go1.26.1"), (27, "go1.27"))
VARIABLES = ((1, 2), (3, 4), (5, 6), (7, 8))


def test_it_is_where_the_linker_put_it(tiny: Tiny) -> None:
    path = tiny.binary("default")
    rows = [line.split(maxsplit=2) for line in go_tool("tool", "nm", path).splitlines()]
    named = {row[2]: int(row[0], 16) for row in rows if len(row) == 3}
    module = open_binary(path).table.module
    assert module.address == named["runtime.firstmoduledata"]
    assert (module.text, module.etext) == (named["runtime.text"], named["runtime.etext"])
    assert (module.types, module.etypes) == (named["runtime.types"], named["runtime.etypes"])
    starts = ("noptrdata", "data", "bss", "noptrbss")
    assert module.variables == tuple(
        (named[f"runtime.{name}"], named[f"runtime.e{name}"]) for name in starts
    )


@pytest.mark.parametrize(("layout", "version"), LAYOUTS)
def test_each_layout_has_its_words(layout: int, version: str) -> None:
    go = Go((Func("main.a"),), layout=layout, version=version, variables=VARIABLES)
    module = Binary(go.file(), "made").table.module
    assert (module.address, module.text, module.etext) == (DATA, TEXT, TEXT + 64)
    assert (module.types, module.etypes) == (TABLE, TABLE + 4096)
    assert module.variables == VARIABLES
    assert (module.gofunc > TABLE) == (layout > 16)


@pytest.mark.parametrize(("layout", "version"), [(20, "go1.26.1"), (27, "go1.27")])
def test_without_a_version_the_words_tell_the_newest_layouts_apart(
    layout: int, version: str
) -> None:
    """The magic number is the same from 1.20 on."""
    made = Go((Func("main.a"),), layout=layout, version=version).file()
    unnamed = Binary(made.replace(version.encode(), b"x" * len(version)), "made")
    assert unnamed.version is None
    assert unnamed.table.module == Binary(made, "made").table.module


@pytest.mark.parametrize(
    "lie", [{17: 9}, {20: 0, 22: 0}, {21: 1}, {23: 1}, {24: 9, 25: 1}, {37: 1 << 50}]
)
def test_words_that_do_not_fit_are_no_moduledata(lie: dict[int, int]) -> None:
    made = bytearray(Go((Func("main.a"),)).file())
    at = Elf(bytes(made), "made").loads[-1].offset
    for word, value in lie.items():
        struct.pack_into("<Q", made, at + 8 * word, value)
    with pytest.raises(NotReadable):
        _ = Binary(bytes(made), "made").table

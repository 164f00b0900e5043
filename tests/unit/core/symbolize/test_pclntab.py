"""The table of functions, files and lines: each layout made by hand, and this machine's Go against its own tools."""

from __future__ import annotations

import subprocess
from itertools import pairwise

import pytest

from streams.core.symbolize.binary import Binary
from streams.core.symbolize.elf import NotReadable
from streams.core.symbolize.pclntab import Pclntab
from streams.drivers.mapped import open_binary
from tests.chaos.crashes import dice as dice_of
from tests.made_elf import ARM64, EXECUTE, READ, TABLE, TEXT, Func, Go, Part, Titled, elf, steps
from tests.tiny_go import Tiny, Variant, go_tool

LAYOUTS = ((16, "go1.16.15"), (18, "go1.18.10"), (20, "go1.20"), (20, "go1.26.1"), (27, "go1.27"))


def table_of(go: Go) -> Pclntab:
    return Binary(go.file(), "made").table


@pytest.fixture(params=["default", "stripped", "pie"])
def tiny_binary(tiny: Tiny, request: pytest.FixtureRequest) -> Binary:
    variant: Variant = request.param
    return open_binary(tiny.binary(variant))


# ------------------------------------------------------------------------------------------- this machine's Go


def test_functions_are_those_of_go_tool_nm(tiny: Tiny) -> None:
    """It tells assembly of both calling conventions apart, which tracebacks do not, and prints no middle dot."""
    path = tiny.binary("default")
    rows = [line.split(maxsplit=2) for line in go_tool("tool", "nm", path).splitlines()]
    named: dict[int, set[str]] = {}
    for row in rows:
        if len(row) == 3 and row[1] in "tT":
            named.setdefault(int(row[0], 16), set()).add(row[2].removesuffix(".abi0"))
    found = {function.entry: function.name for function in open_binary(path).table}
    assert len(found) > 1000
    assert [name for pc, name in found.items() if name.replace("·", ".") not in named[pc]] == []


def test_symbols_and_lines_are_those_of_go_tool_objdump(tiny: Tiny) -> None:
    """It names the outer function and the innermost file, without its folder, of every instruction."""
    path = tiny.binary("default")
    table = open_binary(path).table
    said = go_tool("tool", "objdump", "-s", r"^(main|sort|strconv|errors|runtime)\.", path)
    function, compared = "", 0
    for line in said.splitlines():
        if line.startswith("TEXT "):
            function = line.removeprefix("TEXT ").partition("(SB)")[0]
            continue
        words = line.split()
        if len(words) < 3 or not words[1].startswith("0x"):
            continue
        pc = int(words[1], 16)
        ours = table.find(pc)
        assert ours is not None, line
        file, number = ours.file_and_line(pc)
        name = ours.name.replace("·", ".")
        assert name == function.removesuffix(".abi0"), line
        if file is not None:
            assert f"{file.rpartition('/')[2]}:{number}" == words[0], line
            compared += 1
    assert compared > 50_000


def test_functions_of_a_stripped_binary_are_those_of_its_twin(tiny: Tiny) -> None:
    whole, stripped = (open_binary(tiny.binary(name)).table for name in ("default", "stripped"))
    assert [(f.entry, f.end, f.name) for f in whole] == [(f.entry, f.end, f.name) for f in stripped]


def test_lines_are_those_of_addr2line(tiny: Tiny) -> None:
    """It names the outer function and the innermost line."""
    path = tiny.binary("default")
    table = open_binary(path).table
    low, high = table.text
    dice = dice_of("addr2line")
    pcs = sorted(dice.randrange(low, high) for _ in range(1500))
    said = subprocess.run(
        ["go", "tool", "addr2line", str(path)],
        input="".join(f"{pc:#x}\n" for pc in pcs),
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    places = 0
    for pc, name, place in zip(pcs, said[::2], said[1::2], strict=True):
        function = table.find(pc)
        if place in ("?:0", ":0") or function is None:
            continue
        file, line = function.file_and_line(pc)
        if file is None:
            continue
        places += 1
        assert (function.name, f"{file}:{line}") == (name, place)
    assert places > 1200


def test_entries_go_up_and_every_pc_between_them_has_its_function(tiny_binary: Binary) -> None:
    table = tiny_binary.table
    functions = list(table)
    assert all(one.end == other.entry for one, other in pairwise(functions))
    assert (functions[0].entry, functions[-1].end) == table.text
    for function in functions[::37]:
        for pc in (function.entry, function.end - 1):
            found = table.find(pc)
            assert found is not None
            assert found.name == function.name
    assert table.find(table.text[0] - 1) is None
    assert table.find(table.text[1]) is None


# --------------------------------------------------------------------------------------------- made by hand


@pytest.mark.parametrize(("layout", "version"), LAYOUTS)
@pytest.mark.parametrize("section", [".gopclntab", ".data.rel.ro.gopclntab", None])
def test_each_layout_says_names_files_lines_and_depths(
    layout: int, version: str, section: str | None
) -> None:
    functions = (
        Func("main.a", 100, steps((0, 4), (24, 90), (0, 6)), steps((0, 50), (1, 50)), steps((7, 10), (9, 90))),
        Func("main.(*T).b", 32, flag=1),
    )  # fmt: skip
    sections = (Titled(section, address=TABLE, offset=64, size=8),) if section else ()
    table = table_of(Go(functions, layout=layout, version=version, sections=sections))
    assert table.layout == min(layout, 20)
    assert [(f.name, f.entry - TEXT, f.end - TEXT) for f in table] == [
        ("main.a", 0, 100),
        ("main.(*T).b", 100, 132),
    ]
    first, second = table
    assert [first.depth(TEXT + at) for at in (0, 3, 4, 93, 94, 99)] == [0, 0, 24, 24, 0, 0]
    assert first.file_and_line(TEXT) == ("/src/main.go", 7)
    assert first.file_and_line(TEXT + 60) == ("/src/other.go", 9)
    assert second.flag == 1


@pytest.mark.parametrize(("layout", "version"), LAYOUTS[1:])
def test_each_layout_says_what_is_inlined(layout: int, version: str) -> None:
    func = Func("main.a", inline=steps((-1, 8), (0, 8), (-1, 48)), tree=(("main.small", 5),))
    (function,) = table_of(Go((func,), layout=layout, version=version))
    call = function.inlined(TEXT + 9)
    assert call is not None
    assert (call.name, call.parent_pc) == ("main.small", 5)
    assert function.inlined(TEXT + 3) is function.inlined(TEXT + 20) is None


def test_code_of_arm64_is_counted_in_words() -> None:
    func = Func("main.a", 64, steps((0, 1), (16, 15)), steps((0, 16)), steps((7, 2), (8, 14)))
    (function,) = table_of(Go((func,), quantum=4, machine=ARM64))
    assert [function.file_and_line(TEXT + at)[1] for at in (0, 7, 8, 63)] == [7, 7, 8, 8]
    assert [function.depth(TEXT + at) for at in (3, 4)] == [0, 16]


def test_padding_behind_a_function_has_no_line() -> None:
    func = Func("main.a", 64, pcfile=steps((0, 50), (-1, 14)), pcline=steps((1, 50), (-1, 14)))
    (function,) = table_of(Go((func,)))
    assert function.file_and_line(TEXT + 49) == ("/src/main.go", 1)
    assert function.file_and_line(TEXT + 50) == (None, -1)


def test_a_function_without_tables_has_neither_line_nor_depth() -> None:
    (function,) = table_of(Go((Func("main.a", 64, b"", b"", b""),)))
    assert function.file_and_line(TEXT) == (None, -1)
    assert (function.depth(TEXT), function.knows_depth) == (-1, False)


def test_a_table_may_begin_with_a_value_that_does_not_change() -> None:
    """The first difference may be zero: the value before it is -1."""
    func = Func("main.a", 64, pcline=steps((-1, 8), (5, 56)))
    (function,) = table_of(Go((func,)))
    assert [function.file_and_line(TEXT + at)[1] for at in (0, 7, 8)] == [-1, -1, 5]


def test_lines_go_up_and_down_by_more_than_a_byte() -> None:
    func = Func(
        "main.a", 900, pcfile=steps((0, 900)), pcline=steps((70_000, 300), (3, 300), (1 << 20, 300))
    )
    (function,) = table_of(Go((func,)))
    assert [function.file_and_line(TEXT + at)[1] for at in (0, 300, 899)] == [70_000, 3, 1 << 20]


def test_functions_with_the_same_table_have_it_from_their_own_entry() -> None:
    same = steps((5, 10), (6, 54))
    first, second = table_of(Go((Func("main.a", pcline=same), Func("main.b", pcline=same))))
    assert first.file_and_line(first.entry + 10)[1] == 6
    assert second.file_and_line(second.entry + 9)[1] == 5
    assert second.file_and_line(second.entry + 10)[1] == 6


def test_files_and_names_beyond_the_table_are_none() -> None:
    (function,) = table_of(Go((Func("main.a", pcfile=steps((9999, 64))),)))
    assert function.file_and_line(TEXT) == (None, 10)


# ------------------------------------------------------------------------------------------------- refused


def test_a_layout_before_go_116_is_refused_by_name() -> None:
    old = bytes.fromhex("fbffffff00000108") + (5).to_bytes(8, "little") + bytes(16)
    made = elf((Part(old, 0x1000), Part(b"x", TEXT, flags=READ | EXECUTE)))
    with pytest.raises(NotReadable, match=r"built by Go 1\.2 to 1\.15; Go 1\.16 and later"):
        _ = Binary(made, "old").table


def test_a_binary_that_go_did_not_build_says_so() -> None:
    with pytest.raises(NotReadable, match="not built by Go"):
        _ = Binary(elf((Part(b"x" * 100, TEXT),)), "c").table


def test_a_packed_binary_is_to_be_given_before_packing() -> None:
    with pytest.raises(NotReadable, match="packed by UPX: give the binary before packing"):
        _ = Binary(elf((Part(b"....UPX!....", TEXT),)), "packed").table


def test_a_known_release_whose_tables_are_elsewhere_asks_for_what_we_need() -> None:
    made = bytearray(Go((Func("main.a"),), version="go1.26.1").file())
    at = made.find(bytes.fromhex("f1ffffff"))
    made[at] = 0xEE
    with pytest.raises(NotReadable, match=r"built by go1\.26\.1, but .*send us the output"):
        _ = Binary(bytes(made), "moved").table


@pytest.mark.parametrize("word", range(3, 8))
def test_an_offset_beyond_the_table_is_refused(word: int) -> None:
    made = bytearray(Go((Func("main.a"),)).file())
    at = made.find(bytes.fromhex("f1ffffff00000108"))
    made[at + 8 + 8 * word : at + 16 + 8 * word] = (1 << 62).to_bytes(8, "little")
    with pytest.raises(NotReadable, match="points beyond its end"):
        _ = Binary(bytes(made), "lying").table


def test_a_function_beyond_the_table_is_refused_and_others_are_not() -> None:
    made = bytearray(Go((Func("main.a"), Func("main.b"))).file())
    at = made.find(bytes.fromhex("f1ffffff00000108"))
    functab = at + int.from_bytes(made[at + 64 : at + 72], "little")
    made[functab + 4 : functab + 8] = b"\xff" * 4
    binary = Binary(bytes(made), "lying")
    with pytest.raises(NotReadable, match="points beyond its end"):
        binary.at(TEXT)
    assert binary.at(TEXT + 64)


def test_a_magic_number_in_data_is_passed_over() -> None:
    fake = bytes.fromhex("f1ffffff00000108") + (3).to_bytes(8, "little") + bytes(64)
    more = (Part(fake * 4, 0x1000),)
    assert [f.name for f in table_of(Go((Func("main.a"),), more=more))] == ["main.a"]

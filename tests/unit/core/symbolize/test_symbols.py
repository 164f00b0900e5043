"""Function symbols, compared with readelf."""

from __future__ import annotations

import re
import struct

from streams.core.symbolize.elf import Elf
from streams.core.symbolize.symbols import Symbols, read_symbols
from streams.drivers.mapped import mapped
from tests.made_elf import Part, Titled, elf
from tests.tiny_go import Tiny
from tests.unit.core.symbolize.test_elf import readelf

FUNCTION = 2


def table(*rows: tuple[str, int, int, int], section: int = 1) -> Symbols:
    """Of (name, type, address, size)."""
    names, cells = bytearray(b"\0"), bytearray(24)
    for name, kind, address, size in rows:
        cells += struct.pack("<IBBHQQ", len(names), kind, 0, section, address, size)
        names += name.encode() + b"\0"
    made = elf(
        (Part(b"x", 1),), (Titled(".symtab", bytes(cells), 2), Titled(".strtab", bytes(names), 3))
    )
    return Symbols(Elf(made, "x"))


def test_every_function_of_readelf_is_found_at_its_address_and_to_its_end(tiny: Tiny) -> None:
    path = tiny.binary("default")
    rows = re.findall(
        r"^ +\d+: (\w{16}) +(\d+) FUNC +\S+ +\S+ +\d+ (.+)$", readelf("-s", path), re.MULTILINE
    )
    symbols = Symbols(Elf(mapped(path), "tiny"))
    names: dict[int, set[str]] = {}
    for address, _, name in rows:
        names.setdefault(int(address, 16), set()).add(name)
    assert len(names) > 1000
    for address, size, _ in rows:
        start, last = int(address, 16), max(int(size) - 1, 0)
        for into in {0, last}:
            found = symbols.at(start + into)
            assert found is not None
            assert found[0] in names[start + into - found[1]]


def test_the_nearest_symbol_below_counts_as_far_as_its_size() -> None:
    symbols = table(("b", FUNCTION, 0x2000, 16), ("a", FUNCTION, 0x1000, 16))
    assert symbols.at(0x1000) == ("a", 0)
    assert symbols.at(0x100F) == ("a", 15)
    assert symbols.at(0x1010) is None
    assert symbols.at(0xFFF) is None
    assert symbols.at(0x2001) == ("b", 1)
    assert symbols.at(-1) is None


def test_a_symbol_without_a_size_names_only_what_is_near() -> None:
    symbols = table(("asm", 0, 0x1000, 0))
    assert symbols.at(0x1FFF) == ("asm", 0xFFF)
    assert symbols.at(0x1000 + (1 << 16)) is None


def test_data_and_what_is_defined_elsewhere_are_no_functions() -> None:
    assert len(table(("data", 1, 0x1000, 8), ("good", FUNCTION, 0x2000, 8)).table.starts) == 8
    assert table(("elsewhere", FUNCTION, 0x1000, 8), section=0).at(0x1000) is None


def test_a_name_beyond_its_table_is_none() -> None:
    row = struct.pack("<IBBHQQ", 1 << 30, FUNCTION, 0, 1, 0x1000, 8)
    made = elf((Part(b"x", 1),), (Titled(".symtab", row, 2), Titled(".strtab", b"\0a\0", 3)))
    assert Symbols(Elf(made, "x")).at(0x1000) is None


def test_a_file_without_symbols_has_none(tiny: Tiny) -> None:
    elf_file = Elf(mapped(tiny.binary("stripped")), "tiny")
    assert read_symbols(elf_file).starts == b""
    assert Symbols(elf_file).at(elf_file.entry) is None

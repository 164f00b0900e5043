"""Files made to take time and memory: each ends soon with an answer or with NotReadable.

The files that chance damages are those of tests/fuzz; here are those that somebody thought about.
"""

from __future__ import annotations

import struct
from contextlib import suppress
from dataclasses import replace
from typing import Final

import pytest

from streams.core.symbolize import allgs, unwind
from streams.core.symbolize.allgs import Process
from streams.core.symbolize.binary import Binary
from streams.core.symbolize.corefile import Core
from streams.core.symbolize.corehead import head_of
from streams.core.symbolize.elf import Elf, NotReadable
from streams.core.symbolize.goruntime import SCHED_SP
from streams.core.symbolize.lookup import symbolized
from streams.core.symbolize.memory import WithText
from streams.core.symbolize.panics import panics_of
from streams.core.symbolize.unwind import KEPT
from streams.drivers.mapped import open_binary
from streams.model.message import decode, encode
from streams.model.symbols import CoreHead
from tests.fuzz.damage import binary_of, sample
from tests.fuzz.reading import limited
from tests.made_elf import (
    CORE,
    DYN,
    EXECUTE,
    LOAD,
    NOTE,
    TEXT,
    WRITE,
    Func,
    Go,
    Part,
    Titled,
    elf,
    note,
    steps,
)

MB: Final = 1 << 20
NT_FILE: Final = 0x46494C45


def ask(data: bytes) -> None:
    """What `panictrail binary` and `symbolize` ask."""
    binary = Binary(data, "hostile")
    for question in (
        lambda: binary.info,
        lambda: binary.version,
        lambda: list(symbolized(binary, range(TEXT, TEXT + 4096), back=1)),
        lambda: binary.native(TEXT),
        binary.index,
    ):
        with suppress(NotReadable):
            question()


@pytest.mark.parametrize("field", ["offset", "file_size", "memory_size", "address"])
@pytest.mark.parametrize("value", [1 << 31, 1 << 47, (1 << 63) - 1, 1 << 63, (1 << 64) - 1])
@pytest.mark.parametrize("flags", [EXECUTE, WRITE])
def test_a_segment_may_state_any_number(field: str, value: int, flags: int) -> None:
    large = Part(b"x" * 64, kind=LOAD, flags=flags, file_size=1 << 62, memory_size=1 << 62)
    lying = replace(large, **{field: value})  # type: ignore[arg-type]  # all of them are numbers
    with limited(2, 64 * MB):
        ask(elf((lying, Part(b"y" * 64, 0x1000))))


def test_thousands_of_segments_over_the_whole_file_are_searched_once() -> None:
    whole = Part(address=0, offset=0, file_size=8 * MB, memory_size=8 * MB, flags=WRITE)
    many = tuple(Part(**{**vars(whole), "address": n * 16 * MB}) for n in range(60_000))
    with limited(6, 256 * MB):
        ask(elf((Part(bytes(5 * MB), 1 << 50), *many)))


def test_thousands_of_tables_of_functions_are_not_all_tried() -> None:
    head = struct.pack("<IHBBQ", 0xFFFFFFF1, 0, 1, 8, 1000) + bytes(8)
    with limited(6, 128 * MB):
        ask(elf((Part(head * (8 * MB // len(head)), 0x1000, flags=WRITE),)))


def test_a_million_program_headers_that_are_all_alike_are_not_a_gigabyte() -> None:
    """PN_XNUM: their number is in the first section header."""
    row = struct.pack("<IIQQQQQQ", LOAD, 6, 0, 0x1000, 0, 4096, 4096, 8)
    made = bytearray(elf((Part(b"x", 0x1000),), (Titled("a"),)))
    sections = int.from_bytes(made[40:48], "little")
    struct.pack_into("<Q", made, 32, len(made))
    struct.pack_into("<H", made, 56, 0xFFFF)
    struct.pack_into("<I", made, sections + 44, 1 << 20)
    with limited(12, 500 * MB):
        ask(bytes(made) + row * (1 << 20))


def test_sections_that_are_linked_in_a_circle_are_read() -> None:
    circle = tuple(
        Titled(f"s{n}", bytes(64), kind=kind, link=n + 1)
        for n, kind in enumerate((2, 11, 4, 9, 6, 5, 0x6FFFFFF6, 0x6FFFFFFE, 18, 3))
    )
    with limited(2, 64 * MB):
        assert "s3" in Elf(elf((Part(b"x", 1),), circle), "hostile").sections


def test_a_compressed_section_is_not_unpacked() -> None:
    bomb = Titled(".symtab", struct.pack("<IIQQ", 1, 0, 1 << 62, 1), kind=2, flags=0x800)
    with limited(2, 64 * MB):
        ask(elf((Part(b"x", 1),), (bomb, Titled(".strtab", kind=3))))


def test_a_name_of_a_section_that_does_not_end_is_cut() -> None:
    """4,096 names of 20 MB each."""
    made = bytearray(elf((Part(b"x" * 20 * MB, 1),), tuple(Titled("s") for _ in range(4000))))
    last = int.from_bytes(made[40:48], "little") + 64 * 4001
    struct.pack_into("<QQ", made, last + 24, 200, 20 * MB)
    with limited(4, 128 * MB):
        assert max(map(len, Elf(bytes(made), "hostile").sections)) < 4096


def test_notes_over_one_another_are_read_once() -> None:
    """A core's name is a hash of its notes: a note of all the file for each of its words."""
    head = struct.pack("<III", 4, 8 * MB, 1) + b"CORE"
    area = head * (16 * MB // len(head))
    first = 64 + 56 * 2001
    each = tuple(
        Part(kind=NOTE, offset=first + 16 * n, file_size=16 * MB - 16 * n) for n in range(2000)
    )
    core = Core(elf((Part(area, 0x1000), *each), kind=CORE), "hostile")
    with limited(4, 64 * MB):
        head_of(core)


def test_a_list_of_mapped_files_that_lies_is_short() -> None:
    for count, names in ((1 << 60, b"/a\0"), (3, b"/a\0" + bytes(32 * MB)), (2, b"/a" * 16 * MB)):
        data = struct.pack("<QQ", count, 4096) + struct.pack("<QQQ", 1, 2, 0) * 3 + names
        made = elf((Part(note(b"CORE", NT_FILE, data), kind=NOTE), Part(b"x", 1)), kind=CORE)
        with limited(2, 160 * MB):
            assert len(Core(made, "hostile").mappings) <= 3


def test_a_core_that_promises_more_than_can_be_counted_is_named_as_cut_off() -> None:
    huge = Part(kind=LOAD, flags=WRITE, file_size=1 << 63, memory_size=1 << 63)
    made = elf((Part(b"x", 1), *(huge,) * 20), kind=CORE)
    head = head_of(Core(made, "hostile"))
    assert decode(encode(head), CoreHead).missing > 1 << 62


def test_a_release_of_ten_thousand_digits_is_none() -> None:
    ask(Go((Func("main.a"),), version="go1." + "9" * 10_000).file())


def circle(pairs: int) -> bytes:
    """A pc-value table that goes up and down and ends late."""
    return steps((0, 1))[:-1] + b"\x02\x01\x01\x01" * pairs + b"\0"


@pytest.mark.parametrize("apart", [0, 4])
def test_functions_that_share_a_long_table_cost_it_once(apart: int) -> None:
    """Tables of a megabyte, one in another, of two thousand functions."""
    table = circle(MB // 4 - 100)
    functions = tuple(
        Func(f"main.f{n}", 16, pcsp=b"", pcfile=table[apart * n :], pcline=table[apart * n :])
        for n in range(200)
    )
    made = Go(functions).file() if not apart else within(functions, table, apart)
    binary = Binary(made, "hostile")
    with limited(6, 256 * MB):
        for n in range(200):
            with suppress(NotReadable):
                binary.at(TEXT + 16 * n + 1)


def within(functions: tuple[Func, ...], table: bytes, apart: int) -> bytes:
    """The program with one table, of which each function has another part."""
    short = tuple(Func(f.name, f.size, pcsp=b"", pcfile=table, pcline=table) for f in functions)
    made = bytearray(Go(short).file())
    at = made.find(struct.pack("<I", 0xFFFFFFF1))
    places = struct.unpack_from("<8Q", made, at + 8)
    for n in range(len(functions)):
        row = at + places[7] + 8 * n
        func = at + places[7] + int.from_bytes(made[row + 4 : row + 8], "little")
        for field in (20, 24):
            struct.pack_into("<I", made, func + field, 1 + apart * n)
    return bytes(made)


def test_a_pc_value_table_without_an_end_is_refused() -> None:
    binary = Binary(Go((Func("main.a", pcline=b"\x80" * 3 * MB),)).file(), "hostile")
    with limited(2, 64 * MB), pytest.raises(NotReadable, match="does not end"):
        binary.at(TEXT)


def test_names_over_one_another_are_not_copied_for_each_function() -> None:
    made = bytearray(Go((*(Func(f"f{n}", 16) for n in range(20_000)), Func("g" * 60_000))).file())
    at = made.find(struct.pack("<I", 0xFFFFFFF1))
    places = struct.unpack_from("<8Q", made, at + 8)
    name = made.find(b"g" * 60_000) - at - places[3]
    for n in range(20_000):
        row = at + places[7] + 8 * n
        func = at + places[7] + int.from_bytes(made[row + 4 : row + 8], "little")
        struct.pack_into("<i", made, func + 4, name + n)
    binary = Binary(bytes(made), "hostile")
    with limited(6, 256 * MB), suppress(NotReadable):
        for n in range(20_000):
            binary.at(TEXT + 16 * n)


def test_an_inline_tree_that_goes_in_a_circle_ends() -> None:
    """And is not kept at length for each pc that is asked for."""
    func = Func(
        "main.a", 3_000, pcfile=steps((0, 3_000)), pcline=steps((1, 3_000)),
        inline=steps((0, 3_000)), tree=(("main.b", 7),),
    )  # fmt: skip
    binary = Binary(Go((func,)).file(), "hostile")
    with limited(8, 100 * MB):
        for pc in range(TEXT, TEXT + 3_000):
            assert len(binary.at(pc)) > 100  # type: ignore[arg-type]  # frames


def test_relocations_and_symbols_without_number_stay_within_memory() -> None:
    rows = b"".join(struct.pack("<QQq", n, 8, n) for n in range(1 << 16)) * 32
    with limited(10, 400 * MB):
        ask(
            elf(
                (Part(rows, 0x1000),),
                (Titled(".rela.dyn", offset=64 + 56, size=len(rows)),),
                kind=DYN,
            )
        )
    symbols = b"".join(struct.pack("<IBBHQQ", 0, 2, 0, 1, n + 1, 1) for n in range(1 << 20)) * 2
    with limited(10, 500 * MB):
        ask(elf((Part(b"x", 1),), (Titled(".symtab", symbols, 2), Titled(".strtab", b"\0a\0", 3))))


# ------------------------------------------------------------------------------------------------------- cores


def with_more(*parts: Part) -> tuple[bytearray, Process]:
    """A good core with more memory, and what is found in it."""
    good = sample("core")
    old = Elf(good.data, "core")
    kept = tuple(
        Part(bytes(old.view[s.offset : s.offset + s.file_size]), s.address, s.type, s.flags)
        for s in old.segments
    )
    made = bytearray(elf((*kept, *parts), kind=CORE))
    return made, process(bytes(made))


def process(data: bytes) -> Process:
    core = Core(data, "core")
    binary = open_binary(binary_of("core"))
    return Process(binary, WithText(core, binary.elf, 0), 0, core.threads, None)


def poke(made: bytearray, address: int, *words: int) -> None:
    """Write words at an address of the process."""
    segment = next(
        s for s in Elf(bytes(made), "core").loads if s.address <= address < s.address + s.file_size
    )
    struct.pack_into(f"<{len(words)}Q", made, segment.offset + address - segment.address, *words)


def test_a_list_that_names_the_same_goroutine_again_and_again_has_it_once() -> None:
    count = 100_000
    made, good = with_more(Part(bytes(8 * count), 1 << 40, flags=WRITE))
    first = [g.g for g in good.goroutines()]
    head = [*(g.address for g in first[:8]), *[first[0].address] * (count - 8)]
    poke(made, 1 << 40, *head)
    poke(made, good._header, 1 << 40, count, count)  # noqa: SLF001 - where the list is
    with limited(8, 200 * MB):
        found = list(process(bytes(made)).goroutines())
    assert {g.g.id for g in found} == {g.id for g in first[:8]}


def looping(made: bytearray, good: Process, start: int, size: int) -> None:
    """Fill memory with return addresses into a function, and have every goroutine's stack begin there."""
    table = good.binary.table
    pc, depth = next((f.entry + 40, f.depth(f.entry + 40)) for f in table if f.name == "main.deep")
    row = [0] * (depth // 8) + [pc]
    poke(made, start, *row * (size // (8 * len(row))))
    for goroutine in good.goroutines():
        poke(made, goroutine.g.address + SCHED_SP, start, pc)


def test_a_stack_that_returns_into_itself_is_shortened() -> None:
    made, good = with_more(Part(bytes(MB), 1 << 40, flags=WRITE))
    looping(made, good, 1 << 40, MB)
    with limited(10, 100 * MB):
        found = list(process(bytes(made)).goroutines())
    long = [g.stack for g in found if g.stack.elided]
    assert len(long) > 5
    assert all(len(stack.calls) == 2 * KEPT for stack in long)


def test_all_stacks_together_have_so_many_frames_and_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(unwind, "_MOST", 10_000)
    made, good = with_more(Part(bytes(MB), 1 << 40, flags=WRITE))
    looping(made, good, 1 << 40, MB)
    found = process(bytes(made))
    walked = sum(len(g.stack.calls) + g.stack.elided for g in found.goroutines())
    # A recursion is passed a window at a time: the limit holds but for what one window holds.
    assert 9_900 < walked < 10_100 + MB // 8
    assert any("more than 10,000 frames" in str(g.fault) for g in found.goroutines())


def test_variables_without_an_end_are_read_in_pieces() -> None:
    """A binary whose bss goes on over all memory of the core."""
    made, good = with_more()
    module = good.binary.table.module
    bss = module.variables[2]
    end = max(s.address + s.file_size for s in good.memory._memory.elf.loads if s.address < 1 << 24)  # type: ignore[attr-defined]  # noqa: SLF001 - the core
    data = bytearray(binary_of("core").read_bytes())
    at = data.find(struct.pack("<QQ", *bss))
    struct.pack_into("<Q", data, at + 8, 1 << 63)
    filled = bytes(64 * MB)
    made, _ = with_more(Part(filled, end, flags=WRITE))
    core, binary = Core(bytes(made), "core"), Binary(bytes(data), "binary")
    with limited(15, 64 * MB):
        found = Process(binary, WithText(core, binary.elf, 0), 0, core.threads, None)
    assert len(list(found.goroutines())) == len(list(good.goroutines()))


def test_memory_full_of_what_could_be_the_list_is_not_all_tried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(allgs, "_MOST_TRIED", 1000)
    made, good = with_more()
    start, end = good.binary.table.module.variables[1]
    rows = [word for n in range((end - start) // 24) for word in (1 << 13, n + 4, n + 4)]
    poke(made, start, *rows)
    start, end = good.binary.table.module.variables[2]
    poke(
        made, start, *[word for n in range((end - start) // 24) for word in (1 << 13, n + 4, n + 4)]
    )
    with limited(5, 64 * MB), pytest.raises(NotReadable, match="no list of goroutines"):
        process(bytes(made))


def test_a_panic_that_links_to_itself_is_told_once() -> None:
    made, good = with_more()
    crashed = next(good.goroutines()).g
    poke(made, crashed.panic + good.layout.panic_link, crashed.panic)
    again = process(bytes(made))
    assert len(panics_of(again, next(again.goroutines()).g)) == 1

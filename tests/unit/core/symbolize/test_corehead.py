"""What a core says without its binary."""

from __future__ import annotations

import struct

from streams.core.symbolize.buildinfo import read_buildinfo
from streams.core.symbolize.corefile import Core
from streams.core.symbolize.corehead import build_ids_at, head_of, program_of
from streams.core.symbolize.elf import Elf
from streams.core.symbolize.memory import Mapping
from streams.drivers.mapped import mapped
from tests.made_elf import CORE, NOTE, WRITE, Part, elf, note
from tests.tiny_go import Tiny
from tests.unit.core.symbolize.dying import core_of
from tests.unit.core.symbolize.test_corefile import FILE, PRPSINFO


def test_the_program_is_named_by_the_build_ids_of_its_binary(tiny: Tiny) -> None:
    for mode, variant in (("panic", "stripped"), ("panic", "pie")):
        core = core_of(tiny, mode, variant)  # type: ignore[arg-type]  # a variant
        path = tiny.binary(variant)  # type: ignore[arg-type]  # a variant
        info = read_buildinfo(Elf(mapped(path), "tiny"))
        head = head_of(core)
        assert head.executable == str(path)
        assert set(head.build_ids) <= set(info.build_ids)
        assert info.gnu_build_id in head.build_ids
        assert (head.signal, head.threads, head.pid) == ("SIGABRT", len(core.threads), core.pid)
        assert str(path) in head.files


def test_a_core_has_a_name_by_content_wherever_it_is(tiny: Tiny) -> None:
    first, second = core_of(tiny, "panic"), core_of(tiny, "nested")
    again = Core(bytes(mapped(tiny.core("panic"))), "elsewhere")
    assert head_of(first).content == head_of(again).content != head_of(second).content


def made(command: bytes, *paths: str, more: tuple[Part, ...] = ()) -> Core:
    rows = b"".join(
        struct.pack("<QQQ", 0x1000 * n, 0x1000 * n + 0x1000, 0) for n in range(1, len(paths) + 1)
    )
    files = (
        struct.pack("<QQ", len(paths), 4096) + rows + b"".join(p.encode() + b"\0" for p in paths)
    )
    info = bytes(40) + command.ljust(16, b"\0")
    notes = note(b"CORE", FILE, files) + note(b"CORE", PRPSINFO, info)
    return Core(
        elf((Part(notes, kind=NOTE), Part(b"x", 1 << 40, flags=WRITE), *more), kind=CORE), "made"
    )


def test_the_program_is_the_file_of_the_processs_name_else_the_first() -> None:
    found = program_of(made(b"shop", "/lib/ld.so", "/srv/shop", "/lib/libc.so"))
    assert found is not None
    assert found.path == "/srv/shop"
    found = program_of(made(b"renamed", "/lib/ld.so", "/srv/shop"))
    assert found is not None
    assert found.path == "/lib/ld.so"
    assert program_of(made(b"none")) is None


def test_a_name_is_compared_as_far_as_the_kernel_keeps_it() -> None:
    found = program_of(made(b"a-very-long-nam", "/lib/ld.so", "/srv/a-very-long-name"))
    assert found is not None
    assert found.path == "/srv/a-very-long-name"


def test_a_page_that_is_not_in_the_core_has_no_build_ids() -> None:
    core = made(b"shop", "/srv/shop")
    assert build_ids_at(core, core.mappings[0]) == ()
    assert head_of(core).build_ids == ()


def test_build_ids_are_short_whatever_the_page_says() -> None:
    page = elf((Part(note(b"GNU", 3, b"x" * 3000), kind=NOTE), Part(b"y", 0x400000)))
    core = made(b"shop", "/srv/shop", more=(Part(page.ljust(4096, b"\0")[:4096], 0x1000),))
    (found,) = build_ids_at(core, Mapping(0x1000, 0x2000, 0, "/srv/shop"))
    assert found == "78" * 64


def test_few_of_many_files_are_listed() -> None:
    assert len(head_of(made(b"x", *(f"/lib/{n}" for n in range(300)))).files) == 200

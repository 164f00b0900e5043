"""Whether a core is whole, whatever pieces it comes in; real cores, cut everywhere, and headers that lie."""

from __future__ import annotations

import subprocess
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from streams.core.capture.names import is_ours, may_be_packed, named
from streams.core.capture.outline import PREFIX_BYTES, Outline, Verdict
from streams.core.capture.program import program_of, programs_in
from streams.core.symbolize.corefile import Core
from streams.drivers.mapped import open_binary
from tests.tiny_go import Tiny, tiny_go


def verdict(*pieces: bytes) -> Verdict:
    outline = Outline()
    for piece in pieces:
        outline.feed(piece)
    return outline.verdict()


def test_it_says_what_the_reader_of_cores_says(tiny: Tiny) -> None:
    data = tiny.core("panic").read_bytes()
    assert verdict(data).kind == "whole"
    for size in (64, 3000, PREFIX_BYTES - 1, PREFIX_BYTES + 1, len(data) // 2, len(data) - 1):
        found = verdict(data[:size])
        assert found.kind == "cut"
        if size >= PREFIX_BYTES:
            assert found.missing == len(data) - size
            assert Core(data[:size], "core").missing > 0
    assert verdict(data, b"more").kind == "whole"


@given(st.lists(st.integers(1, 2_000_000), max_size=8))
def test_pieces_do_not_matter(sizes: list[int]) -> None:
    data = tiny_go().core("panic").read_bytes()[:3_000_000]
    outline, at = Outline(), 0
    for size in sizes:
        outline.feed(data[at : at + size])
        at = min(len(data), at + size)
    outline.feed(data[at:])
    assert (outline.size, outline.verdict()) == (len(data), verdict(data))
    assert bytes(outline.prefix) == data[: len(outline.prefix)]


@given(st.binary(max_size=400))
def test_headers_that_lie_are_no_error(noise: bytes) -> None:
    head = b"\x7fELF\x02\x01" + bytes(10) + b"\x04\0" + noise
    assert verdict(head).kind in {"whole", "cut", "no core"}
    program_of(head)
    program_of(head.replace(b"\x04\0", b"\x02\0", 1))


def test_more_segments_than_the_header_has_room_for_are_counted_in_the_last_section() -> None:
    """fs/binfmt_elf.c, PN_XNUM: 65,535 and more; here 70,000, of no bytes each but one."""
    count = 70_000
    rows = bytearray(56 * count)
    for at in range(0, len(rows), 56):
        rows[at] = 1
    begin = 64 + len(rows)
    rows[8:16] = begin.to_bytes(8, "little")
    rows[32:40] = (5).to_bytes(8, "little")
    head = bytearray(64)
    head[:6] = b"\x7fELF\x02\x01"
    head[16] = 4
    head[32] = 64
    head[40:48] = (begin + 5).to_bytes(8, "little")
    head[54] = 56
    head[56:58] = b"\xff\xff"
    section = bytearray(64)
    section[44:48] = count.to_bytes(4, "little")
    core = bytes(head + rows) + b"12345" + bytes(section)
    assert verdict(core).kind == "whole"
    assert verdict(core[:1_500_000], core[1_500_000:]).kind == "whole"
    assert verdict(core[:-1]).kind == "cut"
    assert verdict(core[:3_000_000]).kind == "cut"


def test_a_program_is_known_as_go_tells_it(tiny: Tiny) -> None:
    for variant in ("default", "stripped", "pie"):
        path = tiny.binary(variant)
        found = program_of(path.read_bytes())
        assert found is not None
        assert found.is_go
        assert found.build_id == open_binary(path).info.build_ids[0]
    found = program_of(Path("/bin/true").read_bytes())
    assert found is not None
    assert not found.is_go
    notes = subprocess.run(
        ["readelf", "-n", "/bin/true"], capture_output=True, text=True, check=True
    )
    assert f"Build ID: {found.build_id}\n" in notes.stdout


def test_a_program_without_section_headers_is_known_too(tiny: Tiny) -> None:
    data = bytearray(tiny.binary("stripped").read_bytes())
    # e_shoff; e_shentsize, e_shnum, e_shstrndx.
    data[40:48], data[58:64] = bytes(8), bytes(6)
    found = program_of(bytes(data))
    assert found is not None
    assert found.is_go


def test_a_core_tells_its_program(tiny: Tiny) -> None:
    data = tiny.core("panic").read_bytes()
    found = next(each for each in programs_in(data[:PREFIX_BYTES]) if each.is_go)
    assert found.build_id == open_binary(tiny.binary("stripped")).info.build_ids[0]
    assert list(programs_in(b"")) == []


def test_names_say_what_they_are_made_of() -> None:
    boot = "0123456789abcdef0123456789abcdef"
    found = named(f"core.my\\x20shop.1000.{boot}.4711.1795766400000000.zst")
    assert (found.command, found.pid, str(found.at)) == ("my shop", 4711, "2026-11-27T08:00:00Z")
    found = named("20261127T080000Z-shop-7-0123abcd")
    assert (found.command, found.pid, str(found.at)) == ("shop", 7, "2026-11-27T08:00:00Z")
    assert named("core.12.lz4").pid == 12
    for name in (
        "core",
        "core.x",
        "20269999T080000Z-shop-7-0123abcd",
        f"core.x.1.{boot}.1.1.exe",
        "core.1\n2",
    ):
        assert named(name).at is None
    assert is_ours("20261127T080000Z-shop-7-0123abcd")
    assert not is_ours("core.1-0123abcd")
    assert may_be_packed("core.1.zst")
    assert not may_be_packed("app.log.zst")

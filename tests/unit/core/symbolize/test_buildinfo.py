"""What a binary says of itself, compared with `go version -m`."""

from __future__ import annotations

import struct

import pytest

from streams.core.symbolize.buildinfo import BuildInfo, build_of, read_buildinfo
from streams.core.symbolize.elf import Elf
from streams.drivers.mapped import mapped
from tests.made_elf import READ, WRITE, Part, Titled, elf, varint
from tests.tiny_go import Tiny, Variant, go_tool

MAGIC = b"\xff Go buildinf:"
MARK = b"0" * 16


def of(text: str, *, version: str = "go1.22.1") -> BuildInfo:
    body = MARK + text.encode() + MARK
    data = MAGIC + b"\x08\x02" + bytes(16)
    data += varint(len(version)) + version.encode() + varint(len(body)) + body
    return read_buildinfo(Elf(elf((Part(data, 0x1000, flags=READ | WRITE),)), "x"))


@pytest.mark.parametrize("variant", ["default", "stripped", "pie"])
def test_it_is_what_go_version_says(tiny: Tiny, variant: Variant) -> None:
    path = tiny.binary(variant)
    first, *lines = go_tool("version", "-m", path).splitlines()
    found = read_buildinfo(Elf(mapped(path), "tiny"))
    assert first == f"{path}: {found.go}"
    said = [line.split("\t")[1:] for line in lines]
    assert ["path", found.path] in said
    assert ["mod", found.module, found.version, ""] in said
    settings = dict(row[1].split("=", 1) for row in said if row[0] == "build")
    assert {key: value.strip('"') for key, value in settings.items()} == found.settings


def test_build_ids_are_those_of_the_tools(tiny: Tiny) -> None:
    path = tiny.binary("default")
    found = read_buildinfo(Elf(mapped(path), "tiny"))
    assert found.go_build_id == go_tool("tool", "buildid", path).strip()
    assert found.build_ids[0] == found.gnu_build_id


def test_module_settings_and_dependencies_are_told_apart() -> None:
    found = of(
        "path\texample.com/a/cmd\nmod\texample.com/a\tv1.2.3\th1:x=\ndep\texample.com/b\tv0.1.0\th1:y=\n"
        'dep\texample.com/short\nbuild\t-ldflags="-s -w"\nbuild\tvcs.revision=abc\nstrange\nbuild\n'
    )
    assert (found.path, found.module, found.version) == (
        "example.com/a/cmd",
        "example.com/a",
        "v1.2.3",
    )
    assert found.deps == {"example.com/b": "v0.1.0"}
    assert found.settings["-ldflags"] == "-s -w"
    assert found.revision == "abc"


def test_before_go_118_strings_stand_behind_pointers() -> None:
    version, text = b"go1.16.3", MARK + b"path\tmain\n" + MARK
    head = MAGIC + b"\x08\x00" + struct.pack("<QQ", 0x1040, 0x1050)
    headers = struct.pack("<QQQQ", 0x1080, len(version), 0x10A0, len(text))
    data = head.ljust(0x40, b"\0") + headers.ljust(0x40, b"\0") + version.ljust(0x20, b"\0") + text
    found = read_buildinfo(Elf(elf((Part(data, 0x1000, flags=READ | WRITE),)), "x"))
    assert (found.go, found.path) == ("go1.16.3", "main")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        MAGIC + b"\x08\x02",
        MAGIC + b"\x08\x02" + bytes(16) + b"\xff" * 40,
        MAGIC + b"\x08\x02" + bytes(16) + b"\xff\xff\xff\x7f" + b"go1.22",
        MAGIC + b"\x08\x00" + struct.pack("<QQ", 1 << 63, 0x1000) + bytes(16),
    ],
)
def test_damaged_build_info_says_nothing(data: bytes) -> None:
    found = read_buildinfo(Elf(elf((Part(data, 0x1000, flags=READ | WRITE),)), "x"))
    assert (found.path, found.module, found.settings) == (None, None, {})


def test_the_mark_counts_where_it_is_aligned_and_writable() -> None:
    data = MAGIC + b"\x08\x02" + bytes(16) + b"\x06go1.22" + b"\0"
    for shift, flags, seen in ((0, WRITE, "go1.22"), (8, WRITE, None), (0, READ, None)):
        made = elf((Part(bytes(shift) + data + bytes(16), 0x1000, flags=flags),))
        assert read_buildinfo(Elf(made, "x")).go == seen


def test_a_section_of_its_own_is_enough() -> None:
    data = MAGIC + b"\x08\x02" + bytes(16) + b"\x06go1.22" + b"\0" * 8
    made = elf(
        (Part(data, 0x1000),), (Titled(".go.buildinfo", address=0x1000, offset=120, size=40),)
    )
    assert read_buildinfo(Elf(made, "x")).go == "go1.22"


def test_a_crash_record_has_the_build_without_what_is_no_version() -> None:
    info = of(
        "mod\texample.com/a\t(devel)\t\nbuild\tvcs.modified=true\nbuild\t-trimpath=true\nbuild\t-race=no\n"
        "build\tGOARCH=amd64\nbuild\t-buildmode=pie\n",
        version="go1.22.1 X:x",
    )
    build = build_of(info)
    assert (build.go, build.module, build.version) == ("1.22.1", "example.com/a", None)
    assert (build.modified, build.trimpath, build.race) == (True, True, None)
    assert (build.goarch, build.mode, build.build_id) == ("amd64", "pie", None)

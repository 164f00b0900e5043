"""Shared objects by the paths of a core, which nobody vouches for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from streams.core.symbolize.elf import NotReadable
from streams.drivers.binaries import Binaries
from streams.drivers.cores import Libraries, binary_of, core_head, read_core
from streams.drivers.mapped import open_binary
from streams.model.symbols import CoreHead
from tests.made_elf import CORE, Part, elf
from tests.tiny_go import Tiny


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A file system with a library, a text and a pipe, beside another library that is not of it."""
    folder = tmp_path / "root"
    (folder / "lib").mkdir(parents=True)
    for path in (folder / "lib" / "lib.so", tmp_path / "other.so"):
        path.write_bytes(elf((Part(b"x" * 16, 0x1000),)))
    (folder / "lib" / "text.so").write_text("no library")
    (folder / "lib" / "link.so").symlink_to(tmp_path / "other.so")
    (folder / "lib" / "loop.so").symlink_to("loop.so")
    (folder / "lib" / "inside.so").symlink_to("lib.so")
    os.mkfifo(folder / "lib" / "pipe.so")
    return folder


@pytest.mark.parametrize("path", ["/lib/lib.so", "/lib/inside.so", "/lib/../lib/lib.so"])
def test_a_library_below_the_root_is_opened(root: Path, path: str) -> None:
    found = Libraries(root)(path)
    assert found is not None
    assert found.name == path


@pytest.mark.parametrize(
    "path",
    [
        "/lib/none.so",
        "/lib/text.so",
        "/lib/pipe.so",
        "/lib/loop.so",
        "/lib",
        "lib/lib.so",
        "",
        "/../other.so",
        "/lib/link.so",
        "/lib/\0.so",
        "/lib/lib.so (deleted)",
        "/" + "x" * 5000,
    ],
)
def test_what_is_no_library_of_the_root_is_not_opened(root: Path, path: str) -> None:
    assert Libraries(root)(path) is None


def test_without_a_root_the_path_is_that_of_this_machine(root: Path) -> None:
    path = str(root / "lib" / "lib.so")
    found = Libraries()(path)
    assert found is not None
    assert found.name == path


# ---------------------------------------------------------------------------------- the binary that a core needs


def head(**said: object) -> CoreHead:
    return CoreHead(content="x", **said)  # type: ignore[arg-type]  # fields by name


def test_the_binary_of_a_core_is_found_by_build_id_before_all_else(tiny: Tiny) -> None:
    binaries = Binaries((tiny.binary("pie"), tiny.binary("stripped")))
    found = binary_of(core_head(tiny.core("panic")), binaries, "core")
    assert found.name == str(tiny.binary("stripped"))


def test_the_only_binary_that_was_named_is_taken_for_a_core_without_a_build_id(tiny: Tiny) -> None:
    assert binary_of(head(), Binaries((tiny.binary("pie"),)), "core").mode == "pie"


def test_the_binary_is_taken_where_the_process_had_it_if_it_is_the_same(tiny: Tiny) -> None:
    assert binary_of(core_head(tiny.core("panic")), Binaries(), "core").stripped
    path = str(tiny.binary("stripped"))
    with pytest.raises(NotReadable, match="needs the program with build ID abcd"):
        binary_of(head(executable=path, build_ids=("abcd",)), Binaries(), "core")


@pytest.mark.parametrize(
    "path", ["/" + "x" * 300, "/none", "/", "/etc/passwd", "/dev/zero", "a/" * 3000]
)
def test_a_binary_that_is_nowhere_is_asked_for_with_what_the_core_says(path: str) -> None:
    """The path is the core's word."""
    said = head(
        executable=path,
        build_ids=("ab" * 4000,),
        pid=7,
        signal="SIGABRT",
        threads=3,
        files=("/a", "/b"),
    )
    with pytest.raises(NotReadable) as refused:
        binary_of(said, Binaries((), ("/nowhere", str(Path(__file__).parent))), "core")
    text = str(refused.value)
    assert "name it, or a folder that has it, with --binary" in text
    assert "pid 7, ended by SIGABRT, 3 threads; files that were mapped:\n  /a\n  /b" in text


def test_another_binary_is_refused_with_both_build_ids(tiny: Tiny) -> None:
    binary = open_binary(tiny.binary("pie"))
    with pytest.raises(NotReadable) as refused:
        read_core(tiny.core("panic"), binary)
    assert binary.info.build_ids[0] in str(refused.value)
    assert open_binary(tiny.binary("stripped")).info.build_ids[0] in str(refused.value)


def test_a_pie_that_is_not_mapped_is_refused(tmp_path: Path, tiny: Tiny) -> None:
    """A core without a list of files does not say where it was loaded."""
    path = tmp_path / "core"
    path.write_bytes(elf((Part(b"x", 1),), kind=CORE))
    with pytest.raises(NotReadable, match="is not mapped in"):
        read_core(path, open_binary(tiny.binary("pie")))

"""Shared objects by the paths of a core, which nobody vouches for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from streams.drivers.cores import Libraries
from tests.made_elf import Part, elf


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

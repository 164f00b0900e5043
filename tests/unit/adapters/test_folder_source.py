"""Files of a plain folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from streams.adapters.folder_source import MAX_FILE_BYTES, FolderSource
from streams.model.message import decode
from streams.model.source import Layout, Paths
from streams.model.step import Absent, Fact, Present


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A release, and a newer one beside it."""
    for name, text in (
        ("src/go.mod", "module example.com/shop\n"),
        ("src/cart/store.go", "package cart\n"),
        ("src/v1.0.0/go.mod", "module example.com/shop\n"),
        ("src/v1.0.0/old.go", "package shop\n"),
        ("src/.hidden/go.mod", "module hidden\n"),
        ("outside.go", "package outside\n"),
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "src"


def layout(fact: Fact) -> Layout:
    """The layout, which a folder always has."""
    assert isinstance(fact, Present)
    return decode(fact.data, Layout)


def reason(fact: Fact) -> str:
    """Why there is nothing."""
    assert isinstance(fact, Absent), fact
    return fact.reason


def test_the_folder_of_a_release_is_read_else_the_folder_itself(folder: Path) -> None:
    source = FolderSource(folder)
    of_release = layout(source.layout((), "v1.0.0"))
    assert (of_release.by, of_release.commit, list(of_release.go_mods)) == (
        "release",
        "v1.0.0",
        [""],
    )
    assert source.file(of_release.commit, "old.go") == Present(b"package shop\n")
    assert layout(source.layout(("e" * 40, "v1.0.0"), "")).by == "release"
    whole = layout(source.layout(("e" * 40,), "../src"))
    assert (whole.by, whole.commit, sorted(whole.go_mods)) == ("folder", "", ["", "v1.0.0"])


def test_files_are_found_by_name(folder: Path) -> None:
    fact = FolderSource(folder).named("", "go.mod")
    assert isinstance(fact, Present)
    assert decode(fact.data, Paths).paths == ("go.mod", "v1.0.0/go.mod")


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("gone.go", "there is no such file"),
        ("../outside.go", "there is no such file"),
        ("/etc/passwd", "there is no such file"),
        ("cart/./store.go", "there is no such file"),
        ("", "there is no such file"),
        ("x\0", "there is no such file"),
        ("cart", "it is no regular file"),
        ("link.go", "it is a symbolic link"),
        ("away/outside.go", "a symbolic link is on the way"),
        ("pipe.go", "it is no regular file"),
        ("binary.go", "it is no text"),
        ("giant.go", "4,194,305 bytes"),
    ],
)
def test_only_a_regular_text_file_inside_is_read(path: str, why: str, folder: Path) -> None:
    (folder / "link.go").symlink_to(folder.parent / "outside.go")
    (folder / "away").symlink_to(folder.parent)
    (folder / "binary.go").write_bytes(b"a\0b")
    (folder / "giant.go").write_bytes(b"x" * (MAX_FILE_BYTES + 1))
    os.mkfifo(folder / "pipe.go")
    source = FolderSource(folder)
    assert why in reason(source.file("", path))
    assert source.file("", "cart/store.go") == Present(b"package cart\n")
    source.close()

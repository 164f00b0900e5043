"""Files as maps, and what is no file that can be mapped."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from streams.core.symbolize.elf import NotReadable
from streams.drivers.mapped import mapped, open_binary
from tests.tiny_go import Tiny


def test_a_file_is_mapped_and_not_copied(tiny: Tiny) -> None:
    path = tiny.binary()
    with mapped(path) as found:
        assert found[:4] == b"\x7fELF"
        assert len(found) == path.stat().st_size
        with pytest.raises(TypeError):
            found[0] = 1


def test_a_binary_is_named_by_its_path(tiny: Tiny) -> None:
    assert open_binary(tiny.binary()).name == str(tiny.binary())


def test_what_cannot_be_mapped_is_refused_by_name(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "empty").touch()
    (tmp_path / "loop").symlink_to("loop")
    for name, why in (
        ("none", "No such file"),
        ("pipe", "is no regular file"),
        ("empty", "is empty"),
        ("loop", "symbolic links"),
        ("x" * 300, "too long"),
        ("a\0b", "null byte"),
        (".", "is no regular file|Is a directory"),
    ):
        with pytest.raises(NotReadable, match=why):
            mapped(f"{tmp_path}/{name}")


def test_a_device_is_not_read() -> None:
    with pytest.raises(NotReadable, match="is no regular file"):
        mapped("/dev/zero")

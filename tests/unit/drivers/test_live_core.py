"""How large a core will be, and where it goes; what gcore itself does is in tests/e2e/test_snapshot.py."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from streams.adapters import gcore
from streams.adapters.proc import Area
from streams.drivers.live_core import (
    estimate,
    file_name,
    readable_size,
    stamp,
    take_core,
    write_private,
)
from streams.model.errors import BadInput, ServiceMissing
from streams.model.instant import parse_instant

DEFAULT = 0x33


def area(access: str, path: str = "", size: int = 4096, **more: object) -> Area:
    """One mapping."""
    return Area(start=0, end=size, access=access, path=path, **{"offset": 0x1000, **more})  # type: ignore[arg-type]  # fields by name


@pytest.mark.parametrize(
    ("mapping", "chosen", "dumped"),
    [
        (area("rw-p"), DEFAULT, True),
        (area("---p"), DEFAULT, True),  # gdb 13 writes what is only reserved
        (area("rw-p"), 0x10, False),
        (area("rw-s", "/memfd:x (deleted)"), DEFAULT, True),
        (area("rw-s", "/memfd:x (deleted)"), 0x31, False),
        (area("r-xp", "/bin/shop"), DEFAULT, False),
        (area("r-xp", "/bin/shop", offset=0), DEFAULT, True),  # the page with the build ID
        (area("r-xp", "/bin/shop", offset=0), 0x23, False),
        (area("rw-p", "/bin/shop", anonymous=4096), DEFAULT, True),
        (area("rw-p", "/bin/shop"), DEFAULT, False),
        (area("rw-p", "/bin/shop"), 0x04, True),
        (area("rw-s", "/data"), DEFAULT, False),
        (area("rw-s", "/data"), 0x08, True),
        (area("rw-p", flags=frozenset(("dd",))), DEFAULT, False),
        (area("rw-p", flags=frozenset(("ht",))), DEFAULT, True),
        (area("rw-p", flags=frozenset(("ht",))), 0x03, False),
        (area("r--p", "[vvar]"), DEFAULT, False),
    ],
)
def test_what_belongs_into_a_core_follows_its_filter(
    mapping: Area, chosen: int, *, dumped: bool
) -> None:
    assert estimate((mapping,), chosen) == (4096 if dumped else 0)


def test_names_of_files_are_tame() -> None:
    assert file_name("shop") == "shop"
    assert file_name("../../etc/x y") == "etc-x-y"
    assert file_name("..") == "process"
    assert len(file_name("a" * 500)) == 100
    assert stamp(parse_instant("2026-11-27T08:01:02.5Z")) == "20261127T080102Z"


@pytest.mark.parametrize(
    ("size", "text"),
    [(12, "12 bytes"), (1500, "1.5 kB"), (2_340_000, "2.3 MB"), (1_256_037_432, "1.3 GB")],
)
def test_sizes_are_for_people(size: int, text: str) -> None:
    assert readable_size(size) == text


def test_a_file_is_for_its_owner_and_there_whole_or_not(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    write_private(tmp_path / "first", path, (b"{", b"}"))
    assert path.read_bytes() == b"{}"
    assert path.stat().st_mode & 0o777 == 0o600

    def broken() -> Iterator[bytes]:
        yield b"half"
        raise BadInput("the process ended")

    with pytest.raises(BadInput):
        write_private(tmp_path / "second", path, broken())
    assert [one.name for one in tmp_path.iterdir()] == ["record.json"]


def test_without_gcore_the_package_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gcore, "found", lambda: None)
    with pytest.raises(ServiceMissing, match="install the package gdb"):
        take_core(os.getpid(), tmp_path)


def test_without_room_nothing_is_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gcore, "found", lambda: "/bin/false")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=4096))
    with pytest.raises(BadInput, match=r"needs about .* has 4\.1 kB: .*--force"):
        take_core(os.getpid(), tmp_path)
    assert not list(tmp_path.iterdir())


def test_what_gcore_said_is_passed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "gcore"
    program.write_text("#!/bin/sh\necho ptrace: Operation not permitted\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setattr(gcore, "found", lambda: str(program))
    out = tmp_path / "out"
    with pytest.raises(BadInput, match=r"gcore made no core; it said:\n  ptrace: Operation not"):
        take_core(os.getpid(), out)
    assert not list(out.iterdir())

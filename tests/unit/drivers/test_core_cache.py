"""Cores by URI as plain files: where they may be from, how much of them is unpacked, what stays of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import zstandard

from streams.core.symbolize.elf import NotReadable
from streams.drivers.core_cache import Bounds, CoreFiles
from streams.drivers.core_store import store_of
from streams.model.errors import PassingTrouble
from tests.s3_server import S3Server

DATA = b"\x7fELF" + bytes(3_000_000) + b"in the middle" + bytes(1_000_001)


def packed(folder: Path, name: str = "core.zst", data: bytes = DATA) -> Path:
    path = folder / name
    path.write_bytes(zstandard.compress(data))
    return path


def test_a_plain_file_is_itself_and_a_packed_one_a_sparse_copy(tmp_path: Path) -> None:
    files = CoreFiles(tmp_path / "cache")
    plain = tmp_path / "core"
    plain.write_bytes(DATA)
    assert files.local(str(plain)) == plain
    assert not (tmp_path / "cache").exists()
    copy = files.local(packed(tmp_path).as_uri())
    assert copy.read_bytes() == DATA
    assert copy.stat().st_blocks * 512 < len(DATA) / 4
    assert copy.stat().st_mode & 0o077 == 0
    assert files.local(packed(tmp_path).as_uri()).read_bytes() == DATA


def test_what_is_packed_anew_is_unpacked_anew(tmp_path: Path) -> None:
    files = CoreFiles(tmp_path / "cache")
    uri = packed(tmp_path).as_uri()
    files.local(uri)
    packed(tmp_path, data=b"another")
    assert files.local(uri).read_bytes() == b"another"


def test_a_bomb_is_not_unpacked_further_than_the_limit(tmp_path: Path) -> None:
    files = CoreFiles(tmp_path / "cache", bounds=Bounds(core_bytes=100_000_000))
    bomb = packed(tmp_path, data=bytes(400_000_000))
    assert bomb.stat().st_size < 100_000
    with pytest.raises(NotReadable, match="more than 100000000 bytes"):
        files.local(str(bomb))
    assert list((tmp_path / "cache" / "cores").iterdir()) == []


def test_one_that_is_cut_off_gives_what_it_has(tmp_path: Path) -> None:
    files = CoreFiles(tmp_path / "cache")
    data = os.urandom(1_000_000)
    path = packed(tmp_path, data=data)
    path.write_bytes(path.read_bytes()[:700_000])
    found = files.local(str(path)).read_bytes()
    assert 100_000 < len(found) < 1_000_000
    assert data.startswith(found)


def test_the_copies_that_were_not_used_for_longest_go(tmp_path: Path) -> None:
    files = CoreFiles(tmp_path / "cache", bounds=Bounds(cache_bytes=2_500_000))
    paths = [packed(tmp_path, f"{n}.zst", os.urandom(1_000_000)) for n in range(4)]
    copies = []
    for number, path in enumerate(paths):
        copies.append(files.local(str(path)))
        os.utime(copies[-1], (number, number))
        if number == 2:
            files.local(str(paths[1]))
    assert [copy.exists() for copy in copies] == [False, True, False, True]


def test_only_the_folders_and_stores_that_are_named_are_read(tmp_path: Path) -> None:
    inside = tmp_path / "cores"
    inside.mkdir()
    path, other = packed(inside), packed(tmp_path)
    (inside / "link").symlink_to(other)
    files = CoreFiles(tmp_path / "cache", (inside.as_uri(), "s3://cores/mine"))
    assert files.local(str(path)).read_bytes() == DATA
    for uri in (other.as_uri(), f"{inside}/../core.zst", str(inside / "link")):
        with pytest.raises(NotReadable, match="lies in no folder"):
            files.local(uri)
    for uri in ("s3://cores/mine-not/x", "s3://other/mine/x", "s3://cores/mine"):
        with pytest.raises(NotReadable, match="lies in no store"):
            files.local(uri)
    os.mkfifo(inside / "fifo")
    with pytest.raises(NotReadable, match="no regular file"):
        files.local(str(inside / "fifo"))
    with pytest.raises(NotReadable, match="No such file"):
        files.local(str(inside / "none"))


def test_a_core_of_s3_is_fetched_once(tmp_path: Path, bucket: str, s3_server: S3Server) -> None:
    store = store_of(bucket)
    store.put("a.core.zst", packed(tmp_path))
    files = CoreFiles(tmp_path / "cache", (bucket,))
    assert files.local(f"{bucket}/a.core.zst").read_bytes() == DATA
    assert len(list((tmp_path / "cache" / "cores").iterdir())) == 1
    assert files.local(f"{bucket}/a.core.zst").read_bytes() == DATA
    assert len(list((tmp_path / "cache" / "cores").iterdir())) == 1
    with pytest.raises(NotReadable, match="is not there"):
        files.local(f"{bucket}/b.core.zst")
    s3_server.stop()
    try:
        with pytest.raises(PassingTrouble):
            files.local(f"{bucket}/b.core.zst")
    finally:
        s3_server.start()

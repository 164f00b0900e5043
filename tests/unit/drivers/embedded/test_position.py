"""Positions: the same input is known again, another one is not, whatever its length."""

from __future__ import annotations

import gzip
import io
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from streams.drivers.embedded.inputs import open_file
from streams.drivers.embedded.position import Consumed, Position, go_on, unchanged

WINDOW = 4096
# Around nothing, one window, two windows and a skip.
SIZES = (0, 1, 17, 4095, 4096, 4097, 8191, 8192, 8193, 12_289, 70_001)


def text(size: int) -> bytes:
    """Lines that are all different."""
    return b"".join(b"%d of a log\n" % n for n in range(size // 8 + 1))[:size]


def zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(data)


PACKERS = pytest.mark.parametrize(
    "pack", [bytes, gzip.compress, zstd], ids=["plain", "gzip", "zstd"]
)


def consumed(data: bytes, step: int = 10**9) -> Consumed:
    seen = Consumed()
    for start in range(0, len(data), step):
        seen.add(data[start : start + step])
    return seen


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def is_same(path: Path, position: Position) -> bool:
    with open_file(path) as stream:
        return unchanged(stream, position)


@PACKERS
@pytest.mark.parametrize("size", SIZES)
def test_a_file_that_stayed_or_grew_is_the_same(
    pack: Callable[[bytes], bytes], size: int, tmp_path: Path
) -> None:
    data = text(size)
    position = consumed(data, 1000).position(0, 0)
    assert position.seen == size
    for grown in (data, data + b"x", data + text(20_000)):
        assert is_same(written(tmp_path / "log", pack(grown)), position)


@PACKERS
@pytest.mark.parametrize("size", [s for s in SIZES if s])
def test_a_file_that_became_shorter_or_other_is_not(
    pack: Callable[[bytes], bytes], size: int, tmp_path: Path
) -> None:
    data = text(size)
    position = consumed(data).position(0, 0)
    others = [
        data[:-1],
        b"",
        b"\0" + data[1:],
        data[:-1] + b"\0",
        b"new" + data,
        data[: max(0, size - WINDOW)] + b"\0" + data[max(0, size - WINDOW) + 1 :],
    ]
    for other in others:
        assert not is_same(written(tmp_path / "log", pack(other)), position)


@pytest.mark.parametrize("pack", [gzip.compress, zstd], ids=["gzip", "zstd"])
def test_a_compressed_file_that_is_cut_off_before_what_was_seen_is_not_the_same(
    pack: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    data = os.urandom(400_000)
    packed = pack(data)
    cut = written(tmp_path / "log", packed[: len(packed) // 2])
    assert not is_same(cut, consumed(data).position(0, 0))
    assert is_same(cut, consumed(data[:100_000]).position(0, 0))


@PACKERS
@pytest.mark.parametrize("size", SIZES)
def test_going_on_reads_the_rest_and_knows_what_was_before(
    pack: Callable[[bytes], bytes], size: int, tmp_path: Path
) -> None:
    data, rest = text(size), text(9_000)
    before = consumed(data)
    position = before.position(before.offset, before.line)
    with open_file(written(tmp_path / "log", pack(data + rest))) as stream:
        again = go_on(stream, position)
        found = b""
        while block := stream.read(5000):
            found += block
    assert found == rest
    assert (again.offset, again.line) == (size, data.count(b"\n"))
    again.add(rest)
    assert again.position(1, 2) == consumed(data + rest).position(1, 2)


@given(st.binary(max_size=9000), st.integers(1, 5000), st.integers(1, 5000))
def test_a_position_does_not_depend_on_how_the_bytes_came(
    data: bytes, one: int, other: int
) -> None:
    assert consumed(data, one).position(3, 1) == consumed(data, other).position(3, 1)


@given(st.binary(max_size=9000), st.integers(0, 9000))
def test_looking_ahead_is_adding_and_changes_nothing(data: bytes, cut: int) -> None:
    seen = consumed(data[:cut])
    before = seen.position(0, 0)
    assert seen.plus(data[cut:]).position(0, 0) == consumed(data).position(0, 0)
    assert seen.position(0, 0) == before


@given(st.binary(max_size=9000), st.binary(max_size=9000))
def test_two_files_are_told_apart_by_their_beginning_or_end(one: bytes, other: bytes) -> None:
    position = consumed(one).position(0, 0)
    short = len(one) <= 2 * WINDOW
    if short or not other.startswith(one[:WINDOW]):
        assert unchanged(io.BytesIO(other), position) == other.startswith(one)

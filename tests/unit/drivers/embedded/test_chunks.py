"""Bytes to runs of whole lines; compressed streams; pipes."""

from __future__ import annotations

import gzip
import io
import itertools
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from streams.drivers.embedded.chunks import (
    MAX_LINE_BYTES,
    Lines,
    Run,
    file_reader,
    inflated,
    live_reader,
)

Reader = Callable[[], bytes | None]


def reader_of(blocks: Iterable[bytes | None]) -> Reader:
    """A reader that gives these blocks."""
    rest = iter(blocks)
    return lambda: next(rest, b"")


def everything(read: Reader) -> bytes:
    """All bytes of a reader that is never idle."""
    parts = []
    while data := read():
        parts.append(data)
    return b"".join(parts)


def until_cut(read: Reader) -> bytes:
    """What a reader gives before it says that its stream is cut off."""
    parts = []
    try:
        while data := read():
            parts.append(data)
    except EOFError:
        return b"".join(parts)
    pytest.fail("the stream ended as if it were whole")


def divided(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[a:b] for a, b in itertools.pairwise(edges) if a < b]


TEXTS = st.lists(st.sampled_from([b"panic: x", b"\n", b"\r\n", b"", b"a\0b", b"\xff"])).map(
    b"".join
)
CUTS = st.lists(st.integers(0, 200), max_size=12)


@given(data=TEXTS, cuts=CUTS)
def test_any_division_gives_whole_lines_and_the_same_bytes(data: bytes, cuts: list[int]) -> None:
    lines = Lines(reader_of(divided(data, cuts)))
    runs = list(lines)
    assert all(run.data.endswith(b"\n") and not run.idle and not run.cut for run in runs)
    assert b"\n" not in lines.rest
    assert b"".join(run.data for run in runs) + lines.rest == data


def test_a_quiet_time_is_a_run_without_data_and_keeps_the_unfinished_line() -> None:
    lines = Lines(reader_of([b"a\nb", None, b"c\n"]))
    assert list(lines) == [Run(b"a\n"), Run(b"", idle=True), Run(b"bc\n")]
    assert lines.rest == b""


def test_a_line_beyond_the_limit_is_given_in_parts_that_say_so() -> None:
    block = b"x" * (MAX_LINE_BYTES // 2)
    lines = Lines(reader_of([block, block, b"y\n"]))
    assert list(lines) == [Run(block * 2, cut=1), Run(b"y\n")]
    lines = Lines(reader_of([block, block[1:]]))
    assert list(lines) == []
    assert lines.rest == block + block[1:]


def test_a_file_is_read_in_blocks_to_its_end() -> None:
    read = file_reader(io.BytesIO(b"abcde"), 2)
    assert [read() for _ in range(4)] == [b"ab", b"cd", b"e", b""]


# ---- compressed streams


def zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(data)


PACKERS = pytest.mark.parametrize("pack", [gzip.compress, zstd], ids=["gzip", "zstd"])


@PACKERS
def test_a_compressed_stream_is_read_as_what_it_holds_however_it_arrives(
    pack: Callable[[bytes], bytes],
) -> None:
    members = [b"one\n" * 50, b"", b"two\n", b"x" * 100_000]
    packed = b"".join(map(pack, members))

    @given(CUTS)
    def law(cuts: list[int]) -> None:
        blocks = divided(packed, [cut * 37 for cut in cuts if cut] + [len(packed) - 1])
        assert everything(inflated(reader_of(blocks))) == b"".join(members)

    law()


@PACKERS
@pytest.mark.parametrize("members", [1, 2])
def test_a_cut_off_stream_gives_what_is_there_and_then_says_so(
    pack: Callable[[bytes], bytes], members: int
) -> None:
    text = os.urandom(200_000)
    packed = pack(b"whole\n") * (members - 1) + pack(text)
    read = inflated(file_reader(io.BytesIO(packed[: len(packed) // 2 * (3 - members) - 9]), 1000))
    found = until_cut(read)
    assert len(found) > 40_000
    assert (b"whole\n" * (members - 1) + text).startswith(found)


@PACKERS
def test_damage_is_an_oserror(pack: Callable[[bytes], bytes]) -> None:
    packed = bytearray(pack(os.urandom(5000)))
    packed[4:14] = b"\xff" * 10
    with pytest.raises(OSError, match="compressed input is damaged"):
        everything(inflated(reader_of([bytes(packed)])))


@PACKERS
def test_what_follows_a_compressed_stream_and_is_none_is_damage(
    pack: Callable[[bytes], bytes],
) -> None:
    with pytest.raises(OSError, match="compressed input is damaged"):
        everything(inflated(reader_of([pack(b"text") + b"rubbish"])))


def test_zeros_behind_a_gzip_member_are_padding() -> None:
    """As gzip(1) and Python's gzip take them (tape blocks, preallocated files)."""
    packed = gzip.compress(b"a\n") + b"\0" * 700 + gzip.compress(b"b\n") + b"\0" * 9
    for size in (1, 64, 4096):
        read = inflated(reader_of([packed[:32], *divided(packed[32:], list(range(0, 999, size)))]))
        assert everything(read) == b"a\nb\n"


@PACKERS
def test_a_compressed_stream_is_known_also_when_it_comes_byte_by_byte(
    pack: Callable[[bytes], bytes],
) -> None:
    packed = pack(b"text")
    blocks = [packed[n : n + 1] for n in range(len(packed))]
    assert everything(inflated(reader_of(blocks))) == b"text"


@pytest.mark.parametrize("data", [b"\x1f", b"\x28", b"\x28\xb5\x2f", b"\x28x", b"\x1fx"])
def test_a_stream_that_begins_like_a_compressed_one_and_is_none_comes_through(data: bytes) -> None:
    blocks = [data[n : n + 1] for n in range(len(data))]
    assert everything(inflated(reader_of(blocks))) == data


@given(st.lists(st.binary(min_size=1, max_size=9)))
def test_a_stream_that_is_not_compressed_comes_through_as_it_is(blocks: list[bytes]) -> None:
    plain = [b"text", *blocks]
    assert everything(inflated(reader_of(plain))) == b"".join(plain)
    assert everything(inflated(reader_of([]))) == b""


def test_quiet_times_of_a_compressed_stream_come_through() -> None:
    packed = gzip.compress(b"abc\n")
    read = inflated(reader_of([packed[:9], None, packed[9:]]))
    found = []
    while (data := read()) != b"":
        found.append(data)
    assert found == [None, b"abc\n"]


# ---- pipes


@contextmanager
def pipe() -> Iterator[tuple[int, int]]:
    """A pipe; both ends are closed at the end, whatever the test closed."""
    ends = os.pipe()
    try:
        yield ends
    finally:
        for end in ends:
            try:
                os.close(end)
            except OSError:
                continue


def test_a_pipe_gives_what_is_there_and_ends_when_its_writer_does() -> None:
    with pipe() as (source, sink):
        read = live_reader(source, 60)
        os.write(sink, b"one\n")
        assert read() == b"one\n"
        os.write(sink, b"two")
        os.close(sink)
        assert read() == b"two"
        assert read() == b""


def test_a_quiet_pipe_says_so_once_after_each_data() -> None:
    """Before the first byte, and after it has said so, it waits without a limit: no busy loop."""
    with pipe() as (source, sink):
        read = live_reader(source, 0.001)
        os.write(sink, b"one\n")
        assert read() == b"one\n"
        assert read() is None
        found: list[bytes | None] = []
        waiting = threading.Thread(target=lambda: found.append(read()))
        waiting.start()
        os.write(sink, b"two\n")
        waiting.join(60)
        assert found == [b"two\n"]
        assert read() is None


def test_a_wake_ends_the_input_even_while_nothing_comes() -> None:
    with pipe() as (source, sink), pipe() as (wake, waker):
        read = live_reader(source, 60, wake)
        os.write(sink, b"one\n")
        assert read() == b"one\n"
        found: list[bytes | None] = []
        waiting = threading.Thread(target=lambda: found.append(read()))
        waiting.start()
        os.write(waker, b".")
        waiting.join(60)
        assert found == [b""]


def test_a_wake_wins_over_data() -> None:
    with pipe() as (source, sink), pipe() as (wake, waker):
        os.write(sink, b"one\n")
        os.write(waker, b".")
        assert live_reader(source, 60, wake)() == b""


def test_a_regular_file_can_be_read_live() -> None:
    """`panictrail analyze - < app.log`: why it is select and not epoll."""
    with open(__file__, "rb") as stream:  # noqa: PTH123 - a file descriptor is wanted
        data = everything(live_reader(stream.fileno(), 60))
    assert data.startswith(b'"""Bytes to runs')

"""A stream of bytes to runs of whole lines, bounded in memory.

In: a binary stream. Out: runs of whole lines; what follows the last newline is kept apart. A line longer
than MAX_LINE_BYTES is given in parts, each as a line of its own, and counted.
"""

from __future__ import annotations

import os
import select
import zlib
from collections.abc import Callable, Iterator
from typing import IO, Final, Protocol, cast

import msgspec
import zstandard

CHUNK_BYTES: Final = 1024 * 1024
MAX_LINE_BYTES: Final = 8 * 1024 * 1024
# RFC 1952, 2.3.1: deflate is the only method that there is.
GZIP_MAGIC: Final = b"\x1f\x8b\x08"
ZSTD_MAGIC: Final = b"\x28\xb5\x2f\xfd"


class Run(msgspec.Struct, frozen=True):
    """Whole lines. `idle` runs have no data: nothing came for the quiet time."""

    data: bytes
    cut: int = 0
    idle: bool = False


class Lines:
    """Cuts a stream into runs of whole lines."""

    def __init__(self, read: Callable[[], bytes | None]) -> None:
        """`read` gives the next bytes, b"" at the end, None when nothing came for the quiet time."""
        self._read = read
        self._rest = bytearray()

    @property
    def rest(self) -> bytes:
        """What follows the last newline."""
        return bytes(self._rest)

    def __iter__(self) -> Iterator[Run]:
        """Runs until the end of input."""
        while (data := self._read()) != b"":
            if data is None:
                yield Run(b"", idle=True)
                continue
            run = self._take(data)
            if run is not None:
                yield run

    def _take(self, data: bytes) -> Run | None:
        newline = data.rfind(b"\n")
        if newline >= 0:
            whole = bytes(self._rest) + data[: newline + 1]
            self._rest = bytearray(data[newline + 1 :])
            return Run(whole)
        self._rest += data
        if len(self._rest) < MAX_LINE_BYTES:
            return None
        whole, self._rest = bytes(self._rest), bytearray()
        return Run(whole, cut=1)


def file_reader(stream: IO[bytes], size: int = CHUNK_BYTES) -> Callable[[], bytes | None]:
    """Read blocks of a file."""
    return lambda: stream.read(size)


def live_reader(
    handle: int, quiet_seconds: float, wake: int | None = None
) -> Callable[[], bytes | None]:
    """Read what is there of a pipe or terminal; None once when it was quiet for a while.

    The input ends when `wake` (a file descriptor) becomes readable.

    `select` and not epoll: standard input may be a regular file, which epoll refuses.
    """
    watched = [handle] if wake is None else [handle, wake]
    fresh = False

    def read() -> bytes | None:
        nonlocal fresh
        ready = select.select(watched, [], [], quiet_seconds if fresh else None)[0]
        if wake in ready:
            return b""
        fresh = bool(ready)
        return os.read(handle, CHUNK_BYTES) if ready else None

    return read


class _Inflater(Protocol):
    """What zlib and zstandard have in common."""

    def decompress(self, data: bytes, /) -> bytes: ...

    @property
    def unused_data(self) -> bytes: ...

    @property
    def eof(self) -> bool: ...


def _could_be_magic(head: bytes) -> bool:
    """Whether more bytes are needed to know."""
    return any(
        len(head) < len(magic) and magic.startswith(head) for magic in (GZIP_MAGIC, ZSTD_MAGIC)
    )


def _inflater(head: bytes) -> Callable[[], _Inflater] | None:
    if head.startswith(GZIP_MAGIC):
        return lambda: zlib.decompressobj(wbits=31)
    if head.startswith(ZSTD_MAGIC):
        return lambda: cast("_Inflater", zstandard.ZstdDecompressor().decompressobj())
    return None


def _inflate(
    make: Callable[[], _Inflater], blocks: Iterator[bytes | None]
) -> Iterator[bytes | None]:
    """All members (gzip) or frames (zstd) of a stream. Raises EOFError where it is cut off."""
    current = make()
    for block in blocks:
        data = block
        if data is None:
            yield None
        while data:
            if current.eof:
                # Some writers pad a gzip file with zeros; no gzip member or zstd frame begins with one.
                data = data.lstrip(b"\0")
                if not data:
                    break
                current = make()
            plain = current.decompress(data)
            data = current.unused_data if current.eof else b""
            if plain:
                yield plain
    if not current.eof:
        message = "compressed input is cut off"
        raise EOFError(message)


def _blocks(first: bytes | None, read: Callable[[], bytes | None]) -> Iterator[bytes | None]:
    block = first
    while block != b"":
        yield block
        block = read()


def inflated(read: Callable[[], bytes | None]) -> Callable[[], bytes | None]:
    """The same reader, decompressed when its first bytes say gzip or zstd. zlib.error is an OSError here."""
    first = read()
    # A pipe may give the first bytes one by one.
    while first and _could_be_magic(first) and (more := read()):
        first += more
    make = _inflater(first or b"")
    blocks = _blocks(first, read)
    if make is not None:
        blocks = _inflate(make, blocks)

    def next_block() -> bytes | None:
        try:
            return next(blocks, b"")
        except (zlib.error, zstandard.ZstdError) as error:
            message = f"compressed input is damaged: {error}"
            raise OSError(message) from error

    return next_block

"""The bytes of a core that is kept or lies in a folder: plain, zstd, lz4, xz or gzip, as its first bytes say.

In: an open file. Out: chunks of bounded size, and whether the packing came to its end. Raises NotReadable where it is
damaged from the start, or where what unpacks lz4 is not installed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import IO, Final, NamedTuple, Protocol, cast

CHUNK_BYTES: Final = 1024 * 1024
# At 1 MiB of output for some 30 bytes of zstd, small steps keep a bomb from filling memory.
_STEP_BYTES: Final = 16 * 1024
_ZSTD: Final = b"\x28\xb5\x2f\xfd"
_LZ4: Final = b"\x04\x22\x4d\x18"
_XZ: Final = b"\xfd7zXZ\0"
_GZIP: Final = b"\x1f\x8b"
# wbits of zlib: 15, and 16 for the header of gzip.
_GZIP_WINDOW: Final = 31


class PackingError(Exception):
    """What unpacks is not installed, or the packing is damaged; the text says which."""


class Measured(NamedTuple):
    """`ended`: the packing came to its end; a plain file always does."""

    size: int
    sha256: str
    ended: bool


class _Unpacker(Protocol):
    """One frame or stream, as the standard library reads it; `unused_data` is what follows its end."""

    def decompress(self, data: bytes, /) -> bytes: ...

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes | None: ...


class _Packing(NamedTuple):
    """What unpacks, a new one for each frame, and what it raises for damage."""

    begin: Callable[[], _Unpacker]
    damage: type[Exception]


def _packing(start: bytes) -> _Packing | None:
    """The packing of a file that begins so; None: it is plain."""
    if start.startswith(_ZSTD):
        import zstandard  # noqa: PLC0415 - the handler imports this module, and little with it

        return _Packing(
            lambda: cast("_Unpacker", zstandard.ZstdDecompressor().decompressobj()),
            zstandard.ZstdError,
        )
    if start.startswith(_LZ4):
        try:
            import lz4.frame  # noqa: PLC0415 - an optional package
        except ModuleNotFoundError:
            raise PackingError("lz4 is not installed: pip install 'panictrail[cores]'") from None

        return _Packing(lz4.frame.LZ4FrameDecompressor, RuntimeError)
    if start.startswith(_XZ):
        import lzma  # noqa: PLC0415 - as above

        return _Packing(lzma.LZMADecompressor, lzma.LZMAError)
    if start.startswith(_GZIP):
        import zlib  # noqa: PLC0415 - as above

        return _Packing(lambda: zlib.decompressobj(_GZIP_WINDOW), zlib.error)
    return None


class Unpacked:
    """Iterates over the bytes of a core; `ended` is known when it is done."""

    def __init__(self, source: Iterator[bytes]) -> None:
        """`source`: the bytes as they are kept. Raises PackingError."""
        self._source = source
        self._first = next(source, b"")
        self._packing = _packing(self._first)
        self.is_packed = self._packing is not None
        self.ended = not self.is_packed

    def __iter__(self) -> Iterator[bytes]:
        """Chunks. Ends early, with `ended` false, where the packing is cut off or damaged in the middle."""
        if self._packing is None:
            if self._first:
                yield self._first
            yield from self._source
            return
        begin, damage = self._packing
        unpacker = begin()
        for data in _steps(chain((self._first,), self._source)):
            left = data
            while left:
                if unpacker.eof:
                    unpacker = begin()
                try:
                    made = unpacker.decompress(left)
                # Headers may ask for more memory than there is.
                except (damage, EOFError, MemoryError):
                    self.ended = False
                    return
                if made:
                    yield made
                left = (unpacker.unused_data or b"") if unpacker.eof else b""
        self.ended = unpacker.eof


def _steps(source: Iterable[bytes]) -> Iterator[bytes]:
    for data in source:
        for at in range(0, len(data), _STEP_BYTES):
            yield data[at : at + _STEP_BYTES]


def of_stream(stream: IO[bytes]) -> Iterator[bytes]:
    """The bytes of an open file."""
    while data := stream.read(CHUNK_BYTES):
        yield data


def measured(source: Iterator[bytes]) -> Measured:
    """What a kept core holds. Raises PackingError."""
    unpacked = Unpacked(source)
    digest, size = hashlib.sha256(), 0
    for chunk in unpacked:
        digest.update(chunk)
        size += len(chunk)
    return Measured(size, digest.hexdigest(), unpacked.ended)


def measured_file(path: Path) -> Measured:
    """The same of a file. Raises OSError, PackingError."""
    with path.open("rb") as stream:
        return measured(of_stream(stream))

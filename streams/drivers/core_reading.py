"""The bytes of a core that is kept or lies in a folder: plain, zstd, lz4, xz or gzip, as its first bytes say.

In: an open file. Out: chunks of bounded size, and whether the packing came to its end. Raises NotReadable where it is
damaged from the start, or where what unpacks lz4 is not installed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Final, NamedTuple, Protocol

CHUNK_BYTES: Final = 1024 * 1024
# At 1 MiB of output for some 30 bytes of zstd, small steps keep a bomb from filling memory.
_STEP_BYTES: Final = 16 * 1024
_ZSTD: Final = b"\x28\xb5\x2f\xfd"
_LZ4: Final = b"\x04\x22\x4d\x18"
_XZ: Final = b"\xfd7zXZ\0"
_GZIP: Final = b"\x1f\x8b"


class PackingError(Exception):
    """What unpacks is not installed, or the packing is damaged; the text says which."""


class Measured(NamedTuple):
    """`ended`: the packing came to its end; a plain file always does."""

    size: int
    sha256: str
    ended: bool


class _Unpacker(Protocol):
    """`eof` and `unused_data` as in the standard library."""

    def __call__(self, data: bytes) -> bytes: ...

    @property
    def ended(self) -> bool: ...

    @property
    def rest(self) -> bytes: ...


class _Each:
    """One frame or stream of a packing."""

    def __init__(self, reader: object) -> None:
        self._reader = reader

    def __call__(self, data: bytes) -> bytes:
        return bytes(self._reader.decompress(data))  # type: ignore[attr-defined]  # the standard library's protocol

    @property
    def ended(self) -> bool:
        return bool(self._reader.eof)  # type: ignore[attr-defined]  # as above

    @property
    def rest(self) -> bytes:
        return bytes(self._reader.unused_data or b"")  # type: ignore[attr-defined]  # as above


def _packing(start: bytes) -> Callable[[], _Unpacker] | None:
    """What unpacks a file that begins so, a new one for each frame; None: it is plain."""
    if start.startswith(_ZSTD):
        import zstandard  # noqa: PLC0415 - the handler imports this module, and little with it

        return lambda: _Each(zstandard.ZstdDecompressor().decompressobj())
    if start.startswith(_LZ4):
        try:
            import lz4.frame  # noqa: PLC0415 - an optional package
        except ModuleNotFoundError:
            raise PackingError("lz4 is not installed: pip install 'panictrail[cores]'") from None

        return lambda: _Each(lz4.frame.LZ4FrameDecompressor())
    if start.startswith(_XZ):
        import lzma  # noqa: PLC0415 - as above

        return lambda: _Each(lzma.LZMADecompressor())
    if start.startswith(_GZIP):
        import zlib  # noqa: PLC0415 - as above

        return lambda: _Each(zlib.decompressobj(31))
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
        unpacker = self._packing()
        for kept in self._kept():
            data = kept
            while data:
                if unpacker.ended:
                    unpacker = self._packing()
                try:
                    made = unpacker(data)
                except Exception:  # noqa: BLE001 - each packing has an error of its own: all mean damage
                    self.ended = False
                    return
                if made:
                    yield made
                data = unpacker.rest if unpacker.ended else b""
        self.ended = unpacker.ended

    def _kept(self) -> Iterator[bytes]:
        for data in (self._first, *()):
            yield from _steps(data)
        for data in self._source:
            yield from _steps(data)


def _steps(data: bytes) -> Iterator[bytes]:
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

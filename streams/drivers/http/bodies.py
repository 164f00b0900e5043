"""The body of a request: at most so many bytes, within so many seconds, as sent and inflated.

In: a request of aiohttp (which must not decompress by itself). Out: bytes. Raises RefusedError: 408, 413, 415, 400.
"""

from __future__ import annotations

import asyncio
import zlib
from typing import Final

import zstandard
from aiohttp import web

from streams.drivers.http.answers import RefusedError

# The usual limit of what gzip can shrink is 1,032 to 1; what is below the size limit when inflated may be so.
_GZIP_WINDOW: Final = 31
# RFC 9659: what a Content-Encoding of zstd may need.
_ZSTD_WINDOW: Final = 8 * 1024 * 1024
# A block of 4 bytes gives 128 KiB at most: 16 MiB of what so many give are in memory before their size is looked at.
_ZSTD_STEP: Final = 512
_WHERE: Final = "body"


class Budget:
    """Bytes of bodies that are in memory at the same time."""

    def __init__(self, most_bytes: int) -> None:
        """Nothing is held."""
        self.most_bytes = most_bytes
        self.held = 0

    def take(self, count: int) -> None:
        """Hold more. Raises RefusedError (429) where that is too much."""
        if self.held + count > self.most_bytes:
            raise RefusedError(429, "too much comes in at once", _WHERE, retry_after_seconds=1)
        self.held += count


async def body_of(
    request: web.Request, *, most_bytes: int, seconds: float, budget: Budget
) -> bytes:
    """The body as it was sent; give its length back to the budget when it is done with."""
    _check_size(request.content_length or 0, most_bytes)
    content = request.content
    if content.is_eof():
        # It came with the head, as most do: there is nothing to wait for.
        body = content.read_nowait()
        _check_size(len(body), most_bytes)
        budget.take(len(body))
        return body
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(seconds):
            while chunk := await content.readany():
                _check_size(size + len(chunk), most_bytes)
                budget.take(len(chunk))
                size += len(chunk)
                parts.append(chunk)
    except BaseException as error:
        budget.held -= size
        if isinstance(error, TimeoutError):
            raise RefusedError(408, f"the body took more than {seconds:g} s", _WHERE) from None
        raise
    return parts[0] if len(parts) == 1 else b"".join(parts)


def inflated(body: bytes, encoding: str, most_bytes: int) -> bytes:
    """The body without its Content-Encoding: none, gzip or zstd, inflated up to the size limit and no further."""
    if encoding in ("", "identity"):
        return body
    if encoding == "gzip":
        return _gunzipped(body, most_bytes)
    if encoding == "zstd":
        return _unzstd(body, most_bytes)
    error = "want no Content-Encoding, or gzip, or zstd"
    raise RefusedError(415, error, "header Content-Encoding", accepted="gzip, zstd")


def _gunzipped(body: bytes, most_bytes: int) -> bytes:
    reader = zlib.decompressobj(_GZIP_WINDOW)
    try:
        data = reader.decompress(body, most_bytes + 1)
    except zlib.error:
        raise RefusedError(400, "not gzip", _WHERE) from None
    _check_size(len(data), most_bytes)
    if not reader.eof or reader.unused_data:
        raise RefusedError(400, "gzip that is cut off, or followed by something", _WHERE)
    return data


def _unzstd(body: bytes, most_bytes: int) -> bytes:
    """Frames one after the other, as RFC 8878 has them."""
    parts: list[bytes] = []
    size = 0
    reader = _zstd_frame()
    try:
        for start in range(0, len(body), _ZSTD_STEP):
            left = body[start : start + _ZSTD_STEP]
            while left:
                if reader.eof:
                    reader = _zstd_frame()
                parts.append(reader.decompress(left))
                size += len(parts[-1])
                _check_size(size, most_bytes)
                left = reader.unused_data if reader.eof else b""
    except zstandard.ZstdError:
        raise RefusedError(400, "not zstd, or with a window above 8 MiB", _WHERE) from None
    if not reader.eof:
        raise RefusedError(400, "zstd that is cut off", _WHERE)
    return b"".join(parts)


def _zstd_frame() -> zstandard.ZstdDecompressionObj:
    return zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).decompressobj()


def _check_size(size: int, most_bytes: int) -> None:
    if size > most_bytes:
        raise RefusedError(413, f"larger than {most_bytes} bytes: see body_limit_bytes", _WHERE)

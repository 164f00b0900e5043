"""The body of a request: at most so many bytes, within so many seconds, as sent and inflated.

In: a request of aiohttp (which must not decompress by itself). Out: bytes. Raises RefusedError: 408, 413, 415, 400.
"""

from __future__ import annotations

import asyncio
import zlib
from typing import Final

from aiohttp import web

from streams.drivers.http.answers import RefusedError

# The usual limit of what gzip can shrink is 1,032 to 1; what is below the size limit when inflated may be so.
_GZIP_WINDOW: Final = 31
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
    """The body without its Content-Encoding: none, or gzip up to the size limit."""
    if encoding in ("", "identity"):
        return body
    if encoding != "gzip":
        raise RefusedError(415, "want no Content-Encoding, or gzip", "header Content-Encoding")
    reader = zlib.decompressobj(_GZIP_WINDOW)
    try:
        data = reader.decompress(body, most_bytes + 1)
    except zlib.error:
        raise RefusedError(400, "not gzip", _WHERE) from None
    _check_size(len(data), most_bytes)
    if not reader.eof or reader.unused_data:
        raise RefusedError(400, "gzip that is cut off, or followed by something", _WHERE)
    return data


def _check_size(size: int, most_bytes: int) -> None:
    if size > most_bytes:
        raise RefusedError(413, f"larger than {most_bytes} bytes: see body_limit_bytes", _WHERE)

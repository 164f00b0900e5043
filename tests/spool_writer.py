"""Segments of a spool as a supervisor writes them (docs/spool.md), for tests: by this format, not by our reader.

In: what is to be said of a process. Out: bytes of records, segments in a folder.
"""

from __future__ import annotations

import fcntl
import json
import os
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

MAGIC: Final = b"\xf5PS1"
AT: Final = "2026-11-27T20:00:00.000000001Z"


def record(raw: bytes, *, ring: bytes = b"", **head: object) -> bytes:
    """The bytes of one record; `head` says what is not as usual."""
    whole: dict[str, object] = {
        "v": 1,
        "at": AT,
        "pid": 17,
        "nspid": 1,
        "command": ["/app/shopd", "-v"],
        "exit": {"code": 2, "signal": None, "core": False, "oom": None},
        "source": "stderr",
        "raw": len(raw),
        "ring": len(ring),
        "host": "shopd-0",
        "container": None,
        "truncated": False,
        "exe": "/app/shopd",
        "build": {"go": "go1.26.1", "module": "example.com/acme/shop", "version": None},
        "dump": False,
        **head,
    }
    data, body = json.dumps(whole).encode(), raw + ring
    crc = zlib.crc32(data + body)
    return struct.pack(">4sIII", MAGIC, len(data), len(body), crc) + data + body


def crash(number: int, say: str = "boom") -> bytes:
    """What a Go program prints that panics, another one for each number."""
    return (
        f"panic: {say} {number}\n\ngoroutine 1 [running]:\nmain.work(0x{number:x})\n"
        f"\t/src/main.go:{10 + number % 7} +0x1d\nmain.main()\n\t/src/main.go:5 +0x17\nexit status 2\n"
    ).encode()


def at(second: float) -> str:
    """A time as a supervisor writes it, so many seconds after eight in the evening."""
    minutes, seconds = divmod(second, 60)
    return f"2026-11-27T20:{int(minutes):02d}:{seconds:012.9f}Z"


def name(number: int = 0) -> str:
    """The name of a segment."""
    return f"{1_764_273_600_000_000_000 + number:016x}-17-0badcafe.spool"


@contextmanager
def segment(folder: Path, number: int = 0) -> Iterator[IO[bytes]]:
    """A segment that is written, and locked meanwhile."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / name(number)).open("ab", buffering=0) as stream:
        os.fchmod(stream.fileno(), 0o600)
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield stream


def write(folder: Path, *records: bytes, number: int = 0) -> Path:
    """A closed segment."""
    with segment(folder, number) as stream:
        stream.write(b"".join(records))
    return folder / name(number)

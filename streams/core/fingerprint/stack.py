"""A stack as a sequence that distances and variants are computed on.

In: frames. Out: 8 bytes for each normalised frame of the user's own code, innermost first. Scaffolding, panic machinery
and the standard library are left out, so that the route by which a handler was reached counts little.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b
from typing import Final

from streams.core.fingerprint.normalize import function_key
from streams.model.crash import Frame

FRAME_BYTES: Final = 8
MAX_FRAMES: Final = 64


@lru_cache(maxsize=65536)
def frame_hash(name: str) -> bytes:
    """A normalised function as 8 bytes."""
    return blake2b(
        name.encode("utf-8", "surrogatepass"), digest_size=FRAME_BYTES, person=b"frame"
    ).digest()


def stack_of(frames: Iterable[Frame]) -> bytes:
    """The innermost MAX_FRAMES frames of the user's own code; of all code where there is none."""
    own: list[bytes] = []
    every: list[bytes] = []
    for frame in frames:
        if frame.in_app:
            own.append(frame_hash(function_key(frame.function)))
            if len(own) == MAX_FRAMES:
                break
        elif len(every) < MAX_FRAMES:
            every.append(frame_hash(function_key(frame.function)))
    return b"".join(own or every)

"""Ids as types, and the one way to make a content id.

In: texts. Out: lower-case hex digests. An id never contains provenance (file name, offset, partition).
"""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import Final, NewType

CrashId = NewType("CrashId", str)
ClusterId = NewType("ClusterId", str)
FingerprintId = NewType("FingerprintId", str)
BlockKey = NewType("BlockKey", str)

# 16 bytes: 10^6 crashes collide with probability 1.5e-27, and an applied id costs 16 bytes.
_DIGEST_BYTES: Final = 16
_PRODUCER_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/+=-]{0,127}", re.ASCII)


def content_id(kind: str, *parts: str) -> str:
    """Hash length-prefixed parts, so that ("ab", "c") and ("a", "bc") differ; 32 hex digits.

    `kind` separates id spaces.
    """
    digest = blake2b(digest_size=_DIGEST_BYTES, person=kind.encode()[:16])
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return digest.hexdigest()


def crash_id(stream: str, time_as_written: str, raw_text: str, ordinal: int) -> CrashId:
    """Law 2: stream identity, time of the first line as the source wrote it, raw text, ordinal."""
    return CrashId(content_id("crash", stream, time_as_written, raw_text, str(ordinal)))


def producer_crash_id(event_id: str, *, secret: bool = False) -> CrashId:
    """A producer's own id wins; one that is no plain token, or looks like a secret, is hashed."""
    if _PRODUCER_ID.fullmatch(event_id) and not secret:
        return CrashId(event_id)
    return CrashId(content_id("event", event_id))

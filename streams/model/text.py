"""Bytes to text without loss, and text that is fit to publish.

Bytes that are not UTF-8 become private-use characters U+10FE80..U+10FEFF (one per byte), so that the text
can be stored as JSON and still hashes to the bytes that were there. `readable` shows them as U+FFFD.
"""

from __future__ import annotations

import codecs
import re
from typing import Final

# Lone surrogates (surrogateescape) are refused by every JSON encoder; the last private-use plane is not.
_BYTE_BASE: Final = 0x10FE00
_FOREIGN: Final = re.compile("[\U0010fe80-\U0010feff]")
_FOREIGN_RUN: Final = re.compile("([\U0010fe80-\U0010feff]+)")
_HANDLER: Final = "panictrail-bytes"


def _keep_byte(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    bad = error.object[error.start : error.end]
    return "".join(chr(_BYTE_BASE + byte) for byte in bad), error.end


codecs.register_error(_HANDLER, _keep_byte)


def from_bytes(data: bytes) -> str:
    """Decode UTF-8, keeping each invalid byte as one private-use character; never raises."""
    return data.decode("utf-8", _HANDLER)


def to_bytes(text: str) -> bytes:
    """The bytes that `from_bytes` made a text of; `?` for what no bytes give (lone surrogates)."""
    if text.isascii():
        return text.encode()
    # Runs of such characters stand between the other parts.
    parts = enumerate(_FOREIGN_RUN.split(text))
    return b"".join(
        bytes(ord(char) - _BYTE_BASE for char in part)
        if at % 2
        else part.encode("utf-8", "replace")
        for at, part in parts
    )


def readable(text: str) -> str:
    """The text for people and topics: bytes that were no UTF-8 become U+FFFD."""
    return text if text.isascii() else _FOREIGN.sub("\ufffd", text)

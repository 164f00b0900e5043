"""Rows as they lie in a file: long ones compressed, against a text that looks like most of them.

In: a row as message JSON. Out: bytes, and back. Short rows are JSON as it is, and so is every row of layout 1.
A real point has 1.4 kB, mostly names that all points share: with the text it takes .23 kB, and a page of the file holds
several of them. Plain rows of more than 1,002 bytes overflow to a page of 4 KiB each (SQLite's file format, 1.6).
"""

from __future__ import annotations

import threading
from functools import cache
from importlib.resources import files
from typing import Final

import zstandard

# Never changed: rows of files that are about are compressed against it. A better one is another file and layout.
_TEXT: Final = "rows-2.txt"
_LEAST_BYTES: Final = 128
_LEVEL: Final = 1
_JSON: Final = b"{"


@cache
def _dictionary() -> zstandard.ZstdCompressionDict:
    text = files(__package__).joinpath(_TEXT).read_bytes()
    found = zstandard.ZstdCompressionDict(text, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
    found.precompute_compress(level=_LEVEL)
    return found


class _Tools(threading.local):
    """One of each for a thread: they are not safe for several, and a worker has dozens of stores."""

    def __init__(self) -> None:
        self.compress = zstandard.ZstdCompressor(level=_LEVEL, dict_data=_dictionary()).compress
        self.decompress = zstandard.ZstdDecompressor(dict_data=_dictionary()).decompress


@cache
def _tools() -> _Tools:
    return _Tools()


def packed(data: bytes) -> bytes:
    """A row as it is kept."""
    return data if len(data) < _LEAST_BYTES else _tools().compress(data)


def unpacked(data: bytes) -> bytes:
    """A row as JSON. Raises zstandard.ZstdError where it is neither JSON nor what `packed` made."""
    return data if data.startswith(_JSON) else _tools().decompress(data)

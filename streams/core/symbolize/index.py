"""What was found out about a binary, to be kept between runs: where its tables are, and its symbols in order.

In: a Binary, or the bytes of an index. Out: bytes, or an Index. Bytes that are damaged, of another file or of another
version of this code are no index; what it says is still checked by whoever reads the tables.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

import msgspec

from streams.core.symbolize.elf import Elf
from streams.core.symbolize.moduledata import Moduledata
from streams.core.symbolize.symbols import SymbolTable

_MAGIC: Final = b"panictrail-index-1\n"
_CHECK: Final = 16
_HEAD: Final = 1 << 16


class Index(msgspec.Struct, frozen=True, kw_only=True):
    """Of one file, named by `file` (its size and a hash of its beginning)."""

    file: bytes
    table: tuple[int, int, Moduledata]
    symbols: SymbolTable


def file_of(elf: Elf) -> bytes:
    """What tells this file from another that states the same build ID."""
    head = blake2b(elf.view[:_HEAD], digest_size=_CHECK)
    head.update(len(elf.view).to_bytes(8, "little"))
    return head.digest()


def packed(index: Index) -> bytes:
    """The bytes of an index."""
    body = msgspec.msgpack.encode(index)
    return _MAGIC + blake2b(body, digest_size=_CHECK).digest() + body


def unpacked(data: bytes, elf: Elf) -> Index | None:
    """The index in these bytes, if it is one of this file."""
    body = data[len(_MAGIC) + _CHECK :]
    if not data.startswith(_MAGIC):
        return None
    if blake2b(body, digest_size=_CHECK).digest() != data[len(_MAGIC) : len(_MAGIC) + _CHECK]:
        return None
    try:
        index = msgspec.msgpack.decode(body, type=Index)
    except msgspec.MsgspecError:
        return None
    starts, sizes, names = (len(column) for column in msgspec.structs.astuple(index.symbols))
    if starts != sizes or starts != names or starts % 8:
        return None
    return index if index.file == file_of(elf) else None

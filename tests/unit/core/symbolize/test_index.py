"""What is kept of a binary: it is the same again, or it is none."""

from __future__ import annotations

from hashlib import blake2b

import msgspec
import pytest

from streams.core.symbolize.binary import Binary
from streams.core.symbolize.elf import Elf, NotReadable
from streams.core.symbolize.index import Index, packed, unpacked
from streams.core.symbolize.symbols import SymbolTable
from tests.made_elf import TEXT, Func, Go
from tests.tiny_go import Tiny

MADE = Go((Func("main.a"), Func("main.b"))).file()


def index() -> Index:
    return Binary(MADE, "made").index()


def test_a_binary_answers_the_same_from_its_index(tiny: Tiny) -> None:
    data = tiny.binary("default").read_bytes()
    plain = Binary(data, "tiny")
    kept = unpacked(packed(plain.index()), plain.elf)
    again = Binary(data, "tiny", lambda _: kept)
    assert (plain.indexed, again.indexed) == (False, True)
    assert again.index() == plain.index()
    low, high = plain.table.text
    for pc in range(low, high, 4999):
        assert again.at(pc) == plain.at(pc)
        assert again.native(pc) == plain.native(pc)


def test_the_index_of_another_file_is_none() -> None:
    other = bytearray(MADE)
    other[-1] ^= 1
    data = packed(index())
    assert unpacked(data, Elf(MADE, "made")) == index()
    assert unpacked(data, Elf(MADE + b"\0", "longer")) is None
    assert unpacked(data, Elf(bytes(other), "changed")) is None


def test_a_damaged_index_is_none() -> None:
    data = packed(index())
    elf = Elf(MADE, "made")
    for length in range(0, len(data), 7):
        assert unpacked(data[:length], elf) is None
    for at in range(len(data)):
        assert unpacked(data[:at] + bytes((data[at] ^ 0x40,)) + data[at + 1 :], elf) is None
    assert unpacked(data + b"\0", elf) is None


def sealed(body: bytes) -> bytes:
    """With the right checksum, as somebody who may write there can make it."""
    return b"panictrail-index-1\n" + blake2b(body, digest_size=16).digest() + body


def test_a_sealed_index_that_lies_is_none_or_is_found_out() -> None:
    true, elf = index(), Elf(MADE, "made")
    assert unpacked(sealed(b"\xc1"), elf) is None
    assert unpacked(sealed(msgspec.msgpack.encode({"file": b"x"})), elf) is None
    for columns in ((b"1" * 8, b"", b""), (b"1" * 7,) * 3, (b"", b"", b"1" * 8)):
        lying = msgspec.structs.replace(true, symbols=SymbolTable(*columns))
        assert unpacked(packed(lying), elf) is None


@pytest.mark.parametrize("place", [(0, 20), (1 << 63, 20), (-1, 18), (TEXT, 16)])
def test_a_table_that_is_not_where_the_index_says_is_refused(place: tuple[int, int]) -> None:
    true = index()
    lying = msgspec.structs.replace(true, table=(*place, true.table[2]))
    with pytest.raises(NotReadable):
        _ = Binary(MADE, "made", lambda _: lying).table
    other = msgspec.structs.replace(true, table=(true.table[0], 99, true.table[2]))
    with pytest.raises(NotReadable, match="layout"):
        _ = Binary(MADE, "made", lambda _: other).table

"""Rows of many pcs."""

from __future__ import annotations

import pytest

from streams.core.symbolize.binary import Binary
from streams.core.symbolize.elf import NotReadable
from streams.core.symbolize.lookup import symbolized
from streams.model.symbols import FrameAt
from tests.made_elf import TEXT, Func, Go, Part, elf, steps

MADE = Binary(
    Go(
        (Func("main.a", pcline=steps((5, 32), (6, 32))), Func("main.b", pcline=b"\x80" * (3 << 20)))
    ).file(),
    "made",
)


def test_rows_come_in_the_order_of_the_pcs_each_with_its_frames_or_the_reason() -> None:
    rows = list(symbolized(MADE, (TEXT + 32, 1 << 63, TEXT + 32, TEXT), back=0))
    assert [row.pc for row in rows] == ["0x401020", "0x8000000000000000", "0x401020", "0x401000"]
    assert rows[0].frames == (FrameAt(function="main.a", file="/src/main.go", line=6),)
    assert rows[1].reason == "outside the Go text of this binary"
    assert rows[3].frames[0].line == 5


def test_a_return_address_is_looked_up_one_byte_earlier_and_said_as_given() -> None:
    (row,) = symbolized(MADE, (TEXT + 32,), back=1)
    assert (row.pc, row.frames[0].line) == ("0x401020", 5)


def test_a_damaged_table_is_a_reason_for_its_own_pcs_only() -> None:
    damaged, good = symbolized(MADE, (TEXT + 64, TEXT), back=0)
    assert damaged.reason is not None
    assert "does not end" in damaged.reason
    assert good.frames


def test_a_binary_without_tables_is_refused_before_the_first_row() -> None:
    with pytest.raises(NotReadable):
        next(symbolized(Binary(elf((Part(b"x", TEXT),)), "c"), (TEXT,), back=0))

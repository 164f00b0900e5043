"""Blocks of goroutines: two lines taken at once are what they are one after the other."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.core.parse.goroutines import Blocks, read_blocks

LINES = (
    "goroutine 1 [running]:",
    "goroutine 7 [chan receive, 2 minutes]:",
    "runtime stack:",
    "-----",
    "[originating from goroutine 3]:",
    "...additional frames elided...",
    "...5 frames elided...",
    "main.main()",
    "main.run(0xc000012345, 0x7)  ",
    "main.f[...](struct { A int }(0x1))",
    "panic({0x47a2f1, 0x1})",
    "created by main.start in goroutine 1",
    "created by main.of(struct { A int })",
    "non-Go function",
    "c_function",
    "half.Frame(0x1",
    "\t/src/shop/main.go:12 +0x1d",
    "\t/src/shop/main.go:12 +0x1d fp=0x1 sp=0x2 pc=0x3",
    "\t/src/shop/c.c:3 pc=0x47a2f1",
    "\tpc=0x47a2f1",
    "    /src/shop/main.go:13",
    "/src/shop/main.go:14 +0x1",
    "\tnot a place",
    "rax    0x1",
    "2026/11/27 10:00:00 served",
    "",
    "\t",
)


def one_by_one(lines: list[str], first: int) -> Blocks:
    """What `read` makes of every line."""
    blocks = Blocks()
    for at in range(first, len(lines)):
        blocks.read(at + 1, lines[at])
    blocks.finish()
    return blocks


def said(blocks: Blocks) -> tuple[object, ...]:
    """Everything that is known of blocks."""
    return blocks.goroutines(), blocks.faults, blocks.registers, blocks.cut


@given(st.lists(st.sampled_from(LINES), max_size=12), st.integers(0, 2))
def test_pairs_of_lines_are_what_the_lines_are(lines: list[str], first: int) -> None:
    assert said(read_blocks(lines, first)) == said(one_by_one(lines, first))


@given(st.lists(st.sampled_from(LINES[7:18]), max_size=12))
def test_pairs_below_a_header_are_what_the_lines_are(lines: list[str]) -> None:
    lines = [LINES[0], *lines]
    assert said(read_blocks(lines, 0)) == said(one_by_one(lines, 0))

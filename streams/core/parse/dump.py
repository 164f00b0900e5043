"""A dump of very many goroutines: read by the stacks that repeat in it; what differs is decoded when asked for.

In: the text of one crash. Out: columns, and goroutines made of them; None where there is anything that must be read
line by line. Pure.

A server's goroutines stand in few places, so a dump of 100,000 has some dozen stacks. The text is cut at its headers,
equal bodies are counted, and of the others arguments and offsets are blanked: what is left is equal again, and is read
once by the reader of single blocks (goroutines.py).
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, overload

import msgspec

from streams.core.parse.goroutines import goroutine_of, read_blocks
from streams.core.parse.header import Header, parse_header
from streams.core.parse.shape import LOG_LINE, RULE, SYSTEM_STACK, header_of, start_of
from streams.model.crash import Ancestor, CreatedBy, Frame, Goroutine, Traceback
from streams.model.message import Value

_HEADER: Final = re.compile(r"\n\ngoroutine (\d{1,18}) ([^\n]*\[[^\n]*)\n")
# `f(0x1, {0xc000, 0x2})` above a location; `(...)` says that the frame is inlined, so it stays.
_ARGS: Final = re.compile(r"\((?!\.\.\.\)\n)[^()\n]++\)\n")
_OFFSET: Final = re.compile(
    r" \+0x[0-9a-f]+(?: fp=0x[0-9a-f]+ sp=0x[0-9a-f]+ pc=0x[0-9a-f]+)?(?=\n)"
)
_CREATOR: Final = re.compile(r"^(created by [^\n]*?) in goroutine (\d{1,19})$", re.MULTILINE)
_CREATED: Final = "\ncreated by "
# As an offset, so that a frame that has one is still known from an inlined one, which has none.
_BLANK: Final = " +0x0"
_END: Final = "\n\x00\n"
_BETWEEN: Final = "\n\ngoroutine "
# Of fewer blocks it is not worth the while.
_LEAST: Final = 32
# Measured: 15 % faster than in one piece, of which every copy is mapped and unmapped.
_PART_CHARS: Final = 4_000_000
# So many decoded bodies are kept.
_KEPT: Final = 65_536
# With more different stacks than these, the ids of creators may be what makes them differ.
_MANY: Final = 256


class Stack(Value, frozen=True, kw_only=True):
    """What one block says below its header; in `Rows.stacks` without arguments, offsets, pcs and creators' ids."""

    frames: tuple[Frame, ...] = ()
    elided: int = 0
    created_by: CreatedBy | None = None
    ancestors: tuple[Ancestor, ...] = ()


class Rows(Value, frozen=True, kw_only=True):
    """The goroutines of a dump as columns, so that a process can hand them to another; numbers are 8-byte arrays.

    `ids`, `heads` and `at` have one row for each goroutine: its id, a number of `headers` (which are without ids) and
    one of `bodies`, the different texts below a header. `kinds` has one row for each of these: a number of `stacks`.
    """

    ids: bytes
    heads: bytes
    at: bytes
    kinds: bytes
    headers: tuple[Header, ...]
    bodies: tuple[str, ...]
    stacks: tuple[Stack, ...]


def _bare(frame: Frame) -> Frame:
    return msgspec.structs.replace(frame, args=None, offset=None, pc=None)


def _read(body: str) -> Stack | None:
    """What stands below a header, None where it is not whole and clean."""
    lines = ["goroutine 1 [x]:", *body.split("\n")]
    if SYSTEM_STACK in lines or RULE in lines:
        return None
    blocks = read_blocks(lines, 0)
    found = blocks.goroutines()
    if blocks.faults or blocks.registers or blocks.cut or len(found) != 1:
        return None
    (one,) = found
    return Stack(
        frames=one.frames, elided=one.elided, created_by=one.created_by, ancestors=one.ancestors
    )


def _is_mixed(body: str) -> bool:
    """Whether blank lines or log lines stand between those of a block: reassembly has more to say to them."""
    return any(not line or LOG_LINE.match(line.lstrip(" \t")) for line in body.split("\n"))


def _stacks(blank: list[str], *, alone: bool) -> tuple[Stack, ...] | None:
    found: list[Stack] = []
    for text in blank:
        mixed = "\n[signal " in text or (alone and _is_mixed(text))
        stack = None if mixed else _read(text)
        if stack is None:
            return None
        bare = tuple(map(_bare, stack.frames))
        found.append(msgspec.structs.replace(stack, frames=bare))
    return tuple(found)


def _column(numbers: bytes) -> array[int]:
    return array("q", numbers)


def _numbers(values: Sequence[int] | Iterator[int]) -> bytes:
    return array("q", values).tobytes()


def _headers(texts: list[str]) -> tuple[Header, ...] | None:
    read = (parse_header(f"goroutine 0 {text}") for text in texts)
    found = tuple(header for header in read if header is not None)
    return found if len(found) == len(texts) else None


def _indexed(texts: list[str]) -> tuple[list[str], bytes]:
    """The different texts in their order, and of each text the number of its equal among them."""
    places = {text: at for at, text in enumerate(dict.fromkeys(texts))}
    return list(places), _numbers(list(map(places.__getitem__, texts)))


def _blanked(bodies: list[str]) -> list[str]:
    """Bodies without what differs from goroutine to goroutine that stand at the same place."""
    text = _END.join(bodies) + _END
    text = _ARGS.sub("()\n", text)
    text = _OFFSET.sub(_BLANK, text)
    blank = text.split(_END)[:-1]
    if len(set(blank)) > _MANY:
        blank = _CREATOR.sub(r"\1", text).split(_END)[:-1]
    return blank


def read_rows(text: str, *, alone: bool = False) -> Rows | None:
    """The goroutines of a text of blocks only, with two line ends before each; None where a block is not clean.

    `alone`: also where there are other lines than those of the blocks, which would be dropped.
    """
    fields = _HEADER.split(text)
    if fields[0] or len(fields) == 1:
        return None
    heads, head_of = _indexed(fields[2::3])
    headers = _headers(heads)
    if headers is None:
        return None
    bodies, body_of = _indexed(fields[3::3])
    blank, kind_of = _indexed(_blanked(bodies))
    stacks = _stacks(blank, alone=alone)
    if stacks is None:
        return None
    return Rows(
        ids=_numbers(list(map(int, fields[1::3]))),
        heads=head_of,
        at=body_of,
        kinds=kind_of,
        headers=headers,
        bodies=tuple(bodies),
        stacks=stacks,
    )


def without_bodies(rows: Rows) -> Rows:
    """The same for whoever asks for stacks and headers only: a tenth of the memory."""
    kinds = _column(rows.kinds)
    at = _numbers(map(kinds.__getitem__, _column(rows.at)))
    return msgspec.structs.replace(
        rows, at=at, kinds=_numbers(iter(range(len(rows.stacks)))), bodies=()
    )


class Goroutines(Sequence[Goroutine]):
    """The goroutines of some columns, in printed order; each is decoded, whole, when it is asked for."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self._ids, self._heads, self._at = map(_column, (rows.ids, rows.heads, rows.at))
        self._kinds = _column(rows.kinds)
        self._decoded: dict[int, Stack] = {}

    def __len__(self) -> int:
        return len(self._ids)

    @overload
    def __getitem__(self, at: int) -> Goroutine: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Goroutine, ...]: ...
    def __getitem__(self, at: int | slice) -> Goroutine | tuple[Goroutine, ...]:
        if isinstance(at, slice):
            return tuple(self[number] for number in range(*at.indices(len(self))))
        body = self._body(self._at[at])
        return goroutine_of(
            self.header(at), body.frames, body.elided, body.created_by, body.ancestors
        )

    def stack(self, at: int) -> Stack:
        """Where a goroutine stands, without its arguments, offsets and pcs: nothing is decoded for it."""
        return self.rows.stacks[self._kinds[self._at[at]]]

    def header(self, at: int) -> Header:
        """What the header of a goroutine says."""
        return msgspec.structs.replace(self.rows.headers[self._heads[at]], id=self._ids[at])

    def bare(self, at: int) -> Goroutine:
        """A goroutine without arguments, offsets and pcs; the creator's id is known where bodies are kept."""
        stack, by = self.stack(at), None
        if stack.created_by is not None:
            by = msgspec.structs.replace(stack.created_by, goroutine=self._creator(at))
        return goroutine_of(self.header(at), stack.frames, stack.elided, by, stack.ancestors)

    def _creator(self, at: int) -> int | None:
        body = self.rows.bodies[self._at[at]] if self.rows.bodies else ""
        found = _CREATOR.search(body, max(0, body.find(_CREATED)))
        return int(found[2]) if found else None

    def alike(self) -> Iterator[tuple[int, int, int]]:
        """Of each goroutine the numbers of its stack and header in `rows`, and its id."""
        kinds = map(self._kinds.__getitem__, self._at)
        return zip(kinds, self._heads, self._ids, strict=True)

    def _body(self, number: int) -> Stack:
        found = self._decoded.get(number)
        if found is None:
            if len(self._decoded) >= _KEPT:
                self._decoded.clear()
            # Clean when blanked, so clean as it is.
            found = self._decoded[number] = _read(self.rows.bodies[number]) or Stack()
        return found


@dataclass(frozen=True)
class Dump:
    """A crash of very many goroutines.

    `outer` is all of it but the goroutines of `middle`, which stand before its last `below` ones.
    """

    outer: Traceback
    middle: tuple[Goroutines, ...]
    below: int

    def __len__(self) -> int:
        return len(self.outer.goroutines) + sum(map(len, self.middle))

    def __iter__(self) -> Iterator[Goroutine]:
        """Every goroutine, whole, in printed order."""
        own = self.outer.goroutines
        cut = len(own) - self.below
        yield from own[:cut]
        for part in self.middle:
            yield from part
        yield from own[cut:]

    def traceback(self) -> Traceback:
        """The same with everything decoded."""
        return msgspec.structs.replace(self.outer, goroutines=tuple(self))


class Cut(msgspec.Struct, frozen=True, kw_only=True):
    """A text cut for `read_rows`: `middle` is blocks only; `outer` stands around it, its last `below` blocks behind.

    `head` is what stands above it.
    """

    head: str
    outer: str
    middle: str
    below: int

    def parts(self) -> Iterator[str]:
        """`middle` in parts that memory is not asked for anew for each."""
        begin = 0
        while begin < len(self.middle):
            end = self.middle.find(_BETWEEN, begin + _PART_CHARS)
            end = len(self.middle) if end < 0 else end
            yield self.middle[begin:end]
            begin = end


def _has_many(text: str) -> bool:
    at = 0
    for _ in range(_LEAST):
        at = text.find(_BETWEEN, at) + 1
        if not at:
            return False
    return True


def _is_indented(head: str) -> bool:
    """Whether the line that a crash begins with has an indent: that is taken off all lines (traceback.py)."""
    for line in head.split("\n"):
        bare = line.lstrip(" \t")
        if start_of(bare) or header_of(bare):
            return bare != line
    return False


def cut_dump(text: str) -> Cut | None:
    """Where a text is a dump of many goroutines: its first and last block apart from the others."""
    if not _has_many(text) or "\r" in text or "\x1b" in text or "\x00" in text:
        return None
    first = 0 if text.startswith("goroutine ") else text.find(_BETWEEN) + 2
    begin, end = text.find(_BETWEEN, first), text.rfind(_BETWEEN)
    head, last = text[:begin], text[end:]
    if _is_indented(head):
        return None
    return Cut(
        head=head,
        outer=head + last,
        middle=text[begin:end],
        below=sum(bool(header_of(line)) for line in last.split("\n")),
    )


def dump_of(outer: Traceback, parts: Sequence[Rows], below: int) -> Dump | None:
    """The dump; None where there are faults, or where one in the middle could be the goroutine that crashed."""
    if outer.faults or outer.kind in ("race", "error") or len(outer.goroutines) <= below:
        return None
    headers = [header for rows in parts for header in rows.headers]
    running = any(header.state.startswith("running") for header in headers)
    first = outer.goroutines[0].state.startswith("running")
    # Text of a panic value can look like a dump (traceback.py `_first_block`).
    if (running and (outer.panics or not first)) or (
        outer.signal and not first and any(header.m for header in headers)
    ):
        return None
    return Dump(outer, tuple(map(Goroutines, parts)), below)

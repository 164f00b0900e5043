"""Goroutine blocks to goroutines: frames, elided counts, creators, ancestors, registers, system stack.

In: the lines of a crash from its first real header on. Out: Blocks. One pass; unknown lines become faults.
"""

from __future__ import annotations

from typing import Final

from streams.core.parse.frame import (
    NON_GO,
    NOWHERE,
    Place,
    creator_of,
    flush_place_of,
    frame_of,
    place_of,
)
from streams.core.parse.header import Header, parse_header
from streams.core.parse.shape import (
    ANCESTOR,
    ELIDED,
    LOG_LINE,
    REGISTER,
    RULE,
    SIGNAL_NAME,
    SYSTEM_STACK,
    UNFINISHED,
    is_amid,
    is_function,
    is_named,
)
from streams.model.crash import Ancestor, CreatedBy, Fault, Frame, Goroutine

# A text of a million strange lines does not state that a million times.
_MAX_FAULTS: Final = 100


class _Stack:
    """Frames in the making: of a goroutine, of one of its ancestors, or of the system stack."""

    __slots__ = ("created_by", "elided", "frames", "id")

    def __init__(self, number: int) -> None:
        self.id = number
        self.frames: list[Frame] = []
        self.elided = 0
        self.created_by: CreatedBy | None = None

    def ancestor(self) -> Ancestor:
        return Ancestor(id=self.id, frames=tuple(self.frames), created_by=self.created_by)


class _Block:
    """A goroutine in the making."""

    __slots__ = ("ancestors", "header", "own")

    def __init__(self, header: Header) -> None:
        self.header = header
        self.own = _Stack(header.id)
        self.ancestors: list[_Stack] = []

    def goroutine(self) -> Goroutine:
        own = self.own
        ancestors = tuple(stack.ancestor() for stack in self.ancestors)
        return goroutine_of(self.header, tuple(own.frames), own.elided, own.created_by, ancestors)


def goroutine_of(
    head: Header,
    frames: tuple[Frame, ...],
    elided: int,
    created_by: CreatedBy | None,
    ancestors: tuple[Ancestor, ...],
) -> Goroutine:
    """A goroutine of what its header says and of what stands below that."""
    return Goroutine(
        id=head.id,
        state=head.state,
        wait_minutes=head.wait_minutes,
        locked=head.locked,
        labels=head.labels,
        bubble=head.bubble,
        gp=head.gp,
        m=head.m,
        mp=head.mp,
        frames=frames,
        elided=elided,
        created_by=created_by,
        ancestors=ancestors,
    )


class Blocks:
    """A one-pass reader of goroutine blocks; feed it lines in order, then ask for `goroutines`."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.registers: dict[str, str] = {}
        self._blocks: list[_Block] = []
        self._stack: _Stack | None = None
        self._function: str | None = None
        self._function_at = 0
        self._stray: str | None = None
        self._unfinished = False
        self.cut = False

    def goroutines(self) -> tuple[Goroutine, ...]:
        """The finished goroutines in printed order."""
        return tuple(block.goroutine() for block in self._blocks)

    def read_pair(self, line: str, below: str) -> bool:
        """Take the next two lines where they belong together, as most do; `read` would do the same with each."""
        stack = self._stack
        if stack is None or self._function is not None or not below.startswith("\t"):
            return False
        creator = line.startswith("created by ")
        place = place_of(below) if creator or is_function(line) else None
        if place is None:
            return False
        if creator:
            stack.created_by = creator_of(line.rstrip(), place)
        else:
            stack.frames.append(frame_of(line.rstrip(), place))
        self._stray, self._unfinished = None, False
        return True

    def read(self, number: int, line: str) -> None:
        """Take the next line (1-based number, no line end, base indent removed)."""
        empty = not line or line.isspace()
        self._unfinished = self._unfinished and empty
        if line.startswith((" ", "\t")):
            place = place_of(line)
            if place is not None:
                self._located(number, line, place)
                return
        if empty:
            self._settle(NOWHERE)
            return
        if self._function is not None and (place := flush_place_of(line)):
            self._located(number, line, place)
            return
        self._other(number, line.rstrip())

    def finish(self) -> None:
        """The text is over: `cut` says whether its last frame has no location line."""
        self.cut = self._function is not None or self._unfinished
        self._settle(NOWHERE)

    def _located(self, number: int, line: str, place: Place) -> None:
        stray, self._stray = self._stray, None
        if stray and self._stack is not None and place.pc and place.offset is None:
            self._settle(NOWHERE)
            self._unfault()
            self._stack.frames.append(frame_of(stray, place))
        elif self._function is None:
            self._fault(number, f"location without a function: {line.strip()[:80]}")
        else:
            self._settle(place)

    def _settle(self, place: Place) -> None:
        """Make a frame or creator of the function line that waits for its place."""
        function, self._function = self._function, None
        if function is None or self._stack is None:
            return
        if function.startswith("created by "):
            self._stack.created_by = creator_of(function, place)
        elif place is not NOWHERE or is_named(function) or function == NON_GO:
            self._stack.frames.append(frame_of(function, place))
            if place is NOWHERE:
                self._fault(self._function_at, f"frame without a location: {function[:80]}")
        else:
            self._fault(self._function_at, f"not understood: {function[:80]}")

    def _wait(self, number: int, line: str) -> None:
        self._settle(NOWHERE)
        self._function, self._function_at, self._stray = line, number, None

    def _other(self, number: int, line: str) -> None:
        if line.startswith("goroutine ") and (header := parse_header(line)):
            self._settle(NOWHERE)
            self._blocks.append(_Block(header))
            self._stack = self._blocks[-1].own
        elif line.startswith("created by ") or is_function(line):
            self._wait(number, line)
        elif is_amid(line):
            self._settle(NOWHERE)
            self._amid(number, line)
        elif self._stack is None and SIGNAL_NAME.match(line):
            return  # Below a rule, the signal that made another thread print its stack.
        elif not LOG_LINE.match(line.lstrip()):
            # Only a location with a bare pc below can tell a C function from a stray line.
            self._stray = line
            self._unfinished = bool(UNFINISHED.match(line))
            self._fault(number, f"not understood: {line.strip()[:80]}")

    def _amid(self, number: int, line: str) -> None:
        if line == SYSTEM_STACK:
            self._stack = _Stack(0)
        elif line == RULE:
            self._stack = None
        elif (match := ANCESTOR.match(line)) and self._blocks:
            self._stack = _Stack(int(match[1]))
            self._blocks[-1].ancestors.append(self._stack)
        elif match := ELIDED.match(line):
            self._elide(number, match[1])
        elif match := REGISTER.match(line):
            self.registers.setdefault(match[1], match[2])
        elif line.startswith(NON_GO):
            self._native(number, line)

    def _elide(self, number: int, count: str | None) -> None:
        if self._stack is None:
            return
        if count is None:
            # Go < 1.21 and ancestors do not say how many (runtime/traceback.go).
            self._fault(number, "frames elided, their number is not stated")
        else:
            self._stack.elided += int(count)

    def _native(self, number: int, line: str) -> None:
        _, at, pc = line.partition(" at pc=")
        if at and self._stack is not None:
            self._stack.frames.append(Frame(function=NON_GO, pc=pc.strip(), native=True))
        else:
            self._wait(number, NON_GO)

    def _fault(self, number: int, reason: str) -> None:
        if len(self.faults) < _MAX_FAULTS:
            self.faults.append(Fault(line=number, reason=reason))

    def _unfault(self) -> None:
        """The stray line was a C function after all: its fault, the last one, is withdrawn."""
        self.faults.pop()


def read_blocks(lines: list[str], first: int) -> Blocks:
    """Read all lines from the one at index `first` on."""
    blocks = Blocks()
    at, last = first, len(lines) - 1
    while at <= last:
        if at < last and blocks.read_pair(lines[at], lines[at + 1]):
            at += 2
            continue
        blocks.read(at + 1, lines[at])
        at += 1
    blocks.finish()
    return blocks

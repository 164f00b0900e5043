"""The goroutines of a trace that the runtime wrote with GOTRACEBACK=crash; independent of streams.core.parse.

In: the text of standard error. Out: every goroutine at its first appearance, as the acceptance script wants it.
The traces that other threads add after `-----` repeat goroutines; those, and threads' own stacks, are left out.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from typing import Final

_HEADER: Final = re.compile(
    r"^goroutine (\d+)(?: gp=\S+)?(?: m=\S+)?(?: mp=\S+)? \[(.*?)\](?:\{.*\})?:$"
)
_POSITION: Final = re.compile(r"^\t(.+):(\d+)(?: \+0x[0-9a-f]+)?(?: fp=.*)?$")
_CREATOR: Final = re.compile(r"^created by (.+?)(?: in goroutine (\d+))?$")
_ELIDED: Final = re.compile(r"^\.\.\.(?:(\d+)|additional) frames elided\.\.\.$")
_MINUTES: Final = re.compile(r"^(\d+) minutes$")
_OUTERMOST: Final = "runtime.goexit"
_UNAVAILABLE: Final = "goroutine running on other thread; stack unavailable"


@dataclass
class Frame:
    """One call, as printed: arguments are cut off."""

    func: str
    file: str = ""
    line: int = 0


@dataclass
class Creator:
    """The go statement that started a goroutine; the goroutine that ran it is known from 1.21 on."""

    function: str
    file: str = ""
    line: int = 0
    goroutine: int | None = None


@dataclass
class Goroutine:
    """One block of a trace."""

    id: int
    state: str
    wait_minutes: int = 0
    locked: bool = False
    crashed: bool = False
    elided: int = 0
    created_by: Creator | None = None
    frames: list[Frame] = field(default_factory=list)


@dataclass
class Trace:
    """What a trace says, by how much of it can be compared with a core."""

    goroutines: list[Goroutine] = field(default_factory=list)
    # Up to 1.20 a trace ends after the innermost 100 functions, and may not even say so.
    innermost_only: list[Goroutine] = field(default_factory=list)
    # Ran on another thread: the trace has no stack of it.
    unavailable: list[Goroutine] = field(default_factory=list)

    def document(self) -> dict[str, list[dict[str, object]]]:
        """As it stands in oracle.json."""
        document: dict[str, list[dict[str, object]]] = asdict(self)
        return document


def parse(text: str) -> Trace:
    """Every goroutine but those of threads themselves (number 0). The first block is of what was running then."""
    trace = Trace()
    seen: set[int] = set()
    for number, block in enumerate(_blocks(text)):
        one, available, whole = _goroutine(block)
        if one.id == 0 or one.id in seen:
            continue
        one.crashed = number == 0
        seen.add(one.id)
        if not available:
            trace.unavailable.append(one)
        elif not whole:
            trace.innermost_only.append(one)
        else:
            trace.goroutines.append(one)
    return trace


def _blocks(text: str) -> list[list[str]]:
    """Header and lines of each goroutine; a block ends at an empty line."""
    blocks: list[list[str]] = []
    inside = False
    for line in text.splitlines():
        if _HEADER.match(line):
            blocks.append([line])
            inside = True
        elif not line or line == "-----":
            inside = False
        elif inside:
            blocks[-1].append(line)
    return blocks


def _goroutine(block: list[str]) -> tuple[Goroutine, bool, bool]:
    """A goroutine, whether its stack was there, and whether its outer end is known."""
    one = _headed(block[0])
    available = True
    place: Frame | Creator | None = None
    for line in block[1:]:
        if found := _POSITION.match(line):
            if place:
                place.file, place.line = found[1], int(found[2])
            if isinstance(place, Frame):
                one.frames.append(place)
            place = None
        elif found := _ELIDED.match(line):
            one.elided = int(found[1] or 0)
        elif found := _CREATOR.match(line):
            place = Creator(found[1], goroutine=int(found[2]) if found[2] else None)
            one.created_by = place
        elif line.strip() == _UNAVAILABLE:
            available = False
        elif line.endswith(")") and "(" in line:
            place = Frame(line[: line.rindex("(")])
    return one, available, bool(one.frames) and one.frames[-1].func == _OUTERMOST


def _headed(header: str) -> Goroutine:
    found = _HEADER.match(header)
    if not found:
        raise ValueError(f"no header of a goroutine: {header!r}")
    state, *marks = found[2].split(", ")
    one = Goroutine(int(found[1]), state, locked="locked to thread" in marks)
    for mark in marks:
        if minutes := _MINUTES.match(mark):
            one.wait_minutes = int(minutes[1])
    return one

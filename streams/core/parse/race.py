"""Reports of the race detector: both accesses, the goroutines, where those were created.

In: lines of a report, whole or as people paste it, without the WARNING line. Out: accesses and goroutines. Source:
ThreadSanitizer's Go report (compiler-rt lib/tsan/rtl/tsan_report.cpp, PrintReport under SANITIZER_GO), Go 1.1-1.26.
"""

from __future__ import annotations

import re
from typing import Final

from streams.core.parse.frame import NOWHERE, flush_place_of, frame_of, place_of
from streams.core.parse.shape import RACE_ACCESS, RACE_RULE, RACE_WARNING, is_function
from streams.model.crash import Access, Ancestor, CreatedBy, Fault, Frame, Goroutine

MESSAGE: Final = "data race"
# The main goroutine is always the first (runtime/proc.go, main starts as goid 1).
_MAIN: Final = 1
CREATED: Final = re.compile(r"Goroutine (\d{1,19})(?: \(([a-z ]{1,40})\))? created at:\s*$")
LOST_STACK: Final = "[failed to restore the stack]"
_MAX_FAULTS: Final = 100


class _Access:
    """An access in the making."""

    def __init__(self, match: re.Match[str]) -> None:
        self.kind = match[2].lower()
        self.addr = match[3]
        self.goroutine = int(match[4]) if match[4] else _MAIN
        self.frames: list[Frame] = []

    def access(self) -> Access:
        return Access(
            kind=self.kind,
            addr=self.addr,
            goroutine=self.goroutine,
            frames=tuple(self.frames),
        )


class _Goroutine:
    """A goroutine in the making; its frames are those in which it was created."""

    def __init__(self, match: re.Match[str]) -> None:
        self.id = int(match[1])
        self.state = match[2] or ""
        self.frames: list[Frame] = []

    def goroutine(self) -> Goroutine:
        frames = tuple(self.frames)
        top = frames[0] if frames else None
        return Goroutine(
            id=self.id,
            state=self.state,
            created_by=CreatedBy(function=top.function, file=top.file, line=top.line)
            if top
            else None,
            ancestors=(Ancestor(frames=frames),) if frames else (),
        )


class Race:
    """A one-pass reader."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.cut = False
        self._accesses: list[_Access] = []
        self._goroutines: list[_Goroutine] = []
        self._frames: list[Frame] | None = None
        self._function: str | None = None

    @property
    def accesses(self) -> tuple[Access, ...]:
        """In printed order: the later one first."""
        return tuple(each.access() for each in self._accesses)

    @property
    def goroutines(self) -> tuple[Goroutine, ...]:
        """In printed order; the main goroutine is not among them, nobody created it."""
        return tuple(each.goroutine() for each in self._goroutines)

    def read(self, number: int, line: str) -> bool:
        """Take a line (1-based number); False where another report begins or this one has ended."""
        bare = line.strip()
        if not bare:
            return True
        if self._accesses and bare in (RACE_RULE, RACE_WARNING):
            return False
        if match := RACE_ACCESS.match(bare):
            if self._accesses and not bare.startswith("Previous "):
                return False
            self._accesses.append(_Access(match))
            self._begin(self._accesses[-1].frames)
        elif match := CREATED.match(bare):
            self._goroutines.append(_Goroutine(match))
            self._begin(self._goroutines[-1].frames)
        elif bare not in (RACE_RULE, RACE_WARNING, LOST_STACK):
            self._stack_line(number, line, bare)
        return True

    def finish(self) -> None:
        """The text is over."""
        self.cut = self._function is not None
        self._settle()

    def _begin(self, frames: list[Frame]) -> None:
        self._settle()
        self._frames = frames

    def _stack_line(self, number: int, line: str, bare: str) -> None:
        place = place_of(line) or flush_place_of(bare)
        if place is not None and self._function is not None and self._frames is not None:
            self._frames.append(frame_of(self._function, place))
            self._function = None
        elif is_function(bare) and self._frames is not None:
            self._settle()
            self._function = bare
        elif len(self.faults) < _MAX_FAULTS:
            self.faults.append(Fault(line=number, reason=f"not understood: {bare[:80]}"))

    def _settle(self) -> None:
        if self._function is not None and self._frames is not None:
            self._frames.append(frame_of(self._function, NOWHERE))
        self._function = None


def read_race(lines: list[str], begin: int) -> Race:
    """Read the first report from the line at index `begin` on."""
    race = Race()
    for at in range(begin, len(lines)):
        if not race.read(at + 1, lines[at]):
            break
    race.finish()
    return race

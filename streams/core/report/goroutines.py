"""All goroutines of a crash or dump, the crashed one first, and those of one stack as one group.

In: a crash record, beside which most goroutines may still be columns (core.parse.dump). Out: goroutines, groups,
counts of states. Pure. A stack is what its functions, files and lines are: neither arguments nor who started it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, TypeVar

import msgspec

from streams.core.parse.dump import Goroutines
from streams.core.parse.header import Header
from streams.model.crash import Crash, CreatedBy, Frame, Goroutine
from streams.model.goroutines import (
    CreatorCount,
    GoroutineGroup,
    LabelCount,
    StateCount,
    WaitMinutes,
)

_IDS_KEPT: Final = 10
_LABELS_KEPT: Final = 10

T = TypeVar("T")
_Place = tuple[str, str, int]
_Key = tuple[tuple[_Place, ...], int]


@dataclass(frozen=True)
class Part:
    """Goroutines that are decoded when they are asked for; they stand before number `before` of the crash's own.

    `stacks` of their rows are marked already (in_app), `mark` does it for one that was decoded.
    """

    before: int
    goroutines: Goroutines
    mark: Callable[[Goroutine], Goroutine]


@dataclass(frozen=True)
class Found:
    """A crash and all of its goroutines: its own, and the parts between them in their order."""

    crash: Crash
    parts: tuple[Part, ...] = ()

    def __len__(self) -> int:
        """How many goroutines there are."""
        return len(self.crash.goroutines) + sum(len(part.goroutines) for part in self.parts)

    def whole(self) -> Iterator[Goroutine]:
        """Every goroutine with all that was printed of it, the crashed one first."""
        for each in self._in_order():
            if isinstance(each, Goroutine):
                yield each
            else:
                yield from map(each.mark, each.goroutines)

    def bare(self) -> Iterator[Goroutine]:
        """The same; arguments, offsets and pcs may be missing."""
        for each in self._in_order():
            if isinstance(each, Goroutine):
                yield each
            else:
                yield from map(each.goroutines.bare, range(len(each.goroutines)))

    def _in_order(self) -> Iterator[Goroutine | Part]:
        own = self.crash.goroutines
        yield from (g for g in own if g.crashed)
        done = 0
        for part in self.parts:
            yield from (g for g in own[done : part.before] if not g.crashed)
            yield part
            done = part.before
        yield from (g for g in own[done:] if not g.crashed)

    def groups(self) -> tuple[GoroutineGroup, ...]:
        """Those of one stack together: that of the crashed one first, then the most numerous."""
        tally: dict[_Key, _Gathered] = {}
        for each in self._in_order():
            if isinstance(each, Goroutine):
                _gathered(tally, each.frames, each.elided).add(each)
            else:
                _add_part(tally, each.goroutines)
        ordered = sorted(tally.items(), key=lambda item: (*item[1].rank(), item[0]))
        return tuple(gathered.group(self.crash.id) for _, gathered in ordered)


def states(groups: Iterable[GoroutineGroup]) -> tuple[StateCount, ...]:
    """How many goroutines of all groups are in each state, the most frequent first."""
    found: Counter[str] = Counter()
    for group in groups:
        for each in group.states:
            found[each.state] += each.count
    return _states(found)


@dataclass
class _Gathered:
    """A group in the making."""

    frames: tuple[Frame, ...]
    elided: int
    count: int = 0
    crashed: bool = False
    locked: int = 0
    ids: list[int] = field(default_factory=list)
    states: Counter[str] = field(default_factory=Counter)
    waits: Counter[int] = field(default_factory=Counter)
    creators: Counter[tuple[str, str | None, int | None]] = field(default_factory=Counter)
    labels: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, one: Goroutine) -> None:
        self.crashed = self.crashed or one.crashed
        self.add_alike(one, 1)
        self.add_creator(one.created_by, 1)
        self.add_id(one.id)

    def add_alike(self, head: Goroutine | Header, count: int) -> None:
        """So many goroutines whose headers say the same but for the id."""
        self.count += count
        self.states[head.state] += count
        self.locked += count * head.locked
        if head.wait_minutes is not None:
            self.waits[head.wait_minutes] += count
        for label in head.labels.items():
            self.labels[label] += count

    def add_creator(self, by: CreatedBy | None, count: int) -> None:
        if by is not None:
            self.creators[by.function, by.file, by.line] += count

    def add_id(self, number: int) -> None:
        if len(self.ids) < _IDS_KEPT:
            self.ids.append(number)

    def rank(self) -> tuple[bool, int]:
        return not self.crashed, -self.count

    def group(self, crash: str) -> GoroutineGroup:
        return GoroutineGroup(
            crash=crash,
            count=self.count,
            crashed=self.crashed,
            states=_states(self.states),
            wait_minutes=self._wait(),
            locked=self.locked,
            ids=tuple(self.ids),
            created_by=tuple(
                CreatorCount(function=function, file=file, line=line, count=count)
                for (function, file, line), count in _by_count(self.creators)
            ),
            labels=tuple(
                LabelCount(key=key, value=value, count=count)
                for (key, value), count in _by_count(self.labels)[:_LABELS_KEPT]
            ),
            frames=self.frames,
            elided=self.elided,
        )

    def _wait(self) -> WaitMinutes | None:
        waits = self.waits
        if not waits:
            return None
        return WaitMinutes(least=min(waits), most=max(waits), stated=sum(waits.values()))


def _by_count(counts: Counter[T]) -> list[tuple[T, int]]:
    """The most frequent first, then by what is counted; what is not known comes first."""
    return sorted(counts.items(), key=lambda item: (-item[1], _sortable(item[0])))


def _sortable(value: object) -> tuple[str, ...]:
    parts = value if isinstance(value, tuple) else (value,)
    return tuple(f"{part:012}" if isinstance(part, int) else part or "" for part in parts)


def _states(found: Counter[str]) -> tuple[StateCount, ...]:
    return tuple(StateCount(state=state, count=count) for state, count in _by_count(found))


def _gathered(tally: dict[_Key, _Gathered], frames: tuple[Frame, ...], elided: int) -> _Gathered:
    """The group of a stack, made where there is none."""
    places = tuple((f.function, f.file or "", -1 if f.line is None else f.line) for f in frames)
    found = tally.get((places, elided))
    if found is None:
        found = tally[places, elided] = _Gathered(tuple(map(_bare, frames)), elided)
    return found


def _bare(frame: Frame) -> Frame:
    if frame.args is None and frame.offset is None and frame.pc is None:
        return frame
    return msgspec.structs.replace(frame, args=None, offset=None, pc=None)


def _add_part(tally: dict[_Key, _Gathered], part: Goroutines) -> None:
    """Count by numbers of stacks and headers: nothing is decoded."""
    of_stack = [_gathered(tally, stack.frames, stack.elided) for stack in part.rows.stacks]
    counts: Counter[tuple[int, int]] = Counter()
    for stack, head, number in part.alike():
        counts[stack, head] += 1
        of_stack[stack].add_id(number)
    made: Counter[int] = Counter()
    for (stack, head), count in counts.items():
        of_stack[stack].add_alike(part.rows.headers[head], count)
        made[stack] += count
    for stack, count in made.items():
        of_stack[stack].add_creator(part.rows.stacks[stack].created_by, count)

"""Bare addresses in a crash text: frames that have a pc and no name, such as a logger writes runtime.Callers.

In: a crash, the rows that a binary gave. Out: the crash with frames in their place, or without them and with a fault.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from streams.core.parse.frame import NON_GO, UNNAMED, package_of
from streams.model.crash import Crash, Fault, Frame, Goroutine
from streams.model.symbols import SymbolizedPc

# A stack that a logger wrote has some tens; a text may hold many.
_MOST: Final = 10_000


def _is_bare(frame: Frame) -> bool:
    return frame.pc is not None and frame.function in (UNNAMED, NON_GO)


def bare_pcs(crash: Crash) -> tuple[str, ...]:
    """The addresses without a name, each once, in order."""
    found = (
        frame.pc
        for goroutine in crash.goroutines
        for frame in goroutine.frames
        if frame.pc is not None and _is_bare(frame)
    )
    return tuple(dict.fromkeys(found))[:_MOST]


def must_be_named(crash: Crash) -> bool:
    """Whether nothing but addresses is known of its stack."""
    frames = [frame for goroutine in crash.goroutines for frame in goroutine.frames]
    return bool(frames) and all(frame.function == UNNAMED for frame in frames)


def named(crash: Crash, rows: tuple[SymbolizedPc, ...]) -> Crash:
    """The crash with the frames that a binary has at the addresses."""
    known = {row.pc: row for row in rows if row.frames}

    def frames(frame: Frame) -> tuple[Frame, ...]:
        row = known.get(frame.pc or "") if _is_bare(frame) else None
        if row is None:
            return (frame,)
        last = len(row.frames) - 1
        return tuple(
            Frame(
                function=found.function,
                package=None if found.native else package_of(found.function),
                file=found.file,
                line=found.line,
                inlined=found.inlined,
                native=found.native,
                pc=frame.pc if index == last else None,
            )
            for index, found in enumerate(row.frames)
        )

    return _each(crash, frames)


def without_unnamed(crash: Crash, why: Mapping[str, str]) -> Crash:
    """The crash without frames that have no name, and with a fault that says so; `why` by address."""
    left = [
        frame.pc or ""
        for goroutine in crash.goroutines
        for frame in goroutine.frames
        if frame.function == UNNAMED
    ]
    if not left:
        return crash
    crash = _each(crash, lambda frame: () if frame.function == UNNAMED else (frame,))
    reason = why.get(left[0]) or "give the binary by its build ID"
    fault = Fault(
        line=0, reason=f"{len(left)} bare addresses from {left[0]} on have no name: {reason}"
    )
    goroutines = tuple(g for g in crash.goroutines if g.frames or g.created_by)
    return msgspec.structs.replace(crash, goroutines=goroutines, faults=(*crash.faults, fault))


def _each(crash: Crash, frames: Callable[[Frame], tuple[Frame, ...]]) -> Crash:
    def changed(goroutine: Goroutine) -> Goroutine:
        return msgspec.structs.replace(
            goroutine, frames=tuple(new for frame in goroutine.frames for new in frames(frame))
        )

    return msgspec.structs.replace(crash, goroutines=tuple(map(changed, crash.goroutines)))

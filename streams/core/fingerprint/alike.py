"""Crashes with the same stack are grouped alike: what is found of one is remembered for those that follow.

In: a crash, its failure class, the method. Out: all that the names on a stack decide, as a value to look up; None for
a crash of which more is looked at than one stack. What a crash says, and who, when and where it was, are not in it.
"""

from __future__ import annotations

from collections.abc import Hashable
from operator import attrgetter
from typing import Final, Generic, TypeVar

from streams.core.fingerprint.bounded import MOST_CHARS
from streams.model.crash import Crash

# All that grouping without source looks at of a frame: arguments and pcs are those of one process.
_FRAME: Final = attrgetter(
    "function", "package", "file", "line", "offset", "std", "native", "in_app", "inlined"
)
_CREATOR: Final = attrgetter("function", "file", "line")
_MOST_FRAMES: Final = 128
_MOST_KEPT: Final = 1024

V = TypeVar("V")


def likeness(crash: Crash, failure: str, method: str) -> Hashable | None:
    """What crashes have in common that are grouped alike."""
    if len(crash.goroutines) != 1 or crash.accesses or crash.kind == "error":
        return None
    goroutine = crash.goroutines[0]
    frames = goroutine.frames
    if not 0 < len(frames) <= _MOST_FRAMES:
        return None
    created = goroutine.created_by
    return (
        method,
        failure,
        crash.kind,
        crash.build.module,
        goroutine.elided,
        not goroutine.state,
        None if created is None else _CREATOR(created),
        tuple(map(_FRAME, frames)),
    )


class Kept(Generic[V]):
    """The last values by likeness; the oldest goes first."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._known: dict[Hashable, V] = {}

    def get(self, alike: Hashable) -> V | None:
        """What is known of such a crash."""
        return self._known.get(alike)

    def put(self, alike: Hashable, crash: Crash, value: V) -> None:
        """Remember it, unless its names are longer than any that a program has."""
        frames = crash.goroutines[0].frames
        if any(len(frame.function) + len(frame.file or "") > MOST_CHARS for frame in frames):
            return
        if len(self._known) >= _MOST_KEPT:
            del self._known[next(iter(self._known))]
        self._known[alike] = value

"""Goroutines that stand at the same place, as one value (schema goroutine-group.v1, `goroutines --group --json`).

Values only. Frames are innermost first and without what differs from goroutine to goroutine: arguments, offset, pc.
"""

from __future__ import annotations

from streams.model.crash import Frame
from streams.model.message import Message, Value


class WaitMinutes(Value, frozen=True, kw_only=True):
    """The shortest and the longest wait that is stated, and how many goroutines state one (Go: from a minute on)."""

    least: int
    most: int
    stated: int


class StateCount(Value, frozen=True, kw_only=True):
    """A state as printed (`chan receive`, `select (no cases)`) and how many goroutines are in it."""

    state: str
    count: int


class CreatorCount(Value, frozen=True, kw_only=True):
    """Where goroutines were started, and how many were there."""

    function: str
    file: str | None = None
    line: int | None = None
    count: int


class LabelCount(Value, frozen=True, kw_only=True):
    """A label as pprof.Do sets it, and how many goroutines have it."""

    key: str
    value: str
    count: int


class GoroutineGroup(Message, frozen=True, kw_only=True):
    """goroutine-group.v1: the goroutines of one crash or dump that have one stack: functions, files and lines.

    `crash` is the id of its record, `crashed` says that the goroutine that died is among them, `ids` are the first few.
    `states`, `created_by` (of those that say it) and `labels` (the most frequent) are ordered by count. `locked` counts
    goroutines that are locked to their thread; `elided` frames that the runtime left out of the stack.
    """

    crash: str
    count: int
    crashed: bool = False
    states: tuple[StateCount, ...] = ()
    wait_minutes: WaitMinutes | None = None
    locked: int = 0
    ids: tuple[int, ...] = ()
    created_by: tuple[CreatorCount, ...] = ()
    labels: tuple[LabelCount, ...] = ()
    frames: tuple[Frame, ...] = ()
    elided: int = 0

"""From where an input is read again without losing or repeating anything, when only that is kept of it.

In: AssemblerState. Out: Resume, which holds no text of the input (law 8), and the state to read on with.
"""

from __future__ import annotations

import msgspec

from streams.core.parse.before import reach
from streams.core.parse.parts import whole_lines
from streams.core.parse.recent import Recent
from streams.core.parse.record import AssemblerState, Settled
from streams.model.message import Value


class Resume(Value, frozen=True, kw_only=True):
    """Read again from `line`; what lines before `done` give was given already.

    `settled` says of the streams that had records there how they ended: by which line, whether a Tick ended
    them, what may continue them. So no open record is older than the quiet time, and neither is `line`.
    """

    line: int
    done: int
    settled: dict[str, Settled] = {}


def first_above(state: AssemblerState) -> int | None:
    """The first line that a record which begins with the next line could take.

    None where runs of several streams came in turn: lines above are not known by number then.
    """
    if len(state.recent) > 1:
        return None
    stream, lines = next(iter(state.recent.items()), ("", ()))
    return state.next_line - reach(Recent(lines, state.format), stream)


def first_open(state: AssemblerState) -> int:
    """The first line of the oldest open record, unfinished line or entry, the next line if there is none."""
    records = (record.line for record in state.open.values())
    parts = (part.line for part in state.unfinished.values())
    entry = () if state.entry is None else (state.entry.line,)
    return min((*records, *parts, *entry), default=state.next_line)


def first_needed(state: AssemblerState, above: int) -> int:
    """From where all that is open must be read again; `above` is the state's `first_above`."""
    return whole_lines(state.spans, min(first_open(state), above))


def resume_line(state: AssemblerState, above: int | None, before: int) -> int:
    """The line of a Resume of this state; `above` is its `first_above`, `before` an older Resume's line."""
    return before if above is None else max(before, first_needed(state, above))


def pruned(state: AssemblerState, line: int) -> AssemblerState:
    """Without the settled streams that reading again from `line` has no need of."""
    kept = {
        stream: settled
        for stream, settled in state.settled.items()
        if settled.read >= line
        or stream in state.closed
        or (stream in state.open and state.open[stream].continues is not None)
    }
    if len(kept) == len(state.settled):
        return state
    return msgspec.structs.replace(state, settled=kept)


def settled_resume(state: AssemblerState) -> Resume | None:
    """A Resume that has no need of any line that was read; None while something is open."""
    if state.open or state.unfinished or state.entry is not None:
        return None
    line = state.next_line
    settled = {stream: kept for stream, kept in state.settled.items() if stream in state.closed}
    return Resume(line=line, done=line, settled=settled)


def resumed(again: Resume) -> AssemblerState:
    """The state with which to read on from a Resume's line."""
    closed = {stream: s.mark for stream, s in again.settled.items() if s.mark is not None}
    return AssemblerState(
        closed=closed, settled=again.settled, again=again.done, next_line=again.line
    )

"""Runs of lines to finished records: the entry points of reassembly.

In: AssemblerState and LogLines. Out: a Read with the next state. The records are the same however the lines
are divided into runs. Never raises on any text.
"""

from __future__ import annotations

import msgspec

from streams.core.parse.reassemble import OpenCrash
from streams.core.parse.record import (
    Assembled,
    AssemblerState,
    BadLine,
    ClosedMark,
    InputObject,
    Read,
    Settled,
)
from streams.core.parse.runner import Runner
from streams.model.events import LogLines


def feed(state: AssemblerState, run: LogLines) -> Read:
    """Take the next run of whole lines of an input."""
    runner = Runner(state, run)
    runner.read()
    return Read(
        state=runner.frozen(),
        found=tuple(runner.found),
        lines=runner.lines,
        formats=runner.formats,
        near_misses=tuple(runner.near_misses),
    )


def close(
    state: AssemblerState, *, resumable: bool, stream: str | None = None
) -> tuple[AssemblerState, tuple[Assembled | InputObject | BadLine, ...]]:
    """End every open record (a Tick), or that of one stream; first every line of which parts did not come.

    At the end of all an entry of a journal ends too. `resumable`: later lines of its stream may continue a record;
    otherwise none that was closed before, either.
    """
    state, found = _without_parts(state, stream, end=stream is None and not resumable)
    chosen = tuple(state.open) if stream is None else (stream,)
    still_open, closed, settled = dict(state.open), dict(state.closed), dict(state.settled)
    read = state.next_line - 1
    for name in chosen:
        record = still_open.pop(name, None)
        ended = OpenCrash(record).finished(resumable=resumable) if record else None
        if record is None or ended is None:
            continue
        found.append(ended)
        mark = ClosedMark(phase=ended.phase, crash=record.continues or None) if resumable else None
        if mark is not None:
            closed[name] = mark
        settled[name] = Settled(last=ended.last, read=max(ended.last, read), mark=mark)
    if not resumable:
        for name in tuple(closed) if stream is None else chosen:
            if closed.pop(name, None) is not None and name in settled:
                settled[name] = msgspec.structs.replace(settled[name], read=read, mark=None)
    after = msgspec.structs.replace(state, open=still_open, closed=closed, settled=settled)
    return after, tuple(found)


def _without_parts(
    state: AssemblerState, stream: str | None, *, end: bool
) -> tuple[AssemblerState, list[Assembled | InputObject | BadLine]]:
    """The state after the unfinished line of this stream, or of all, was taken as it is, and what that gave."""
    cut = state.unfinished if stream is None else stream in state.unfinished
    entry = end and state.entry is not None
    if not cut and not entry:
        return state, []
    # An input's lines have one run stream; lines above are kept under it.
    of_run = next(iter(state.recent), "")
    runner = Runner(
        state, LogLines(input="", data="", line=state.next_line, stream=of_run, format=state.format)
    )
    if entry:
        runner.end_entry()
    runner.end_parts(stream)
    return runner.frozen(), runner.found


def mark_closed(state: AssemblerState, stream: str, crash_id: str) -> AssemblerState:
    """Tell which crash the resumable record of a stream became; its later lines will name it."""
    mark, record = state.closed.get(stream), state.open.get(stream)
    settled = state.settled.get(stream)
    if settled is not None and settled.mark is not None:
        known = msgspec.structs.replace(settled.mark, crash=crash_id)
        settled = msgspec.structs.replace(settled, mark=known)
        state = msgspec.structs.replace(state, settled={**state.settled, stream: settled})
    if mark is not None:
        named = msgspec.structs.replace(mark, crash=crash_id)
        return msgspec.structs.replace(state, closed={**state.closed, stream: named})
    if record is not None and record.continues == "":
        resumed = msgspec.structs.replace(record, continues=crash_id)
        return msgspec.structs.replace(state, open={**state.open, stream: resumed})
    return state

"""Runs of lines to finished records: the entry points of reassembly.

In: AssemblerState and LogLines. Out: a Read with the next state. The records are the same however the lines
are divided into runs. Never raises on any text.
"""

from __future__ import annotations

import msgspec

from streams.core.parse.reassemble import OpenCrash
from streams.core.parse.record import Assembled, AssemblerState, ClosedMark, Read
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
    state: AssemblerState, *, resumable: bool
) -> tuple[AssemblerState, tuple[Assembled, ...]]:
    """End every open record (a Tick); `resumable`: later lines of its stream may continue it."""
    closed = dict(state.closed) if resumable else {}
    records: list[Assembled] = []
    for stream, record in state.open.items():
        found = OpenCrash(record).finished(resumable=resumable)
        if found is None:
            continue
        records.append(found)
        if resumable:
            closed[stream] = ClosedMark(phase=found.phase, crash=record.continues or None)
    return msgspec.structs.replace(state, open={}, closed=closed), tuple(records)


def mark_closed(state: AssemblerState, stream: str, crash_id: str) -> AssemblerState:
    """Tell which crash the resumable record of a stream became; its later lines will name it."""
    mark, record = state.closed.get(stream), state.open.get(stream)
    if mark is not None:
        named = msgspec.structs.replace(mark, crash=crash_id)
        return msgspec.structs.replace(state, closed={**state.closed, stream: named})
    if record is not None and record.continues == "":
        resumed = msgspec.structs.replace(record, continues=crash_id)
        return msgspec.structs.replace(state, open={**state.open, stream: resumed})
    return state

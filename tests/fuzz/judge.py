"""What must hold for any text: nothing raises, and however it is cut, the records are the same (law 9).

In: a text, dice. Out: nothing; AssertionError, or whatever was raised.
"""

from __future__ import annotations

from random import Random

from streams.core.fingerprint.explain import fingerprint
from streams.core.parse.assemble import close, feed
from streams.core.parse.record import Assembled, AssemblerState
from streams.core.parse.traceback import parse_by_line, read_dump
from streams.core.steps.symbolize import crash_of
from streams.model.events import LogLines, RawPanic
from streams.model.settings import PipelineSettings

_SETTINGS = PipelineSettings()


def _found(lines: list[str], cuts: tuple[int, ...]) -> list[object]:
    state, start = AssemblerState(), 0
    found: list[object] = []
    for stop in (*cuts, len(lines)):
        if stop > start:
            data = "".join(f"{line}\n" for line in lines[start:stop])
            read = feed(state, LogLines(input="a", data=data, line=start + 1))
            state, start = read.state, stop
            found += read.found
    _, ended = close(state, resumable=False)
    return [*found, *ended]


def judge_dump(text: str) -> bool:
    """Whether it is read as a dump of many goroutines, which must say what its lines say one by one."""
    dump = read_dump(text)
    if dump is not None:
        assert dump.traceback() == parse_by_line(text)
    return dump is not None


def judge(text: str, dice: Random) -> int:
    """Read it; how many records it holds."""
    lines = text.split("\n")
    whole = _found(lines, ())
    cuts = tuple(sorted(dice.randrange(len(lines) + 1) for _ in range(dice.randrange(1, 4))))
    assert _found(lines, cuts) == whole, f"cut at {cuts}"
    records = [found for found in whole if isinstance(found, Assembled)]
    for record in records:
        crash = crash_of(RawPanic(text=record.text, message=record.message), _SETTINGS)
        if crash is not None:
            fingerprint(crash)
    crash_of(RawPanic(text=text), _SETTINGS)
    judge_dump(text)
    return len(records)

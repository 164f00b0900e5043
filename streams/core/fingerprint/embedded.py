"""Stacks that a panic's value carries: a panic that was recovered in one goroutine, and raised anew in another.

In: a crash. Out: the crash as it was first, with the goroutine whose stack its value tells, or the same crash. Those
that do so print `debug.Stack()` behind the value: errgroup's PanicError, conc's panics.Recovered, singleflight, cron.
It decides by what a crash is grouped, never what its record says: a value may hold anything.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from streams.core.parse.traceback import parse_traceback
from streams.core.symbolize.marks import mark_goroutines
from streams.model.crash import Crash, Goroutine
from streams.model.settings import PipelineSettings

_STACK: Final = re.compile(r"^[ \t]*goroutine \d+ \[[^\]\n]{1,200}\]:$", re.MULTILINE)
_FILE: Final = re.compile(r"\S.*:\d+(?: \+0x[0-9a-f]+)?$")
_ASKED: Final = "runtime/debug.Stack"
_MOST_CHARS: Final = 256 * 1024


def first_told(crash: Crash, settings: PipelineSettings) -> Crash:
    """The crash with the stack that its value tells in place of its own, where it tells one."""
    goroutine = _told(crash, settings)
    if goroutine is None:
        return crash
    return msgspec.structs.replace(crash, goroutines=(goroutine,))


def _indented(line: str) -> str:
    """A line of a stack; the tab before a file is lost where the value's lines were indented by one."""
    return "\t" + line if _FILE.match(line) else line


def _told(crash: Crash, settings: PipelineSettings) -> Goroutine | None:
    for panic in crash.panics:
        value = panic.value
        match = _STACK.search(value) if "goroutine " in value else None
        if match is None:
            continue
        lines = value[match.start() : match.start() + _MOST_CHARS].splitlines()
        margin = len(lines[0]) - len(lines[0].lstrip())
        text = "\n".join(
            _indented(line[margin:] if line[:margin].isspace() else line) for line in lines
        )
        found = parse_traceback("panic: told\n\n" + text + "\n", None)
        marked = mark_goroutines(found.goroutines, crash.build, settings)
        best = next((g for g in marked if any(f.in_app for f in g.frames)), None)
        # Whoever asks for the stack in a deferred function is on it: text that only looks like a stack is not enough.
        if best is not None and best.frames[0].function == _ASKED:
            return msgspec.structs.replace(best, crashed=True)
    return None

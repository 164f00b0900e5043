"""A crash record as the runtime printed it: for people who want to read, search or copy the text.

In: a crash.v1 record, which is scrubbed. Out: lines. The text itself is not kept (ADR 0008): it is made again from the
record, in the runtime's own shapes (runtime/traceback.go, runtime/panic.go, cmd/compile's race runtime).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice
from typing import Final

from streams.core.report.words import visible
from streams.model.crash import Access, Crash, CreatedBy, Frame, Goroutine

_LINE_CHARS: Final = 2000


def printed(crash: Crash, most: int) -> tuple[tuple[str, ...], bool]:
    """At most so many harmless lines, and whether there are more."""
    found = tuple(islice(_lines(crash), most + 1))
    return tuple(_harmless(line) for line in found[:most]), len(found) > most


def _harmless(line: str) -> str:
    tab = "\t" if line.startswith("\t") else ""
    shown = visible(line[len(tab) : _LINE_CHARS + 1])
    return tab + (shown if len(line) <= _LINE_CHARS else f"{shown}…")


def _lines(crash: Crash) -> Iterator[str]:
    yield from _head(crash)
    for error in crash.errors:
        yield f"  {error.type or 'error'}: {error.message}"
    if crash.signal is not None:
        yield _signal(crash)
    for access in crash.accesses:
        yield ""
        yield from _access(access)
    for goroutine in crash.goroutines:
        yield ""
        yield from _goroutine(goroutine)
    for name, value in crash.registers.items():
        yield f"{name:8} {value}"
    if crash.exit is not None and crash.exit.code is not None:
        yield f"exit status {crash.exit.code}"


def _head(crash: Crash) -> Iterator[str]:
    if crash.panics:
        for number, panic in enumerate(crash.panics):
            mark = " [recovered]" if panic.recovered else ""
            yield from f"{chr(9) * bool(number)}panic: {panic.value}{mark}".split("\n")
        return
    before = {"fatal": "fatal error: ", "race": "WARNING: DATA RACE: ", "panic": "panic: "}
    yield from f"{before.get(crash.kind, '')}{crash.message}".split("\n")


def _signal(crash: Crash) -> str:
    signal = crash.signal
    if signal is None:
        raise AssertionError
    named = (("code", signal.code), ("addr", signal.addr), ("pc", signal.pc))
    facts = "".join(f" {name}={value}" for name, value in named if value)
    return f"[signal {signal.name}{facts}]"


def _goroutine(goroutine: Goroutine) -> Iterator[str]:
    state = goroutine.state
    if goroutine.wait_minutes:
        state += f", {goroutine.wait_minutes} minutes"
    if goroutine.locked:
        state += ", locked to thread"
    if goroutine.state:
        yield f"goroutine {goroutine.id} [{state}]:"
    if goroutine.labels:
        yield "labels: " + ", ".join(f"{k}={v}" for k, v in sorted(goroutine.labels.items()))
    yield from chain.from_iterable(map(_frame, goroutine.frames))
    if goroutine.elided:
        yield f"...{goroutine.elided} frames elided..."
    if goroutine.created_by is not None:
        yield from _creator(goroutine.created_by)


def _frame(frame: Frame) -> Iterator[str]:
    yield f"{frame.function}({frame.args or ''})"
    if frame.file is not None:
        line = "" if frame.line is None else f":{frame.line}"
        offset = f" +{frame.offset}" if frame.offset else ""
        yield f"\t{frame.file}{line}{offset}"


def _creator(by: CreatedBy) -> Iterator[str]:
    where = "" if by.goroutine is None else f" in goroutine {by.goroutine}"
    yield f"created by {by.function}{where}"
    if by.file is not None:
        yield f"\t{by.file}" + ("" if by.line is None else f":{by.line}")


def _access(access: Access) -> Iterator[str]:
    at = f" at {access.addr}" if access.addr else ""
    by = "" if access.goroutine is None else f" by goroutine {access.goroutine}"
    yield f"{access.kind.capitalize()}{at}{by}:"
    for frame in access.frames:
        yield from (f"  {line}" for line in _frame(frame))

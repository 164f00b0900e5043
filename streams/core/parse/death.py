"""The head of a crash: what the runtime prints between `panic: ` (or `fatal error: `, `SIGxxx: `) and the stacks.

In: the lines from the first crash line to the first goroutine block. Out: Death. Source: runtime/panic.go
printpanics and preprintpanics, runtime/error.go printpanicval, runtime/signal_unix.go fatalsignal.
"""

from __future__ import annotations

import re
from typing import Final

from streams.core.parse.shape import (
    HTTP_PANIC,
    LOG_LINE,
    PC_LINE,
    REGISTER,
    SIGNAL_LINE,
    SIGNAL_NAME,
    start_of,
)
from streams.model.crash import CrashKind, Exit, Panic, Signal

# Go 1.25 prints one line for a recovered and repanicked value; before, the second panic had its own line.
_RECOVERED: Final = re.compile(r" \[recovered(, repanicked|, reraised)?\]$")
# printanycustomtype: `main.Code(7)`, `main.Name("x")`; others are `(main.T) 0xc000012345`, before Go 1.18
# `(main.T) (0x45e0a0,0x4c2d00)` or `(main.T) {...}`.
_POINTED: Final = re.compile(
    r"\((.{1,400})\) (?:0x[0-9a-f]+|\(0x[0-9a-f]+, ?0x[0-9a-f]+\)|\{.*\})$"
)
_CUSTOM: Final = re.compile(
    r"((?:[\w.~%-]{1,100}/){0,20}[\w%-]{1,100}\.[A-Za-z_]\w{0,200}(?:\[.{0,200}\])?)"
    r"\((?:\".*\"|[-+0-9.eExXa-fniNI]+|true|false|\([-+0-9.eEniNIaAf]+\))\)$",
    re.DOTALL,
)
_NESTED: Final = re.compile(r"[\t ]{0,8}panic: ")
_QUIT: Final = "SIGQUIT"


class Death:
    """What the head says; built line by line."""

    def __init__(self) -> None:
        self.kind: CrashKind = "dump"
        self.message = ""
        self.panics: list[Panic] = []
        self.signal: Signal | None = None
        self.signal_m: str | None = None
        self.registers: dict[str, str] = {}
        self.recovered = False


def type_of(value: str) -> str | None:
    """The Go type where the printed panic value states it."""
    match = _POINTED.match(value) or _CUSTOM.match(value)
    return match[1] if match else None


def panic_of(lines: list[str], *, recovered: bool = False) -> Panic:
    """One panic from the lines of its value; the first has lost its `panic: `."""
    while len(lines) > 1 and not lines[-1].strip():
        lines.pop()
    value = "\n".join(lines)
    mark = _RECOVERED.search(value[-40:])
    if mark:
        value = value[: len(value) - len(mark[0])]
    return Panic(
        value=value,
        type=type_of(value),
        recovered=recovered or mark is not None,
        repanicked=bool(mark and mark[1]),
    )


def signal_of(line: str) -> Signal | None:
    """The `[signal …]` line (runtime/panic.go printpanics, since Go 1.5)."""
    match = SIGNAL_LINE.match(line)
    if match is None:
        return None
    return Signal(name=match[1] or "", code=match[3], addr=match[4], pc=match[5])


def exit_of(match: re.Match[str]) -> Exit:
    """How `go run`, `go test` or a shell reported the end."""
    return Exit(code=int(match[1])) if match[1] else Exit(signal=match[2].strip())


def _unindented(line: str) -> str:
    """A value's continuation line: the runtime of Go >= 1.23 puts a tab before it (printindented)."""
    return line[1:] if line.startswith("\t") else line.removeprefix("    ")


def _chain(lines: list[str], first: str, *, logged: bool) -> list[Panic]:
    """All panics of the head, oldest first; `first` is the rest of the first line."""
    values = [[first]]
    for line in lines:
        if not logged and _NESTED.match(line):
            values.append([line.lstrip()[len("panic: ") :]])
        elif not LOG_LINE.match(line):
            values[-1].append(line if logged else _unindented(line))
    return [panic_of(value, recovered=logged) for value in values]


def _take_signal(death: Death, line: str) -> bool:
    """Use a line that speaks of the signal, its registers or its place."""
    if found := signal_of(line):
        death.signal = death.signal or found
    elif match := PC_LINE.match(line):
        name = death.signal.name if death.signal else ""
        death.signal = Signal(name=name, code=match[3], addr=match[4], pc=match[1])
        death.signal_m = match[2]
    elif match := REGISTER.match(line):
        death.registers.setdefault(match[1], match[2])
    elif match := SIGNAL_NAME.match(line):
        death.signal = Signal(name=match[1] or match[3])
    else:
        return False
    return True


def _begin_panic(death: Death, first: str, rest: list[str]) -> None:
    logged = HTTP_PANIC.match(first) if start_of(first) == "log" else None
    value = logged[2] if logged else first.partition("panic: ")[2]
    death.kind = "panic"
    death.recovered = logged is not None
    death.panics = _chain(rest, value, logged=death.recovered)
    last = next((p for p in reversed(death.panics) if not p.recovered), death.panics[-1])
    death.message = last.value.partition("\n")[0]


def read_death(lines: list[str]) -> Death:
    """Read the head; `lines[0]` is the line that starts the crash, base indent removed."""
    death = Death()
    first = lines[0]
    start = start_of(first)
    rest = [
        line
        for line in lines[1:]
        if not (line[:1] not in ("\t", " ", "") and _take_signal(death, line))
    ]
    if start in ("panic", "log"):
        _begin_panic(death, first, rest)
    elif start == "fatal":
        death.kind = "fatal"
        death.message = first.partition(": ")[2].strip()
    elif match := SIGNAL_NAME.match(first):
        known = death.signal
        death.kind = "dump" if match[1] == _QUIT else "signal"
        death.message = first.strip()
        death.signal = Signal(
            name=match[1] or match[3],
            code=known.code if known else None,
            addr=known.addr if known else None,
            pc=known.pc if known else None,
        )
    return death

"""The text of one crash to a full record: how it died, every goroutine, every frame.

In: text without line prefixes. Out: Traceback. Pure, linear, never raises; what is not understood is a fault.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Final

import msgspec

from streams.core.parse.death import Death, exit_of, read_death
from streams.core.parse.dump import Dump, Rows, cut_dump, dump_of, read_rows
from streams.core.parse.frame import PANIC_FRAMES
from streams.core.parse.goroutines import Blocks, read_blocks
from streams.core.parse.logged import read_logged
from streams.core.parse.logged_error import read_error, read_zap
from streams.core.parse.race import MESSAGE, read_race
from streams.core.parse.recovered import Recovered, read_chi, read_gin
from streams.core.parse.shape import (
    EXIT,
    FATAL_LOG,
    RULE,
    SYSTEM_STACK,
    UNAVAILABLE,
    header_of,
    indent_of,
    is_running,
    plain,
    start_of,
)
from streams.model.crash import Exit, Fault, Goroutine, Panic, Traceback

_STACK_FRAMES: Final = frozenset(
    {"runtime/debug.Stack", "runtime/debug.PrintStack", "runtime.Stack"}
)

# Characters from which a text may be a dump of very many goroutines.
_LARGE: Final = 20_000

# `go test` prints FAIL lines behind the exit status.
_EXIT_WITHIN: Final = 5


def _dedented(text: str) -> list[str]:
    """The lines without colour, CR and the indent that the crash's first line has (pasted or klog text)."""
    lines = text.rstrip().split("\n")
    if "\x1b" in text or "\r" in text:
        lines = [plain(line) for line in lines]
    for line in lines:
        bare = line.lstrip(" \t")
        if start_of(bare) or header_of(bare):
            base = indent_of(line)
            cut = len(base)
            return (
                [line[cut:] if line.startswith(base) else line for line in lines] if base else lines
            )
    return lines


def _start(lines: list[str]) -> int | None:
    """The line that starts the crash, if one stands before the first goroutine header."""
    for at, line in enumerate(lines):
        if start_of(line):
            return at
        if header_of(line):
            return None
    return None


def _headers(lines: list[str], begin: int) -> list[int]:
    """Goroutine headers and system stacks up to the next crash, or a rule: other threads' stacks follow it."""
    found: list[int] = []
    for at in range(begin, len(lines)):
        line = lines[at]
        if line == RULE or (found and start_of(line)):
            break
        if line == SYSTEM_STACK or header_of(line):
            found.append(at)
    return found


def _runs(lines: list[str], at: int) -> bool:
    """Whether the block at this line is of a running goroutine whose stack is printed."""
    header = header_of(lines[at])
    below = lines[at + 1] if at + 1 < len(lines) else ""
    return bool(header and is_running(header) and below.strip() and not UNAVAILABLE.match(below))


def _first_block(lines: list[str], begin: int, *, panicked: bool) -> tuple[int, int]:
    """Where the runtime's own blocks begin, and how many blocks before that belong to the panic value.

    Before Go 1.23 the runtime did not indent the lines of a panic value (runtime/error.go printindented), and
    log packages never do: a traceback inside the value looks real. The panicking goroutine runs and comes
    first, no other one has both the state and a stack, so of several such blocks the last is real.
    """
    headers = _headers(lines, begin)
    if not headers:
        return len(lines), 0
    if panicked:
        running = [at for at in headers if _runs(lines, at)]
        if len(running) > 1:
            return running[-1], headers.index(running[-1])
    return headers[0], 0


def _crashed(goroutines: tuple[Goroutine, ...], death: Death) -> tuple[Goroutine, ...]:
    """Mark the goroutine that died: the first running one, else that of the signalled thread, else the first."""
    if death.kind == "dump" or not goroutines:
        return goroutines
    at = next((n for n, g in enumerate(goroutines) if g.state.startswith("running")), None)
    if at is None:
        at = next(
            (n for n, g in enumerate(goroutines) if g.id and g.m and g.m == death.signal_m), 0
        )
    marked = msgspec.structs.replace(goroutines[at], crashed=True)
    return (*goroutines[:at], marked, *goroutines[at + 1 :])


def _from_log(before: list[str], goroutines: tuple[Goroutine, ...], message: str | None) -> Death:
    """How a block without a crash line came about: a recovered panic or a dump."""
    death = Death()
    logged = read_logged(before)
    functions = [frame.function for frame in goroutines[0].frames] if goroutines else []
    value = message if message is not None else logged.value
    death.message = value.partition("\n")[0] if value else logged.line
    if before and (fatal := FATAL_LOG.match(before[-1] or before[0])):
        death.kind, death.message = "error", fatal[1].strip()
        return death
    dumped = not functions or functions[0] in _STACK_FRAMES
    if not PANIC_FRAMES.isdisjoint(functions) or (logged.speaks and (dumped or value)):
        death.kind = "panic"
        death.recovered = True
        death.panics = [Panic(value=value, recovered=True)] if value is not None else []
    return death


def _with_goexit(panics: list[Panic], goroutines: tuple[Goroutine, ...]) -> tuple[Panic, ...]:
    """The panics, marked where runtime.Goexit was running deferred calls; Go prints no word of it."""
    crashed = next((g for g in goroutines if g.crashed), None)
    if not crashed or all(frame.function != "runtime.Goexit" for frame in crashed.frames):
        return tuple(panics)
    return tuple(msgspec.structs.replace(panic, goexit=True) for panic in panics)


def _exit(lines: list[str]) -> tuple[int, Exit | None]:
    """Where in the last lines it says how the process ended, and how; (-1, None) if nowhere."""
    for at in range(len(lines) - 1, max(-1, len(lines) - _EXIT_WITHIN), -1):
        if match := EXIT.match(lines[at]):
            return at, exit_of(match)
    return -1, None


def _faults(blocks: Blocks, begin: int | None, forged: int) -> tuple[Fault, ...]:
    if not forged:
        return tuple(blocks.faults)
    reason = f"{forged} block(s) above the running goroutine are taken as part of the panic value"
    return (Fault(line=(begin or 0) + 1, reason=reason), *blocks.faults)


def _race(lines: list[str], begin: int, exit_: Exit | None) -> Traceback:
    race = read_race(lines, begin)
    return Traceback(
        kind="race",
        message=MESSAGE,
        exit=exit_,
        goroutines=race.goroutines,
        accesses=race.accesses,
        truncated=race.cut,
        faults=tuple(race.faults),
    )


def _recovered(lines: list[str], begin: int) -> Traceback | None:
    """A panic that gin or chi recovered and printed, None for any other."""
    first, below = lines[begin], lines[begin + 1 :]
    if start_of(first) == "gin":
        found: Recovered | None = read_gin(below)
    elif first.startswith("panic: ") and not any(map(header_of, below)):
        found = read_chi(below, first.removeprefix("panic: "))
    else:
        return None
    if found is None:
        return None
    # Whose stack it is, it does not say.
    stack = Goroutine(id=0, state="", crashed=True, frames=found.frames)
    return Traceback(
        kind="panic",
        message=found.value.partition("\n")[0],
        panics=(Panic(value=found.value, recovered=True),),
        goroutines=(stack,) if found.frames else (),
    )


Readers = Callable[[Iterable[str]], Iterable[Rows | None]]
_in_turn: Final[Readers] = partial(map, read_rows)


def read_dump(text: str, message: str | None = None, read: Readers = _in_turn) -> Dump | None:
    """A text of very many goroutines, decoded as far as it is asked for; None for any other.

    Its `traceback()` is what `parse_by_line` says of the same text. `read` may read its parts by several processes.
    """
    cut = cut_dump(text)
    if cut is None:
        return None
    head = parse_by_line(cut.head, message)
    # What is wrong at the end of the first block could look right beside the last one.
    if head.faults or head.exit or head.truncated:
        return None
    parts: list[Rows] = []
    for rows in read(cut.parts()):
        if rows is None:
            return None
        parts.append(rows)
    return dump_of(parse_by_line(cut.outer, message), parts, cut.below)


def parse_traceback(text: str, message: str | None = None) -> Traceback:
    """Everything that the text of one crash says, as `parse_by_line` reads it; large dumps faster."""
    if len(text) > _LARGE and (dump := read_dump(text, message)):
        return dump.traceback()
    return parse_by_line(text, message)


def parse_by_line(text: str, message: str | None = None) -> Traceback:
    """Everything that the text of one crash says.

    `message` is the panic value that a structured line stated beside its stack field. Kinds: `panic` (also
    recovered ones that were logged), `fatal` (runtime throw), `signal` (death by SIGxxx outside Go code),
    `dump` (stacks without a death by fault: SIGQUIT, runtime.Stack, debug.Stack without a panic), `race` (of the
    race detector), `error` (logged; the text is one line). The result's message is the first line of the value
    that killed: of the last panic that nobody recovered.
    """
    if text.find("\n", 0, -1) < 0 and (error := read_error(text)):
        return error
    lines = _dedented(text)
    exit_at, exit_ = _exit(lines)
    if exit_at >= 0:
        lines[exit_at] = ""
    begin = _start(lines)
    if begin is not None and start_of(lines[begin]) == "race":
        return _race(lines, begin, exit_)
    if begin is not None and start_of(lines[begin]) == "zap" and (error := read_zap(lines[begin:])):
        return error
    if begin is not None and (recovered := _recovered(lines, begin)):
        return recovered
    panicked = begin is not None and start_of(lines[begin]) in ("panic", "log")
    first, forged = _first_block(lines, begin or 0, panicked=panicked)
    blocks = read_blocks(lines, first)
    goroutines = blocks.goroutines()
    logged = begin is None
    death = (
        _from_log(lines[:first], goroutines, message) if logged else read_death(lines[begin:first])
    )
    goroutines = _crashed(goroutines, death)
    return Traceback(
        kind=death.kind,
        message=death.message or message or "",
        panics=_with_goexit(death.panics, goroutines),
        signal=death.signal,
        registers={**death.registers, **blocks.registers},
        exit=exit_,
        goroutines=goroutines,
        truncated=blocks.cut,
        faults=_faults(blocks, begin, forged),
    )

"""Inputs that nobody wrote: crash texts and shippers' lines, changed at random.

In: dice. Out: texts. The same seed gives the same inputs.
"""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Final

from streams.model.text import from_bytes
from tests.shipping import OTHER_WRAPS, PARTS, WRAPS, Container

_TESTS: Final = Path(__file__).parents[1]
_FOLDERS: Final = (
    "unit/core/parse/texts",
    "unit/core/parse/logged",
    "unit/core/parse/rpc",
    "golden",
)
# What lines of crashes are made of, put where it does not belong.
_PIECES: Final = (
    "panic: ", "goroutine 1 [running]:", "goroutine 7 [select, 3 minutes]:", "fatal error: ", "created by main.main",
    "\tmain.go:1 +0x1", "[signal SIGSEGV: segmentation violation]", "exit status 2", "==================", "\x1b[31m",
    "WARNING: DATA RACE", "Read at 0x1 by goroutine 7:", "Goroutine 7 (running) created at:", "\0", "\ufeff", "\r",
    " panic: x", " -> main.f", "[Recovery] 2026/01/01 - 00:00:00 panic recovered:", "{", '"', "\\n", "\udcff", "-----",
    "[originating from goroutine 1]:", "...53 frames elided...", "runtime stack:", "main.f(", "main.f(...)",
    "http: panic serving ",
    "2026-11-01T10:00:00.000000001Z stderr P ", "2026-11-01T10:00:00.000000001Z stderr F ",
    "E1126 17:14:05.544669 1 a.go:1] ", '{"level":"error","err":"x","stack":"', '{"log":"',
    '{"streams":[{"stream":{},"values":[["1","', "level=error err=x",
    "__CURSOR=s=1", "__REALTIME_TIMESTAMP=1", "MESSAGE", "\x09\0\0\0\0\0\0\0", "MESSAGE=panic: x",
)  # fmt: skip
_MOST_CHARS: Final = 20_000


def seeds() -> list[str]:
    """Texts of real programs, whole."""
    files = sorted(
        path
        for folder in _FOLDERS
        for path in (_TESTS / folder).rglob("*.txt")
        if path.name.startswith("input.") or folder != "golden"
    )
    return [from_bytes(path.read_bytes())[:_MOST_CHARS] for path in files]


def change(dice: Random, lines: list[str]) -> None:
    """Change the lines at one place."""
    at = dice.randrange(len(lines))
    match dice.randrange(7):
        case 0:
            del lines[at]
        case 1:
            lines.insert(at, lines[dice.randrange(len(lines))])
        case 2:
            other = dice.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
        case 3:
            lines[at] = lines[at][: dice.randrange(len(lines[at]) + 1)]
        case 4:
            cut = dice.randrange(len(lines[at]) + 1)
            lines[at] = lines[at][:cut] + dice.choice(_PIECES) + lines[at][cut:]
        case 5:
            lines.insert(at, dice.choice(_PIECES))
        case _:
            lines[at:at] = lines[at : at + dice.randrange(1, 20)]


def _wrapped(dice: Random, lines: list[str]) -> list[str]:
    """Behind a shipper, of one or two containers, some lines in parts."""
    wrap = dice.choice((*WRAPS.values(), *OTHER_WRAPS.values()))
    part = dice.choice(tuple(PARTS.values()))
    containers = [Container(f"c0ffee{n:010x}") for n in range(dice.randrange(1, 3))]
    made = []
    for moment, line in enumerate(lines):
        container = dice.choice(containers)
        clean = line.encode("utf-8", "replace").decode()
        if dice.random() < 0.05:
            cut = dice.randrange(len(clean) + 1)
            made.append(part(container, clean[:cut], moment, last=False))
            made.append(part(container, clean[cut:], moment, last=dice.random() < 0.9))
        else:
            made.append(wrap(container, clean, moment))
    return made


def text(dice: Random, known: list[str]) -> str:
    """The next input."""
    lines = dice.choice(known).split("\n")
    if dice.random() < 0.3:
        other = dice.choice(known).split("\n")
        at = dice.randrange(len(lines))
        lines[at:at] = other[: dice.randrange(1, len(other) + 1)]
    for _ in range(dice.randrange(8)):
        if lines:
            change(dice, lines)
    if lines and dice.random() < 0.4:
        lines = _wrapped(dice, lines)
        if dice.random() < 0.3 and len(lines) > 1:
            change(dice, lines)
    return "\n".join(lines)

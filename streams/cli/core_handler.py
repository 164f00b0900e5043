"""`collect cores --handler`: what the kernel starts when a program dies. The kernel waits: little is imported here.

In: the words of the command line. Out: the exit code. Standard output and standard error may not be open.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

FLAG = "--handler"
_WORDS = ("collect", "cores")
_STANDARD = 2


def is_meant(arguments: Sequence[str]) -> bool:
    """Whether these are the words of a handler."""
    return tuple(arguments[:2]) == _WORDS and FLAG in arguments[2:]


def run(arguments: Sequence[str]) -> int:
    """Handle one core; `arguments` are those of the whole command line."""
    _open_standard()
    from streams.drivers.core_pipe import BAD_INPUT, handle, sayer

    at = list(arguments).index(FLAG)
    before, words = arguments[2:at], arguments[at + 1 :]
    say = sayer()
    config = None
    if before[:1] == ["--config"] and len(before) > 1:
        config, before = before[1], before[2:]
    elif before and before[0].startswith("--config="):
        config, before = before[0].partition("=")[2], before[1:]
    code = handle(words, config, say)
    if before:
        say(f"{before[0]}: not known before {FLAG}: want --config FILE, or nothing")
        return code or BAD_INPUT
    if sys.stdout is not None:
        sys.stdout.flush()
    return code


def _open_standard() -> None:
    """The kernel opens standard input alone; what we write must not get the number of another."""
    missing = []
    while (nothing := os.open(os.devnull, os.O_RDWR)) <= _STANDARD:
        missing.append(nothing)
    for number in missing:
        os.dup2(nothing, number)  # whom we hand over to inherits it, as standard ones are
    os.close(nothing)

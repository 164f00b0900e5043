"""The log lines before a goroutine block: what a program wrote when it recovered a panic itself.

In: the lines above the block. Out: the panic's value where one is stated, and the line that speaks of it.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from streams.core.parse.header import unquote
from streams.core.parse.shape import LOG_LINE, MENTION

_KEY: Final = r"(?:panic|panicGoValue|recovered|recover|reason|err|error|value|cause)"
_QUOTED: Final = re.compile(rf'\b{_KEY}=\\?"((?:[^"\\]|\\.)*)"')
_BARE: Final = re.compile(rf"\b{_KEY}=(\S+)")
_COLON: Final = re.compile(
    r"(?:panic recovered|recovered(?: from)?(?: an?)?(?: panic)?|panic(?:ked|king)?(?: (?:in|while|at|by) [^:]{1,120})?"
    r"|panic (?:caught|recovery|[a-z]{2,12}ed)|observed a panic|\[PANIC(?: RECOVER(?:ED)?)?\])"
    r"(?:[:=]\s*|(?<=\])\s+)(.*)$",
    re.IGNORECASE,
)
# Only where nothing clearer stands in the line: what follows the tag may be a time of its own.
_RECOVERY: Final = re.compile(r"\[recovery\][^:]{0,60}(?:[:=]\s*|(?<=\])\s+)(.*)$", re.IGNORECASE)
_REQUEST: Final = re.compile(r"(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|CONNECT|TRACE) /")
_CLOCK: Final = re.compile(r"\s*\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d\S*\s+")


class Logged(msgspec.Struct, frozen=True):
    """What the lines above a block say: `value` None where they state no panic value."""

    line: str = ""
    value: str | None = None
    speaks: bool = False


def _value_in(line: str) -> str | None:
    if match := _QUOTED.search(line):
        return unquote(match[1])
    if match := _BARE.search(line):
        return match[1]
    if match := _COLON.search(line) or _RECOVERY.search(line):
        return match[1].strip()
    return None


def _joined(first: str | None, below: list[str]) -> str | None:
    """The value: what stands behind the marker, or the lines below where that is empty or a request."""
    if not below:
        return first or None
    if not first or _REQUEST.match(first):
        return "\n".join(below)
    return "\n".join((first, *below))


def read_logged(before: list[str]) -> Logged:
    """Read the lines above a goroutine block, the nearest that speaks of a panic first."""
    lines = [line for line in before if line.strip()]
    for at in range(len(lines) - 1, -1, -1):
        if MENTION.search(lines[at]):
            below = [line for line in lines[at + 1 :] if not LOG_LINE.match(line)]
            return Logged(lines[at].strip(), _joined(_value_in(lines[at]), below), speaks=True)
    return Logged(_CLOCK.sub("", lines[-1]).strip() if lines else "")

"""Templates of bugs: what they are made of, and how their text is read.

In: the text of a template. Out: its pieces of Go, and the calls that reach its bugs.

- `//: code NAME [@K]` begins a piece of Go. Without K it is in the first package of the instance (moved as a whole by
  "package", alone by "split"); with K = 1, 2, ... in another one, for callers of a helper that is the bug itself:
  such a template has `packages` (a helper must not be a package that others of the service import in a circle).
- `//: call BUG key=value ...` begins an expression of type error, in which `in` is the input; several calls of one BUG
  are several ways to the same bug. Keys: `n` (3 or 3..9) and `s` are given to the input (`in.N`, `in.S`; `in.ID` is
  drawn, `in.Items` has N elements below 101, at most 64); `expect` is a regular expression that the text must match;
  `routes` is a key of ROUTES (panic when left out; fatal: cannot be recovered; hang; dead; log; race); `at` is the mark
  to be found when it is not that of the bug. A variant that changes how it is called repeats all calls, in their order.
- `$Fa` is a name that the seed draws; its first letter says what for: F f functions, T t types, M m methods,
  A a fields, v locals, E errors, g variables of a package (upper case: exported), S and W words within strings,
  D a digit. `$P` is the first package (in calls always; in code only from another package), `$P1` the next.
  In a helper, `names` gives the choices for its functions.
- `@must.Get` is a helper's function, qualified; `@stack:Pop` only its name. `@in.Input`, `@obs.Count` are there, too.
- `//+` alone on a line is where some release puts harmless statements, `//+c` a closure.
- `//!1` at the end of a line marks the statement of bug 1: a text without `file.go:LINE` of a mark is dropped.

Imports are found by looking for `name.Upper`; the packages of the standard library that may be used are in `render`.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final

_SECTION: Final = re.compile(r"^//: ?(.*)$", re.MULTILINE)
_HELPER: Final = re.compile(r"@(\w+)[.:]")
PLACEHOLDER: Final = re.compile(r"\$([A-Za-z]\w*)")

PANIC: Final = ("http", "mw", "slog", "cli", "worker", "wlog", "group", "test")
FATAL: Final = ("http", "cli", "worker", "group", "test")
HANG: Final = ("quit", "wquit", "hquit", "timeout")
LOGGED: Final = ("log", "zlog", "joblog")
ROUTES: Final[Mapping[str, tuple[str, ...]]] = {
    "panic": PANIC,
    "fatal": FATAL,
    "hang": HANG,
    "dead": ("cli", "timeout"),
    "log": LOGGED,
    "race": ("race",),
    "go": ("http", "cli", "worker", "test"),
}


@dataclass(frozen=True)
class Template:
    """A family of bugs, or a shared helper: data only."""

    name: str
    base: str
    kind: str
    """What the bugs are, for people."""
    variants: Mapping[str, str] = field(default_factory=dict)
    """Other shapes of the same code, which releases switch to: what was extracted, made generic, ... ."""
    packages: tuple[str, ...] = ()
    """Of a helper: the names its package may have."""
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Of a helper: the names its functions may have."""
    kit: bool = False
    """It lives in the dependency module."""
    copies: int = 1
    """How often a full set instantiates it."""
    fixed: bool = False
    """Neither renamed nor moved: what the frame of the service needs."""
    across: int = 1
    """How many packages its code is in."""

    @property
    def shares(self) -> bool:
        """Whether it calls shared helpers."""
        return bool(set(_HELPER.findall(self.base)) - {"in", "obs"})


@dataclass(frozen=True)
class Code:
    """A piece of Go."""

    name: str
    package: int
    text: str


@dataclass(frozen=True)
class Call:
    """How a bug is reached: an expression of type error."""

    bug: str
    expression: str
    attributes: Mapping[str, str]

    @property
    def routes(self) -> tuple[str, ...]:
        """The routes that lead there."""
        return ROUTES[self.attributes.get("routes", "panic")]


@cache
def read(text: str) -> tuple[tuple[Code, ...], tuple[Call, ...]]:
    """The sections of a template's text."""
    parts = _SECTION.split(text)
    code: list[Code] = []
    calls: list[Call] = []
    for header, body in zip(parts[1::2], parts[2::2], strict=True):
        words = shlex.split(header)
        if words[0] == "code":
            _, name, *where = words
            place = int(where[0][1:]) if where else 0
            code.append(Code(name, place, body.strip("\n") + "\n"))
        else:
            attributes = dict(word.split("=", 1) for word in words[2:])
            calls.append(Call(words[1], body.strip(), attributes))
    return tuple(code), tuple(calls)


def shape(template: Template, variant: str) -> tuple[tuple[Code, ...], tuple[Call, ...]]:
    """Code and calls of a variant; calls that it does not give are those of the base."""
    code, calls = read(template.variants[variant] if variant else template.base)
    return code, calls or read(template.base)[1]

"""Frames in the source: the function and the statement that each stands in.

In: frames with the revision and the file that they are in. Out: At, or None where a frame is not in that file.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol

from streams.core.source.lineage import Place, Revision, bare
from streams.core.source.messages import Format
from streams.core.source.spot import Spot
from streams.core.source.syntax import (
    VARIABLE,
    Declared,
    Function,
    Statement,
    declared_at,
    function_of,
)
from streams.model.place import PlaceFrame

_TYPES: Final = re.compile(r"\[[^\]]*\]")
_CLOSURE: Final = re.compile(r"func\d+|\d+|gowrap\d+|deferwrap\d+")
_PANICS: Final = re.compile(r"\b(?:panic|Panic\w*|Fatal\w*) \(")

_WORD: Final = re.compile(r"\w+")
# What sets package variables runs in `init`, closures in it are `glob..func1` before Go 1.21.
_OF_VARIABLES: Final = frozenset(("init", "glob"))


class Tree(Revision, Protocol):
    """A revision with what was before it."""

    def older(self) -> Sequence[Tree]:
        """Earlier revisions, the nearest first."""
        ...

    def import_path(self, path: str) -> str:
        """The import path of a file's package."""
        ...

    def callers(self, name: str) -> Sequence[Place]:
        """Functions in which one of this name is called, tests left out, in the order of their paths."""
        ...

    def formats(self) -> Sequence[Format]:
        """The formats that errors are made of, tests left out."""
        ...

    # Which functions are helpers, by the parameters in question.
    helpers: dict[tuple[Place, frozenset[int]], bool]


class Located(NamedTuple):
    """A frame with the revision and the path of its file."""

    frame: PlaceFrame
    tree: Tree
    path: str


class At(NamedTuple):
    """A frame's function and statement in its revision."""

    located: Located
    declared: Declared
    function: Function
    statement: Statement | None
    place: int | None

    @property
    def spot(self) -> Spot:
        """Where it stands in its revision."""
        return Spot(self.located.path, self.declared, self.place)


def at_of(located: Located, callee: str, failure: str | None) -> At | None:
    """A frame in its file. `callee`: the function that it called; `failure`: the class, of the frame that failed."""
    data = located.tree.read(located.path)
    line = located.frame.line or 0
    declared = declared_at(data, line)
    if declared is None or not fits(located.frame, declared):
        return None
    function = function_of(data, declared)
    index = statement_at(function, line, callee, failure)
    statement = function.statements[index] if index is not None else None
    return At(located, declared, function, statement, index)


def fits(frame: PlaceFrame, declared: Declared) -> bool:
    """Whether a declaration can be the function of a frame, or what a closure of it was inlined from."""
    # The package is no function: every frame of `package main` is in something that is called main.
    words = _WORD.findall(frame.function.rpartition("/")[2].partition(".")[2])
    if declared.name.startswith(VARIABLE):
        return not _OF_VARIABLES.isdisjoint(words)
    return bare(declared.name) in words


def called_by(function: str) -> str:
    """`Add` of `example.com/shop/cart.(*Store).Add`; empty for a closure."""
    plain = _TYPES.sub("", function.rpartition("/")[2])
    last = plain.rpartition(".")[2].removesuffix("-fm")
    return "" if _CLOSURE.fullmatch(last) else last


def statement_at(function: Function, line: int, callee: str, failure: str | None) -> int | None:
    """The statement of a line: the one that can have called, or failed, where several share it."""
    on_line = [
        n for n, s in enumerate(function.statements) if any(t.line == line for t in s.tokens)
    ]
    around = on_line or [n for n, s in enumerate(function.statements) if s.first <= line <= s.last]
    if len(around) > 1:
        name = called_by(callee)
        calling = [
            n
            for n in around
            if name
            and re.search(rf"\b{re.escape(name)} (?:\[.*?\] )?\(", function.statements[n].text)
        ]
        if calling:
            return calling[0]
        if failure is not None:
            failing = [n for n in around if may_fail(function.statements[n], failure)]
            if failing:
                return failing[0]
    if not around:
        return None
    # The innermost: it comes last in the order of the source. On one line the first is as good as any.
    multi = [n for n in around if function.statements[n].first == line]
    return (multi or around[-1:])[0]


SIGNS: Final = {
    "nil-dereference": re.compile(r" \. |(?:^|[(=,] )\* \w|\w \[|(?<!func) \("),
    "index-out-of-range": re.compile(r"\w \[|\) \["),
    "slice-out-of-range": re.compile(r"\w \[[^\[]* : "),
    "nil-map-write": re.compile(r"\] (?:[-+*/|&]?=|\+\+|--)"),
    "type-assertion": re.compile(r"\. \("),
    "divide-by-zero": re.compile(r" [/%]=? "),
    "closed-channel": re.compile(r"<-|close \("),
}


def may_fail(statement: Statement, failure: str) -> bool:
    """Whether a statement has the signs of what can fail so, or panics on purpose."""
    sign = SIGNS.get(failure)
    if sign is not None:
        return sign.search(statement.text) is not None
    return _PANICS.search(statement.text) is not None

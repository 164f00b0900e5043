"""Crashes of one mistake that show themselves at several statements: which of these stands for all.

In: a frame in the source, the class of failure. Out: what a package variable runs once, where each call since panics
anew; of the statements that use one map the smallest, since which two collide first is chance.
"""

from __future__ import annotations

import re
from typing import Final

from streams.core.source.frames import SIGNS, At, Tree, may_fail
from streams.core.source.lineage import files_in, folder_of, function_at, named_in, source_at
from streams.core.source.operands import failing_operands
from streams.core.source.origins import Origin, full_name, origin_of
from streams.core.source.spot import Spot
from streams.core.source.syntax import (
    VARIABLE,
    Declared,
    Function,
    Statement,
    declarations,
    function_of,
)

_ONCE: Final = re.compile(
    rb"=[ \t]*sync\.Once(?:Value|Values|Func)\b(?:\([ \t]*(?P<function>\w+)[ \t]*\))?"
)
_CALLED: Final = re.compile(r"(?<!\. )(?<!func )\b(\w+) \( \)")
_INDEXED: Final = re.compile(r"(?:\. )?\b([A-Za-z]\w*) \[")
_DELETED: Final = re.compile(r"\bdelete \( (?:\w+ \. )*(\w+)|range (?:\w+ \. )*(\w+)")
_MOST_ACCESSES: Final = 32
_MOST_LINES: Final = 32


def run_once(tree: Tree, at: At, failure: str) -> Spot | None:
    """What a package variable runs once, where that panicked: now, or when it first ran.

    Of a later call no stack tells the statement: it is the only one that can fail so, else the variable stands for all.
    """
    if at.declared.name.startswith(VARIABLE):
        return _of_variable(tree, at.located.path, at.declared, failure)
    if at.statement is None:
        return None
    names = {VARIABLE + name for name in _CALLED.findall(at.statement.text)}
    if not names:
        return None
    folder = folder_of(at.located.path)
    for path in files_in(tree, folder):
        data = tree.read(path)
        for declared in declarations(data) if b"sync.Once" in data else ():
            spot = _of_variable(tree, path, declared, failure) if declared.name in names else None
            if spot is not None:
                return spot
    return None


def _of_variable(tree: Tree, path: str, declared: Declared, failure: str) -> Spot | None:
    """The statement that failed in what a variable runs once; None where it does no such thing."""
    match = _ONCE.search(source_at(tree, (path, declared)))
    if match is None:
        return None
    variable = Spot(path, declared, None)
    named = (match["function"] or b"").decode("utf-8", "replace")
    found = named_in(tree, named, path) if named else (path, declared)
    if found is None:
        return variable
    function = function_at(tree, found)
    failing = [n for n, s in enumerate(function.statements) if _can_fail(function, s, failure)]
    return Spot(*found, failing[0]) if len(failing) == 1 else variable


def _can_fail(function: Function, statement: Statement, failure: str) -> bool:
    """Whether a statement has an operand that can fail so, or panics on purpose."""
    lines = range(statement.first, min(statement.last, statement.first + _MOST_LINES) + 1)
    if failure in SIGNS:
        return any(any(failing_operands(statement.node, failure, n, function)) for n in lines)
    return may_fail(statement, failure)


def of_map(tree: Tree, at: At, caller: At | None) -> tuple[Origin, tuple[str, ...]]:
    """Of all statements of a package that use the same map the smallest: which two collide first is chance."""
    own = origin_of(tree, at.spot, caller)
    text = at.statement.text if at.statement else ""
    names = [*_INDEXED.findall(text), *(a or b for a, b in _DELETED.findall(text))]
    names = [name for name in names if not name.startswith("map")]
    if not names:
        return own, ()
    folder = folder_of(at.located.path)
    used = re.escape(names[0])
    uses = re.compile(rf"\b{used} \[|\bdelete \( (?:\w+ \. )*{used}\b|range (?:\w+ \. )*{used}\b")
    found: list[tuple[tuple[str, str], Origin]] = []
    for path in files_in(tree, folder):
        data = tree.read(path)
        if names[0].encode() not in data:
            continue
        for declared in declarations(data):
            if names[0].encode() not in data[declared.start : declared.end]:
                continue
            function = function_of(data, declared)
            for index, statement in enumerate(function.statements):
                if uses.search(statement.text) and len(found) < _MOST_ACCESSES:
                    origin = origin_of(tree, Spot(path, declared, index), None)
                    found.append((_names_of(origin), origin))
    if len(found) <= 1:
        return own, ()
    return min(found, key=lambda pair: pair[0])[1], (
        f"{len(found)} statements use the map {names[0]}",
    )


def _names_of(origin: Origin) -> tuple[str, str]:
    """What an origin is ordered by."""
    function = function_at(origin.born, origin.at_birth.place)
    statement = origin.at_birth.statement
    return full_name(origin.tree, origin.spot), (
        "}" if statement is None else f"{statement:05} {function.statements[statement].text}"
    )

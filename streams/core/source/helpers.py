"""Past helpers to whoever handed them the value that failed.

In: the frames of a crash in the source, the innermost that is known. Out: the number of the frame to blame, and why.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from tree_sitter import Node

from streams.core.source.blame import given_of, guilt, guilt_of_call
from streams.core.source.frames import At
from streams.core.source.handed import Handed, call_of, handed, may_call
from streams.core.source.lineage import bare, files_in, folder_of
from streams.core.source.nodes import (
    arguments_of,
    called_name,
    called_on,
    everywhere,
    parts_of,
    text_of,
)
from streams.core.source.operands import WAITING
from streams.core.source.parameters import (
    RECEIVER,
    cursors,
    parameters,
    plain_types,
    receiver_of,
    types_of,
)
from streams.core.source.syntax import declarations, function_of
from streams.model.place import PlaceKey

# Frames of helpers that hand on what they were handed.
_MOST_HELPERS: Final = 6
# Of so many callers so many, and such a share, must make what they hand a helper.
_MOST_CALLERS: Final = 24
_LEAST_CALLERS: Final = 2
_MAKING: Final = 0.75
# What is sent to a semaphore; what takes a lock or a place, and gives it back.
_TOKEN: Final = re.compile(r"<- (?:struct \{ \} \{ \}|true|1)$")
_TAKES: Final = re.compile(r"(?:^|\. )(?:R?Lock|Acquire) \(")
_GIVES: Final = re.compile(r"\. (?:R?Unlock|Release) \(")
# The same of a sync.Cond: what wakes others, waits, and counts who came in.
_WAKES: Final = re.compile(r"\. (?:Signal|Broadcast) \(")
_WAITS: Final = re.compile(r"\. Wait \( \)$")
_COUNTED: Final = re.compile(r"(\S+(?: \. \w+)+) (?:--|\+\+|[-+]= \S+)$")
# What is nil, or a truth value, is no limit: it is what was handed in. Sizes and conversions of them are.
_NO_LIMITS: Final = frozenset(("nil", "true", "false"))
_SIZES: Final = frozenset(("len", "cap", "min", "max", "int", "int64", "uint64", "float64"))


def blamed(key: PlaceKey, read: Sequence[At | None], start: int) -> tuple[int, tuple[str, ...]]:
    """The frame to blame: the innermost, or past helpers whoever handed them a bad value."""
    first = read[start]
    if first is None or first.statement is None:
        return start, ()
    line = first.located.frame.line or 0
    zeros = first.located.frame.zeros
    found = guilt(first.function, first.statement, line, key.failure, zeros)
    at, below = start, first
    while found.always and at + 1 < len(read) and at - start < _MOST_HELPERS:
        caller = read[at + 1]
        if caller is None or caller.statement is None:
            return start, ()
        found = guilt_of_call(caller.function, caller.statement, bare(below.declared.name))
        at, below = at + 1, caller
    at, params = _front(read, at, _inputs(found.params))
    helper = read[at]
    if (
        helper is None
        or not params
        or not (
            _takes(first, key.failure)
            or is_helper(helper, params)
            or (found.explicit and _of_a_library(helper, params))
        )
    ):
        return start, ((found.why,) if found.params else ())
    number, why = _who_made(read, at, params, explicit=found.explicit)
    if number is None:
        return start, (f"{found.why}; {why}",)
    return number, (f"{helper.declared.name} is a helper: {found.why}", why)


def _who_made(
    read: Sequence[At | None], at: int, params: frozenset[int], *, explicit: bool
) -> tuple[int | None, str]:
    """Of a helper that was handed a bad value the frame that made it, and why; None where that is not known."""
    below = read[at]
    for number in range(at + 1, min(len(read), at + _MOST_HELPERS + 1)):
        caller = read[number]
        if below is None or caller is None or caller.statement is None:
            return None, "who handed it in is not known"
        callee = bare(below.declared.name)
        inside = _same_package(caller, below)
        if _goes_through(below, params) and not inside:
            # Whoever asks a reader for more than it holds, wherever the reader came from.
            return number, f"{caller.declared.name} asked for it"
        below = caller
        given = handed(caller.function, caller.statement, callee, params)
        if given.made or not given.passed:
            handed_on = given.of or _asked_of(caller, callee, given, inside=inside)
            if not handed_on or not (
                is_helper(caller, handed_on)
                or (explicit and inside and _of_a_library(caller, handed_on))
            ):
                return number, f"{caller.declared.name} made that value"
            params = handed_on
        else:
            # Handed on: that function is no more to blame than the helper is.
            params = given.passed
    return None, "every caller handed it on"


def _of_a_library(at: At, params: frozenset[int]) -> bool:
    """Whether several other packages call functions of the one that it is in: `guard.NotEmpty` may have one caller."""
    tree, folder = at.located.tree, folder_of(at.located.path)
    if not params <= plain_types(at.function) or not bare(at.declared.name)[:1].isupper():
        return False
    imported = f'"{tree.import_path(at.located.path)}"'.encode()
    others: set[str] = set()
    for path in files_in(tree, folder)[:_MOST_CALLERS]:
        for declared in declarations(tree.read(path))[:_MOST_CALLERS]:
            name = bare(declared.name)
            for caller, _ in tree.callers(name)[:_MOST_CALLERS] if name[:1].isupper() else ():
                if folder_of(caller) != folder and imported in tree.read(caller):
                    others.add(folder_of(caller))
                if len(others) >= _LEAST_CALLERS:
                    return True
    return False


def _goes_through(at: At, params: frozenset[int]) -> bool:
    """Whether the receiver alone is at fault, and is a reader or the like."""
    return params == {RECEIVER} and RECEIVER in cursors(at.function)


def _same_package(one: At, other: At) -> bool:
    return folder_of(one.located.path) == folder_of(other.located.path)


def _asked_of(at: At, callee: str, given: Handed, *, inside: bool) -> frozenset[int]:
    """The parameters of a caller that are at fault though it made some of the values: these are no more than limits.

    `guard.Within(n, 0, len(s.rows))` is on n; `r.take(2)` of a method of the same reader on the reader. `inside`: the
    callee is of the same package: what a helper made of its parameters alone is still what it was handed.
    """
    call = call_of(at.statement, callee) if at.statement else None
    if call is None:
        return frozenset()
    own = parameters(at.function)
    receiver = receiver_of(own)
    arguments = arguments_of(call)
    made = [arguments[n] for n in given.made if 0 <= n < len(arguments)]
    if len(made) == len(given.made):
        limits = all(_is_limit(value, receiver) for value in made)
        if limits and given.passed:
            return given.passed
        if limits and receiver and text_of(called_on(call)) == receiver:
            return frozenset((RECEIVER,))
    if not inside or not made:
        return frozenset()
    found = given_of(at.function, [text_of(value) for value in made], own)
    return frozenset(own[name] for name in found)


def _is_limit(value: Node, receiver: str) -> bool:
    """Whether a value is written out, or how long something is, or what the receiver has."""
    sizes = [c for c in parts_of(value, "call_expression") if called_name(c) in ("len", "cap")]
    inner = {n.id for size in sizes for n in everywhere(size, "identifier")}
    names = {text_of(n) for n in everywhere(value, "identifier") if n.id not in inner}
    calls = {called_name(c) for c in parts_of(value, "call_expression")}
    return value.type not in _NO_LIMITS and names - _SIZES <= {receiver} and calls <= _SIZES


def _takes(at: At, failure: str) -> bool:
    """Whether a function only takes what its callers have to give back: a place of a semaphore, a lock."""
    if failure not in WAITING or at.statement is None:
        return False
    if _TOKEN.search(at.statement.text):
        return not any(
            s.text.removeprefix("defer ").startswith("<- ") for s in at.function.statements
        )
    gives = _WAKES if _counts(at) else _GIVES
    takes = gives is _WAKES or _TAKES.search(at.statement.text) is not None
    return takes and not any(gives.search(s.text) for s in at.function.statements)


def _counts(at: At) -> bool:
    """Whether it waits until a count lets it in, and counts itself: a semaphore of a sync.Cond."""
    texts = [s.text for s in at.function.statements]
    number = at.place or 0
    asked = [text for text in texts[:number] if text.startswith(("for ", "if "))]
    counted = (m[1] for text in texts[number:] if (m := _COUNTED.match(text)))
    return _WAITS.search(texts[number]) is not None and any(
        path in text.split(" ", 1)[1] for path in counted for text in asked
    )


def _front(
    read: Sequence[At | None], at: int, params: frozenset[int]
) -> tuple[int, frozenset[int]]:
    """Where a package was entered with the values at fault: what is inside of a helper is that helper."""
    while params and at + 1 < len(read):
        inner, caller = read[at], read[at + 1]
        if inner is None or caller is None or caller.statement is None:
            break
        if folder_of(caller.located.path) != folder_of(inner.located.path):
            break
        if is_helper(inner, params):
            break
        given = handed(caller.function, caller.statement, bare(inner.declared.name), params)
        handed_on = given.passed | given.of
        if not given.call or not handed_on or (given.made and not given.of):
            break
        at, params = at + 1, handed_on
    return at, params


def is_helper(at: At, params: frozenset[int]) -> bool:
    """Whether a function serves several others, most of which make what they hand it themselves.

    One that is reached by several routes is handed what these were handed, and is to blame itself.
    """
    key = ((at.located.path, at.declared), params)
    memo = at.located.tree.helpers
    if key not in memo:
        memo[key] = _serves(at, _inputs(params))
    return memo[key]


def _inputs(params: frozenset[int]) -> frozenset[int]:
    """What counts of the parameters at fault: the receiver only where nothing else is."""
    return params - {RECEIVER} or params


def _serves(at: At, params: frozenset[int]) -> bool:
    tree, name = at.located.tree, bare(at.declared.name)
    making = handing = 0
    cursor = _goes_through(at, params)
    plain = cursor or params <= plain_types(at.function)
    # `check(ok, "...")` says of each call what has to hold there.
    kinds = types_of(at.function)
    asserts = all(kinds.get(position) == "bool" for position in params)
    folder = folder_of(at.located.path)
    imported = f'"{tree.import_path(at.located.path)}"'.encode()
    for path, declared in tree.callers(name):
        if (path, declared) == (at.located.path, at.declared):
            continue
        data = tree.read(path)
        if folder_of(path) != folder and imported not in data:
            continue
        caller = function_of(data, declared)
        said: set[tuple[str, ...]] = set()
        for statement in caller.statements:
            if name not in statement.text or not may_call(statement, at.function):
                continue
            given = handed(caller, statement, name, params)
            if given.call and (not said or (given.literals and given.literals not in said)):
                said.add(given.literals)
                makes = bool(given.made) and (asserts or not given.forwards)
                makes = makes or (cursor and folder_of(path) != folder)
                making += makes
                handing += not makes
                # In a package of its own every call counts: it is there to be called. So does every value of a type
                # of its own: it is what the call is about. One caller that asks for things by other names counts again.
                if asserts or not (folder_of(path) == folder and plain):
                    said.clear()
        if making + handing >= _MOST_CALLERS:
            break
    if plain:
        return making >= 1 and making + handing >= _LEAST_CALLERS
    return making >= _LEAST_CALLERS and making >= _MAKING * (making + handing)

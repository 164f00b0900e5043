"""Past helpers to whoever handed them the value that failed.

In: the frames of a crash in the source, the innermost that is known. Out: the number of the frame to blame, and why.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from streams.core.source.blame import guilt, guilt_of_call
from streams.core.source.frames import At
from streams.core.source.handed import handed, may_call
from streams.core.source.lineage import bare, folder_of
from streams.core.source.operands import WAITING
from streams.core.source.parameters import RECEIVER, plain_types, types_of
from streams.core.source.syntax import function_of
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
_WAKES: Final = re.compile(r"\. (?:Signal|Broadcast) \(")
_WAITS: Final = re.compile(r"\. Wait \( \)$")
_COUNTED: Final = re.compile(r"(\S+(?: \. \w+)+) (?:--|\+\+|[-+]= \S+)$")


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
        or not (_takes(first, key.failure) or is_helper(helper, params))
    ):
        return start, ((found.why,) if found.params else ())
    reasons = (f"{helper.declared.name} is a helper: {found.why}",)
    below = helper
    for number in range(at + 1, min(len(read), at + _MOST_HELPERS + 1)):
        caller = read[number]
        if caller is None or caller.statement is None:
            return start, (f"{found.why}; who handed it in is not known",)
        callee = bare(below.declared.name)
        below = caller
        given = handed(caller.function, caller.statement, callee, params)
        if given.made or not given.passed:
            if given.of and is_helper(caller, given.of):
                params = given.of
                continue
            return number, (*reasons, f"{caller.declared.name} made that value")
        # Handed on: that function is no more to blame than the helper is.
        params = given.passed
    return start, (f"{found.why}; every caller handed it on",)


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
    plain = params <= plain_types(at.function)
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

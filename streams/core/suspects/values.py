"""Edits of how values are made: in other words, of another type, from another table.

In: a Seen. Out: whether it is such an edit. By Go's syntax and its standard words.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from streams.core.source.parameters import parameters
from streams.core.suspects.content import (
    COPIES,
    NIL,
    Seen,
    is_if,
    number_of,
)
from streams.core.suspects.edits import Edit
from streams.core.suspects.rewritten import by_position, plain_forms, split_local, substituted

_EMPTY: Final = re.compile(
    r"^(?:var _\d+ (?:\[ \] )?[\w. \[\]*]+|_\d+ := [\w. ]+ \{ \}"
    r"|_\d+ :?= (?:\[ \] [^{]* \{ \}|make \( \[ \] .* , 0(?: , .*)? \)|make \( map .*\)|map .* \{ \}"
    r"|_\d+ \[ : 0 .*\]))$"
)

_EMPTY_MAP: Final = re.compile(r"map \[ .*?(?=$| ,| \)| \{)")


def preallocated(seen: Seen) -> bool:
    """`var out []T`, `out := []T{}` and `out := make([]T, 0, n)` are one to whoever appends."""
    parts = (*seen.content.removed, *seen.content.added)
    both = bool(seen.content.removed) and bool(seen.content.added)
    if not both or not all(_EMPTY.match(part.text) for part in parts):
        return False
    # A map with keys of another type is another one.
    types = [
        {match[0] for part in parts if (match := _EMPTY_MAP.search(part.text))}
        for parts in (seen.content.removed, seen.content.added)
    ]
    return types[0] == types[1] or not types[0] or not types[1]


def variable_extracted(seen: Seen) -> bool:
    """An expression got a name, or lost it."""
    removed, added = seen.content.removed, seen.content.added
    if not removed or not added or len(removed) == len(added):
        return False
    return substituted(removed) == substituted(added)


def same_loop(seen: Seen) -> bool:
    """The same loop by elements, and by positions."""
    loops = any(part.text.startswith("for ") for part in seen.content.removed)
    old, new = seen.content.removed, seen.content.added
    return loops and by_position(old) == by_position(new)


def in_other_words(seen: Seen) -> bool:
    """The same, said otherwise (rewritten.py)."""
    removed, added = seen.content.removed, seen.content.added
    if not removed or not added:
        return False
    before, after = seen.edit.before, seen.edit.after
    if before is not None and after is not None and split_local(before, after):
        return True
    # Of what is looked up under a text that is put together, the order decides whether it is there.
    sums = seen.failure not in NIL
    return plain_forms(removed, sums=sums) == plain_forms(added, sums=sums)


def numbered(seen: Seen) -> bool:
    """Constants of a group got other numbers."""
    return bool(seen.edit.numbered)


_DEFINED: Final = re.compile(r"^(?:type )?\w+ =? ?([^{]+)$")


def retyped(seen: Seen) -> bool:
    """`type T int` became `type T uint16`: what is converted to it is another value."""
    if seen.edit.kind != "type" or not seen.edit.name.startswith("type "):
        return False
    old, new = (
        [
            match[1]
            for part in parts
            if part.text.startswith("type ") and (match := _DEFINED.match(part.text))
        ]
        for parts in (seen.content.removed, seen.content.added)
    )
    return bool(old) and bool(new) and old != new


def tightened(seen: Seen) -> bool:
    """Upper bounds that are lower: what was cut at them is shorter, and no size that the crash shows is the bound."""
    removed, added = seen.content.removed, seen.content.added
    if not removed or len(removed) != len(added):
        return False
    for old, new in zip(removed, added, strict=True):
        if len(old.words) != len(new.words):
            return False
        for number, (one, two) in enumerate(zip(old.words, new.words, strict=True)):
            if one == two:
                continue
            was, now = number_of(one), number_of(two)
            bounds = (
                old.words[number - 1] in (">", ">=", ":")
                and new.words[number - 1] == old.words[number - 1]
            )
            if was is None or now is None or not bounds or now >= was or now in seen.numbers:
                return False
    return any(is_if(part) for part in added)


def made_otherwise(seen: Seen) -> bool:
    """Beside how a value was made there is another way: `if big { label = "big " + label }`."""
    if seen.content.removed:
        return False
    made = [
        p
        for p in seen.content.added
        if p.node is not None and p.node.type == "assignment_statement" and "=" in p.words
    ]
    return any(is_if(p) for p in seen.content.added) and any(
        p.words[0] in _own_names(seen.edit) or p.words[0] in p.words[p.words.index("=") :]
        for p in made
    )


def _own_names(edit: Edit) -> frozenset[str]:
    """Locals that a function had, parameters left out."""
    function = edit.before
    return frozenset(function.locals) - parameters(function).keys() if function else frozenset()


def entries_in(seen: Seen) -> bool:
    """A table that has all that it had, and more."""
    if seen.edit.kind != "variable" or not seen.content.removed or not seen.content.added:
        return False
    old = Counter(word for part in seen.content.removed for word in part.words)
    new = Counter(word for part in seen.content.added for word in part.words)
    return not old - new


def fields_added(seen: Seen) -> bool:
    """A type that has all that it had."""
    if seen.edit.kind != "type":
        return False
    had = [_fields_of(part.text) for part in seen.content.removed]
    has = [_fields_of(part.text) for part in seen.content.added]
    old = {field for fields in had for field in fields}
    return old <= {field for fields in has for field in fields}


def _fields_of(line: str) -> set[tuple[str, str]]:
    """Names with types of a line of a struct, `a, b int`; one that is on a line of its own."""
    inside = line[line.index("{") + 1 :] if "{" in line else line
    found: set[tuple[str, str]] = set()
    for piece in inside.strip("{} ").split(";"):
        match = re.fullmatch(r"\s*(\w+(?:\s*,\s*\w+)*)\s+(.+?)\s*", piece)
        if match is not None and not piece.startswith("type "):
            found.update((name.strip(), match[2]) for name in match[1].split(","))
    return found


# `append([]int(nil), xs...)`, `append([]int{}, xs...)`.
_APPENDED_COPY: Final = re.compile(r"append \( \[ \] [^,]+(?:\( nil \)|\{ \}) , [^,]+ \.\.\. \)")


def copies_out(seen: Seen) -> bool:
    """What was copied is shared, with whoever changes it."""
    old, new = (
        sum(len(_APPENDED_COPY.findall(" ".join(part.words))) for part in parts)
        for parts in (seen.content.removed, seen.content.added)
    )
    return seen.content.lost(COPIES) or old > new


def entry_kept(seen: Seen) -> bool:
    """What was taken out of a map stays in it."""
    return seen.content.lost(frozenset(("delete",)))

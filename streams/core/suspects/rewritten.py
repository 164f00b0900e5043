"""Statements that do the same in other words: loops, names for expressions, empty maps, bounds and branches swapped.

In: Parts. Out: their words in a form that both ways of saying it share.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from streams.core.source.syntax import Function
from streams.core.suspects.compare import Part, words_of

_RANGE: Final = re.compile(r"^for (?:(\w+) , )?(\w+) := range (.+)$")
_DOWN: Final = re.compile(r"^for (\w+) := len \( (.+?) \) - 1 ; \1 >= 0 ; \1 --$")
_UP: Final = re.compile(r"^for (\w+) := 0 ; \1 < len \( (.+?) \) ; \1 \+\+$")


def by_position(parts: Sequence[Part]) -> list[str]:
    """Statements of a loop with its elements as `LIST [ I ]`, without its head."""
    found: list[str] = []
    names: dict[str, str] = {}
    for part in parts:
        text = " ".join(part.words)
        alias = re.match(r"^([A-Za-z_]\w*) := ([A-Za-z_]\w*)$", text)
        if alias is not None:
            names[alias[1]] = names.get(alias[2], alias[2])
            continue
        element = re.match(r"^([A-Za-z_]\w*) := (\S+(?: \. \S+)*) \[ (\w+) \]$", text)
        if element is not None and names.get(element[3]) == "I":
            names[element[1]] = f"{element[2]} [ I ]"
            continue
        times = re.match(r"^for range (\w+)$|^for ; (\w+) > 0 ; \2 --$", text)
        if times is not None:
            found.append(f"loop {times[1] or times[2]}")
            continue
        head = _RANGE.match(text)
        counted = _DOWN.match(text) or _UP.match(text)
        if head is not None and head[1]:
            names[head[2]] = f"{head[3]} [ I ]"
            names[head[1]] = "I"
            found.append(f"loop {head[3]}")
        elif head is not None:
            names[head[2]] = "I"
            found.append(f"loop {head[3]}")
        elif counted is not None:
            names[counted[1]] = "I"
            found.append(f"loop {counted[2]}")
        else:
            found.append(" ".join(names.get(word, word) for word in part.words))
    return found


def substituted(parts: Sequence[Part]) -> list[tuple[str, ...]]:
    """Words of statements, with locals that are made once and used once put in where they are used."""
    rows = [_plain_form(" ".join(part.words)).split(" ") for part in parts]
    for number, row in enumerate(rows):
        if row[0] in ("const", "var") and row[2:3] == ["="]:
            row[:] = [row[1], ":=", *row[3:]]
        name, sign, value = row[0], row[1:2], row[2:]
        if sign != [":="] or not value:
            continue
        uses = [
            (n, at)
            for n, r in enumerate(rows)
            if n != number
            for at, w in enumerate(r)
            if w == name
        ]
        if len(uses) == 1:
            other, at = uses[0]
            rows[other][at : at + 1] = value
            row.clear()
    return [tuple(row) for row in rows if row]


_MAP: Final = re.compile(
    r"make \( (map \[ [^\[\]]+ \] [^,()]+?)(?: , [^()]*(?:\([^()]*\)[^()]*)?)? \)"
)
_ADDRESS: Final = re.compile(r"& ([A-Za-z_][\w .]*?) \{ \}")
_BOUND: Final = re.compile(r"\b(min|max) \( ([^()]*(?:\((?:[^()]|\([^()]*\))*\)[^()]*)*) \)")


# Of which the documentation says that the one is the other: https://pkg.go.dev/sort, io/ioutil, builtin.
_SAME_CALLS: Final = (
    (re.compile(r"\bsort \. (?:Ints|Strings|Float64s) \("), "slices . Sort ("),
    (re.compile(r"\bioutil \. (ReadAll|NopCloser|Discard)\b"), r"io . \1"),
    (re.compile(r"\bioutil \. (ReadFile|WriteFile|ReadDir)\b"), r"os . \1"),
    (re.compile(r"\binterface \{ \}"), "any"),
)


def plain_forms(parts: Sequence[Part], *, sums: bool) -> list[str]:
    """Statements with one way of making an empty map or value; operands and arguments in order where any will do.

    `sums`: in any order, too. Of texts, which syntax does not tell from numbers, only the length is the same then.
    """
    forms = [_plain_form(" ".join(part.words)) for part in parts]
    return [_OPERATION.sub(_operands_in_order, f) if sums or "+" not in f else f for f in forms]


def _plain_form(text: str) -> str:
    for old, new in _SAME_CALLS:
        text = old.sub(new, text)
    text = _MAP.sub(r"\1 { }", text.replace(" , )", " )").replace(" , }", " }"))
    return _BOUND.sub(_in_order, _ADDRESS.sub(r"new ( \1 )", text))


# What stands on its own: behind `return`, an assignment or a condition, up to the end.
_OPERATION: Final = re.compile(r"(?P<head>^return |:= |[^=!<>:] = |^if )(?P<all>[^;{}]+)$")
_BINDS: Final = frozenset(
    ("-", "/", "%", "<<", ">>", "&^", "|", "^", "&&", "||", "<", "<=", ">", ">=", ":=", "=", ",", ":", "!", "<-")
)  # fmt: skip
# Which side is which does not matter.
_EITHER_WAY: Final = ("==", "!=", "+", "*", "&")
_TEXTS: Final = ('"', "`")


def _operands_in_order(match: re.Match[str]) -> str:
    """The operands of a plain expression in one order: `a + f(b)` and `f(b) + a`."""
    pieces: list[list[str]] = [[]]
    sign, depth = "", 0
    for word in match["all"].split(" "):
        depth += (word in _OPENS) - (word in _CLOSES)
        if depth:
            pieces[-1].append(word)
        elif word in _BINDS or (word in _EITHER_WAY and (sign not in ("", word) or not pieces[-1])):
            # Of several operators the one may bind more than the other; `*p` and `&v` are no operations.
            return match[0]
        elif word in _EITHER_WAY:
            sign = word
            pieces.append([])
        else:
            pieces[-1].append(word)
    if sign == "+" and any(word[:1] in _TEXTS for piece in pieces for word in piece):
        return match[0]
    return match["head"] + f" {sign} ".join(sorted(" ".join(piece) for piece in pieces))


def _in_order(match: re.Match[str]) -> str:
    return f"{match[1]} ( {' , '.join(sorted(listed(match[2])))} )"


_OPENS: Final = frozenset("([{")
_CLOSES: Final = frozenset(")]}")


def listed(text: str) -> list[str]:
    """What stands between the commas of a list, those of lists in it left out. Words are apart by blanks."""
    pieces: list[list[str]] = [[]]
    depth = 0
    for word in text.split(" "):
        depth += (word in _OPENS) - (word in _CLOSES)
        if word == "," and depth == 0:
            pieces.append([])
        else:
            pieces[-1].append(word)
    return [" ".join(piece) for piece in pieces]


_OPPOSITE: Final = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


def branches_swapped(removed: Sequence[Part], added: Sequence[Part]) -> bool:
    """`if a { return x }; return y` became `if !a { return y }; return x`."""
    old, new = (
        [part for part in parts if part.text.startswith("if ")] for parts in (removed, added)
    )
    rest_old, rest_new = (
        sorted(" ".join(part.words) for part in parts if not part.text.startswith("if "))
        for parts in (removed, added)
    )
    if len(old) != 1 or len(new) != 1 or rest_old != rest_new:
        return False
    return _opposite(" ".join(old[0].words[1:])) == " ".join(new[0].words[1:])


def _opposite(condition: str) -> str:
    """The opposite of a plain condition; empty where it is of several parts."""
    words = condition.split()
    if "&&" in words or "||" in words:
        return ""
    for at, word in enumerate(words):
        if word in _OPPOSITE:
            return " ".join((*words[:at], _OPPOSITE[word], *words[at + 1 :]))
    return " ".join(words[1:] if words[:1] == ["!"] else ("!", *words))


def split_local(before: Function, after: Function) -> bool:
    """Whether only a local got, or lost, a second name: `s = clean(s); use(s)` and `c := clean(s); use(c)`.

    Not in a loop, where the next time round one of the two has another value.
    """
    more, fewer = (after, before) if len(after.locals) > len(before.locals) else (before, after)
    new = more.locals - fewer.locals
    old, found = _words_of_all(fewer), _words_of_all(more)
    if len(new) != 1 or len(old) != len(found) or any(words[:1] == ("for",) for words in found):
        return False
    (name,) = new
    for first in sorted(fewer.locals):
        renamed = [tuple(first if word == name else word for word in words) for words in found]
        if renamed == old:
            named = next(n for n, words in enumerate(found) if name in words)
            # From there on the first name means what it was before.
            return not any(first in words for words in found[named + 1 :])
    return False


def _words_of_all(function: Function) -> list[tuple[str, ...]]:
    return [
        tuple("=" if word == ":=" else word for word in words_of(statement))
        for statement in function.statements
    ]

"""What of a changed statement changed: its words, not those that were there before.

In: statements that were taken out and put in for each other. Out: pairs, and for each the words that differ with what
they belong to: the key of a literal, the name on the left.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

from rapidfuzz import fuzz

from streams.core.suspects.compare import Part

_ALIKE: Final = 50.0
_ASSIGNS: Final = (
    ":=",
    "=",
    "+=",
    "-=",
    "*=",
    "/=",
    "%=",
    "|=",
    "&=",
    "^=",
    "<<=",
    ">>=",
    "++",
    "--",
)
_CLOSES: Final = frozenset((")", "]", "}"))
_OPENS: Final = frozenset(("(", "[", "{"))
NAME: Final = re.compile(r"[A-Za-z_]\w*$")


class Differs(NamedTuple):
    """`gone`, `came`: words; `keys`: of literals below which words differ; `left`: names that get another value.

    `whole`: the statement is new or gone, or differs outside of keyed literals.
    """

    gone: tuple[str, ...]
    came: tuple[str, ...]
    keys: frozenset[str]
    left: frozenset[str]
    whole: bool


class Pair(NamedTuple):
    """A statement as it was and as it is; None: there is none. `part`: as it is, where there is one, else as it was."""

    old: Part | None
    new: Part | None
    part: Part

    def differs(self) -> Differs:
        """How the two differ."""
        return differs(self.old.words if self.old else (), self.new.words if self.new else ())


def paired(removed: Sequence[Part], added: Sequence[Part]) -> list[Pair]:
    """Each statement with the one that it was before, where they are alike."""
    left = list(added)
    found: list[Pair] = []
    for old in removed:
        scores = [(fuzz.ratio(old.text, new.text), -number) for number, new in enumerate(left)]
        best, number = max(scores, default=(0.0, 0))
        if best >= _ALIKE:
            new = left.pop(-number)
            found.append(Pair(old, new, new))
        else:
            found.append(Pair(old, None, old))
    found.extend(Pair(None, new, new) for new in left)
    return found


def assigned(words: Sequence[str]) -> frozenset[str]:
    """Names on the left of an assignment."""
    for sign in _ASSIGNS:
        if sign in words:
            at = words.index(sign)
            return frozenset(w for w in words[:at] if NAME.match(w) and w != "_")
    return frozenset()


@lru_cache(maxsize=8192)
def differs(old: tuple[str, ...], new: tuple[str, ...]) -> Differs:
    """How two statements differ; an empty one: there is none."""
    if not old or not new:
        words = old or new
        keys_of = _keys(words) if "{" in words else frozenset()
        return Differs(old, new, keys_of, assigned(words), whole=True)
    gone: list[str] = []
    came: list[str] = []
    keys: set[str] = set()
    whole = False
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            continue
        gone.extend(old[a:b])
        came.extend(new[c:d])
        for words, start, end in ((old, a, b), (new, c, d)):
            if start == end:
                continue
            below = _key_at(words, start)
            inside = _keys(words[start:end]) if "{" in words else frozenset()
            keys |= inside
            if below is not None:
                keys.add(below)
            elif not inside:
                whole = True
    left = assigned(new) | assigned(old)
    return Differs(tuple(gone), tuple(came), frozenset(keys), left, whole=whole)


def _keys(words: Sequence[str]) -> frozenset[str]:
    """Keys of literals: `name :` that is neither an assignment nor a slice."""
    return frozenset(one for one, two in pairwise(words) if two == ":" and NAME.match(one))


def _key_at(words: Sequence[str], at: int) -> str | None:
    """The key of the literal that a word is the value of, or None."""
    depth = 0
    comma = False
    key: str | None = None
    for number in range(min(at, len(words)) - 1, -1, -1):
        word = words[number]
        if word in _CLOSES:
            depth += 1
        elif word in _OPENS and depth:
            depth -= 1
        elif word == "{":
            return key
        elif word in _OPENS:
            # Out of the arguments of a call: what counts stands before it.
            comma, key = False, None
        elif depth == 0 and word == ",":
            comma = True
        elif depth == 0 and word == ":" and number and not comma and key is None:
            key = words[number - 1] if NAME.match(words[number - 1]) else None
    return None

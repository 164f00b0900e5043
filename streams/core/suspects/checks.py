"""Edits of what is asked: checks, limits, bounds, ways out.

In: a Seen. Out: whether it is such an edit. By Go's syntax and its standard words.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from streams.core.suspects.compare import Part
from streams.core.suspects.content import (
    NIL,
    Seen,
    is_if,
    leaves_early,
    number_of,
    tells,
)
from streams.core.suspects.pairs import paired

_EXCEEDED: Final = re.compile(r"(?:>=?) (\d[\w]*(?: << \d+)?(?: \* \d+)*)")
_NAME: Final = re.compile(r"[A-Za-z_]\w*")

_CLAMPS: Final = frozenset(("min", "max", "Min", "Max", "clamp", "Clamp"))
_LARGE: Final = 32
_FAR: Final = 200


def _only_guards(parts: Sequence[Part]) -> bool:
    """Whether statements are conditions with bodies that leave, or set what the condition is about."""
    if not parts or not any(is_if(part) for part in parts):
        return False
    about: set[str] = set()
    for part in parts:
        if is_if(part):
            about = set(_NAME.findall("".join(part.words[1:])))
        elif leaves_early(part):
            continue
        elif part.node is not None and part.node.type == "assignment_statement":
            if part.words and part.words[0] not in about:
                return False
        elif not (part.node is not None and tells(part)):
            return False
    return True


def _limits_of(parts: Iterable[Part]) -> list[int]:
    """Numbers that conditions of parts ask to be exceeded: `if len(x) > 4096`."""
    found: list[int] = []
    for part in parts:
        if not is_if(part):
            continue
        text = " ".join(part.words)
        for match in _EXCEEDED.finditer(text):
            value = number_of(match[1])
            if value is not None:
                found.append(value)
    return found


def _beyond(limits: Sequence[int], numbers: Sequence[int]) -> bool:
    """Whether a crash that shows these sizes never reached a branch behind such limits."""
    return bool(limits) and bool(numbers) and min(limits) >= _LARGE and max(numbers) < min(limits)


def check_out(seen: Seen) -> bool:
    """A check is gone; nothing stands for it."""
    if seen.content.added:
        return False
    removed = seen.content.removed
    # An alternative that is left out leads on to what failed, as a check does.
    alternative = any(p.text.startswith(("case ", "default")) for p in removed)
    return _only_guards(removed) or (alternative and any(map(leaves_early, removed)))


def check_in(seen: Seen) -> bool:
    """A check is put in; what it guards is as it was."""
    return not seen.content.removed and _only_guards(seen.content.added)


def check_in_beyond(seen: Seen) -> bool:
    """A check for more than the crash shows."""
    return check_in(seen) and _beyond(_limits_of(seen.content.added), seen.numbers)


def check_out_beyond(seen: Seen) -> bool:
    """A check for more than the crash shows is gone."""
    return check_out(seen) and _beyond(_limits_of(seen.content.removed), seen.numbers)


def nil_check_in(seen: Seen) -> bool:
    """A check for nil, where something was nil."""
    return (
        seen.failure in NIL
        and check_in(seen)
        and any("nil" in part.words for part in seen.content.added)
    )


def limit_joined(seen: Seen) -> bool:
    """A condition that got one more limit, which the crash is far from."""
    old, new = _limits_of(seen.content.removed), _limits_of(seen.content.added)
    more = list((Counter(new) - Counter(old)).elements())
    asked = bool(_conditions(seen.content.removed))
    # Where the crash shows no size, a limit of this order is still not what small things meet.
    far = _beyond(more, seen.numbers or (_FAR // 2,)) and min(more, default=0) >= _FAR
    return asked and seen.content.out <= seen.content.put and (_beyond(more, seen.numbers) or far)


def limit_left(seen: Seen) -> bool:
    """A condition that lost a limit, and nothing else, which the crash is far from."""
    old, new = _limits_of(seen.content.removed), _limits_of(seen.content.added)
    less = list((Counter(old) - Counter(new)).elements())
    # One of a few may guard an index as well.
    far = _beyond(less, seen.numbers or (_FAR // 2,)) and min(less, default=0) >= _FAR
    kept = seen.content.put <= seen.content.out and bool(_conditions(seen.content.added))
    return kept and not list((Counter(new) - Counter(old)).elements()) and far


def check_replaced(seen: Seen) -> bool:
    """Fewer conditions than before."""
    out = sum(map(is_if, seen.content.removed))
    put = sum(map(is_if, seen.content.added))
    return out > put


def weaker(seen: Seen) -> bool:
    """A condition lost a part: `a && b` became `a`."""
    for old, new in zip(
        _conditions(seen.content.removed), _conditions(seen.content.added), strict=False
    ):
        gone = Counter(old.words) - Counter(new.words)
        came = Counter(new.words) - Counter(old.words)
        if (gone["&&"] or gone["||"] or gone["nil"]) and not (
            came["&&"] or came["||"] or came["nil"]
        ):
            return True
    return False


def _conditions(parts: Sequence[Part]) -> list[Part]:
    return [part for part in parts if part.text.startswith(("if ", "for "))]


def checked_assertion_out(seen: Seen) -> bool:
    """`v, ok := x.(T)` became `x.(T)`."""
    out = any(re.search(r", (?:_\d+|_|ok) :?= .*\. \(", p.text) for p in seen.content.removed)
    put = any(re.search(r"\. \( [^)]", p.text) for p in seen.content.added)
    return out and put


def ok_dropped(seen: Seen) -> bool:
    """`v, ok := m[k]` or `v, err := f()` became `v := m[k]` or `v, _ := f()`."""
    out = any(re.search(r"^_\d+ , _\d+ :?= ", p.text) for p in seen.content.removed)
    put = any(re.search(r"^_\d+ (?:, _ )?:?= ", p.text) for p in seen.content.added)
    kept = any(re.search(r"^_\d+ , _\d+ :?= ", p.text) for p in seen.content.added)
    return out and put and not kept


_FAILS: Final = re.compile(r"\b(?:err\w*|Err\w*|errors|Errorf)\b")


def _returns(seen: Seen) -> list[str]:
    """What a check that is put in returns, errors left out."""
    parts = (part.text for part in seen.content.added if part.text.startswith("return "))
    return [text for text in parts if not _FAILS.search(text)]


def result_in(seen: Seen) -> bool:
    """A way out with a value, in a function whose value failed."""
    return not seen.on_stack and check_in(seen) and bool(_returns(seen))


def nil_result_in(seen: Seen) -> bool:
    """A way out with nil, in a function whose value was nil."""
    return seen.failure in NIL and result_in(seen) and any("nil" in r for r in _returns(seen))


def clamp_out(seen: Seen) -> bool:
    """A bound around what was there is gone."""
    return seen.content.lost(_CLAMPS)


def bounded(text: str) -> bool:
    """Whether a statement has a bound in it. `text`: with blanks between its words."""
    return not _CLAMPS.isdisjoint(text.split(" "))


def clamp_in(seen: Seen) -> bool:
    """A bound around what was there."""
    return seen.content.gained(_CLAMPS) and seen.content.out <= seen.content.put


# `make([]T, N`, and what follows; the elements of a text or a list from one on.
_MADE: Final = re.compile(r"\bmake \( \[ \] .*$")
_CUT_AT: Final = re.compile(r": (?:min|Min) \(")
_OF_ELEMENTS: Final = ("index-out-of-range", "slice-out-of-range", "slice-to-array")


def size_bounded(seen: Seen) -> bool:
    """A list is made, or cut, no longer than something else: what was in it beyond that is not there any more.

    A bound protects an index that it stands around. Around how long a list is it does the opposite.
    """
    if seen.failure not in _OF_ELEMENTS:
        return False
    for pair in paired(seen.content.removed, seen.content.added):
        if pair.old is None or pair.new is None:
            continue
        old, new = (" ".join(part.words) for part in (pair.old, pair.new))
        was, made = _MADE.search(old), _MADE.search(new)
        if was and made and _bounds(made[0]) > _bounds(was[0]):
            return True
        if _CUT_AT.search(new) and " : " not in old:
            return True
    return False


def _bounds(text: str) -> int:
    """How often a text says that something is at most something else."""
    return len(re.findall(r"\b[mM]in \(", text))


def clamp_said_otherwise(seen: Seen) -> bool:
    """`if len(x) > n { x = x[:n] }` became `x[:min(len(x), n)]`."""
    cuts = any(is_if(p) for p in seen.content.removed) and not any(
        # More than `return` and a name.
        p.text.startswith("return") and "[" not in p.text and p.words[2:]
        for p in seen.content.removed
    )
    bodies = [p for p in seen.content.removed if p.node is not None and not is_if(p)]
    sets = any(p.node is not None and p.node.type == "assignment_statement" for p in bodies)
    return cuts and sets and seen.content.gained(_CLAMPS)

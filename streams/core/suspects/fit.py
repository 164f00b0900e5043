"""How well what was edited fits what failed: sizes, nil values, types, what goroutines share.

In: the content of an edit, a class of failure. Out: 0..1 with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from streams.core.source.operands import WAITING
from streams.core.suspects.content import (
    COPIES,
    NIL,
    SIZES,
    Content,
    is_concurrent,
    is_if,
    leaves_early,
    number_of,
)
from streams.core.suspects.literal import only_literals, only_numbers

_SYNC: Final = frozenset(
    (
        "go", "<-", "chan", "select", "close", "Lock", "Unlock", "RLock", "RUnlock", "TryLock", "Mutex", "RWMutex",
        "WaitGroup", "Wait", "Done", "Once", "Do", "atomic", "sync", "errgroup", "AfterFunc", "singleflight",
        "Cond", "Signal", "Broadcast", "Pool", "Map", "Load", "Store", "CompareAndSwap", "Swap", "semaphore",
        "Acquire", "Release", "SetLimit", "Go",
    )
)  # fmt: skip


_CLOSES_WORDS: Final = frozenset(
    ("close", "go", "<-", "AfterFunc", "defer", "select", "Once", "Do", "Done", "Wait", "cancel", "Stop", "Close",
     "context", "errgroup", "Go")
)  # fmt: skip


# A pointer to a literal is never nil, whatever is in it.
_FILLS: Final = re.compile(r"(?:return|\w+ :?=) & [\w. ]+ \{")


_SIZE_WORDS: Final = frozenset(
    ("len", "cap", "min", "max", "append", "make", "[", ":", "+", "-", "*", "/", "%", "<<", ">>", "&", "|", "^",
     "+=", "-=", "++", "--", "copy", "range", "<", ">", "<=", ">=")
)  # fmt: skip


def fit_of(  # noqa: C901, PLR0911 - a table of cases
    content: Content, failure: str, kind: str
) -> tuple[float, str]:
    """How well what was edited fits what failed, 0..1."""
    words = content.out | content.put
    if failure == "closed-channel" and not words & _CLOSES_WORDS:
        guards = any(is_if(p) or leaves_early(p) for p in content.removed)
        return (
            (1.0, "") if guards else (0.15, "a closed channel failed, but it edits nothing of that")
        )
    if is_concurrent(failure, kind):
        less = sum(map(leaves_early, content.removed)) - sum(map(leaves_early, content.added))
        leaves = failure in WAITING and less < 0
        guards = less > 0 or any(map(is_if, content.removed))
        if content.lost(_COPIES):
            return 0.9, "it no longer copies, and goroutines met"
        if _sends_other(content):
            return 0.15, "it sends other values, and goroutines met"
        counts = failure in WAITING and "Add" in words
        if words & _SYNC or counts or leaves or guards:
            return 1.0, "it edits what goroutines share, and goroutines met"
        return 0.15, "goroutines met, but it edits nothing of that"
    if failure in NIL:
        return _of_nil(content)
    if failure in SIZES:
        return _of_sizes(content)
    if failure == "stack-overflow" and only_numbers(content) and not _decides(content):
        return 0.3, "it changes only numbers, and a recursion did not end"
    if failure == "type-assertion":
        types = (words & _TYPES) | (words & {"any", "interface", "switch", "case", "map", "struct"})
        about = types or any(
            ". (" in part.text or "{" in part.text for part in (*content.removed, *content.added)
        )
        if about and only_literals(content):
            return 0.25, "it changes only constants of the same type"
        return (1.0, "") if about else (0.6, "")
    return 1.0, ""


# https://pkg.go.dev/strings, https://pkg.go.dev/bytes, https://pkg.go.dev/slices: what comes out of these is of
# another length than what went in, or as many as something says. What only takes off the ends is not among them:
# mostly there is nothing to take off.
_RESIZES: Final = frozenset(
    ("Replace", "ReplaceAll", "Split", "SplitN", "SplitAfter", "Fields", "FieldsFunc", "Cut", "Join", "Repeat",
     "Compact", "CompactFunc", "Delete", "DeleteFunc", "Insert", "ReadAll", "ReplaceAllString", "FindAllString")
)  # fmt: skip


# Integers by the largest value that fits.
_LARGEST: Final = {
    "int8": 127, "uint8": 255, "byte": 255, "int16": 32767, "uint16": 65535, "int32": 2147483647, "rune": 2147483647,
    "uint32": 4294967295,
}  # fmt: skip
INTEGERS: Final = frozenset((*_LARGEST, "int", "uint", "int64", "uint64", "uintptr"))


def wrapped(content: Content, numbers: Sequence[int]) -> str:
    """The integer type that an edit puts in whose largest value, or the one after, the crash shows; or nothing."""
    came = content.put - content.out
    shown = set(numbers)
    return next((t for t, most in _LARGEST.items() if t in came and shown & {most, most + 1}), "")


# Where goroutines met, these copy, too.
_COPIES: Final = COPIES | {"append", "Collect"}
_TYPES: Final = frozenset(
    ("int", "int8", "int16", "int32", "int64", "uint", "uint8", "uint16", "uint32", "uint64", "float32", "float64",
     "string", "bool", "byte", "rune", "error")
)  # fmt: skip


def _sends_other(content: Content) -> bool:
    """Whether nothing but numbers and texts differ in what is sent."""
    sends = (p.node is not None and p.node.type == "send_statement" for p in content.added)
    return bool(content.added) and all(sends) and only_literals(content)


def _of_nil(content: Content) -> tuple[float, str]:
    # A cut of a string or a slice, a bound of a number: no pointer is made nil by that.
    if _arithmetic_only(content):
        return 0.15, "it is about sizes, and a nil value failed"
    if only_numbers(content):
        return 0.25, "it changes only numbers"
    if only_literals(content) and all(_FILLS.match(part.text) for part in content.added):
        return 0.25, "it fills the same value with others"
    return 1.0, ""


def _of_sizes(content: Content) -> tuple[float, str]:
    both = zip(content.removed, content.added, strict=False)
    as_many = all(len(old.words) == len(new.words) for old, new in both)
    if as_many and only_literals(content) and not only_numbers(content):
        return 0.5, "it changes only texts, and a size failed"
    words = content.out | content.put
    sizes = words & (_SIZE_WORDS | INTEGERS) or (content.out ^ content.put) & _RESIZES
    copies = content.lost(COPIES)
    return (1.0, "it edits sizes, and a size failed") if sizes or copies else (0.7, "")


def _decides(content: Content) -> bool:
    """Whether it edits a condition, or what a call is handed."""
    return any(is_if(p) or p.text.startswith("for ") or "(" in p.words for p in content.added)


def _arithmetic_only(content: Content) -> bool:
    parts = [p for p in (*content.removed, *content.added) if not is_if(p)]
    if not parts:
        return False
    for part in parts:
        if part.node is None or part.node.type not in ("assignment_statement", "inc_statement"):
            return False
        right = " ".join(part.words)
        if not re.search(r"\d|\blen\b|\bmin\b|\bmax\b", right) or "nil" in part.words:
            return False
    return True


def shown(content: Content, failure: str, numbers: Sequence[int]) -> bool:
    """Whether the crash shows, as a size, the number that a constant has now and had not before."""
    if failure not in SIZES:
        return False
    came = {n for word in content.put - content.out if (n := number_of(word)) is not None}
    return any(n in numbers and n > _COMMON for n in came)


# Smaller numbers are everywhere.
_COMMON: Final = 2

# By class of failure: what an edit does more of (+1) or less of (-1) when it is the other side of what failed.
_OTHER_SIDE: Final = {
    "closed-channel": (("close", 1),),
    "negative-waitgroup": (("Done", 1), ("Add", -1)),
    "unlock-of-unlocked": (("Unlock", 1), ("RUnlock", 1), ("Lock", -1), ("RLock", -1)),
}
_WAITS: Final = (
    ("close", -1), ("Done", -1), ("Add", 1), ("Unlock", -1), ("RUnlock", -1), ("Lock", 1), ("RLock", 1),
)  # fmt: skip
_ROOM: Final = re.compile(r"make \( chan [^,()]+ , ")
_CHANNEL: Final = re.compile(r"make \( chan ")


def other_side(content: Content, failure: str) -> str:
    """What goroutines need of each other and this edit does more or less often than before, as text; or nothing."""
    old, new = (
        " ".join(" ".join(p.words) for p in parts) for parts in (content.removed, content.added)
    )
    if failure in WAITING and _ROOM.search(old) and _CHANNEL.search(new) and not _ROOM.search(new):
        return "it takes the room of a channel away, and goroutines wait"
    signs = _WAITS if failure in WAITING else _OTHER_SIDE.get(failure, ())
    for word, sign in signs:
        call = re.compile(rf"\b{word} \(")
        more = len(call.findall(new)) - len(call.findall(old))
        if more * sign > 0:
            return f"it calls {word} {'more' if sign > 0 else 'less'} often, and that failed"
    return ""

"""What of an edit can matter: its parts without what only tells, and what each of them does.

In: an Edit. Out: a Content. By Go's syntax and its standard words, never a program's own names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from tree_sitter import Node

from streams.core.suspects.compare import Part
from streams.core.suspects.edits import Edit

_CALLED: Final = re.compile(r"([\w.]+)\(")
_WORD: Final = re.compile(r"\w")

# Calls that only tell: the standard library's, and what packages and methods for it are called everywhere.
_TELLS: Final = re.compile(
    r"^(?:\w+\.)*(?:f?print(?:f|ln)?|log\w*|debug\w*|info\w*|warn\w*|trace\w*|error(?:f|w|context|ln)"
    r"|with(?:field|fields|error)?|count\w*|inc\w*|observe\w*|gauge\w*|record\w*|emit\w*|histogram\w*|timing|report\w*"
    r"|setattributes?|addevent|span\w*)$",
    re.IGNORECASE,
)
_TELLING_PACKAGES: Final = re.compile(
    r"^(?:log|slog|zap|logrus|zerolog|glog|klog|logger|logging|metrics?|stats?d?|prometheus|otel|telemetry|trac(?:e|er|ing)"
    r"|expvar|sentry|pprof|l|lg)$",
    re.IGNORECASE,
)
_LEAVES: Final = ("return", "continue", "break", "goto", "panic")
_CONCURRENT: Final = frozenset(
    ("concurrent-map", "deadlock", "closed-channel", "negative-waitgroup", "unlock-of-unlocked")
)
NIL: Final = frozenset(("nil-dereference", "unexpected-fault", "nil-map-write"))
SIZES: Final = frozenset(
    ("index-out-of-range", "slice-out-of-range", "makeslice", "divide-by-zero", "slice-to-array",
     "out-of-memory", "negative-shift")
)  # fmt: skip
# Words of calls that copy; `append` mostly does something else.
COPIES: Final = frozenset(("Clone", "clone", "copy", "Copy", "DeepCopy"))
# Of these the message is the runtime's own.
RUNTIME: Final = frozenset(
    ("nil-dereference", "index-out-of-range", "slice-out-of-range", "divide-by-zero", "makeslice", "nil-map-write",
     "closed-channel", "concurrent-map", "deadlock", "negative-waitgroup", "unlock-of-unlocked", "stack-overflow",
     "out-of-memory", "type-assertion", "slice-to-array", "negative-shift", "unexpected-fault")
)  # fmt: skip
_NUMBER: Final = re.compile(r"^(?:0[xX][0-9a-fA-F_]+|0[oO]?[0-7_]*|\d[\d_]*)$")
# What may stand in the arguments of a call that only tells.
_PLAIN_CALLS: Final = frozenset(("len", "cap", "string", "int", "int64", "float64", "uint64"))


class Content(NamedTuple):
    """An edit without what only tells: parts, and their words."""

    removed: tuple[Part, ...]
    added: tuple[Part, ...]
    out: frozenset[str]
    put: frozenset[str]

    def lost(self, words: frozenset[str]) -> bool:
        """Whether some of these were there, and none is any more."""
        return not words.isdisjoint(self.out) and words.isdisjoint(self.put)

    def gained(self, words: frozenset[str]) -> bool:
        """Whether none of these was there, and some are now."""
        return not words.isdisjoint(self.put) and words.isdisjoint(self.out)


class Seen(NamedTuple):
    """An edit in the light of a crash. `failure`: the class of failure, `numbers`: sizes that the crash shows.

    `on_stack`: its function is, so that leaving it early leads around the crash.
    """

    edit: Edit
    content: Content
    failure: str
    numbers: Sequence[int]
    on_stack: bool


def tells(part: Part) -> bool:
    """Whether a statement does nothing but say or count something; what it computes for that may still fail."""
    if part.node is None or part.node.type not in ("expression_statement", "call_expression"):
        return False
    called = _CALLED.match("".join(part.words))
    if called is None:
        return False
    inside = zip(part.words, part.words[1:], strict=False)
    calls = [one for one, two in inside if two == "(" and _WORD.match(one)]
    if any(one not in _PLAIN_CALLS for one in calls[1:]):
        return False
    name = called[1]
    return bool(_TELLS.match(name.rpartition(".")[2])) or bool(
        _TELLING_PACKAGES.match(name.partition(".")[0])
    )


def content_of(edit: Edit, stands: frozenset[str] = frozenset()) -> Content:
    """What of an edit can matter. `stands`: statements on which the stack stands, whatever they are."""
    if any(part.text in stands for part in (*edit.removed, *edit.added)):
        removed, added = edit.removed, edit.added
    else:
        removed = tuple(p for p in edit.removed if not tells(p))
        added = tuple(p for p in edit.added if not tells(p))
    return Content(removed, added, _words(removed), _words(added))


def _words(parts: Iterable[Part]) -> frozenset[str]:
    return frozenset(word for part in parts for word in part.words)


def is_concurrent(failure: str, kind: str) -> bool:
    """Whether a failure is one of goroutines that meet."""
    return failure in _CONCURRENT or kind == "race"


def is_if(part: Part) -> bool:
    """Whether a statement asks."""
    return part.text.startswith("if ")


def leaves_early(part: Part) -> bool:
    """Whether a statement leaves a function, a loop or a block."""
    return part.text.startswith(_LEAVES)


def way_out_lost(content: Content) -> bool:
    """Whether a way out, with what it was for, is gone, and nothing leaves or asks instead."""
    instead = any(leaves_early(part) or is_if(part) for part in content.added)
    return any(map(leaves_early, content.removed)) and not instead


def within(outer: Node, inner: Node) -> bool:
    """Whether a node stands in another, or is it."""
    return outer.start_byte <= inner.start_byte and inner.end_byte <= outer.end_byte


def number_of(text: str) -> int | None:
    """A constant expression of numbers, shifts and products; None for any other."""
    total: int | None = None
    shift = False
    for word in text.split():
        if word in ("<<", "*"):
            shift = word == "<<"
            continue
        if not _NUMBER.match(word):
            return None
        value = int(word.replace("_", ""), 0) if word.strip("0") else 0
        if total is None:
            total = value
        elif shift:
            total = total << min(value, 64)
        else:
            total *= value
    return total


def wraps(part: Part, added: Sequence[Part]) -> bool:
    """Whether a condition that is put in stands around statements that were there."""
    if not is_if(part) or part.node is None or part.function is None:
        return False
    block = part.node.child_by_field_name("consequence")
    if block is None:
        return False
    own = {(p.node.start_byte, p.node.end_byte) for p in added if p.node is not None}
    inside = [s.node for s in part.function.statements if within(block, s.node)]
    return any((node.start_byte, node.end_byte) not in own for node in inside)

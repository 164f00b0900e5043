"""Two versions of a function, compared: statements that were taken out and put in, stretch by stretch.

In: two Functions. Out: Hunks. Shifted lines, formatting and consistently renamed locals are no difference.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Final, NamedTuple

from tree_sitter import Node

from streams.core.source.nodes import text_of
from streams.core.source.parameters import parameters
from streams.core.source.syntax import Function, Statement
from streams.core.suspects.reads import BLOCKS

_WORD: Final = re.compile(r"\w+|[^\w\s]")

MOST_STATEMENTS: Final = 3000
_MOST_WORDS: Final = 4000


class Part(NamedTuple):
    """A statement, or a line of a type or a constant: `text` without names of locals, `words` as they are written.

    `moved`: the same stands elsewhere in the function now.
    """

    text: str
    words: tuple[str, ...]
    node: Node | None = None
    function: Function | None = None
    moved: bool = False
    first: int = 0


def part_of(function: Function, statement: Statement, *, moved: bool = False) -> Part:
    """A statement as a Part."""
    return Part(
        said(statement),
        words_of(statement),
        statement.node,
        function,
        moved,
        statement.first,
    )


def said(statement: Statement) -> str:
    """The text of a statement, however it is laid out: without commas that only lines ask for, `x += 1` as `x++`."""
    text = statement.text.replace(", )", ")").replace(", }", "}").replace(", ]", "]")
    if text.endswith((" += 1", " -= 1")):
        text = text[:-4] + ("++" if text.endswith("+= 1") else "--")
    return text


class Hunk(NamedTuple):
    """Statements of one stretch that were taken out, and those that were put in for them."""

    removed: tuple[Part, ...]
    added: tuple[Part, ...]


@lru_cache(maxsize=8192)
def compared(before: Function, after: Function) -> tuple[Hunk, ...]:
    """What differs between two versions of a function, stretch by stretch."""
    one = [said(s) for s in before.statements[:MOST_STATEMENTS]]
    two = [said(s) for s in after.statements[:MOST_STATEMENTS]]
    stretches: list[tuple[list[Statement], list[Statement]]] = []
    same: list[tuple[Statement, Statement]] = []
    matcher = SequenceMatcher(None, one, two, autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            same.extend(zip(before.statements[a:b], after.statements[c:d], strict=True))
        else:
            stretches.append((list(before.statements[a:b]), list(after.statements[c:d])))
    both = Counter(said(s) for out, _ in stretches for s in out) & Counter(
        said(s) for _, put in stretches for s in put
    )
    stretches.extend(([old], [new]) for old, new in _others_named(before, after, same))
    hunks = [
        Hunk(
            tuple(part_of(before, s, moved=bool(both[said(s)])) for s in out),
            tuple(part_of(after, s, moved=bool(both[said(s)])) for s in put),
        )
        for out, put in stretches
    ]
    signature = Hunk(*_signature(before, after))
    return tuple(hunk for hunk in (signature, *hunks) if hunk.removed or hunk.added)


def _names(statement: Statement) -> tuple[str, ...]:
    return tuple(word for word in words_of(statement) if word[:1].isalpha() or word[:1] == "_")


def _others_named(
    before: Function, after: Function, same: Sequence[tuple[Statement, Statement]]
) -> list[tuple[Statement, Statement]]:
    """Statements that differ only in locals, and not as the rest of the function does: `f(a, b)` and `f(b, a)`."""
    # Mostly they are the same bytes, blocks in them included.
    others = [(old, new) for old, new in same if old.node.text != new.node.text]
    if all(_names(old) == _names(new) for old, new in others):
        return []
    pairs = [(old, new, _names(old), _names(new)) for old, new in same]
    votes: dict[str, Counter[str]] = {}
    declared = zip(parameters(before), parameters(after), strict=False)
    for one, two in (*declared, *(p for _, _, a, b in pairs for p in zip(a, b, strict=False))):
        votes.setdefault(one, Counter())[two] += 1
    renamed = {
        name: max(counts.items(), key=lambda item: (item[1], item[0] == name, item[0]))[0]
        for name, counts in votes.items()
    }
    return [
        (old, new)
        for old, new, a, b in pairs
        if a != b and any(renamed[one] != two for one, two in zip(a, b, strict=False))
    ]


def _signature(before: Function, after: Function) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """Parameters and results, where their types changed; names of them are locals."""
    old, new = _types_of(before), _types_of(after)
    return ((), ()) if old.text == new.text else ((old,), (new,))


def _types_of(function: Function) -> Part:
    kinds: list[str] = []
    for field in ("receiver", "parameters", "result"):
        node = function.node.child_by_field_name(field) if function.node else None
        kinds.extend(
            text_of(at.child_by_field_name("type") or at)
            for at in (node.named_children if node is not None else ())
        )
    text = " ".join(kinds)
    return Part("func " + text, tuple(_WORD.findall(text)), None, function)


@lru_cache(maxsize=16384)
def words_of(statement: Statement) -> tuple[str, ...]:
    """The leaves of a statement as they are written, the blocks in it left out."""
    found: list[str] = []
    # Tokens stand without names of locals; their lines and order are those of the leaves.
    stack = [statement.node]
    while stack and len(found) < _MOST_WORDS:
        at = stack.pop()
        if at is not statement.node and at.type in _INSIDE:
            continue
        if at.type == "comment":
            continue
        if at.child_count == 0 or at.type in _STRINGS:
            found.append(text_of(at)[:200])
            continue
        stack.extend(reversed(at.children))
    return tuple(found)


_STRINGS: Final = frozenset(("interpreted_string_literal", "raw_string_literal"))


_INSIDE: Final = BLOCKS | {"if_statement"}

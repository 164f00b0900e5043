"""The parameters of a function: names by position, and which are of types that are nobody's in particular.

In: a Function. Out: positions, RECEIVER for the receiver.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from tree_sitter import Node

from streams.core.source.nodes import text_of
from streams.core.source.syntax import Function

_WORD: Final = re.compile(r"\w+")
_TYPES: Final = re.compile(r"\[([^\]]*)\]")

RECEIVER: Final = -1


_BUILTIN: Final = re.compile(
    r"^(?:\[\]|\[\d*\]|map\[|\.\.\.|chan |<-chan |func\b|interface\b|any$|error$|string$|bool$|byte$|rune$"
    r"|u?int(?:8|16|32|64|ptr)?$|float(?:32|64)$|context\.Context$"
    r"|time\.(?:Time|Duration|Month|Weekday)$)"
)


def parameters(function: Function) -> dict[str, int]:
    """Names of parameters by position, the receiver as RECEIVER."""
    found: dict[str, int] = {}
    node = function.node
    if node is None:
        return found
    receiver = node.child_by_field_name("receiver")
    if receiver is not None:
        for name in _declared(receiver):
            found[name] = RECEIVER
    for position, (name, _) in enumerate(_listed(function)):
        if name and name != "_":
            found[name] = position
    return found


def receiver_of(params: Mapping[str, int]) -> str:
    """The name of the receiver among parameters by position; empty where there is none, or it has no name."""
    return next((name for name, at in params.items() if at == RECEIVER), "")


def plain_types(function: Function) -> frozenset[int]:
    """Positions of parameters of types that are nobody's in particular: builtin, generic, functions, `any`, `error`."""
    node = function.node
    if node is None:
        return frozenset()
    generic = _type_parameters(node)
    found: set[int] = set()
    for position, (_, kind) in enumerate(_listed(function)):
        if _BUILTIN.match(kind) or not generic.isdisjoint(_WORD.findall(kind)):
            found.add(position)
    receiver = node.child_by_field_name("receiver")
    if receiver is not None and "[" in text_of(receiver):
        found.add(RECEIVER)
    return frozenset(found)


# Types that go through what others handed them, as they are called everywhere: by the last word of the name.
_CURSOR: Final = re.compile(
    r"(?:Reader|Decoder|Scanner|Cursor|Rows?|Iter|Iterator|Lexer"
    r"|(?:^|[*.])(?:reader|decoder|scanner|cursor|rows?|iter|iterator|lexer))$"
)


def cursors(function: Function) -> frozenset[int]:
    """Positions of parameters, the receiver among them, whose types by their names are readers, rows and the like."""
    kinds = types_of(function)
    receiver = function.node.child_by_field_name("receiver") if function.node else None
    kinds[RECEIVER] = text_of(receiver).strip("()").rpartition(" ")[2]
    return frozenset(at for at, kind in kinds.items() if _CURSOR.search(kind.partition("[")[0]))


def _type_parameters(node: Node) -> set[str]:
    listed = node.child_by_field_name("type_parameters")
    names = set(_declared(listed)) if listed is not None else set()
    receiver = node.child_by_field_name("receiver")
    if receiver is not None:
        match = _TYPES.search(text_of(receiver))
        names |= set(_WORD.findall(match[1])) if match else set()
    return names


def _declared(node: Node) -> Iterator[str]:
    for declaration in node.named_children:
        for name in declaration.children_by_field_name("name"):
            yield text_of(name)


def types_of(function: Function) -> dict[int, str]:
    """The types of the parameters by position, as text."""
    return {position: kind for position, (_, kind) in enumerate(_listed(function))}


def arity(function: Function) -> int | None:
    """How many arguments it takes; None where that is any number."""
    listed = function.node.child_by_field_name("parameters") if function.node else None
    if listed is None or any(d.type.startswith("variadic") for d in listed.named_children):
        return None
    return len(list(_listed(function)))


def _listed(function: Function) -> Iterator[tuple[str, str]]:
    """Names and types of the parameters in order; an empty name where there is none."""
    listed = function.node.child_by_field_name("parameters") if function.node else None
    for declaration in listed.named_children if listed is not None else ():
        kind = text_of(declaration.child_by_field_name("type"))
        for name in declaration.children_by_field_name("name") or (None,):
            yield text_of(name), kind

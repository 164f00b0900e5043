"""Names that an expression reads, each with the field that is read of it: `r.ID` is not `r.Items`.

In: syntax nodes. Out: Reads by name; the field is empty where the whole value is meant. By syntax
alone, in one function.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from tree_sitter import Node

from streams.core.source.nodes import CALLS, arguments_of, assignments, called_on, text_of
from streams.core.source.parameters import RECEIVER, parameters
from streams.core.source.syntax import Function

_READ: Final = re.compile(r"(?<![.\w])([A-Za-z_]\w*)(?:\s*\.\s*([A-Za-z_]\w*)\b(?!\s*\())?")

WHOLE: Final = ""
BLOCKS: Final = frozenset(
    (
        "block",
        "statement_list",
        "expression_case",
        "type_case",
        "communication_case",
        "default_case",
    )
)
_MOST_NODES: Final = 6000
_LEFT: Final = re.compile(r"[*&(\s]*([A-Za-z_]\w*)(?:\s*\.\s*([A-Za-z_]\w*))?")


class Read(NamedTuple):
    """A name, and the field of it that is read; WHOLE: all of it."""

    name: str
    field: str


class Made(NamedTuple):
    """What makes a name, or a field of it: an expression. `by_call`: a call that may set it."""

    field: str
    node: Node
    by_call: bool = False


def reads(node: Node | None, *, own: bool = False) -> Iterator[Read]:
    """Every name that an expression reads, in the order of the source. Keys of literals are none.

    `own`: of a statement, without the blocks in it.
    """
    stack, budget = [node] if node is not None else [], _MOST_NODES
    while stack and budget:
        budget -= 1
        at = stack.pop()
        if own and at.type in BLOCKS and at is not node:
            continue
        if at.type == "identifier":
            yield Read(text_of(at), WHOLE)
            continue
        if at.type == "selector_expression":
            operand = at.child_by_field_name("operand")
            field = at.child_by_field_name("field")
            if operand is not None and operand.type == "identifier" and field is not None:
                call = at.parent if at.parent is not None and at.parent.type in CALLS else None
                called = call is not None and call.child_by_field_name("function") == at
                yield Read(text_of(operand), WHOLE if called else text_of(field))
                continue
        if at.type == "keyed_element" and len(at.named_children) > 1:
            key = at.named_children[0]
            leaf = (
                key.named_children[0]
                if key.type == "literal_element" and key.named_children
                else key
            )
            # A field of a struct, or a key of a map that is a name: fields by far.
            stack.extend(
                reversed(at.named_children[1:] if leaf.type == "identifier" else at.named_children)
            )
            continue
        stack.extend(reversed(at.named_children))


def calls_in(node: Node | None) -> Iterator[Node]:
    """Calls, the outer before the inner."""
    stack, budget = [node] if node is not None else [], _MOST_NODES
    while stack and budget:
        budget -= 1
        at = stack.pop()
        if at.type in CALLS:
            yield at
        stack.extend(reversed(at.named_children))


@lru_cache(maxsize=4096)
def made_in(function: Function) -> Mapping[str, tuple[Made, ...]]:
    """What names of a function are made of: assignments, and calls that are handed them by address or are methods."""
    found: dict[str, list[Made]] = {}
    for left, right in assignments(function.node):
        for name, value in zip(left, right, strict=False):
            root = _LEFT.match(name)
            if root is not None:
                found.setdefault(root[1], []).append(Made(root[2] or WHOLE, value))
                # What a container is asked for by is part of it: `m[k] = v`.
    for call in calls_in(function.node):
        for argument in arguments_of(call):
            if argument.type == "unary_expression" and argument.children[0].type == "&":
                for read in reads(argument):
                    found.setdefault(read.name, []).append(Made(read.field, call, by_call=True))
        operand = called_on(call)
        if operand is not None and operand.type == "identifier":
            found.setdefault(text_of(operand), []).append(Made(WHOLE, call, by_call=True))
    return {name: tuple(items) for name, items in found.items()}


def fields_of(text: str) -> list[Read]:
    """The same of an expression as text, such as an operand that failed."""
    names = _READ.finditer(text)
    return [Read(match[1], match[2] or WHOLE) for match in names]


@lru_cache(maxsize=4096)
def sets_receiver(function: Function) -> bool:
    """Whether a method may change what it is called on: it assigns below its receiver, or hands it on."""
    receiver = next((name for name, at in parameters(function).items() if at == RECEIVER), "")
    if not receiver:
        return False
    if receiver in made_in(function):
        return True
    return any(
        read.name == receiver and read.field == WHOLE
        for call in calls_in(function.node)
        for argument in arguments_of(call)
        for read in reads(argument)
    )


@lru_cache(maxsize=4096)
def returned(function: Function) -> frozenset[str]:
    """Names of which a function makes what it returns, or that reach its caller: parameters, named results."""
    found: set[str] = set(parameters(function))
    node = function.node
    result = node.child_by_field_name("result") if node is not None else None
    for at in result.named_children if result is not None else ():
        found.update(text_of(name) for name in at.children_by_field_name("name"))
    for statement in function.statements:
        if statement.text.startswith("return"):
            found.update(read.name for read in reads(statement.node))
    made = made_in(function)
    open_names = list(found)
    while open_names:
        for item in made.get(open_names.pop(), ()):
            for read in reads(item.node):
                if read.name not in found:
                    found.add(read.name)
                    open_names.append(read.name)
    # What decides which way is taken decides what is returned.
    for statement in function.statements:
        if statement.text.startswith(("if ", "for ", "switch ", "case ", "select")):
            found.update(read.name for read in reads(_head(statement.node)))
    return frozenset(found)


def _head(node: Node) -> Node | None:
    return node.child_by_field_name("condition") or node.child_by_field_name("value")

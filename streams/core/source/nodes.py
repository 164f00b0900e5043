"""Parts of a function's syntax: nodes of a type, calls and their arguments, assignments, the names that are read.

In: nodes of tree-sitter-go. Out: nodes and names. Everything is bounded: generated functions have any size.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from tree_sitter import Node

from streams.core.source.syntax import Function

# Nodes of a function that are looked at, and of a statement.
_MOST_NODES: Final = 20_000
_MOST_OF_STATEMENT: Final = 5_000
# The name that an expression begins with.
ROOT: Final = re.compile(r"[A-Za-z_]\w*")


def text_of(node: Node | None) -> str:
    """The source of a node."""
    return node.text.decode("utf-8", "replace") if node is not None and node.text else ""


def parts_of(node: Node, kind: str) -> Iterator[Node]:
    """Nodes of a type in a statement, but not in a block of it."""
    stack, budget = [node], _MOST_OF_STATEMENT
    while stack and budget:
        budget -= 1
        at = stack.pop()
        if at.type == kind:
            yield at
        stack.extend(
            child
            for child in reversed(at.named_children)
            if child.type not in ("block", "func_literal", "statement_list")
            and not child.type.endswith("_case")
        )


def everywhere(node: Node | None, kind: str) -> Iterator[Node]:
    """Nodes of a type, those in blocks and function literals among them."""
    return (at for at in _inside(node, _MOST_NODES) if at.type == kind)


def _inside(node: Node | None, most: int) -> Iterator[Node]:
    """A node and all named ones in it, at most so many."""
    stack, budget = [node] if node is not None else [], most
    while stack and budget:
        budget -= 1
        at = stack.pop()
        yield at
        stack.extend(at.named_children)


def around(function: Function, node: Node) -> list[Node]:
    """A node and the nodes that it is in, the function's own left out; one by one each would take the whole way."""
    found: list[Node] = []
    at = function.node
    while at is not None and at != node:
        at = at.child_with_descendant(node)
        if at is not None:
            found.append(at)
    return found[::-1]


def in_closure(function: Function, node: Node) -> bool:
    """Whether a node is in a function literal: what it is handed comes from elsewhere."""
    return any(at.type == "func_literal" for at in around(function, node)[1:])


def ranged(value: Node) -> bool:
    """Whether a value is what is ranged over: its elements are not itself."""
    return value.parent is not None and value.parent.type == "range_clause"


# `wire.JSON[shape](data)` cannot be told from a conversion to a generic type.
CALLS: Final = ("call_expression", "type_conversion_expression")


def called_name(call: Node) -> str:
    """What a call names, as text."""
    return text_of(call.child_by_field_name("function") or call.child_by_field_name("type"))


def callee_of(call: Node) -> str:
    """What a call names, without type arguments."""
    return re.sub(r"\[.*", "", called_name(call), flags=re.DOTALL)


def arguments_of(call: Node) -> list[Node]:
    """The arguments of a call."""
    if call.type == "type_conversion_expression":
        operand = call.child_by_field_name("operand")
        return [operand] if operand is not None else []
    arguments = call.child_by_field_name("arguments")
    return list(arguments.named_children) if arguments is not None else []


def called_on(call: Node) -> Node | None:
    """What a method is called on, or the package of a function; None of a plain call."""
    function = call.child_by_field_name("function")
    return function.child_by_field_name("operand") if function is not None else None


def names_in(node: Node | None) -> set[str]:
    """Variables that an expression reads."""
    # Of `cells[row.at][row.to]` the parser takes the variables for types and packages.
    kinds = ("identifier", "type_identifier", "package_identifier")
    return {text_of(at) for at in _inside(node, _MOST_OF_STATEMENT) if at.type in kinds}


def assignments(node: Node | None) -> Iterator[tuple[list[str], list[Node]]]:
    """Every assignment of names in a function: the names, and the expressions on the right."""
    for at in _inside(node, _MOST_NODES):
        if at.type in ("short_var_declaration", "assignment_statement", "range_clause"):
            left, right = at.child_by_field_name("left"), at.child_by_field_name("right")
            if left is not None and right is not None:
                values = right.named_children if right.type == "expression_list" else [right]
                names = [text_of(n) for n in (left.named_children or [left])]
                yield (
                    names,
                    list(values) if len(values) == len(names) else list(values[:1]) * len(names),
                )
        elif at.type == "var_spec":
            value = at.child_by_field_name("value")
            if value is not None:
                names = [text_of(n) for n in at.children_by_field_name("name")]
                yield names, list(value.named_children[:1] or [value]) * len(names)

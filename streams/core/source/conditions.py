"""The conditions that a node of a function stands behind.

In: a Function and a node in it. Out: nodes of conditions, those of guards before it that leave among them.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from tree_sitter import Node

from streams.core.source.nodes import around
from streams.core.source.syntax import Function


def conditions_of(function: Function, node: Node) -> Iterator[Node]:
    """The conditions that a node stands behind, and those of guards before it in its block that leave."""
    for at, parent in pairwise(around(function, node)):
        if parent.type == "if_statement":
            initial = parent.child_by_field_name("initializer")
            condition = parent.child_by_field_name("condition")
            if initial is not None and initial != at:
                yield initial
            if condition is not None and condition != at:
                yield condition
        elif parent.type in ("expression_switch_statement", "type_switch_statement"):
            value = parent.child_by_field_name("value")
            if value is not None:
                yield value
        elif parent.type == "expression_case":
            value = parent.child_by_field_name("value")
            if value is not None and value != at:
                yield value
        elif parent.type in ("block", "statement_list"):
            yield from _guards(parent, at)


_MOST_GUARDS: Final = 32


def _guards(block: Node, node: Node) -> Iterator[Node]:
    """The conditions of statements before one in its block that leave: `if ok { return }`."""
    before = [c for c in block.named_children if c.end_byte <= node.start_byte]
    for statement in before[-_MOST_GUARDS:]:
        if statement.type != "if_statement":
            continue
        inside = statement.child_by_field_name("consequence")
        last = inside.named_children[-1:] if inside is not None else []
        if last and last[0].type == "statement_list":
            last = last[0].named_children[-1:]
        condition = statement.child_by_field_name("condition")
        if last and last[0].type in ("return_statement", "continue_statement") and condition:
            yield condition

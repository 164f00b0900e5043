"""The statement of a frame, and what in it failed or called what is further in.

In: a Standing, the class of failure. Out: statements and expressions; none where syntax does not show them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from tree_sitter import Node

from streams.core.source.frames import statement_at
from streams.core.source.nodes import CALLS, callee_of, parts_of, text_of
from streams.core.source.nodes import in_closure as is_inner
from streams.core.source.operands import DIVIDES, failing_nodes
from streams.core.source.syntax import Function, Statement
from streams.core.suspects.code import Standing
from streams.core.suspects.reads import calls_in

_CLOSURE: Final = re.compile(r"\.func\d+(?:\.\d+)*$")
_LAST_COMMA: Final = re.compile(r",([)}\]])")
_BLANKS: Final = re.compile(r"\s+")


def sign_before(node: Node, signs: Sequence[str]) -> str:
    """The sign that stands before an operand, where it is one of these."""
    before = node.prev_sibling
    return before.type if before is not None and before.type in signs else ""


def dense(text: str) -> str:
    """A text without blanks, and without commas that only lines ask for."""
    return _LAST_COMMA.sub(r"\1", _BLANKS.sub("", text))


def statement_of(function: Function, line: int, callee: str, failure: str) -> Statement | None:
    """The statement of a line: the one that can have called, or failed, where several share it."""
    index = statement_at(function, line, callee, failure or None)
    return function.statements[index] if index is not None else None


def in_closure(at: Standing) -> Statement | None:
    """The statement of a line that is in a function literal, where the frame is of one."""
    if not _CLOSURE.search(at.frame.function):
        return None
    here = [s for s in at.function.statements if s.first <= at.line <= s.last]
    return next((s for s in reversed(here) if is_inner(at.function, s.node)), None)


def call_of(node: Node, name: str) -> Node | None:
    """The first call of this name in an expression."""
    return next(iter(calls_of(node, name)), None)


def calls_of(node: Node, name: str) -> list[Node]:
    """The calls of this name in an expression, the outer before the inner."""
    return [call for call in calls_in(node) if name and callee_of(call).rpartition(".")[2] == name]


def failing_of(failure: str, at: Standing, statement: Statement) -> list[Node]:
    """Expressions of a statement that may have failed in this way; calls only where there is nothing else."""
    nodes = failing_nodes(statement.node, failure, at.line, at.function)
    return [node for node in nodes if node.type not in CALLS] or nodes


def guilty_of(failure: str, at: Standing, statement: Statement) -> list[Node]:
    """What of these expressions is at fault."""
    return [part for node in failing_of(failure, at, statement) for part in _guilty(failure, node)]


def _guilty(failure: str, node: Node) -> list[Node]:
    """Of a division the divisor, of a write to a nil map the map, of a nil dereference what was asked."""
    if failure == "divide-by-zero":
        right = node.child_by_field_name("right")
        divides = any(child.type in DIVIDES for child in node.children)
        # A number that is written out is not zero, or the compiler says so.
        literal = right is not None and right.type in ("int_literal", "float_literal")
        return [right] if right is not None and divides and not literal else []
    if failure == "nil-map-write":
        left = node.child_by_field_name("left") or node
        operands = [n.child_by_field_name("operand") for n in parts_of(left, "index_expression")]
        return [operand for operand in operands if operand is not None]
    if failure == "nil-dereference" and node.type == "selector_expression":
        operand = node.child_by_field_name("operand")
        return [operand] if operand is not None else []
    return [node]


def critical_of(
    failure: str, level: int, at: Standing, statement: Statement | None, callee: str
) -> tuple[str, ...]:
    """The expressions, without blanks, that an edit must touch to have brought the failure, or the call, about."""
    if statement is None:
        return ()
    if level:
        calls = calls_of(statement.node, callee)
        # Of several calls of one function in a statement any may be the one.
        return (dense(text_of(calls[0])),) if len(calls) == 1 else ()
    if failure == "divide-by-zero":
        nodes = guilty_of(failure, at, statement)
        return tuple(dict.fromkeys(sign_before(n, DIVIDES) + dense(text_of(n)) for n in nodes))
    return tuple(dict.fromkeys(dense(text_of(n)) for n in failing_of(failure, at, statement)))

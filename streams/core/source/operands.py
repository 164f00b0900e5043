"""Which expressions of a statement may have failed, by the class of failure.

In: a statement, the class of failure, the line. Out: nodes, or operands as text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple

from tree_sitter import Node

from streams.core.source.nodes import arguments_of, called_name, parts_of, text_of
from streams.core.source.syntax import Function

# Of goroutines that wait for what never comes.
WAITING: Final = frozenset(("deadlock", "dump", "test-timeout"))
NIL: Final = ("nil-dereference", "unexpected-fault")
DIVIDES: Final = ("/", "%", "/=", "%=")


def failing_nodes(node: Node, failure: str, line: int, function: Function) -> list[Node]:
    """The expressions of a statement at a line that are of a type which fails in this way."""
    kinds = _FAILING[failure].kinds if failure in _FAILING else ()
    return [n for kind in kinds for n in _at_line(node, kind, line, function)]


def failing_operands(node: Node, failure: str, line: int, function: Function) -> Iterator[str]:
    """The expressions of a statement that may have failed in this way, as text."""
    here = failing_nodes(node, failure, line, function)
    tables = _tables(node, here, line, function) if failure in NIL else []
    if tables:
        # A table of functions: what it is asked for is not there, or nil.
        yield from map(text_of, tables)
        return
    for at in here:
        yield from _FAILING[failure].operands(at)


def indexed(node: Node) -> tuple[Node | None, Node | None]:
    """The index of an element and what it is one of; `cells[row.at][row.to]` is parsed as a generic type."""
    if node.type == "type_instantiation_expression":
        return node.named_children[-1], node.child_by_field_name("type")
    return node.child_by_field_name("index"), node.child_by_field_name("operand")


def _at_line(node: Node, kind: str, line: int, function: Function) -> Iterator[Node]:
    parts = parts_of(node, kind)
    return (n for n in parts if function.line(n) <= line <= function.last_line(n))


def _tables(node: Node, here: list[Node], line: int, function: Function) -> list[Node]:
    """The elements that are called."""
    called = [c.child_by_field_name("function") for c in here if c.type == "call_expression"]
    # `options[k](d)` is parsed as a conversion to a generic type.
    converted = (
        c.child_by_field_name("type")
        for c in _at_line(node, "type_conversion_expression", line, function)
    )
    return [
        *(f for f in called if f is not None and f.type == "index_expression"),
        *(
            kind
            for kind in converted
            if kind is not None
            and kind.type == "generic_type"
            and text_of(kind).partition("[")[0] in function.locals
        ),
    ]


def _nil(node: Node) -> Iterator[str]:
    if node.type == "selector_expression":
        operand = node.child_by_field_name("operand")
        # Whether a package or a struct is meant the syntax does not say; neither is nil. Calls made it themselves.
        if operand is not None and operand.type != "composite_literal":
            yield text_of(operand)
    elif node.type == "unary_expression":
        if node.children and node.children[0].type == "*":
            yield text_of(node.child_by_field_name("operand"))
    elif node.type == "call_expression":
        function = node.child_by_field_name("function")
        if function is not None and function.type == "identifier":
            yield text_of(function)


def _index(node: Node) -> Iterator[str]:
    index, base = indexed(node)
    yield text_of(base if index is None or _written_out(index) else index)


def _bounds(node: Node) -> Iterator[str]:
    bounds = [node.child_by_field_name(name) for name in ("start", "end", "capacity")]
    texts = [text_of(b) for b in bounds if b is not None and not _written_out(b)]
    yield from texts or [text_of(node.child_by_field_name("operand"))]


def _map(node: Node) -> Iterator[str]:
    left = node.child_by_field_name("left") or node
    for index in parts_of(left, "index_expression"):
        yield text_of(index.child_by_field_name("operand"))


def _asserted(node: Node) -> Iterator[str]:
    operand = node.child_by_field_name("operand")
    # A value that was looked up under a key that was handed in is as good as handed in: decoders.
    looked_up = operand is not None and operand.type == "index_expression"
    yield text_of(operand.child_by_field_name("index") if operand and looked_up else operand)


def _divisor(node: Node) -> Iterator[str]:
    if any(c.type in DIVIDES for c in node.children):
        yield text_of(node.child_by_field_name("right"))


def _channel(node: Node) -> Iterator[str]:
    if node.type == "send_statement":
        yield text_of(node.child_by_field_name("channel"))
    elif called_name(node) == "close":
        yield from map(text_of, arguments_of(node)[:1])


def _sizes(node: Node) -> Iterator[str]:
    if called_name(node) == "make":
        yield from (text_of(size) for size in arguments_of(node)[1:] if not _written_out(size))


def _written_out(node: Node) -> bool:
    return node.type.endswith("_literal")


class _Failing(NamedTuple):
    """`kinds`: types of the expressions that fail so; `operands`: what in one of them may be at fault, as text."""

    kinds: tuple[str, ...]
    operands: Callable[[Node], Iterator[str]]


_FAILING: Final[Mapping[str, _Failing]] = {
    "nil-dereference": _Failing(
        ("selector_expression", "unary_expression", "index_expression", "call_expression"), _nil
    ),
    "index-out-of-range": _Failing(("index_expression", "type_instantiation_expression"), _index),
    "slice-out-of-range": _Failing(("slice_expression",), _bounds),
    "nil-map-write": _Failing(("assignment_statement", "inc_statement"), _map),
    "type-assertion": _Failing(("type_assertion_expression",), _asserted),
    "divide-by-zero": _Failing(("binary_expression", "assignment_statement"), _divisor),
    "closed-channel": _Failing(("send_statement", "call_expression"), _channel),
    "makeslice": _Failing(("call_expression",), _sizes),
}

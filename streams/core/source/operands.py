"""Which expressions of a statement may have failed, by the class of failure.

In: a statement, the class of failure, the line. Out: operands as text.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tree_sitter import Node

from streams.core.source.nodes import called_name, parts_of, text_of
from streams.core.source.syntax import Function

NIL: Final = ("nil-dereference", "unexpected-fault")


def failing_operands(node: Node, failure: str, line: int, function: Function) -> Iterator[str]:
    """The expressions of a statement that may have failed in this way, as text."""
    here = [
        n
        for kind in FAILING.get(failure, ())
        for n in parts_of(node, kind)
        if function.line(n) <= line <= function.last_line(n)
    ]
    called = [c.child_by_field_name("function") for c in here if c.type == "call_expression"]
    indexed = [f for f in called if f is not None and f.type == "index_expression"]
    # `options[k](d)` is parsed as a conversion to a generic type.
    indexed += [
        kind
        for c in parts_of(node, "type_conversion_expression")
        if failure in NIL
        and function.line(c) <= line <= function.last_line(c)
        and (kind := c.child_by_field_name("type")) is not None
        and kind.type == "generic_type"
        and text_of(kind).partition("[")[0] in function.locals
    ]
    if failure in NIL and indexed:
        # A table of functions: what it is asked for is not there, or nil.
        yield from (text_of(f) for f in indexed)
        return
    for at in here:
        yield from _operands_of(at, failure)


FAILING: Final = {
    "nil-dereference": (
        "selector_expression",
        "unary_expression",
        "index_expression",
        "call_expression",
    ),
    "index-out-of-range": ("index_expression", "type_instantiation_expression"),
    "slice-out-of-range": ("slice_expression",),
    "nil-map-write": ("assignment_statement", "inc_statement"),
    "type-assertion": ("type_assertion_expression",),
    "divide-by-zero": ("binary_expression", "assignment_statement"),
    "closed-channel": ("send_statement", "call_expression"),
    "makeslice": ("call_expression",),
}


def _operands_of(node: Node, failure: str) -> Iterator[str]:  # noqa: C901, PLR0912 - one case for each failure
    if failure in NIL:
        yield from _nil_operands(node)
    elif failure == "index-out-of-range":
        index, base = indexed(node)
        if index is not None and not index.type.endswith("_literal"):
            yield text_of(index)
        else:
            yield text_of(base)
    elif failure == "slice-out-of-range":
        bounds = [node.child_by_field_name(name) for name in ("start", "end", "capacity")]
        texts = [text_of(b) for b in bounds if b is not None and not b.type.endswith("_literal")]
        yield from texts or [text_of(node.child_by_field_name("operand"))]
    elif failure == "nil-map-write":
        left = node.child_by_field_name("left") or node
        for index in parts_of(left, "index_expression"):
            yield text_of(index.child_by_field_name("operand"))
    elif failure == "type-assertion":
        operand = node.child_by_field_name("operand")
        # A value that was looked up under a key that was handed in is as good as handed in: decoders.
        if operand is not None and operand.type == "index_expression":
            yield text_of(operand.child_by_field_name("index"))
        else:
            yield text_of(operand)
    elif failure == "divide-by-zero":
        if any(c.type in ("/", "%", "/=", "%=") for c in node.children):
            yield text_of(node.child_by_field_name("right"))
    elif failure == "closed-channel":
        if node.type == "send_statement":
            yield text_of(node.child_by_field_name("channel"))
        elif called_name(node) == "close":
            arguments = node.child_by_field_name("arguments")
            yield (
                text_of(arguments.named_children[0])
                if arguments and arguments.named_children
                else ""
            )
    elif failure == "makeslice" and called_name(node) == "make":
        arguments = node.child_by_field_name("arguments")
        for size in arguments.named_children[1:] if arguments else ():
            if not size.type.endswith("_literal"):
                yield text_of(size)


def indexed(node: Node) -> tuple[Node | None, Node | None]:
    """The index of an element and what it is one of; `cells[row.at][row.to]` is parsed as a generic type."""
    if node.type == "type_instantiation_expression":
        return node.named_children[-1], node.child_by_field_name("type")
    return node.child_by_field_name("index"), node.child_by_field_name("operand")


def _nil_operands(node: Node) -> Iterator[str]:
    if node.type == "selector_expression":
        operand = node.child_by_field_name("operand")
        # Whether a package or a struct is meant the syntax does not say; neither is nil. Calls made it themselves.
        if operand is not None and operand.type != "composite_literal":
            yield text_of(operand)
    elif node.type == "unary_expression":
        if node.children and node.children[0].type == "*":
            yield text_of(node.child_by_field_name("operand"))
    elif node.type == "index_expression":
        yield from ()
    else:
        function = node.child_by_field_name("function")
        if function is not None and function.type == "identifier":
            yield text_of(function)

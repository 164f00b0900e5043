"""What a statement does: assigns, decides, leaves, hands on; and how it stands to the one of the stack.

In: Parts, a Use. Out: answers by syntax, in one function.
"""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from typing import Final

from tree_sitter import Node

from streams.core.source.nodes import arguments_of, called_on, text_of
from streams.core.source.syntax import Statement
from streams.core.suspects.compare import Part, said
from streams.core.suspects.content import within
from streams.core.suspects.dependence import Use
from streams.core.suspects.failing import dense
from streams.core.suspects.reads import calls_in, reads

_MATTERS: Final = 0.6


def still_stands(text: str, use: Use) -> bool:
    """Whether a statement stands in the function that crashed, beside the one that the stack stands on."""
    others = text != use.at
    return (
        others
        and use.function is not None
        and any(said(s) == text for s in use.function.statements)
    )


def asked(words: Sequence[str]) -> bool:
    """Whether a statement takes a second result: `v, ok := m[k]`."""
    sign = next((at for at, word in enumerate(words) if word in (":=", "=")), 0)
    return "," in words[:sign]


def encloses(part: Part, use: Use) -> bool:
    """Whether a statement stands around the one of the stack."""
    node, function = part.node, part.function
    if node is None or function is None:
        return False
    return any(within(node, s.node) for s in function.statements if said(s) == use.at)


def governs(part: Part, use: Use) -> bool:
    """Whether a condition or loop stands around what failed, leaves, or sets what failed; where unsure, yes."""
    node, function = part.node, part.function
    if node is None or function is None or _leaves_or_sets(node, use):
        return True
    spots = [
        s.node
        for s in function.statements
        if said(s) == use.at or any(text in _dense(s) for text in use.critical)
    ]
    if not spots:
        return True
    return any(within(node, spot) for spot in spots)


def _dense(statement: Statement) -> str:
    return dense(text_of(statement.node))


def _leaves_or_sets(node: Node, use: Use) -> bool:
    stack, budget = [node], 2000
    while stack and budget:
        budget -= 1
        at = stack.pop()
        if at.type in _LEAVING:
            return True
        if at.type in ("assignment_statement", "short_var_declaration"):
            left = at.child_by_field_name("left")
            near = max((use.names.get(read.name, 0.0) for read in reads(left)), default=0.0)
            if near >= use.near * _MATTERS:
                return True
        stack.extend(at.named_children)
    return False


_LEAVING: Final = frozenset(
    ("return_statement", "continue_statement", "break_statement", "goto_statement")
)


def hands(part: Part, names: Container[str]) -> bool:
    """Whether a call without a result may set a value: it is handed it whole or by address, or is a method of it."""
    if part.node is None or re.match(r"(?:\w+ \. )?(?:F|S)?[Pp]rint", part.text):
        return False
    for call in calls_in(part.node):
        for argument in arguments_of(call):
            bare = argument
            if bare.type == "unary_expression" and bare.named_children:
                bare = bare.named_children[0]
            if bare.type == "identifier" and text_of(bare) in names:
                return True
        operand = called_on(call)
        if operand is not None and text_of(operand) in names:
            return True
    return False


def field_set(part: Part) -> str:
    """The field that an assignment sets, of a value that has a name: `o.size = 8`."""
    words = part.words
    sets = words[1:2] == (".",) and words[3:4] and re.fullmatch(r"[-+*/%|&]?=|\+\+|--", words[3])
    return words[2] if sets else ""


def within_literal(part: Part) -> bool:
    """Whether a part of a variable is a statement of a function literal in it."""
    return part.node is not None and part.node.type not in ("var_spec", "var_declaration")


def sort(part: Part) -> str:
    """What a statement does: `assigns`, `decides` (conditions, ways out), or only `reads` or calls."""
    kind = part.node.type if part.node is not None else ""
    if kind in ("short_var_declaration", "assignment_statement", "inc_statement", "dec_statement"):
        return "assigns"
    if kind in ("var_declaration", "var_spec", "const_declaration", "range_clause"):
        return "assigns"
    if kind in ("expression_statement", "call_expression", "send_statement"):
        return "reads"
    return "decides"

"""Errors of a type of the user's own: where the value was made whose `Error` method said the text.

In: the format in an `Error` method, what it printed. Out: the only place in its package that makes such a value of what
stands in the text. `&Refused{Op: "charge", Code: 402}` makes `bank: charge: code 402`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from tree_sitter import Node

from streams.core.source.frames import Tree
from streams.core.source.lineage import files_in, folder_of
from streams.core.source.messages import Format
from streams.core.source.nodes import parts_of, text_of
from streams.core.source.syntax import declarations, function_of

METHOD: Final = ".Error"
_LITERALS: Final = ("interpreted_string_literal", "raw_string_literal", "int_literal")
# Shorter ones stand in any text.
_LEAST: Final = 2
_MOST_FUNCTIONS: Final = 200


def constructed(tree: Tree, found: Format, text: str) -> Format | None:
    """The format, at the statement that made the value; None where no value, or several, are made of what it says."""
    name = found.declared.name.removesuffix(METHOD)
    scored = sorted(
        ((score, place) for place, score in _places(tree, found, name, text)),
        key=lambda each: -each[0],
    )
    if not scored or (len(scored) > 1 and scored[0][0] == scored[1][0]):
        return None
    return scored[0][1]


def _places(tree: Tree, found: Format, name: str, text: str) -> Iterator[tuple[Format, int]]:
    """The statements that make a value of the type of what stands in the text, and how much of it that is."""
    made = re.compile(rb"\b" + re.escape(name).encode() + rb"\{")
    looked_at = 0
    for path in files_in(tree, folder_of(found.path)):
        data = tree.read(path)
        if path.endswith("_test.go") or not made.search(data):
            continue
        for declared in declarations(data):
            if not made.search(data, declared.start, declared.end):
                continue
            looked_at += 1
            if looked_at > _MOST_FUNCTIONS:
                return
            for statement in function_of(data, declared).statements:
                for value in parts_of(statement.node, "composite_literal"):
                    if text_of(value.child_by_field_name("type")) == name:
                        score = _said(value, text)
                        line = statement.first
                        if score:
                            yield found._replace(path=path, declared=declared, line=line), score


def _said(value: Node, text: str) -> int:
    """How many characters of a text are written out in a value; 0 where one of its literals is not in the text."""
    score = 0
    for kind in _LITERALS:
        for literal in parts_of(value, kind):
            said = text_of(literal).strip('"`')
            if len(said) < _LEAST:
                continue
            if not re.search(rf"(?<!\w){re.escape(said)}(?!\w)", text):
                return 0
            score += len(said)
    return score

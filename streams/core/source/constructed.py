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
_MOST_VALUES: Final = 500


def constructed(tree: Tree, found: Format, text: str) -> Format | None:
    """The format, at the statement that made the value; None where no value, or several, are made of what it says."""
    name = found.declared.name.removesuffix(METHOD)
    fitting = []
    for number, (place, value) in enumerate(_values(tree, found, name)):
        if number >= _MOST_VALUES:
            return None
        if _fits(value, text):
            fitting.append(place)
    return fitting[0] if len(fitting) == 1 else None


def _values(tree: Tree, found: Format, name: str) -> Iterator[tuple[Format, Node]]:
    """The values of a type that its package makes, each with the statement that it is in."""
    made = re.compile(rb"\b" + re.escape(name).encode() + rb"\{")
    for path in files_in(tree, folder_of(found.path)):
        data = tree.read(path)
        if path.endswith("_test.go") or not made.search(data):
            continue
        for declared in declarations(data):
            if not made.search(data, declared.start, declared.end):
                continue
            for statement in function_of(data, declared).statements:
                place = found._replace(path=path, declared=declared, line=statement.first)
                for value in parts_of(statement.node, "composite_literal"):
                    if text_of(value.child_by_field_name("type")) == name:
                        yield place, value


def _fits(value: Node, text: str) -> bool:
    """Whether all that is written out as an element of a value is in a text, and something is."""
    said = []
    body = value.child_by_field_name("body")
    for element in body.named_children if body is not None else ():
        inner = element.named_children[-1] if element.named_children else element
        literal = inner.named_children[0] if inner.type == "literal_element" else inner
        if literal.type in _LITERALS:
            words = text_of(literal).strip('"`')
            said += [words] if len(words) >= _LEAST else []
    return bool(said) and all(
        words in text and re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text) for words in said
    )

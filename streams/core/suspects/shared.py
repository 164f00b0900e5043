"""What goes through memory that is shared: who is handed a slice, a map or a pointer, and who writes into it.

In: functions. Out: calls by what they are handed; whether a function writes below a parameter; whether an index is made
of lengths alone. By syntax, in one function; of the standard library those functions are known that write in place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from tree_sitter import Node

from streams.core.source.nodes import CALLS, ROOT, arguments_of, assignments, called_name, text_of
from streams.core.source.parameters import parameters
from streams.core.source.syntax import Function
from streams.core.suspects.reads import WHOLE, calls_in, made_in

# What is set below what a name points to: `*p`, `p.Field`, `(*p)[0]`.
_BELOW: Final = re.compile(r"^(?:\*+\s*(\w+)|\(?\*?(\w+)\)?\s*[\[.].*)$", re.DOTALL)
_ADDRESSED: Final = re.compile(r"&?([A-Za-z_]\w*)")

# https://pkg.go.dev/slices, sort, maps, container/heap and the builtin functions that write into their first argument.
_IN_PLACE: Final = re.compile(
    r"^(?:sort\.(?:Ints|Strings|Float64s|Slice|SliceStable|Sort|Stable)"
    r"|slices\.(?:Sort\w*|Reverse|Delete\w*|Compact\w*|Insert|Replace)"
    r"|maps\.(?:Copy|DeleteFunc)|heap\.\w+|copy|clear|delete)$"
)
_PLAIN: Final = frozenset(("len", "cap", "min", "max", "int", "int64", "uint", "uint64"))
_COMPUTED: Final = (
    "int_literal",
    "binary_expression",
    "parenthesized_expression",
    "unary_expression",
)
# So long a chain of locals that are made of one another.
_MOST_LOCALS: Final = 8
_ALIAS: Final = ("identifier", "slice_expression", "parenthesized_expression", "index_expression")


class Handing(NamedTuple):
    """A call that is handed a name, or a field of it, whole, at a position."""

    field: str
    call: Node
    position: int


@lru_cache(maxsize=4096)
def handed_in(function: Function) -> Mapping[str, tuple[Handing, ...]]:
    """The calls of a function by the names that they are handed."""
    found: dict[str, list[Handing]] = {}
    for call in calls_in(function.node):
        for position, argument in enumerate(arguments_of(call)):
            if argument.type == "identifier":
                found.setdefault(text_of(argument), []).append(Handing(WHOLE, call, position))
            elif argument.type == "selector_expression":
                root, field = (
                    argument.child_by_field_name("operand"),
                    argument.child_by_field_name("field"),
                )
                if root is not None and root.type == "identifier":
                    found.setdefault(text_of(root), []).append(
                        Handing(text_of(field), call, position)
                    )
    return {name: tuple(items) for name, items in found.items()}


@lru_cache(maxsize=4096)
def writes_into(function: Function, position: int) -> bool:
    """Whether a function writes into what its parameter at a position points to."""
    names = {name for name, at in parameters(function).items() if at == position}
    if not names:
        return False
    for left, right in assignments(function.node):
        for name, value in zip(left, right, strict=False):
            # What is taken out of a map or a list is mostly a pointer, where something is set below it.
            root = ROOT.match(text_of(value)) if value.type in _ALIAS else None
            if root is not None and root[0] in names and name.isidentifier():
                names.add(name)
    below = (_BELOW.match(name) for left, _ in assignments(function.node) for name in left)
    if any(found is not None and (found[1] or found[2]) in names for found in below):
        return True
    return any(_in_place(call, names) for call in calls_in(function.node))


def _in_place(call: Node, names: set[str]) -> bool:
    given = arguments_of(call)
    if not given:
        return False
    name = called_name(call)
    root = _ADDRESSED.match(text_of(given[0]))
    if root is None or root[1] not in names:
        return False
    # `append(x[:n], …)` writes over what is behind n.
    return bool(_IN_PLACE.match(name)) or (name == "append" and given[0].type == "slice_expression")


def measured(function: Function, failing: Sequence[Node]) -> bool:
    """Whether the bounds of failing expressions are made of numbers and of `len` alone."""
    indices = [i for node in failing for i in _indices(node)]
    return bool(indices) and all(_of_lengths(function, index, ()) for index in indices)


def _indices(node: Node) -> Iterator[Node]:
    for field in ("index", "start", "end"):
        index = node.child_by_field_name(field)
        if index is not None:
            yield index


def _of_lengths(function: Function, node: Node, above: tuple[str, ...]) -> bool:
    if node.type == "identifier":
        name = text_of(node)
        made = made_in(function).get(name, ())
        if name in above:
            return True
        if not made or len(above) > _MOST_LOCALS:
            return False
        return all(not m.by_call and _of_lengths(function, m.node, (*above, name)) for m in made)
    called = called_name(node) if node.type in CALLS else ""
    if called:
        inside = [] if called in ("len", "cap") else arguments_of(node)
        return called in _PLAIN and all(_of_lengths(function, n, above) for n in inside)
    inside = node.named_children
    return node.type in _COMPUTED and all(_of_lengths(function, n, above) for n in inside)

"""What the locals of a function were made of: assignments, what is handed by address, options, loops.

In: a Function. Out: names of locals and parameters by what they were made of.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from tree_sitter import Node

from streams.core.source.nodes import (
    CALLS,
    ROOT,
    arguments_of,
    assignments,
    called_name,
    called_on,
    everywhere,
    names_in,
    ranged,
    text_of,
)
from streams.core.source.syntax import Function


def sources_of(function: Function, names: Iterable[str]) -> set[str]:
    """The names, and all that they were computed of."""
    computed = _computed_of(function)
    found, open_names = set(names), list(names)
    while open_names:
        for more in computed.get(open_names.pop(), ()):
            if more not in found:
                found.add(more)
                open_names.append(more)
    return found


@lru_cache(maxsize=1024)
def _computed_of(function: Function) -> Mapping[str, set[str]]:
    """What each name of a function was computed of at once."""
    computed: dict[str, set[str]] = {}
    for left, right in assignments(function.node):
        for name, value in zip(left, right, strict=False):
            computed.setdefault(name, set()).update(names_in(value))
    for call in (c for kind in CALLS for c in everywhere(function.node, kind)):
        for name in _set_by(function, call):
            computed.setdefault(name, set()).update(names_in(call))
    return computed


def _set_by(function: Function, call: Node) -> Iterator[str]:
    """The locals that a call may set: handed by address or to a function value, or called on with all options."""
    value = ROOT.match(called_name(call))
    by_value = value is not None and value[0] in function.locals and "." not in called_name(call)
    for argument in arguments_of(call):
        text = text_of(argument)
        address = argument.type == "unary_expression" and text.startswith("&")
        root = ROOT.match(text.removeprefix("&"))
        if root is not None and (address or (by_value and argument.type == "identifier")):
            yield root[0]
    on = text_of(called_on(call)) if call.type == "call_expression" else ""
    if on in function.locals and _handed_options(function, call):
        yield on


def _handed_options(function: Function, call: Node) -> bool:
    """Whether a call is handed the variadic parameter of the function that it is in, whole."""
    listed = function.node.child_by_field_name("parameters") if function.node else None
    last = listed.named_children[-1:] if listed is not None else []
    if not last or last[0].type != "variadic_parameter_declaration":
        return False
    name = text_of(last[0].child_by_field_name("name"))
    return any(text_of(given).removesuffix("...") == name for given in arguments_of(call))


def looped(function: Function) -> set[str]:
    """Variables of loops: they take values of the function's own choosing."""
    found: set[str] = set()
    for kind in ("for_clause", "range_clause"):
        for clause in everywhere(function.node, kind):
            left = clause.child_by_field_name("left")
            if left is not None:
                found.update(text_of(n) for n in left.named_children or [left])
            start = clause.child_by_field_name("initializer")
            if start is not None:
                first = start.child_by_field_name("left")
                found.update(text_of(n) for n in (first.named_children if first else ()))
    for kind in ("inc_statement", "dec_statement"):
        for changed in everywhere(function.node, kind):
            found.update(text_of(n) for n in changed.named_children)
    return found


def elements_of(function: Function) -> dict[str, str]:
    """The elements that loops go through, each with the name of what it is one of; none that is assigned otherwise."""
    found: dict[str, str] = {}
    for clause in everywhere(function.node, "range_clause"):
        left, right = clause.child_by_field_name("left"), clause.child_by_field_name("right")
        match left.named_children if left is not None else []:
            case [_, element] if ROOT.fullmatch(text_of(right)):
                found[text_of(element)] = text_of(right)
            case _:
                pass
    for left_names, values in assignments(function.node):
        for name, value in zip(left_names, values, strict=False):
            if name in found and not ranged(value):
                del found[name]
    return found

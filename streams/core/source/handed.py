"""What a caller handed a function: values that it made, or that it was handed in turn.

In: a Function, the statement that calls, the callee's name, positions in question. Out: Handed.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from tree_sitter import Node

from streams.core.source.lineage import bare
from streams.core.source.nodes import (
    CALLS,
    arguments_of,
    assignments,
    called_on,
    callee_of,
    in_closure,
    names_in,
    parts_of,
    ranged,
    text_of,
)
from streams.core.source.parameters import (
    RECEIVER,
    arity,
    cursors,
    parameters,
    plain_types,
    types_of,
)
from streams.core.source.syntax import Function, Statement


def call_of(statement: Statement, callee: str) -> Node | None:
    """The call of a function in a statement; `callee` is the last part of its name."""
    calls = (c for kind in CALLS for c in parts_of(statement.node, kind))
    return next((c for c in calls if callee_of(c).rpartition(".")[2] == callee), None)


def may_call(statement: Statement, function: Function) -> bool:
    """Whether a statement that names a function hands it as many arguments as it takes: others may have its name."""
    call = call_of(statement, bare(function.declared.name))
    taken = arity(function)
    if call is None or taken is None:
        return True
    given = arguments_of(call)
    return len(given) == taken or (len(given) == 1 and given[0].type == "call_expression")


def unchanged(function: Function, params: dict[str, int]) -> dict[str, int]:
    """Parameters, and locals that are another name of one; not those that are assigned anew."""
    found = dict(params)
    for left, right in assignments(function.node):
        for name, value in zip(left, right, strict=False):
            text = "" if ranged(value) else text_of(value)
            if name in params:
                found.pop(name, None)
            elif text in params:
                found[name] = params[text]
            else:
                found.pop(name, None)
    return found


def _has_field(value: Node) -> bool:
    """Whether an expression reads a field: what is called is none."""
    called = {call.child_by_field_name("function") for call in parts_of(value, "call_expression")}
    return any(selector not in called for selector in parts_of(value, "selector_expression"))


class Handed(NamedTuple):
    """What a caller handed a function: positions at fault that it made itself, and those that it was handed in turn.

    `of`: its own parameters that it made the former of, where it made them of nothing else. `forwards`: it handed on
    a parameter of a type of its own, as who stands on a route does. `literals`: the texts that it wrote out for them.
    """

    made: frozenset[int]
    passed: frozenset[int]
    call: bool
    of: frozenset[int] = frozenset()
    forwards: bool = False
    literals: tuple[str, ...] = ()


def handed(function: Function, statement: Statement, callee: str, params: frozenset[int]) -> Handed:
    """How a caller came by the arguments of a call: `callee` is the last part of the function's name."""
    call = call_of(statement, callee)
    if call is None:
        return Handed(params, frozenset(), call=False)
    own = parameters(function)
    known = {} if in_closure(function, statement.node) else unchanged(function, own)
    given = arguments_of(call)
    made: set[int] = set()
    passed: set[int] = set()
    of: set[int] = set()
    whole = True
    for position in params:
        if position == RECEIVER:
            value = called_on(call)
        else:
            value = given[position] if position < len(given) else None
            # must.OK(load(id)): one call gives all arguments.
            value = given[0] if value is None and len(given) == 1 else value
        text = text_of(value)
        if value is not None and text in known:
            passed.add(known[text])
        else:
            made.add(position)
            # Functions and packages that are called say nothing of where a value came from.
            names = {name for name in names_in(value) if name in function.locals}
            plain = value is not None and not _has_field(value)
            whole = whole and plain and bool(names) and names <= known.keys()
            of.update(known[name] for name in names if name in known)
    return Handed(
        frozenset(made),
        frozenset(passed),
        call=True,
        of=frozenset(of if whole else ()),
        forwards=_forwards(function, own, given),
        literals=tuple(
            text_of(value)
            for position, value in enumerate(given)
            if position in params and value.type.endswith("string_literal")
        ),
    )


_CONTEXT: Final = re.compile(r"\bContext\b|http\.|\bw$|\br$")


def _forwards(function: Function, own: dict[str, int], given: list[Node]) -> bool:
    """Whether an argument is a parameter as it came, of a type that is neither plain nor a context nor a cursor."""
    plain = plain_types(function)
    gone_through = cursors(function)
    kinds = types_of(function)
    return any(
        (name := text_of(value)) in own
        and own[name] != RECEIVER
        and own[name] not in plain
        and own[name] not in gone_through
        and not _CONTEXT.search(kinds.get(own[name], ""))
        for value in given
    )

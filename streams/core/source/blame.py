"""Who is to blame for a statement that failed: the function that it is in, or whoever handed it a bad value.

In: a Function, the statement, the class of failure. Out: the parameters whose value was at fault, with the reason; none
where the function itself is. A value is at fault where the failing operand is a parameter as it was handed in, or where
an explicit panic stands behind a condition on parameters. What is computed in the function is its own fault, but for
what is computed of plain parameters and nothing else (_computed).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from tree_sitter import Node

from streams.core.source.computed import elements_of, looped, sources_of
from streams.core.source.conditions import conditions_of
from streams.core.source.handed import call_of, unchanged
from streams.core.source.nodes import (
    ROOT,
    arguments_of,
    around,
    assignments,
    called_name,
    in_closure,
    names_in,
    parts_of,
    text_of,
)
from streams.core.source.operands import NIL, WAITING, failing_operands, indexed
from streams.core.source.parameters import (
    RECEIVER,
    cursors,
    parameters,
    plain_types,
    receiver_of,
)
from streams.core.source.syntax import Function, Statement

# Failures of an operand, and what the operand is in the syntax.
_EXPLICIT: Final = frozenset(("panic", "Panic", "Panicf", "Panicln", "Fatal", "Fatalf", "Fatalln"))


# Statements of a function that only says what it panics for.
_FAILS: Final = 2


# Failures whose operand may be any expression, and those of a goroutine that waits.
_OF_ANY: Final = frozenset(
    ("index-out-of-range", "slice-out-of-range", "type-assertion", "divide-by-zero", "makeslice")
)


# Failures of a container that may be for what it holds.
_STATE: Final = frozenset((*NIL, "index-out-of-range", "slice-out-of-range"))


class Guilt(NamedTuple):
    """`params`: positions of parameters (RECEIVER: the receiver) whose value was at fault; empty: the function's own.

    `always`: the function does nothing but panic, so that the question is for whoever called it. `explicit`: it panics
    on purpose.
    """

    params: frozenset[int]
    why: str
    always: bool = False
    explicit: bool = False


OWN: Final = Guilt(frozenset(), "the value that failed was made in the function itself")
_ASKED: Final = Guilt(frozenset((RECEIVER,)), "more was asked of it than it holds")


def guilt(
    function: Function, statement: Statement, line: int, failure: str, zeros: str = ""
) -> Guilt:
    """Whether a statement failed for the sake of what the function was handed.

    `zeros`: of each word of the arguments whether it was 0 (`0`), was not (`1`), or is not known (`?`).
    """
    params = parameters(function)
    explicit = _explicit(statement.node, line, function)
    operands = list(failing_operands(statement.node, failure, line, function))
    if explicit is not None and (not _runtime(failure) or not operands):
        found = _of_panic(function, explicit, params)
        only = len(function.statements) <= _FAILS and not list(conditions_of(function, explicit))
        return found._replace(always=only)
    if not params:
        return OWN
    operands = [_unwrapped(operand) for operand in operands]
    if in_closure(function, statement.node):
        return _in_closure(function, statement, operands, params) if failure in NIL else OWN
    if failure in WAITING:
        return _waiting(function, statement, params)
    if not operands:
        asks = failure in _STATE and _asks_within(function, statement, params)
        return _ASKED if asks else OWN
    bases = _bases(statement, line, function)
    return _of_operands(function, operands, bases, _Failed(failure, zeros))


class _Failed(NamedTuple):
    """The class of failure, and of each word of the arguments whether it was 0."""

    failure: str
    zeros: str


def _of_operands(
    function: Function, operands: list[str], bases: set[str], failed: _Failed
) -> Guilt:
    """By the expressions that may have failed."""
    params = parameters(function)
    known = unchanged(function, params)
    failure = failed.failure
    if failure in NIL:
        nil = _nil_parameter(function, operands, known, failed.zeros)
        if nil is not None:
            return nil
    faulty = {known[o] for o in operands if o in known}
    if failure in _STATE and _of_container(function, operands, params, failure):
        return Guilt(frozenset((RECEIVER,)), "the container was handed in empty, or too small")
    if not faulty or any(o not in known for o in operands):
        if failure not in _OF_ANY:
            return OWN
        return _computed(function, operands, params, bases)
    names = sorted(name for name, at in known.items() if at in faulty)
    return Guilt(
        frozenset(faulty),
        f"the operand that failed is the parameter {' or '.join(names)} as it was handed in",
    )


def _in_closure(
    function: Function, statement: Statement, operands: list[str], params: dict[str, int]
) -> Guilt:
    """What a closure calls of what the function around it was handed was handed in, whoever runs the closure."""
    known = unchanged(function, params)
    called = {called_name(c) for c in parts_of(statement.node, "call_expression")}
    match operands:
        case [name] if (
            name in known and name in called and not _shadowed(function, statement, name)
        ):
            return Guilt(frozenset((known[name],)), f"the parameter {name} that it calls is nil")
        case _:
            return OWN


def _shadowed(function: Function, statement: Statement, name: str) -> bool:
    """Whether a closure around a statement is handed something of this name itself."""
    listed = (
        at.child_by_field_name("parameters")
        for at in around(function, statement.node)
        if at.type == "func_literal"
    )
    return any(name in names_in(names) for names in listed if names is not None)


def _asks_within(function: Function, statement: Statement, params: dict[str, int]) -> bool:
    """Whether a reader hands what it holds to others, in which it failed: `binary.BigEndian.Uint16(r.buf[r.at:])`."""
    name = receiver_of(params)
    return (
        RECEIVER in cursors(function)
        and name in names_in(statement.node)
        and bool(parts_of(statement.node, "slice_expression"))
    )


def _bases(statement: Statement, line: int, function: Function) -> set[str]:
    """What is indexed or cut in a statement."""
    return {
        text_of(indexed(n)[1])
        for kind in ("index_expression", "slice_expression", "type_instantiation_expression")
        for n in parts_of(statement.node, kind)
        if function.line(n) <= line <= function.last_line(n)
    }


def _computed(
    function: Function, operands: list[str], params: dict[str, int], bases: set[str]
) -> Guilt:
    """An operand that is computed of parameters and nothing else: page, bit, column and cell numbers.

    A helper that computes it wrongly looks the same; then its callers are blamed for it. Several bugs taken for one do
    more harm than one taken for several.
    """
    found: set[int] = set()
    gone_through = cursors(function)
    if RECEIVER in gone_through and given_of(function, operands, params):
        return _ASKED
    if any(_reads_receiver(function, operand, params) for operand in operands):
        return OWN
    for operand in operands:
        given = given_of(function, (operand,), params)
        if not given:
            return OWN
        found.update(params[name] for name in given)
    # What a container holds is its own affair, and so is how long it is; what it is asked for is not. A list that the
    # function made of a parameter it indexes by what it made of the same one: that has to fit, whatever is in it.
    found.discard(RECEIVER)
    if found <= {params[name] for name in _made_of(function, bases) if name in params}:
        return OWN
    # A value of a type of its own is no argument of a helper: its fields are what the function is about.
    found -= gone_through
    if not found or not found <= plain_types(function):
        return OWN
    listed = " and ".join(sorted(name for name, at in params.items() if at in found))
    return Guilt(frozenset(found), f"what failed was computed of the parameter {listed} alone")


def given_of(function: Function, texts: Iterable[str], params: dict[str, int]) -> set[str]:
    """The parameters that expressions were computed of; none where anything else went into one of them."""
    names = {n for text in texts for n in re.findall(r"(?<![.\w])[A-Za-z_]\w*", text)}
    roots = sources_of(function, names & function.locals) & function.locals
    given = roots & params.keys()
    made = {name for name in roots - given if not sources_of(function, (name,)) & given}
    return set() if made or roots & looped(function) else given


def _made_of(function: Function, bases: set[str]) -> set[str]:
    """What is indexed, and where it is a local that was made of other things, these."""
    return bases | sources_of(function, bases & function.locals)


def _reads_receiver(function: Function, operand: str, params: dict[str, int]) -> bool:
    """Whether a field of the receiver goes into an expression, directly or by a local: the state of a container."""
    receiver = receiver_of(params)
    if not receiver:
        return False
    field = re.compile(rf"\b{re.escape(receiver)}\.\w+\b(?!\()")
    names = {n for n in re.findall(r"(?<![.\w])[A-Za-z_]\w*", operand) if n in function.locals}
    texts = [operand]
    for left, right in assignments(function.node):
        texts += [text_of(v) for n, v in zip(left, right, strict=False) if n in names]
    # What is looked up in a field by what was handed in is what was asked for.
    return any(field.search(_LOOKED_UP.sub("", text)) for text in texts)


_LOOKED_UP: Final = re.compile(r"(?<!len)(?<!cap)\([^()]*,[^()]*\)")


def _waiting(function: Function, statement: Statement, params: dict[str, int]) -> Guilt:
    """A wait on what a function was handed, or is a method of: whoever shares that did not let go."""
    channels = {
        text_of(n.child_by_field_name("channel"))
        for n in parts_of(statement.node, "send_statement")
    }
    # What is sent has nothing to do with the wait.
    names = {m[0] for c in channels if (m := ROOT.match(c))} or names_in(statement.node)
    names &= function.locals
    found = {params[name] for name in names if name in params}
    if not found or any(name not in params for name in names):
        return OWN
    return Guilt(frozenset(found), "it waits on what it was handed")


def _nil_parameter(
    function: Function, operands: list[str], known: dict[str, int], zeros: str
) -> Guilt | None:
    """Of a nil dereference what the printed arguments say, or a path of one step into a parameter; None: neither."""
    receiver = receiver_of(known)
    if receiver and receiver in operands and zeros[:1] == "0" and _pointer(function):
        return Guilt(frozenset((RECEIVER,)), f"the receiver {receiver} is nil")
    found: set[int] = set()
    elements = elements_of(function)
    for operand in operands:
        match = re.fullmatch(r"(\w+)(?:\.\w+)?|(\w+)\[[^\]]+\]", operand)
        name = (match[1] or match[2]) if match else ""
        name = elements.get(operand, name)
        if name not in known:
            return None
        found.add(known[name])
    return Guilt(frozenset(found), "what was handed in is nil, or holds nil") if found else None


def _pointer(function: Function) -> bool:
    receiver = function.node.child_by_field_name("receiver") if function.node else None
    return "*" in text_of(receiver)


def _of_container(
    function: Function, operands: list[str], params: dict[str, int], failure: str
) -> bool:
    """Whether a generic container failed for what it holds: its first or last element, a field that is nil."""
    if RECEIVER not in plain_types(function):
        return False
    name = receiver_of(params)
    own = rf"{re.escape(name)}\.\w+"
    last = rf"len\({own}\)\s*-\s*1"
    state = re.compile(rf"{re.escape(name)}|{own}" if failure in NIL else last)
    return bool(name) and all(state.fullmatch(operand) for operand in operands)


def guilt_of_call(function: Function, statement: Statement, callee: str) -> Guilt:
    """The same, where a statement calls a function that does nothing but panic."""
    call = call_of(statement, callee)
    return OWN if call is None else _of_panic(function, call, parameters(function))


_WRAPPED: Final = re.compile(r"(?:\w+\()?len\((\w+)\)\)?|(?:u?int\d*|float\d+)\((\w+)\)")


def _unwrapped(operand: str) -> str:
    """A parameter whose length, or which as a number, is meant: it was as it was handed in."""
    match = _WRAPPED.fullmatch(operand)
    return (match[1] or match[2]) if match else operand


def _runtime(failure: str) -> bool:
    return ":" not in failure and failure not in ("panic", "fatal", "error")


def _explicit(node: Node, line: int, function: Function) -> Node | None:
    """The call that panics, at this line where there are several."""
    calls = [
        call
        for call in parts_of(node, "call_expression")
        if called_name(call).rpartition(".")[2] in _EXPLICIT
    ]
    at_line = [c for c in calls if function.line(c) <= line <= function.last_line(c)]
    return next(iter(at_line or calls), None)


def _of_panic(function: Function, call: Node, params: dict[str, int]) -> Guilt:
    """An explicit panic: by what its conditions depend on, else by what it says."""
    conditions = list(conditions_of(function, call))
    read: set[str] = set()
    for condition in conditions:
        read |= names_in(condition)
    if not conditions:
        for argument in arguments_of(call):
            read |= names_in(argument)
    if in_closure(function, call):
        return OWN
    sources = sources_of(function, read)
    found = {params[name] for name in sources if name in params}
    if not found:
        return OWN
    names = sorted(name for name in sources if name in params)
    what = "a condition on" if conditions else "the value of"
    why = f"it panics by {what} the parameter {' and '.join(names)}"
    return Guilt(frozenset(found), why, explicit=True)

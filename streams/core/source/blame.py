"""Who is to blame for a statement that failed: the function that it is in, or whoever handed it a bad value.

In: a Function, the statement, the class of failure. Out: the parameters whose value was at fault, with the reason; none
where the function itself is. A value is at fault where the failing operand is a parameter as it was handed in, or where
an explicit panic stands behind a condition on parameters. What is computed in the function is its own fault, but for
what is computed of plain parameters and nothing else (_computed).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

from tree_sitter import Node

from streams.core.source.syntax import Function, Statement

RECEIVER: Final = -1
# Failures of an operand, and what the operand is in the syntax.
_EXPLICIT: Final = frozenset(("panic", "Panic", "Panicf", "Panicln", "Fatal", "Fatalf", "Fatalln"))
_NIL: Final = ("nil-dereference", "unexpected-fault")
# Statements of a function that only says what it panics for.
_FAILS: Final = 2
# Failures whose operand may be any expression, and those of a goroutine that waits.
_OF_ANY: Final = frozenset(
    ("index-out-of-range", "slice-out-of-range", "type-assertion", "divide-by-zero", "makeslice")
)
_WAITS: Final = frozenset(("deadlock", "dump", "test-timeout"))
# Failures of a container that may be for what it holds.
_STATE: Final = frozenset((*_NIL, "index-out-of-range", "slice-out-of-range"))
_BUILTIN: Final = re.compile(
    r"^(?:\*|\[\]|\[\d*\]|map\[|\.\.\.|chan |<-chan |func\b|interface\b|any$|error$|string$|bool$|byte$|rune$"
    r"|u?int(?:8|16|32|64|ptr)?$|float(?:32|64)$|context\.Context$)"
)


class Guilt(NamedTuple):
    """`params`: positions of parameters (RECEIVER: the receiver) whose value was at fault; empty: the function's own.

    `always`: the function does nothing but panic, so that the question is for whoever called it.
    """

    params: frozenset[int]
    why: str
    always: bool = False


OWN: Final = Guilt(frozenset(), "the value that failed was made in the function itself")


def text_of(node: Node | None) -> str:
    """The source of a node."""
    return node.text.decode("utf-8", "replace") if node is not None and node.text else ""


def parameters(function: Function) -> dict[str, int]:
    """Names of parameters by position, the receiver as RECEIVER."""
    found: dict[str, int] = {}
    node = function.node
    if node is None:
        return found
    receiver = node.child_by_field_name("receiver")
    if receiver is not None:
        for name in _declared(receiver):
            found[name] = RECEIVER
    listed = node.child_by_field_name("parameters")
    position = 0
    for declaration in listed.named_children if listed is not None else ():
        names = [text_of(n) for n in declaration.children_by_field_name("name")]
        for name in names or [""]:
            if name and name != "_":
                found[name] = position
            position += 1
    return found


def plain_types(function: Function) -> frozenset[int]:
    """Positions of parameters of types that are nobody's in particular: builtin, generic, functions, `any`, `error`."""
    node = function.node
    if node is None:
        return frozenset()
    generic = _type_parameters(node)
    found: set[int] = set()
    listed = node.child_by_field_name("parameters")
    position = 0
    for declaration in listed.named_children if listed is not None else ():
        kind = text_of(declaration.child_by_field_name("type"))
        names: list[Node | None] = list(declaration.children_by_field_name("name")) or [None]
        words = set(re.findall(r"\w+", kind))
        plain = bool(words & generic) or (
            bool(_BUILTIN.match(kind)) and (not kind.startswith("*") or bool(words & generic))
        )
        for _ in names:
            if plain:
                found.add(position)
            position += 1
    receiver = node.child_by_field_name("receiver")
    if receiver is not None and "[" in text_of(receiver):
        found.add(RECEIVER)
    return frozenset(found)


def _type_parameters(node: Node) -> set[str]:
    listed = node.child_by_field_name("type_parameters")
    names = set(_declared(listed)) if listed is not None else set()
    receiver = node.child_by_field_name("receiver")
    if receiver is not None:
        match = re.search(r"\[([^\]]*)\]", text_of(receiver))
        names |= set(re.findall(r"\w+", match[1])) if match else set()
    return names


def _declared(node: Node) -> Iterator[str]:
    for declaration in node.named_children:
        for name in declaration.children_by_field_name("name"):
            yield text_of(name)


def guilt(  # noqa: PLR0911 - a table of cases
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
    if not params or _in_closure(function, statement.node):
        return OWN
    known = _unchanged(function, params)
    operands = [_unwrapped(operand) for operand in operands]
    if not operands and failure not in _WAITS:
        return OWN
    if failure in _NIL:
        nil = _nil_parameter(function, operands, known, zeros)
        if nil is not None:
            return nil
    faulty = {known[o] for o in operands if o in known}
    if failure in _WAITS:
        return _waiting(function, statement, params)
    if failure in _STATE and _of_container(function, operands, params, failure):
        return Guilt(frozenset((RECEIVER,)), "the container was handed in empty, or too small")
    if not faulty or any(o not in known for o in operands):
        if failure not in _OF_ANY:
            return OWN
        return _computed(function, operands, params, _bases(statement, line, function))
    names = sorted(name for name, at in known.items() if at in faulty)
    return Guilt(
        frozenset(faulty),
        f"the operand that failed is the parameter {' or '.join(names)} as it was handed in",
    )


def _bases(statement: Statement, line: int, function: Function) -> set[str]:
    """What is indexed or cut in a statement."""
    return {
        text_of(_indexed(n)[1])
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
    looped = _looped(function)
    if any(_reads_receiver(function, operand, params) for operand in operands):
        return OWN
    for operand in operands:
        names = {n for n in re.findall(r"(?<![.\w])[A-Za-z_]\w*", operand) if n in function.locals}
        roots = _sources(function, names) & function.locals
        given = {name for name in roots if name in params}
        made = {name for name in roots - given if not _sources(function, (name,)) & given}
        if not given or made or roots & looped:
            return OWN
        found.update(params[name] for name in given)
    # What a container holds is its own affair, and so is how long it is; what it is asked for is not. A list that the
    # function made of a parameter it indexes by what it made of the same one: that has to fit, whatever is in it.
    found.discard(RECEIVER)
    if found <= {params[name] for name in _made_of(function, bases) if name in params}:
        return OWN
    # A value of a type of its own is no argument of a helper: its fields are what the function is about.
    if not found or not found <= plain_types(function):
        return OWN
    listed = " and ".join(sorted(name for name, at in params.items() if at in found))
    return Guilt(frozenset(found), f"what failed was computed of the parameter {listed} alone")


def _made_of(function: Function, bases: set[str]) -> set[str]:
    """What is indexed, and where it is a local that was made of other things, these."""
    return bases | _sources(function, bases & function.locals)


def _reads_receiver(function: Function, operand: str, params: dict[str, int]) -> bool:
    """Whether a field of the receiver goes into an expression, directly or by a local: the state of a container."""
    receiver = next((name for name, at in params.items() if at == RECEIVER), "")
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


def _looped(function: Function) -> set[str]:
    """Variables of loops: they take values of the function's own choosing."""
    found: set[str] = set()
    for kind in ("for_clause", "range_clause"):
        for clause in _everywhere(function.node, kind):
            left = clause.child_by_field_name("left")
            if left is not None:
                found.update(text_of(n) for n in left.named_children or [left])
            start = clause.child_by_field_name("initializer")
            if start is not None:
                first = start.child_by_field_name("left")
                found.update(text_of(n) for n in (first.named_children if first else ()))
    for kind in ("inc_statement", "dec_statement"):
        for changed in _everywhere(function.node, kind):
            found.update(text_of(n) for n in changed.named_children)
    return found


def _everywhere(node: Node | None, kind: str) -> Iterator[Node]:
    stack, budget = [node] if node is not None else [], 20_000
    while stack and budget:
        budget -= 1
        at = stack.pop()
        if at.type == kind:
            yield at
        stack.extend(at.named_children)


def _waiting(function: Function, statement: Statement, params: dict[str, int]) -> Guilt:
    """A wait on what a function was handed, or is a method of: whoever shares that did not let go."""
    names = names_in(statement.node) & function.locals
    found = {params[name] for name in names if name in params}
    if not found or any(name not in params for name in names):
        return OWN
    return Guilt(frozenset(found), "it waits on what it was handed")


def _nil_parameter(
    function: Function, operands: list[str], known: dict[str, int], zeros: str
) -> Guilt | None:
    """Of a nil dereference what the printed arguments say, or a path of one step into a parameter; None: neither."""
    receiver = next((name for name, at in known.items() if at == RECEIVER), "")
    if receiver and receiver in operands and zeros[:1] == "0" and _pointer(function):
        return Guilt(frozenset((RECEIVER,)), f"the receiver {receiver} is nil")
    found: set[int] = set()
    for operand in operands:
        match = re.fullmatch(r"(\w+)(?:\.\w+)?|(\w+)\[[^\]]+\]", operand)
        name = (match[1] or match[2]) if match else ""
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
    name = next((n for n, at in params.items() if at == RECEIVER), "")
    own = rf"{re.escape(name)}\.\w+"
    last = rf"len\({own}\)\s*-\s*1"
    state = re.compile(rf"{re.escape(name)}|{own}" if failure in _NIL else last)
    return bool(name) and all(state.fullmatch(operand) for operand in operands)


def guilt_of_call(function: Function, statement: Statement, callee: str) -> Guilt:
    """The same, where a statement calls a function that does nothing but panic."""
    call = _call(statement, callee)
    return OWN if call is None else _of_panic(function, call, parameters(function))


def _call(statement: Statement, callee: str) -> Node | None:
    calls = (c for kind in CALLS for c in parts_of(statement.node, kind))
    return next((c for c in calls if _plain(called_name(c)) == callee), None)


def arguments_of(call: Node) -> list[Node]:
    """The arguments of a call."""
    if call.type == "type_conversion_expression":
        operand = call.child_by_field_name("operand")
        return [operand] if operand is not None else []
    arguments = call.child_by_field_name("arguments")
    return list(arguments.named_children) if arguments is not None else []


def called_on(call: Node) -> Node | None:
    """What a method is called on, or the package of a function; None of a plain call."""
    function = call.child_by_field_name("function")
    return function.child_by_field_name("operand") if function is not None else None


def _plain(called: str) -> str:
    return re.sub(r"\[.*", "", called, flags=re.DOTALL).rpartition(".")[2]


_WRAPPED: Final = re.compile(r"(?:\w+\()?len\((\w+)\)\)?|(?:u?int\d*|float\d+)\((\w+)\)")


def _unwrapped(operand: str) -> str:
    """A parameter whose length, or which as a number, is meant: it was as it was handed in."""
    match = _WRAPPED.fullmatch(operand)
    return (match[1] or match[2]) if match else operand


def _runtime(failure: str) -> bool:
    return ":" not in failure and failure not in ("panic", "fatal", "error")


def _in_closure(function: Function, node: Node) -> bool:
    """Whether a node is in a function literal: what it is handed comes from elsewhere."""
    return any(at.type == "func_literal" for at in _around(function, node)[1:])


def _around(function: Function, node: Node) -> list[Node]:
    """A node and the nodes that it is in, the function's own left out; one by one each would take the whole way."""
    found: list[Node] = []
    at = function.node
    while at is not None and at != node:
        at = at.child_with_descendant(node)
        if at is not None:
            found.append(at)
    return found[::-1]


def _ranged(value: Node) -> bool:
    """Whether a value is what is ranged over: its elements are not itself."""
    return value.parent is not None and value.parent.type == "range_clause"


def _unchanged(function: Function, params: dict[str, int]) -> dict[str, int]:
    """Parameters, and locals that are another name of one; not those that are assigned anew."""
    found = dict(params)
    for left, right in assignments(function.node):
        for name, value in zip(left, right, strict=False):
            text = "" if _ranged(value) else text_of(value)
            if name in params:
                found.pop(name, None)
            elif text in params:
                found[name] = params[text]
            else:
                found.pop(name, None)
    return found


def assignments(node: Node | None) -> Iterator[tuple[list[str], list[Node]]]:
    """Every assignment of names in a function: the names, and the expressions on the right."""
    stack = [node] if node is not None else []
    budget = 20_000
    while stack and budget:
        budget -= 1
        at = stack.pop()
        if at.type in ("short_var_declaration", "assignment_statement", "range_clause"):
            left, right = at.child_by_field_name("left"), at.child_by_field_name("right")
            if left is not None and right is not None:
                values = right.named_children if right.type == "expression_list" else [right]
                names = [text_of(n) for n in (left.named_children or [left])]
                yield (
                    names,
                    list(values) if len(values) == len(names) else list(values[:1]) * len(names),
                )
        elif at.type == "var_spec":
            value = at.child_by_field_name("value")
            if value is not None:
                names = [text_of(n) for n in at.children_by_field_name("name")]
                yield names, list(value.named_children[:1] or [value]) * len(names)
        stack.extend(at.named_children)


def _explicit(node: Node, line: int, function: Function) -> Node | None:
    """The call that panics, at this line where there are several."""
    calls = [
        call
        for call in parts_of(node, "call_expression")
        if called_name(call).rpartition(".")[2] in _EXPLICIT
    ]
    at_line = [c for c in calls if function.line(c) <= line <= function.last_line(c)]
    return next(iter(at_line or calls), None)


def parts_of(node: Node, kind: str) -> Iterator[Node]:
    """Nodes of a type in a statement, but not in a block of it."""
    stack, budget = [node], 5000
    while stack and budget:
        budget -= 1
        at = stack.pop()
        if at.type == kind:
            yield at
        stack.extend(
            child
            for child in reversed(at.named_children)
            if child.type not in ("block", "func_literal", "statement_list")
            and not child.type.endswith("_case")
        )


# `wire.JSON[shape](data)` cannot be told from a conversion to a generic type.
CALLS: Final = ("call_expression", "type_conversion_expression")


def called_name(call: Node) -> str:
    """What a call names, as text."""
    return text_of(call.child_by_field_name("function") or call.child_by_field_name("type"))


def names_in(node: Node | None) -> set[str]:
    """Variables that an expression reads."""
    found: set[str] = set()
    stack, budget = [node] if node is not None else [], 5000
    while stack and budget:
        budget -= 1
        at = stack.pop()
        # Of `cells[row.at][row.to]` the parser takes the variables for types and packages.
        if at.type in ("identifier", "type_identifier", "package_identifier"):
            found.add(text_of(at))
        stack.extend(at.named_children)
    return found


def _of_panic(function: Function, call: Node, params: dict[str, int]) -> Guilt:
    """An explicit panic: by what its conditions depend on, else by what it says."""
    conditions = list(conditions_of(function, call))
    read: set[str] = set()
    for condition in conditions:
        read |= names_in(condition)
    if not conditions:
        for argument in arguments_of(call):
            read |= names_in(argument)
    if _in_closure(function, call):
        return OWN
    sources = _sources(function, read)
    found = {params[name] for name in sources if name in params}
    if not found:
        return OWN
    names = sorted(name for name in sources if name in params)
    what = "a condition on" if conditions else "the value of"
    return Guilt(frozenset(found), f"it panics by {what} the parameter {' and '.join(names)}")


def conditions_of(function: Function, node: Node) -> Iterator[Node]:
    """The conditions that a node stands behind, and those of guards before it in its block that leave."""
    around = _around(function, node)
    for at, parent in pairwise(around):
        if parent.type == "if_statement":
            initial = parent.child_by_field_name("initializer")
            condition = parent.child_by_field_name("condition")
            if initial is not None and initial != at:
                yield initial
            if condition is not None and condition != at:
                yield condition
        elif parent.type in ("expression_switch_statement", "type_switch_statement"):
            value = parent.child_by_field_name("value")
            if value is not None:
                yield value
        elif parent.type == "expression_case":
            value = parent.child_by_field_name("value")
            if value is not None and value != at:
                yield value
        elif parent.type in ("block", "statement_list"):
            yield from _guards(parent, at)


_MOST_GUARDS: Final = 32


def _guards(block: Node, node: Node) -> Iterator[Node]:
    """The conditions of statements before one in its block that leave: `if ok { return }`."""
    before = [c for c in block.named_children if c.end_byte <= node.start_byte]
    for statement in before[-_MOST_GUARDS:]:
        if statement.type != "if_statement":
            continue
        inside = statement.child_by_field_name("consequence")
        last = inside.named_children[-1:] if inside is not None else []
        if last and last[0].type == "statement_list":
            last = last[0].named_children[-1:]
        condition = statement.child_by_field_name("condition")
        if last and last[0].type in ("return_statement", "continue_statement") and condition:
            yield condition


@lru_cache(maxsize=1024)
def _computed_of(function: Function) -> Mapping[str, set[str]]:
    """What each name of a function was computed of at once."""
    computed: dict[str, set[str]] = {}
    for left, right in assignments(function.node):
        for name, value in zip(left, right, strict=False):
            computed.setdefault(name, set()).update(names_in(value))
    for call in _everywhere(function.node, "call_expression"):
        # option(&config): what a function is handed by address it may set.
        for argument in arguments_of(call):
            operand = argument.child_by_field_name("operand")
            if argument.type == "unary_expression" and argument.children[0].type == "&":
                computed.setdefault(text_of(operand), set()).update(names_in(call))
    return computed


def _sources(function: Function, names: Iterable[str]) -> set[str]:
    """The names, and all that they were computed of."""
    computed = _computed_of(function)
    found, open_names = set(names), list(names)
    while open_names:
        for more in computed.get(open_names.pop(), ()):
            if more not in found:
                found.add(more)
                open_names.append(more)
    return found


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
    if failure in _NIL and indexed:
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
    if failure in _NIL:
        yield from _nil_operands(node)
    elif failure == "index-out-of-range":
        index, base = _indexed(node)
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


def _indexed(node: Node) -> tuple[Node | None, Node | None]:
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
    call = _call(statement, callee)
    if call is None:
        return Handed(params, frozenset(), call=False)
    own = parameters(function)
    known = {} if _in_closure(function, statement.node) else _unchanged(function, own)
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
    """Whether an argument is a parameter as it came, of a type that is neither plain nor a context."""
    plain = plain_types(function)
    kinds = _types(function)
    return any(
        (name := text_of(value)) in own
        and own[name] != RECEIVER
        and own[name] not in plain
        and not _CONTEXT.search(kinds.get(own[name], ""))
        for value in given
    )


def _types(function: Function) -> dict[int, str]:
    """The types of the parameters by position, as text."""
    found: dict[int, str] = {}
    listed = function.node.child_by_field_name("parameters") if function.node else None
    position = 0
    for declaration in listed.named_children if listed is not None else ():
        kind = text_of(declaration.child_by_field_name("type"))
        for _ in declaration.children_by_field_name("name") or (declaration,):
            found[position] = kind
            position += 1
    return found

"""What a crash depends on: the functions on its stack, what their failing values were made of, and what those use.

In: the code of the revision that crashed, frames that stand in it. Out: a Dependence: functions, package-level names,
fields, modules and words with a closeness 0..1. Data flow is by name and field: from the operand that failed backwards
through assignments, parameters, calls, and what sets a field or a package variable; conditions count less, what is
merely called least.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from tree_sitter import Node

from streams.core.source.conditions import conditions_of
from streams.core.source.frames import called_by
from streams.core.source.lineage import folder_of
from streams.core.source.nodes import (
    CALLS,
    arguments_of,
    called_name,
    called_on,
    callee_of,
    text_of,
)
from streams.core.source.operands import failing_operands
from streams.core.source.parameters import RECEIVER, parameters
from streams.core.source.syntax import Function, Statement
from streams.core.suspects.code import Code, Standing, imports_of
from streams.core.suspects.compare import said
from streams.core.suspects.content import SIZES
from streams.core.suspects.dependence import (
    NEAR_ENOUGH,
    Dependence,
    Handed,
    Key,
    Use,
    Wanted,
    keep,
)
from streams.core.suspects.failing import (
    call_of,
    critical_of,
    guilty_of,
    in_closure,
    statement_of,
)
from streams.core.suspects.mentions import CALL, STEP, Mentions, Scope
from streams.core.suspects.reads import (
    WHOLE,
    Read,
    fields_of,
    made_in,
    reads,
    sets_receiver,
)
from streams.core.suspects.setters import Setters
from streams.core.suspects.shared import handed_in, measured, writes_into

# How much closeness is left after a step of each kind.
_UP: Final = 0.95
_UP_WITHOUT_FLOW: Final = 0.6
_CONTROL: Final = 0.55
_BESIDE: Final = 0.4
_MERELY_CALLED: Final = 0.3
_OF_LENGTH: Final = frozenset(("index-out-of-range", "slice-out-of-range"))
# Names of the statement that failed which are not of the operand that did.
_NOT_FAILING: Final = 0.35
_MOST_DEPTH: Final = 4
# `c.deep`, `!quiet`: a switch.
_GATE: Final = re.compile(r"!?(?:\w+\.)*(\w+)")


class _Names:
    """Locals of a function on the stack by closeness, with the fields that are read of them."""

    def __init__(self) -> None:
        self.near: dict[str, float] = {}
        self.fields: dict[str, set[str]] = {}
        self.reads: dict[Read, float] = {}

    def add(self, read: Read, near: float, function: Function) -> None:
        if read.name in function.locals:
            keep(self.near, read.name, near)
            self.fields.setdefault(read.name, set()).add(read.field)
            self.reads[read] = max(near, self.reads.get(read, 0.0))


class Tracer:
    """Works one crash out."""

    def __init__(self, code: Code, failure: str) -> None:
        """`failure`: the class of failure."""
        self._code = code
        self._failure = failure
        self._receiver = ""
        self.found = Dependence()
        self._mentions = Mentions(code, self.found)

    def trace(self, standing: Sequence[Standing]) -> Dependence:
        """`standing`: frames innermost first, those of the user's own code that were found."""
        handed: Handed | None = None
        near, callee = 1.0, ""
        for level, at in enumerate(standing):
            handed = self._frame(level, at, near, callee, handed)
            flows = max((wanted.share for wanted in handed.values()), default=0.0) > _CONTROL
            near *= _UP if flows else _UP_WITHOUT_FLOW
            callee = at.frame.function
            self._receiver = at.name.rpartition(".")[0]
        Setters(self._code, self.found, self._mentions.note).add()
        return self.found

    # ---- one frame

    def _frame(
        self, level: int, at: Standing, near: float, callee: str, handed: Handed | None
    ) -> Handed:
        function = at.function
        failure = self._failure if level == 0 else ""
        statement = in_closure(at) or statement_of(function, at.line, callee, failure)
        folder = folder_of(at.path)
        scope = Scope(folder, imports_of(self._code.read(at.path)), function)
        if statement is None:
            seeds = _Names()
        elif level == 0:
            seeds = self._failed(statement, at, scope, near)
        else:
            seeds = self._called(statement, scope, near, called_by(callee), handed)
        names = self._closure(seeds, scope, near)
        self._types(names, scope)
        if statement is not None:
            # What ends a recursion is what failed where it did not end.
            share = STEP if self._failure == "stack-overflow" else _CONTROL
            for condition in conditions_of(function, statement.node):
                gate = _GATE.fullmatch(text_of(condition))
                if gate is not None:
                    self.found.gates.add(gate[1])
                for read in reads(condition):
                    names.add(read, near * share, function)
                self._mentions.of(condition, scope, near * share, 1)
        if function.node is not None:
            self._mentions.of(function.node, scope, near * _MERELY_CALLED, 1)
        critical = critical_of(self._failure, level, at, statement, called_by(callee))
        fields = {name: frozenset(found) for name, found in names.fields.items()}
        text = said(statement) if statement else ""
        use = Use(
            near, "is on the stack", level, at.line, text, names.near, fields, function,
            critical=critical,
        )  # fmt: skip
        self._keep_use((folder, at.name), use)
        keep(self.found.folders, folder, near)
        return {
            position: Wanted(frozenset(names.fields[name]), names.near[name] / near)
            for name, position in parameters(function).items()
            if names.near.get(name, 0.0) >= near * _BESIDE
        }

    def _keep_use(self, key: Key, use: Use) -> None:
        known = self.found.functions.get(key)
        if known is None or known.level is None:
            self.found.functions[key] = use
            return
        # A closure and the function that it stands in, or a recursion.
        merged = dict(known.names)
        for name, value in use.names.items():
            keep(merged, name, value)
        both = {
            name: known.fields.get(name, frozenset()) | use.fields.get(name, frozenset())
            for name in {*known.fields, *use.fields}
        }
        self.found.functions[key] = known._replace(names=merged, fields=both)

    def _failed(self, statement: Statement, at: Standing, scope: Scope, near: float) -> _Names:
        """The names that the failing operand is made of."""
        seeds = _Names()
        operands = [
            text
            for text in failing_operands(statement.node, self._failure, at.line, at.function)
            if text
        ]
        for text in operands:
            for read in fields_of(text):
                seeds.add(read, near, at.function)
                if read.field:
                    keep(self.found.fields, read.field, near)
            self._mentions.words(text, near)
        # What else an index is compared or made with tells of it; of a nil value nothing does.
        beside = _CONTROL if self._failure in SIZES - {"divide-by-zero"} else _NOT_FAILING
        for read in reads(statement.node, own=True):
            seeds.add(read, near * (beside if operands else 0.9), at.function)
        failing = guilty_of(self._failure, at, statement)
        self.found.measured = self._failure in _OF_LENGTH and measured(at.function, failing)
        for node in failing:
            operand = node.child_by_field_name("operand")
            if self._failure == "index-out-of-range" and operand is not None:
                self.found.indexed.add((scope.folder, text_of(operand)))
            self._mentions.of(node, scope, near, _MOST_DEPTH, own=True)
            for read in reads(node, own=True):
                seeds.add(read, near * STEP, at.function)
        rest = near * (0.35 if failing else 0.9)
        self._mentions.of(statement.node, scope, rest, _MOST_DEPTH, own=True)
        return seeds

    def _called(
        self, statement: Statement, scope: Scope, near: float, name: str, handed: Handed | None
    ) -> _Names:
        """The names that were handed down at this statement, those that the callee made the failing value of first."""
        seeds = _Names()
        function = scope.function
        call = call_of(statement.node, name)
        if call is None:
            for read in reads(statement.node, own=True):
                seeds.add(read, near * 0.8, function)
            self._mentions.of(statement.node, scope, near * 0.8, 2, own=True)
            return seeds
        given = arguments_of(call)
        for position, argument in enumerate(given):
            wanted = (handed or {}).get(position)
            if wanted is None and handed and len(given) == 1 and argument.type in CALLS:
                # must.OK(load(id)): one call gives all arguments.
                wanted = Wanted(frozenset((WHOLE,)), 1.0)
            value = near * max(wanted.share if wanted else 0.0, _BESIDE)
            self._hand(argument, wanted, value, scope, seeds)
        operand = called_on(call)
        wanted = (handed or {}).get(RECEIVER)
        if operand is not None:
            value = near * max(wanted.share if wanted else 0.0, _BESIDE)
            self._hand(operand, wanted, value, scope, seeds)
            if wanted is not None:
                # A method of what is embedded: the field has the name of its type.
                keep(self.found.fields, self._receiver, value)
        return seeds

    def _hand(
        self,
        argument: Node,
        wanted: Wanted | None,
        near: float,
        scope: Scope,
        seeds: _Names,
    ) -> None:
        bare = argument
        while bare.type in ("unary_expression", "parenthesized_expression") and bare.named_children:
            bare = bare.named_children[0]
        if wanted and WHOLE not in wanted.fields and bare.type == "identifier":
            # The callee reads these fields of it alone.
            for field in sorted(wanted.fields):
                seeds.add(Read(text_of(bare), field), near, scope.function)
        else:
            for read in reads(argument):
                seeds.add(read, near, scope.function)
        self._mentions.of(argument, scope, near, _MOST_DEPTH if wanted else 1)

    def _closure(self, seeds: _Names, scope: Scope, near: float) -> _Names:
        """Names, and all that they were made of; what is called and mentioned on the way is noted."""
        made = made_in(scope.function)
        found = _Names()
        open_reads = [(value, read) for read, value in sorted(seeds.reads.items())]
        done: dict[Read, float] = {}
        while open_reads:
            open_reads.sort(key=lambda item: (item[0], item[1]))
            value, read = open_reads.pop()
            if value <= done.get(read, 0.0) or value < near * NEAR_ENOUGH:
                continue
            done[read] = value
            found.add(read, value, scope.function)
            if read.field:
                keep(self.found.fields, read.field, value * 0.8)
            self._shared(read, value, scope)
            for item in made.get(read.name, ()):
                if item.field not in (WHOLE, read.field) and read.field != WHOLE:
                    continue
                if item.by_call and not self._may_set(item.node, scope):
                    continue
                step = value * (STEP if not item.by_call else STEP * 0.8)
                self._mentions.of(item.node, scope, step, _MOST_DEPTH)
                open_reads.extend(
                    (step, more) for more in reads(item.node) if more.name in scope.function.locals
                )
        return found

    def _shared(self, read: Read, near: float, scope: Scope) -> None:
        """Functions that are handed the same slice, map or pointer, and write into it."""
        for field, call, position in handed_in(scope.function).get(read.name, ()):
            if WHOLE not in (field, read.field) and field != read.field:
                continue
            for folder, name in self._called_functions(call, scope):
                function = self._code.function(folder, name)
                if function is not None and writes_into(function, position):
                    why = f"changes in place what it is handed, {read.name}"
                    self._mentions.note((folder, name), near * STEP * CALL, 2, why)

    def _called_functions(self, call: Node, scope: Scope) -> Iterator[tuple[str, str]]:
        """The functions of this repository that a plain call can mean, methods left out."""
        package, dot, name = callee_of(call).rpartition(".")
        if not dot:
            yield scope.folder, name
        elif package in scope.imports and package not in scope.function.locals:
            folder = self._code.folder(scope.imports[package])
            if folder is not None:
                yield folder, name

    def _types(self, names: _Names, scope: Scope) -> None:
        """Types of parameters that the failing value is made of: what they are decides which values there are."""
        for field in ("receiver", "parameters"):
            node = scope.function.node.child_by_field_name(field) if scope.function.node else None
            for declared in node.named_children if node is not None else ():
                kind = declared.child_by_field_name("type")
                given = [text_of(n) for n in declared.children_by_field_name("name")]
                near = max((names.near.get(name, 0.0) for name in given), default=0.0)
                if kind is not None and near:
                    self._mentions.of(kind, scope, near * STEP, 1)

    def _may_set(self, call: Node, scope: Scope) -> bool:
        """Whether a method call may set its receiver; of a method that cannot be found, yes."""
        _, dot, name = called_name(call).rpartition(".")
        methods = list(self._code.methods(scope.folder, name)) if dot else []
        found = [self._code.function(scope.folder, full) for full in methods]
        return not found or any(
            function is None or sets_receiver(function) or writes_into(function, RECEIVER)
            for function in found
        )

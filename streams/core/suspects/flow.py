"""What a crash depends on: the functions on its stack, what their failing values were made of, and what those use.

In: the code of the revision that crashed, frames that stand in it. Out: a Dependence: functions, package-level names,
fields, modules and words with a closeness 0..1. Data flow is by name and field: from the operand that failed backwards
through assignments, parameters, calls, and what sets a field or a package variable; conditions count less, what is
merely called least.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from tree_sitter import Node

from streams.core.source.blame import (
    CALLS,
    RECEIVER,
    arguments_of,
    called_name,
    conditions_of,
    failing_operands,
    parameters,
    text_of,
)
from streams.core.source.lineage import folder_of
from streams.core.source.placing import called_by
from streams.core.source.syntax import Function, Statement
from streams.core.suspects.code import Code, Standing, imports_of
from streams.core.suspects.compare import said
from streams.core.suspects.dependence import (
    NEAR_ENOUGH,
    PREDECLARED,
    Dependence,
    Handed,
    Key,
    Use,
    Wanted,
    keep,
    plain,
)
from streams.core.suspects.failing import (
    call_of,
    callee_of,
    critical_of,
    guilty_of,
    in_closure,
    statement_of,
)
from streams.core.suspects.reads import (
    BLOCKS,
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
_STEP: Final = 0.93
_CALL: Final = 0.85
_CONTROL: Final = 0.55
_BESIDE: Final = 0.4
_MERELY_CALLED: Final = 0.3
_DEEPER: Final = 0.7
_RETURNED: Final = 0.95
_OF_LENGTH: Final = frozenset(("index-out-of-range", "slice-out-of-range"))
_MOST_DEPTH: Final = 4
_MOST_FUNCTIONS: Final = 160
_MOST_NODES: Final = 6000


class _Scope(NamedTuple):
    """Where a name is looked up."""

    folder: str
    imports: Mapping[str, str]
    function: Function

    @property
    def in_table(self) -> bool:
        """Whether it is a package variable: functions in it are called by name only, if at all."""
        return self.function.declared.name.startswith("var ")


class _Names:
    """Locals of a function on the stack by closeness, with the fields that are read of them."""

    def __init__(self) -> None:
        self.near: dict[str, float] = {}
        self.fields: dict[str, set[str]] = {}

    def add(self, read: Read, near: float, function: Function) -> None:
        if read.name in function.locals:
            keep(self.near, read.name, near)
            self.fields.setdefault(read.name, set()).add(read.field)


class Tracer:
    """Works one crash out."""

    def __init__(self, code: Code, failure: str) -> None:
        """`failure`: the class of failure."""
        self._code = code
        self._failure = failure
        self._receiver = ""
        self.found = Dependence()

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
        Setters(self._code, self.found, self._note).add()
        return self.found

    # ---- one frame

    def _frame(
        self, level: int, at: Standing, near: float, callee: str, handed: Handed | None
    ) -> Handed:
        function = at.function
        failure = self._failure if level == 0 else ""
        statement = in_closure(at) or statement_of(function, at.line, callee, failure)
        folder = folder_of(at.path)
        scope = _Scope(folder, imports_of(self._code.read(at.path)), function)
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
            share = _STEP if self._failure == "stack-overflow" else _CONTROL
            for condition in conditions_of(function, statement.node):
                for read in reads(condition):
                    names.add(read, near * share, function)
                self._mentions(condition, scope, near * share, 1)
        if function.node is not None:
            self._mentions(function.node, scope, near * _MERELY_CALLED, 1)
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

    def _failed(self, statement: Statement, at: Standing, scope: _Scope, near: float) -> _Names:
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
            self._words(text, near)
        for read in reads(statement.node, own=True):
            seeds.add(read, near * (_CONTROL if operands else 0.9), at.function)
        failing = guilty_of(self._failure, at, statement)
        self.found.measured = self._failure in _OF_LENGTH and measured(at.function, failing)
        for node in failing:
            operand = node.child_by_field_name("operand")
            if self._failure == "index-out-of-range" and operand is not None:
                self.found.indexed.add((scope.folder, text_of(operand)))
            self._mentions(node, scope, near, _MOST_DEPTH, own=True)
            for read in reads(node, own=True):
                seeds.add(read, near * _STEP, at.function)
        rest = near * (0.35 if failing else 0.9)
        self._mentions(statement.node, scope, rest, _MOST_DEPTH, own=True)
        return seeds

    def _called(
        self, statement: Statement, scope: _Scope, near: float, name: str, handed: Handed | None
    ) -> _Names:
        """The names that were handed down at this statement, those that the callee made the failing value of first."""
        seeds = _Names()
        function = scope.function
        call = call_of(statement.node, name)
        if call is None:
            for read in reads(statement.node, own=True):
                seeds.add(read, near * 0.8, function)
            self._mentions(statement.node, scope, near * 0.8, 2, own=True)
            return seeds
        given = arguments_of(call)
        for position, argument in enumerate(given):
            wanted = (handed or {}).get(position)
            if wanted is None and handed and len(given) == 1 and argument.type in CALLS:
                # must.OK(load(id)): one call gives all arguments.
                wanted = Wanted(frozenset((WHOLE,)), 1.0)
            value = near * max(wanted.share if wanted else 0.0, _BESIDE)
            self._hand(argument, wanted, value, scope, seeds)
        target = call.child_by_field_name("function")
        operand = target.child_by_field_name("operand") if target is not None else None
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
        scope: _Scope,
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
        self._mentions(argument, scope, near, _MOST_DEPTH if wanted else 1)

    def _closure(self, seeds: _Names, scope: _Scope, near: float) -> _Names:
        """Names, and all that they were made of; what is called and mentioned on the way is noted."""
        made = made_in(scope.function)
        found = _Names()
        open_reads = [
            (value, Read(name, field))
            for name, value in seeds.near.items()
            for field in sorted(seeds.fields[name])
        ]
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
                step = value * (_STEP if not item.by_call else _STEP * 0.8)
                self._mentions(item.node, scope, step, _MOST_DEPTH)
                open_reads.extend(
                    (step, more) for more in reads(item.node) if more.name in scope.function.locals
                )
        return found

    def _shared(self, read: Read, near: float, scope: _Scope) -> None:
        """Functions that are handed the same slice, map or pointer, and write into it."""
        for field, call, position in handed_in(scope.function).get(read.name, ()):
            if WHOLE not in (field, read.field) and field != read.field:
                continue
            for folder, name in self._called_functions(call, scope):
                function = self._code.function(folder, name)
                if function is not None and writes_into(function, position):
                    why = f"changes in place what it is handed, {read.name}"
                    self._note((folder, name), near * _STEP * _CALL, 2, why)

    def _called_functions(self, call: Node, scope: _Scope) -> Iterator[tuple[str, str]]:
        """The functions of this repository that a plain call can mean, methods left out."""
        package, dot, name = callee_of(call).rpartition(".")
        if not dot:
            yield scope.folder, name
        elif package in scope.imports and package not in scope.function.locals:
            folder = self._code.folder(scope.imports[package])
            if folder is not None:
                yield folder, name

    def _types(self, names: _Names, scope: _Scope) -> None:
        """Types of parameters that the failing value is made of: what they are decides which values there are."""
        for field in ("receiver", "parameters"):
            node = scope.function.node.child_by_field_name(field) if scope.function.node else None
            for declared in node.named_children if node is not None else ():
                kind = declared.child_by_field_name("type")
                given = [text_of(n) for n in declared.children_by_field_name("name")]
                near = max((names.near.get(name, 0.0) for name in given), default=0.0)
                if kind is not None and near:
                    self._mentions(kind, scope, near * _STEP, 1)

    def _may_set(self, call: Node, scope: _Scope) -> bool:
        """Whether a method call may set its receiver; of a method that cannot be found, yes."""
        _, dot, name = called_name(call).rpartition(".")
        methods = list(self._code.methods(scope.folder, name)) if dot else []
        found = [self._code.function(scope.folder, full) for full in methods]
        return not found or any(
            function is None or sets_receiver(function) or writes_into(function, RECEIVER)
            for function in found
        )

    # ---- what is named and called

    def _mentions(
        self, node: Node, scope: _Scope, near: float, depth: int, *, own: bool = False
    ) -> None:
        """What an expression calls and names: functions, package-level names, fields, modules, words.

        `own`: of a statement, without the blocks in it.
        """
        if near < NEAR_ENOUGH:
            return
        found = self.found
        stack, budget = [node], _MOST_NODES
        while stack and budget:
            budget -= 1
            at = stack.pop()
            if own and at.type in BLOCKS and at is not node:
                continue
            if at.type in CALLS:
                self._call(at, scope, near, depth)
            if at.type in ("identifier", "type_identifier"):
                name = text_of(at)
                if name not in scope.function.locals and name not in scope.imports:
                    self._ident(
                        scope.folder,
                        name,
                        near,
                        depth,
                        in_table=scope.in_table or not _handed_on(at),
                    )
            elif at.type == "field_identifier":
                keep(found.fields, text_of(at), near * 0.8)
                self._words(text_of(at), near)
            elif at.type in ("selector_expression", "qualified_type") and self._qualified(
                at, scope, near, depth
            ):
                continue
            elif at.type in ("interpreted_string_literal", "raw_string_literal"):
                self._words(text_of(at), near)
                continue
            stack.extend(at.named_children)

    def _ident(self, folder: str, name: str, near: float, depth: int, *, in_table: bool) -> None:
        found = self.found
        if name in PREDECLARED or near <= found.idents.get((folder, name), 0.0):
            return
        found.idents[folder, name] = near
        self._words(name, near)
        if not in_table:
            # A function that is handed on as a value is called by whoever has it.
            self._into(folder, name, near * 0.9, depth - 1)
        variable = self._code.function(folder, f"var {name}")
        if variable is not None and variable.node is not None and depth > 0:
            scope = _Scope(folder, imports_of(self._source(folder, f"var {name}")), variable)
            self._mentions(variable.node, scope, near * _STEP, depth - 1)

    def _source(self, folder: str, name: str) -> bytes:
        named = self._code.declared(folder).get(name)
        return self._code.read(named.path) if named else b""

    def _qualified(self, node: Node, scope: _Scope, near: float, depth: int) -> bool:
        """`pkg.Name`: of this repository, or of a module; whether it is one."""
        operand = node.child_by_field_name("operand") or node.child_by_field_name("package")
        field = node.child_by_field_name("field") or node.child_by_field_name("name")
        package = text_of(operand)
        path = scope.imports.get(package)
        if path is None or package in scope.function.locals:
            return False
        folder = self._code.folder(path)
        if folder is None:
            keep(self.found.modules, path, near)
            self.found.uses.setdefault(path, set()).add(text_of(field))
        else:
            self._ident(
                folder, text_of(field), near, depth, in_table=scope.in_table or not _handed_on(node)
            )
        return True

    def _call(self, call: Node, scope: _Scope, near: float, depth: int) -> None:
        name = callee_of(call)
        package, dot, last = name.rpartition(".")
        if not dot:
            self._into(scope.folder, name, near, depth)
            return
        path = scope.imports.get(package)
        if path is not None and package not in scope.function.locals:
            folder = self._code.folder(path)
            if folder is not None:
                self._into(folder, last, near, depth)
            return
        if last.isidentifier():
            self._method(scope, last, near, depth)

    def _method(self, scope: _Scope, name: str, near: float, depth: int) -> None:
        """A method of a type that syntax does not tell: any of that name in this package, else in those it imports."""
        own = list(self._code.methods(scope.folder, name))
        for full in own:
            self._into(scope.folder, full, near, depth)
        if own:
            return
        for imported in sorted(set(scope.imports.values())):
            folder = self._code.folder(imported)
            for full in self._code.methods(folder, name) if folder is not None else ():
                self._into(folder or "", full, near * 0.8, depth)

    def _into(self, folder: str, name: str, near: float, depth: int) -> None:
        """A function whose result matters: all that it does, and what it calls in turn."""
        near *= _CALL
        if near < NEAR_ENOUGH:
            return
        self._note((folder, name), near, depth, "makes a value that failed")

    def _note(self, key: Key, near: float, depth: int, why: str, about: str = "") -> None:
        found = self.found
        folder, name = key
        known = found.functions.get(key)
        if known is not None and (known.near >= near or known.level is not None):
            return
        if len(found.functions) >= _MOST_FUNCTIONS:
            return
        function = self._code.function(folder, name)
        if function is None or function.node is None:
            return
        found.functions[key] = Use(near, why, function=function, about=about)
        keep(found.folders, folder, near * 0.8)
        self._words(name.rpartition(".")[2], near)
        if depth > 1:
            scope = _Scope(folder, imports_of(self._source(folder, name)), function)
            for statement in function.statements:
                # What is returned matters first, then what that is made of, which is all of the rest.
                share = _RETURNED if statement.text.startswith("return") else _DEEPER
                self._mentions(statement.node, scope, near * share, depth - 1, own=True)

    def _words(self, text: str, near: float) -> None:
        for part in re.split(r"[^\w-]+", text):
            word = plain(part)
            if len(word) > 1:
                keep(self.found.words, word, near)


def _handed_on(node: Node) -> bool:
    """Whether a name is an argument: a function in a table is called by whoever asks for it, if at all."""
    return node.parent is not None and node.parent.type in ("argument_list", "return_statement")

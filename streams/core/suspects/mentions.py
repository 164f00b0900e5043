"""What expressions call and name: functions, package-level names, fields, modules, words; and what these call in turn.

In: the code of a revision, an expression with its scope and closeness. Out: all that is noted in a Dependence. What a
method call means is by name: syntax tells no types.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from tree_sitter import Node

from streams.core.source.nodes import CALLS, callee_of, text_of
from streams.core.source.syntax import Function
from streams.core.suspects.code import Code, imports_of
from streams.core.suspects.dependence import (
    NEAR_ENOUGH,
    PREDECLARED,
    Dependence,
    Key,
    Use,
    keep,
    plain,
)
from streams.core.suspects.reads import BLOCKS

_BETWEEN: Final = re.compile(r"[^\w-]+")

# How much closeness is left after a step of each kind.
STEP: Final = 0.93
CALL: Final = 0.85
_DEEPER: Final = 0.7
_RETURNED: Final = 0.95
_MOST_FUNCTIONS: Final = 160
_MOST_NODES: Final = 6000


class Scope(NamedTuple):
    """Where a name is looked up."""

    folder: str
    imports: Mapping[str, str]
    function: Function

    @property
    def in_table(self) -> bool:
        """Whether it is a package variable: functions in it are called by name only, if at all."""
        return self.function.declared.name.startswith("var ")


class Mentions:
    """Notes what expressions mention."""

    def __init__(self, code: Code, found: Dependence) -> None:
        """`found`: where it is noted."""
        self._code = code
        self._found = found

    def of(self, node: Node, scope: Scope, near: float, depth: int, *, own: bool = False) -> None:
        """What an expression calls and names: functions, package-level names, fields, modules, words.

        `own`: of a statement, without the blocks in it.
        """
        if near < NEAR_ENOUGH:
            return
        found = self._found
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
                self.words(text_of(at), near)
            elif at.type in ("selector_expression", "qualified_type") and self._qualified(
                at, scope, near, depth
            ):
                continue
            elif at.type in ("interpreted_string_literal", "raw_string_literal"):
                self.words(text_of(at), near)
                continue
            stack.extend(at.named_children)

    def _ident(self, folder: str, name: str, near: float, depth: int, *, in_table: bool) -> None:
        found = self._found
        if name in PREDECLARED or near <= found.idents.get((folder, name), 0.0):
            return
        found.idents[folder, name] = near
        self.words(name, near)
        if not in_table:
            # A function that is handed on as a value is called by whoever has it.
            self._into(folder, name, near * 0.9, depth - 1)
        variable = self._code.function(folder, f"var {name}")
        if variable is not None and variable.node is not None and depth > 0:
            scope = Scope(folder, imports_of(self._source(folder, f"var {name}")), variable)
            self.of(variable.node, scope, near * STEP, depth - 1)

    def _source(self, folder: str, name: str) -> bytes:
        named = self._code.declared(folder).get(name)
        return self._code.read(named.path) if named else b""

    def _qualified(self, node: Node, scope: Scope, near: float, depth: int) -> bool:
        """`pkg.Name`: of this repository, or of a module; whether it is one."""
        operand = node.child_by_field_name("operand") or node.child_by_field_name("package")
        field = node.child_by_field_name("field") or node.child_by_field_name("name")
        package = text_of(operand)
        path = scope.imports.get(package)
        if path is None or package in scope.function.locals:
            return False
        folder = self._code.folder(path)
        if folder is None:
            keep(self._found.modules, path, near)
            self._found.uses.setdefault(path, set()).add(text_of(field))
        else:
            self._ident(
                folder, text_of(field), near, depth, in_table=scope.in_table or not _handed_on(node)
            )
        return True

    def _call(self, call: Node, scope: Scope, near: float, depth: int) -> None:
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

    def _method(self, scope: Scope, name: str, near: float, depth: int) -> None:
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
        near *= CALL
        if near < NEAR_ENOUGH:
            return
        self.note((folder, name), near, depth, "makes a value that failed")

    def note(self, key: Key, near: float, depth: int, why: str, about: str = "") -> None:
        """A function that matters, unless it is known to matter more. `about`: the only word of it that does."""
        found = self._found
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
        self.words(name.rpartition(".")[2], near)
        if depth > 1:
            scope = Scope(folder, imports_of(self._source(folder, name)), function)
            for statement in function.statements:
                # What is returned matters first, then what that is made of, which is all of the rest.
                share = _RETURNED if statement.text.startswith("return") else _DEEPER
                self.of(statement.node, scope, near * share, depth - 1, own=True)

    def words(self, text: str, near: float) -> None:
        """The words of a text, as settings and messages may have them."""
        for part in _BETWEEN.split(text):
            word = plain(part)
            if len(word) > 1:
                keep(self._found.words, word, near)


def _handed_on(node: Node) -> bool:
    """Whether a name is an argument: a function in a table is called by whoever asks for it, if at all."""
    return node.parent is not None and node.parent.type in ("argument_list", "return_statement")

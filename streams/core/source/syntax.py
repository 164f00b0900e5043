"""Go files as declarations, and a declaration as statements that line shifts and renamed locals leave alone.

In: the bytes of a file. Out: declarations by name; a Function with its statements, parsed by tree-sitter-go. One that
does not parse gives what its intact parts hold: tree-sitter recovers. Nothing raises on any bytes.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import cached_property, lru_cache
from hashlib import blake2b
from typing import Final, NamedTuple

import tree_sitter_go
from tree_sitter import Language, Node, Parser

_GO: Final = Language(tree_sitter_go.language())
# At the beginning of a line, as gofmt puts it. Letters beyond ASCII are bytes from 0x80.
_FUNC: Final = re.compile(
    rb"^func[ \t]*(?:\((?P<receiver>[^()\n]{0,300})\)[ \t]*)?(?P<name>[\w\x80-\xff]{1,200})[ \t]*[\[(]",
    re.MULTILINE,
)
_TYPE_NAME: Final = re.compile(rb"([\w\x80-\xff]+)[ \t]*(?:\[[^\]]*\])?[ \t]*$")
_PACKAGE: Final = re.compile(rb"^package[ \t]+(\w+)", re.MULTILINE)
# Package variables: what initialises them runs in `init`, and closures in them are `glob..func1` or `init.func1`.
_VAR: Final = re.compile(rb"^var[ \t]+(?:(?P<name>[\w\x80-\xff]{1,200})|\()", re.MULTILINE)
VARIABLE: Final = "var "
_CLOSING: Final = re.compile(rb"^[})][^\n]*", re.MULTILINE)
# `) error {` ends the parameters of a function, not the function.
_BRACE: Final = re.compile(rb"^}[^\n]*", re.MULTILINE)
# What looks like code at the beginning of a line of these is none; single lines are matched to be passed over.
_NO_CODE: Final = re.compile(
    rb"`[^`]*`|/\*.*?\*/|//[^\n]*|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'", re.DOTALL
)
_NEWLINE: Final = re.compile(rb"\n")
_MOST_FUNCTION_BYTES: Final = 512 * 1024
_MOST_NODES: Final = 60_000

_BLOCKS: Final = frozenset(("block", "statement_list"))
# `cells[row.at][row.to]` parses as a generic type of types `row.at` and `row.to`: a local hides types and packages.
_NAMES: Final = frozenset(("identifier", "type_identifier", "package_identifier"))
# Statements whose own part is what stands before their blocks.
_CASES: Final = frozenset(("expression_case", "type_case", "communication_case", "default_case"))
# What stands apart from the statement that it is in; `else if` is a statement of its own.
_APART: Final = _BLOCKS | _CASES | {"if_statement"}
_TEXTS: Final = frozenset(("interpreted_string_literal", "raw_string_literal"))
_DECLARING: Final = frozenset(
    ("parameter_declaration", "variadic_parameter_declaration", "var_spec", "const_spec")
)
_ASSIGNING: Final = frozenset(("short_var_declaration", "range_clause", "receive_statement"))


class Declared(NamedTuple):
    """A function or method of a file: `name` is `Recv.Name` or `Name`; lines from 1, bytes from 0."""

    name: str
    start: int
    end: int
    first: int
    last: int


@lru_cache(maxsize=4096)
def package_name(data: bytes) -> str:
    """What the package clause says; empty where there is none."""
    match = _PACKAGE.search(data[:65536])
    return match[1].decode() if match else ""


def _receiver(text: bytes | None) -> str:
    if text is None:
        return ""
    match = _TYPE_NAME.search(text.strip().rstrip(b","))
    return match[1].decode("utf-8", "replace") if match else ""


def _code(data: bytes) -> bytes:
    """The text with raw strings and comments of several lines blank; every byte stays where it is."""
    if b"`" not in data and b"/*" not in data:
        return data
    return _NO_CODE.sub(lambda m: re.sub(rb"[^\n]", b" ", m[0]) if b"\n" in m[0] else m[0], data)


@lru_cache(maxsize=2048)
def declarations(data: bytes) -> tuple[Declared, ...]:
    """The functions of a file in order. One ends with its closing brace, or before the next declaration."""
    data = _code(data)
    matches = sorted((*_FUNC.finditer(data), *_VAR.finditer(data)), key=lambda m: m.start())
    found = []
    line, at = 1, 0
    for number, match in enumerate(matches):
        line += data.count(b"\n", at, match.start())
        at = match.start()
        limit = matches[number + 1].start() if number + 1 < len(matches) else len(data)
        newline = data.find(b"\n", match.start(), limit)
        first_line = data[match.start() : newline if newline >= 0 else limit].rstrip()
        closed = first_line.count(b"{") == first_line.count(b"}")
        if (match.re is _VAR and closed and first_line.count(b"(") == first_line.count(b")")) or (
            closed and first_line.endswith(b"}")
        ):
            end = newline if newline >= 0 else limit
        else:
            closing = _CLOSING if match.re is _VAR else _BRACE
            close = closing.search(data, match.start(), limit)
            end = close.end() if close is not None else limit
        if match.re is _VAR:
            full = VARIABLE + (match["name"] or b"(").decode("utf-8", "replace")
        else:
            receiver = _receiver(match["receiver"])
            name = match["name"].decode("utf-8", "replace")
            full = f"{receiver}.{name}" if receiver else name
        last = line + data.count(b"\n", at, end)
        found.append(Declared(full, match.start(), end, line, last))
    return tuple(found)


def declared_at(data: bytes, line: int) -> Declared | None:
    """The function that a line is in."""
    return next((d for d in declarations(data) if d.first <= line <= d.last), None)


class Token(NamedTuple):
    """A leaf: its text without local names (`_0`), its line from 1."""

    text: str
    line: int


class Statement(NamedTuple):
    """One statement without the blocks inside it. `text`: its tokens; lines from 1; `node`: its syntax."""

    text: str
    first: int
    last: int
    tokens: tuple[Token, ...]
    node: Node


class Function:
    """One declaration, parsed."""

    def __init__(self, data: bytes, declared: Declared) -> None:
        """Parses the function alone, with its lines as they are in the file."""
        self.declared = declared
        self.source = data[declared.start : declared.end][:_MOST_FUNCTION_BYTES]
        # The tree is of this text: nodes are valid as long as it is.
        text = b"package p\n" + self.source
        self._tree = Parser(_GO).parse(text)
        # Where lines end. A node's point is an object of its own, its byte a number.
        self._ends = [m.start() for m in _NEWLINE.finditer(text)]
        self._shift = declared.first - 2
        self.node = next(
            (
                n
                for n in self._tree.root_node.children
                if n.type in ("function_declaration", "method_declaration", "var_declaration")
            ),
            None,
        )

    @cached_property
    def locals(self) -> frozenset[str]:
        """Names that it declares: receiver, parameters, results, variables."""
        return _locals(self.node) if self.node else frozenset()

    @cached_property
    def statements(self) -> tuple[Statement, ...]:
        """In the order of the source. Not every function that is looked at needs them."""
        return tuple(self._statements()) if self.node else ()

    def line(self, node: Node) -> int:
        """The line in the file on which a node begins."""
        return bisect_left(self._ends, node.start_byte) + 1 + self._shift

    def last_line(self, node: Node) -> int:
        """The line in the file on which a node ends."""
        return bisect_left(self._ends, node.end_byte) + 1 + self._shift

    def _statements(self) -> Iterator[Statement]:
        """In the order of the source, without recursion: an `else if` stands in the one before it."""
        budget = [_MOST_NODES]
        pending = self._outermost()
        while pending and budget[0] > 0:
            node = pending.pop()
            if node.type in _BLOCKS:
                pending.extend(n for n in reversed(node.named_children) if n.type != "comment")
                continue
            tokens: list[Token] = []
            inner: list[Node] = []
            if node.type in _CASES:
                self._case(node, tokens, inner, budget)
            else:
                self._walk(node, node, tokens, inner, {}, budget)
            if tokens:
                yield Statement(
                    " ".join(t.text for t in tokens),
                    tokens[0].line,
                    max(t.line for t in tokens),
                    tuple(tokens),
                    node,
                )
            pending.extend(reversed(inner))

    def _outermost(self) -> list[Node]:
        """The body, or what a variable declaration declares; the last first."""
        if self.node is not None and self.node.type == "var_declaration":
            return [
                spec
                for child in reversed(self.node.named_children)
                for spec in reversed(
                    child.named_children if child.type == "var_spec_list" else [child]
                )
                if spec.type != "comment"
            ]
        body = self.node.child_by_field_name("body") if self.node else None
        return [] if body is None else [body]

    def _case(self, node: Node, tokens: list[Token], inner: list[Node], budget: list[int]) -> None:
        """The header of a case as tokens, what stands below it as inner nodes."""
        for child in node.children:
            # Of a communication case the first statement is its header; it is found as a statement.
            if child.type in _BLOCKS or child.type.endswith(("_statement", "_declaration")):
                inner.append(child)
            else:
                self._walk(child, child, tokens, inner, {}, budget)

    def _walk(  # noqa: PLR0913, PLR0917 - one recursion
        self,
        top: Node,
        node: Node,
        tokens: list[Token],
        inner: list[Node],
        names: dict[str, str],
        budget: list[int],
    ) -> None:
        # With each node whether it is in the key of a composite literal: asking a node for its parent takes as long
        # as it stands deep.
        stack = [(node, False)]
        new = tuple.__new__  # what a named tuple does, without its own Python
        while stack:
            at, key = stack.pop()
            budget[0] -= 1
            if budget[0] <= 0:
                return
            # Asking a node anything makes an object: each is asked once.
            kind = at.type
            if kind in _APART and at is not top:
                inner.append(at)
                continue
            if kind == "comment":
                continue
            children = () if kind in _TEXTS else at.children
            if not children:
                text = self._text(at, kind, names, key=key)
                tokens.append(new(Token, (text, self.line(at))))
            elif kind == "keyed_element":
                first = at.named_children[:1]
                stack.extend((child, child in first) for child in reversed(children))
            else:
                within = key and kind == "literal_element"
                stack.extend([(child, within) for child in reversed(children)])

    def _text(self, leaf: Node, kind: str, names: dict[str, str], *, key: bool) -> str:
        data = leaf.text
        text = data.decode("utf-8", "replace") if data else kind
        if kind in _NAMES and text in self.locals and not key:
            return names.setdefault(text, f"_{len(names)}")
        return text[:200]


def _locals(node: Node) -> frozenset[str]:
    """Names that the function declares: receiver, parameters, results, variables."""
    found: set[str] = set()
    stack, budget = [node], _MOST_NODES
    while stack and budget:
        budget -= 1
        at = stack.pop()
        kind = at.type
        if kind in _DECLARING:
            found.update(_names_of(at))
        elif kind in _ASSIGNING:
            left = at.child_by_field_name("left")
            if left is not None and any(c.type == ":=" for c in at.children):
                found.update(_texts(left))
        elif kind == "type_switch_statement":
            alias = at.child_by_field_name("alias")
            if alias is not None:
                found.update(_texts(alias))
        if kind not in _NAMES:
            stack.extend(at.named_children)
    found.discard("_")
    return frozenset(found)


def _names_of(node: Node) -> Iterator[str]:
    for child in node.children_by_field_name("name"):
        if child.type == "identifier" and child.text:
            yield child.text.decode("utf-8", "replace")


def _texts(node: Node) -> Iterator[str]:
    if node.type == "identifier" and node.text:
        yield node.text.decode("utf-8", "replace")
    for child in node.named_children:
        if child.type == "identifier" and child.text:
            yield child.text.decode("utf-8", "replace")


@lru_cache(maxsize=16384)
def function_of(data: bytes, declared: Declared) -> Function:
    """The declaration, parsed; kept for the next crash in it."""
    return Function(data, declared)


class Shape(NamedTuple):
    """A function's subtrees as hashes: `named` with the names that are not local, `bare` with kinds of nodes alone.

    Texts of literals are in both: they outlive most renaming.
    """

    named: frozenset[int]
    bare: frozenset[int]


@lru_cache(maxsize=16384)
def shape_of(function: Function) -> Shape:
    """The subtrees of three nodes or more, 4 bytes each."""
    named: set[int] = set()
    bare: set[int] = set()
    if function.node is not None:
        _hashes(function, function.node, named, bare)
    return Shape(frozenset(named), frozenset(bare))


def _hashes(function: Function, top: Node, named: set[int], bare: set[int]) -> None:
    """Post-order without recursion: generated code nests as deep as it likes."""
    done: dict[int, tuple[bytes, bytes, int]] = {}
    stack: list[tuple[Node, bool]] = [(top, False)]
    budget = _MOST_NODES
    while stack and budget:
        budget -= 1
        node, ready = stack.pop()
        children = [c for c in node.children if c.type != "comment"]
        if not children or node.type in ("interpreted_string_literal", "raw_string_literal"):
            done[node.id] = (*_leaf(function, node), 1)
            continue
        if not ready:
            stack.append((node, True))
            stack.extend((child, False) for child in children)
            continue
        parts = [done.pop(child.id, (b"", b"", 0)) for child in children]
        size = 1 + sum(count for _, _, count in parts)
        kind = node.type.encode()
        one = blake2b(kind + b"(" + b",".join(p[0] for p in parts) + b")", digest_size=8).digest()
        two = blake2b(kind + b"(" + b",".join(p[1] for p in parts) + b")", digest_size=8).digest()
        done[node.id] = (one, two, size)
        if size >= 3:  # noqa: PLR2004 - a leaf and its parent say little
            named.add(int.from_bytes(one[:4], "big"))
            bare.add(int.from_bytes(two[:4], "big"))


def _leaf(function: Function, node: Node) -> tuple[bytes, bytes]:
    text = node.text or b""
    if node.type == "identifier" and text.decode("utf-8", "replace") in function.locals:
        return b"_", b"_"
    if node.type.endswith("identifier"):
        return text, b"_"
    return text or node.type.encode(), text or node.type.encode()


def likeness(one: Function, other: Function) -> float:
    """How alike two functions are, 0..1: the mean of the Jaccard similarities of their subtrees, named and bare."""
    a, b = shape_of(one), shape_of(other)
    return (similarity(a.named, b.named) + similarity(a.bare, b.bare)) / 2


def similarity(one: frozenset[int], other: frozenset[int]) -> float:
    """Jaccard similarity of two functions by their subtrees, 0..1."""
    if not one and not other:
        return 1.0
    return len(one & other) / (len(one | other) or 1)

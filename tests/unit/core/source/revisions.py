"""Revisions in memory, and places in them by the text of a line, for tests of core/source.

In: Go files as texts. Out: what lineage.py and statements.py ask of a revision; the function and statement of a line.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from textwrap import dedent

from streams.core.source.lineage import Shaped
from streams.core.source.spot import Spot
from streams.core.source.statements import earlier
from streams.core.source.syntax import (
    Declared,
    Function,
    Statement,
    declarations,
    declared_at,
    function_of,
)


def go(text: str) -> str:
    """A file as gofmt would have it: the margin of the test is none of its own."""
    return dedent(text).lstrip("\n").replace("    ", "\t")


class Snapshot:
    """Implements lineage.Revision."""

    def __init__(self, files: Mapping[str, str | bytes]) -> None:
        self._files = {
            path: text if isinstance(text, bytes) else go(text).encode()
            for path, text in files.items()
        }
        self.gone: dict[int, list[tuple[str, Declared, frozenset[bytes]]]] = {}
        self.came: dict[int, list[tuple[str, Declared]]] = {}
        self.memo: dict[int, dict[tuple[str, Declared], tuple[str, Declared] | None]] = {}
        self.texts: dict[int, frozenset[bytes]] = {}
        self.unsettled: dict[tuple[int, str], tuple[Shaped, Shaped]] = {}

    def files(self) -> Mapping[str, str]:
        """Content ids of Go files by path."""
        return {path: sha256(data).hexdigest() for path, data in self._files.items()}

    def read(self, path: str) -> bytes:
        """A file's content."""
        return self._files.get(path, b"")

    def spot(self, text: str) -> Spot:
        """The statement of the only line that holds a text."""
        found = [
            (path, number)
            for path, data in self._files.items()
            for number, line in enumerate(data.decode().splitlines(), 1)
            if text in line
        ]
        assert len(found) == 1, f"{text!r} is in {found}"
        path, line = found[0]
        declared = declared_at(self._files[path], line)
        assert declared is not None, f"{path}:{line} is in no declaration"
        function = function_of(self._files[path], declared)
        return Spot(path, declared, index_at(function, line))

    def shown(self, spot: Spot | None) -> str | None:
        """`path Function: statement`, as the lines of the file have it."""
        if spot is None:
            return None
        function = function_of(self._files[spot.path], spot.declared)
        if spot.statement is None:
            return f"{spot.path} {spot.declared.name}"
        line = function.statements[spot.statement].first
        text = self._files[spot.path].decode().splitlines()[line - 1].strip()
        return f"{spot.path} {spot.declared.name}: {text}"


def index_at(function: Function, line: int) -> int | None:
    """The statement that begins on a line, else the innermost around it."""
    begins = [n for n, s in enumerate(function.statements) if s.first == line]
    around = [n for n, s in enumerate(function.statements) if s.first <= line <= s.last]
    found = begins or around[-1:]
    return found[0] if found else None


def was(old: Mapping[str, str], new: Mapping[str, str], text: str) -> str | None:
    """What the statement with this text in the newer files was in the older ones."""
    before, after = Snapshot(old), Snapshot(new)
    return before.shown(earlier(after, before, after.spot(text)))


def parsed(text: str | bytes, name: str = "") -> Function:
    """The function of this name in a file, the first where none is named."""
    data = text if isinstance(text, bytes) else go(text).encode()
    declared = next(d for d in declarations(data) if name in ("", d.name))
    return function_of(data, declared)


def statement_of(text: str, mark: str = "// CRASH") -> tuple[Function, Statement, int]:
    """The function, the statement and the line of a mark."""
    source = go(text)
    line = source[: source.index(mark)].count("\n") + 1
    declared = declared_at(source.encode(), line)
    assert declared is not None
    function = function_of(source.encode(), declared)
    index = index_at(function, line)
    assert index is not None
    return function, function.statements[index], line

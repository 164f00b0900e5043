"""Who sets what a failing value is read from: constructors, options, registrations, and whoever calls them.

In: a Dependence of the functions on the stack. Out: the same with functions off the stack that set a field, or a
package variable, which it depends on. By name, package by package.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import Final

from streams.core.source.lineage import folder_of
from streams.core.source.parameters import parameters
from streams.core.source.syntax import function_of
from streams.core.suspects.code import Code, imports_of
from streams.core.suspects.dependence import NEAR_ENOUGH, Dependence, Key

# A name that something is given to; what makes it so is looked at only, as the next name may be given to as well. Of a
# list of names so many bytes: looked at from each name on, a line of a megabyte would take the square of its length.
_SET: Final = re.compile(
    rb"\b([\w\x80-\xff]+)(?=(?:\[[^\]\n]*\])?[ \t]*(?:=[^=]|:[^=]|[-+*/]=|\+\+|,[^\n]{0,300}[^=!<>:]=[^=]))"
)
_WORD: Final = re.compile(rb"\w")
_PACKAGE: Final = re.compile(rb"(?<![\w.])(\w+)\.$")
_LONGEST: Final = 100
_SETS: Final = 0.8
_WORTH_SETTERS: Final = 0.45
_MOST_SETTERS: Final = 12

# A function, closeness, depth, why, and the only word of it that matters.
Note = Callable[[Key, float, int, str, str], None]


class Setters:
    """Adds to a Dependence."""

    def __init__(self, code: Code, found: Dependence, note: Note) -> None:
        """`note`: what keeps a function in `found`."""
        self._code = code
        self._found = found
        self._note = note

    def add(self) -> None:
        """Functions off the stack that set a field or a package variable which the failing value is read from.

        Constructors, options, registrations; and their callers, as what they set is what they were handed.
        """
        found = self._found
        fields = [name for name, near in found.fields.items() if near >= _WORTH_SETTERS]
        near_vars = {
            (folder, name): near
            for (folder, name), near in found.idents.items()
            if near >= _WORTH_SETTERS and f"var {name}" in self._code.declared(folder)
        }
        folders = [f for f, near in found.folders.items() if near >= _WORTH_SETTERS]
        for folder in sorted(folders):
            names = {n: found.fields[n] for n in fields}
            names.update({n: near for (f, n), near in near_vars.items() if f == folder})
            if names:
                self._in(folder, names)

    def _in(self, folder: str, names: Mapping[str, float]) -> None:
        wanted = {name.encode(): name for name in sorted(names)}
        found = 0
        for name, named in self._code.declared(folder).items():
            if name.startswith("var ") or (folder, name) in self._found.functions:
                continue
            data = self._code.read(named.path)
            text = data[named.declared.start : named.declared.end]
            if not any(one in text for one in wanted):
                continue
            word = next((wanted[m[1]] for m in _SET.finditer(text) if m[1] in wanted), None)
            if word is None:
                continue
            near = names[word] * _SETS
            why = f"sets {word}, which the failing value is read from"
            self._note((folder, name), near, 2, why, word)
            found += 1
            if parameters(function_of(data, named.declared)):
                self._callers((folder, name), near * 0.8, word)
            if found >= _MOST_SETTERS:
                return

    def _callers(self, key: Key, near: float, word: str) -> None:
        """Who hands such a function what it sets."""
        if near < NEAR_ENOUGH * 2:
            return
        folder, name = key
        about = name.rpartition(".")[2]
        bare = about.encode()
        count = 0
        for path, text in self._code.holding(bare + b"("):
            own = folder_of(path)
            # `errors.New` is no call of a New that is ours.
            others = frozenset(
                package.encode()
                for package, imported in imports_of(text).items()
                if self._code.folder(imported) != folder
            )
            for other, named in self._code.declared(own).items():
                inside = text[named.declared.start : named.declared.end]
                if named.path != path or (own, other) in self._found.functions:
                    continue
                if _calls(inside, bare, others):
                    why = f"hands {name} what it sets {word} to"
                    self._note((own, other), near, 1, why, about)
                    count += 1
                    if count >= _MOST_SETTERS:
                        return


def _calls(text: bytes, name: bytes, others: Collection[bytes]) -> bool:
    """Whether a declaration calls a function of this name, or one that it has as a method.

    `others`: names by which the file knows packages that do not have it.
    """
    called = name + b"("
    at = text.find(called, len(b"func "))
    while at > 0 and (_WORD.match(text, at - 1) or _package_before(text, at) in others):
        at = text.find(called, at + 1)
    return at > 0


def _package_before(text: bytes, at: int) -> bytes:
    """The name in front of `.name(`; empty where there is none, or it is a field of something."""
    match = _PACKAGE.search(text, max(0, at - _LONGEST), at)
    return match[1] if match is not None else b""

"""What all files of a revision are looked through for: the functions of one, and whom they call.

In: the content of a file. Out: an Outline, which depends on nothing else, so that it may be kept by the file's id.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from streams.core.source.syntax import Declared, declarations

# A Go file that holds more is generated; searching it for callers helps nobody.
_MOST_SEARCHED: Final = 1024 * 1024
# A name before a bracket: `f(`, `f[int](`. The bracket is looked at and not taken, for names stand in brackets, too.
# Other words are taken whole, so that no part of one is tried.
_CALLED: Final = re.compile(rb"([\w\x80-\xff]++)(?=[ \t]*(?:\[[^\]\n]*\])?\()|[\w\x80-\xff]++")
# No name of a function; the first is that of other words.
_NONE: Final = frozenset((b"", b"if", b"for", b"func", b"switch", b"return", b"case", b"go"))


class Outline(msgspec.Struct, frozen=True, array_like=True):
    """`calls`: by a name the positions in `declared` of those in whose body it is called."""

    declared: tuple[Declared, ...] = ()
    calls: dict[str, tuple[int, ...]] = {}

    def __post_init__(self) -> None:
        """What was kept may be damaged."""
        if any(n >= len(self.declared) for numbers in self.calls.values() for n in numbers):
            message = "a call is in no function"
            raise ValueError(message)


def outline_of(data: bytes) -> Outline:
    """The outline of a file."""
    searched = data[:_MOST_SEARCHED]
    declared = declarations(searched)
    calls: dict[str, list[int]] = {}
    for number, each in enumerate(declared):
        body = searched.find(b"{", each.start, each.end)
        names = set(_CALLED.findall(searched, body, each.end)) if body >= 0 else set()
        for name in names - _NONE:
            calls.setdefault(name.decode("utf-8", "replace"), []).append(number)
    return Outline(declared, {name: tuple(numbers) for name, numbers in sorted(calls.items())})

"""What a crash depends on, as values: functions, names, fields, modules, words, each with a closeness 0..1.

Nothing is worked out here; core/suspects/flow.py does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from streams.core.source.syntax import Function

_BETWEEN: Final = re.compile(r"[\W_]+")

# https://go.dev/ref/spec#Predeclared_identifiers
PREDECLARED: Final = frozenset(
    ("any", "bool", "byte", "comparable", "complex64", "complex128", "error", "float32", "float64", "int", "int8",
     "int16", "int32", "int64", "rune", "string", "uint", "uint8", "uint16", "uint32", "uint64", "uintptr", "true",
     "false", "iota", "nil", "append", "cap", "clear", "close", "complex", "copy", "delete", "imag", "len", "make",
     "max", "min", "new", "panic", "print", "println", "real", "recover", "_")
)  # fmt: skip


# Of what is further away nothing is said.
NEAR_ENOUGH: Final = 0.12

# A folder, and a name that its package declares.
Key = tuple[str, str]


class Wanted(NamedTuple):
    """Which fields of a parameter are read (WHOLE among them: all of it), and how much that counts, 0..1."""

    fields: frozenset[str]
    share: float


# By the position of the parameter.
Handed = Mapping[int, Wanted]


class Use(NamedTuple):
    """How a crash depends on a function. `level`: the frame, None off the stack; `at`: its statement, as text.

    `names`: locals by how near the failing value they are; `fields`: of a name, those that are read. `about`: off the
    stack the only word that matters, where it is one.
    """

    near: float
    why: str
    level: int | None = None
    line: int = 0
    at: str = ""
    names: Mapping[str, float] = {}
    fields: Mapping[str, frozenset[str]] = {}
    function: Function | None = None
    about: str = ""
    # Expressions of `at` that failed, or called what is further in, without blanks.
    critical: tuple[str, ...] = ()


class Dependence:
    """What was found; every value is a closeness 0..1."""

    def __init__(self) -> None:
        """Nothing."""
        self.functions: dict[Key, Use] = {}
        self.idents: dict[Key, float] = {}
        self.fields: dict[str, float] = {}
        self.modules: dict[str, float] = {}
        self.words: dict[str, float] = {}
        self.folders: dict[str, float] = {}
        # Names that are used of a module, by import path.
        self.uses: dict[str, set[str]] = {}
        # Whether the failing index is made of the length of what is indexed, so that elements do not matter.
        self.measured = False
        # Names and fields that conditions around the stack ask for, alone or with `!`.
        self.gates: set[str] = set()
        # Package variables that were indexed where it failed.
        self.indexed: set[Key] = set()


def keep(table: dict[str, float], key: str, near: float) -> None:
    """Keep the greatest closeness."""
    if near > table.get(key, 0.0):
        table[key] = near


def plain(word: str) -> str:
    """`max_batch`, `max-batch` and `MaxBatch` are one word."""
    return _BETWEEN.sub("", word).lower()

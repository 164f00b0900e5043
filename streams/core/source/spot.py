"""A statement of a function of a revision, and one that is looked for in an older one.

In: nothing. Out: Spot, Sought: data only.
"""

from __future__ import annotations

from typing import NamedTuple

from streams.core.source.lineage import Place, Revision
from streams.core.source.syntax import Declared, Function


class Spot(NamedTuple):
    """A function of a revision and one of its statements; `statement` None: the end of the function."""

    path: str
    declared: Declared
    statement: int | None

    @property
    def place(self) -> Place:
        """The function."""
        return self.path, self.declared


class Sought(NamedTuple):
    """A statement of the newer revision that is looked for in the older one."""

    new: Revision
    old: Revision
    place: Place
    function: Function
    statement: int

    @property
    def text(self) -> str:
        """What the statement says, with names of locals numbered."""
        return self.function.statements[self.statement].text

"""What every commit is held against, and what is said of it. Values only."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final, NamedTuple

from streams.core.suspects.code import Code, Read
from streams.core.suspects.dependence import Dependence
from streams.core.suspects.modules import Bump, Look
from streams.model.cause import CauseKey

# What an edit weighs that is undone at the revision that crashed, or was there before the range.
UNDONE: Final = 0.04


class Signal(NamedTuple):
    """`weight`: how strongly it speaks for the commit, 0..1. `rule`: which one; `kind`: of report evidence."""

    rule: str
    kind: str
    weight: float
    detail: str
    path: str


def _not_at_hand(_bump: Bump, _uses: Mapping[str, Collection[str]]) -> None:
    return None


class Scene(NamedTuple):
    """What every commit is held against. `read`: a content by its id; `stands`: statements of the stack.

    `look`: into the repository of a module that has another version, with the names that are used of its packages.
    """

    key: CauseKey
    code: Code
    dependence: Dependence
    read: Read
    stands: frozenset[str]
    look: Look = _not_at_hand

"""Where a function and one of its statements were first written.

In: a revision with what was before it, a Spot. Out: an Origin: the same for crashes of all builds since.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from streams.core.fingerprint.normalize import function_key
from streams.core.source.frames import At, Tree
from streams.core.source.lineage import files_in, folder_of
from streams.core.source.spot import Spot
from streams.core.source.statements import earlier, same_before
from streams.core.source.syntax import VARIABLE, declarations, package_name

# How many revisions a change may have been in that was taken back.
_TAKEN_BACK: Final = 2


class Origin(NamedTuple):
    """Where a function and one of its statements were first written; `reborn`: its name was another's before."""

    tree: Tree
    spot: Spot
    born: Tree
    at_birth: Spot
    story: tuple[str, ...]
    reborn: bool


def origin_of(tree: Tree, spot: Spot, caller: At | None) -> Origin:
    """The spot in the oldest revision that has it, and its function in the oldest that has that."""
    above = caller.spot if caller and caller.located.tree is tree else None
    story: list[str] = []
    newer, born, at_birth = tree, tree, spot
    followed = True
    reborn = False
    revisions = tree.older()
    at = 0
    while at < len(revisions):
        older = revisions[at]
        before = earlier(newer, older, spot, above)
        if before is None and followed:
            at, before = _taken_back(newer, revisions, at, spot)
            older = revisions[at]
        if before is None and followed:
            # The statement is new; the function may be older.
            followed = False
            before = earlier(newer, older, spot._replace(statement=None))
        if before is None:
            reborn = _has_name(older, spot)
            break
        if (before.declared.name, folder_of(before.path)) != (
            spot.declared.name,
            folder_of(spot.path),
        ):
            story.append(f"{full_name(newer, spot)} was {full_name(older, before)} before")
        above = earlier(newer, older, above) if above is not None else None
        newer, spot = older, before if followed else before._replace(statement=None)
        if followed:
            born, at_birth = older, before
        at += 1
    return Origin(newer, spot, born, at_birth, tuple(story[:8]), reborn)


def _taken_back(
    newer: Tree, revisions: Sequence[Tree], at: int, spot: Spot
) -> tuple[int, Spot | None]:
    """Where a change was taken back: the same in a revision before it, with its number; else the number as it was."""
    for number in range(at + 1, min(len(revisions), at + 1 + _TAKEN_BACK)):
        found = same_before(newer, revisions[number], spot)
        if found is not None:
            return number, found
    return at, None


def _has_name(tree: Tree, spot: Spot) -> bool:
    """Whether a function that is another has the name in this revision."""
    return any(
        d.name == spot.declared.name
        for path in files_in(tree, folder_of(spot.path))
        for d in declarations(tree.read(path))
    )


def full_name(tree: Tree, spot: Spot) -> str:
    """The name of the function as a stack has it, made equal over toolchains."""
    path = tree.import_path(spot.path)
    name = "init" if spot.declared.name.startswith(VARIABLE) else spot.declared.name
    if package_name(tree.read(spot.path)) == "main":
        path = "main"
    return function_key(f"{path}.{name}")

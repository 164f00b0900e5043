"""Whether a revision has a fix: as the commit itself or as a copy of it, and not taken back again.

In: the fix, the commits that the revision has and the fix has not. Out: a verdict.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from streams.model.change import Change

# As git-cherry-pick(1) -x and git-revert(1) write it.
_COPIED: Final = re.compile(r"^\(cherry picked from commit ([0-9a-f]{7,64})\)", re.MULTILINE)
_REVERTED: Final = re.compile(r"^This reverts commit ([0-9a-f]{7,64})\b", re.MULTILINE)


def has_change(fix: Change, newer: Sequence[Change], *, ancestor: bool) -> bool:
    """`newer`: what the revision has and the fix has not, the newest first; `ancestor`: the revision has the fix.

    A copy says where it is from, or has the author, the time and the subject that a cherry-pick and a rebase keep, and
    touches the same files.
    """
    present = ancestor
    # Commits by which it came, and those that took it back: to revert one of these brings it again.
    came, went = {fix.sha}, set[str]()
    for change in reversed(newer):
        reverted = _REVERTED.findall(change.message)
        if _names_one(reverted, came):
            present = False
            went.add(change.sha)
        elif _names_one(reverted, went) or _is_copy(change, fix, came):
            present = True
            came.add(change.sha)
    return present


def _is_copy(change: Change, fix: Change, names: Iterable[str]) -> bool:
    if _names_one(_COPIED.findall(change.message), names):
        return True
    return written(change) == written(fix)


def written(change: Change) -> tuple[object, ...]:
    """What a cherry-pick and a rebase keep of a commit."""
    files = frozenset(file.path for file in change.files)
    return change.author, change.email, change.authored, change.subject, files


def _names_one(said: Iterable[str], names: Iterable[str]) -> bool:
    return any(name.startswith(each) for each in said for name in names)

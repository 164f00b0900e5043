"""A commit as its history states it: who, when, why, and which files with the ids of their contents.

Values only; the contents are read where they are needed.
"""

from __future__ import annotations

import msgspec


class FileChange(msgspec.Struct, frozen=True):
    """One file. `before`: its content in each parent that was compared, `after` in the commit; empty: there was none.

    `old`: its path before, where it was renamed or copied. `plain`: both are regular files.
    """

    path: str
    before: tuple[str, ...]
    after: str
    old: str = ""
    status: str = "M"
    plain: bool = True


class Change(msgspec.Struct, frozen=True):
    """One commit. Times are epoch seconds as the commit states them. Of a merge, the files that no parent has so."""

    sha: str
    parents: tuple[str, ...]
    author: str
    email: str
    authored: int
    committed: int
    message: str
    files: tuple[FileChange, ...] = ()

    @property
    def subject(self) -> str:
        """The first line of the message."""
        return self.message.strip().partition("\n")[0].strip()

"""The history of a repository: commits with what they changed, contents, who wrote a line last.

Every method may raise `streams.adapters.git_process.GitTroubleError`, which passes by itself or not; what is absent is
an empty answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from streams.model.change import Change, Lines


class History(Protocol):
    """One repository."""

    def resolve(self, name: str) -> str | None:
        """The commit that a hash, a tag or a version names."""
        ...

    def changes(
        self, commit: str, exclude: Sequence[str], most: int
    ) -> tuple[tuple[Change, ...], bool]:
        """Commits of `commit` that none of `exclude` has, the newest first; whether there were more than `most`."""
        ...

    def graph(
        self, commits: Sequence[str], exclude: Sequence[str], most: int
    ) -> Mapping[str, tuple[str, ...]]:
        """Parents by commit, for all that `commits` have and `exclude` have not."""
        ...

    def files(self, commit: str) -> Mapping[str, str]:
        """Contents of regular files by path."""
        ...

    def contents(self, ids: Iterable[str]) -> Mapping[str, bytes]:
        """The bytes of contents; what is missing or too large is left out."""
        ...

    def blame(
        self, commit: str, lines: Sequence[Lines], ignore: Sequence[str], exclude: Sequence[str]
    ) -> Mapping[tuple[str, int], str]:
        """Who wrote lines of one file last, by path and line; those older than `exclude` are left out."""
        ...

    def shallow(self) -> bool:
        """Whether older history is cut off."""
        ...

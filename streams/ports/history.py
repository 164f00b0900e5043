"""The history of a repository: commits with what they changed, and contents.

Every method may raise `streams.adapters.git_process.GitTroubleError`, which passes by itself or not; what is absent is
an empty answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from streams.model.change import Change


class History(Protocol):
    """One repository."""

    def resolve(self, name: str) -> str | None:
        """The commit that a hash, a tag or a version names."""
        ...

    def version(self, name: str) -> str | None:
        """The commit of a tag of exactly this name, or of a short hash."""
        ...

    def recall(self, names: Iterable[str]) -> None:
        """Ask for full hashes at once that `resolve` is about to be asked for."""
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

    def ahead(
        self, commit: str, tips: Sequence[str], exclude: Sequence[str], most: tuple[int, int]
    ) -> AbstractContextManager[None]:
        """While this is open, `changes(commit, …)` and `graph(tips, …)` are worked on; `most` of each."""
        ...

    def files(self, commit: str) -> Mapping[str, str]:
        """Contents of regular files by path."""
        ...

    def contents(self, ids: Iterable[str]) -> Mapping[str, bytes]:
        """The bytes of contents; what is missing or too large is left out."""
        ...

    def shallow(self) -> bool:
        """Whether older history is cut off."""
        ...

"""Source facts of repositories and folders that were named.

In: folders by name, requests. Out: facts. Other kinds of facts are absent.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from streams.adapters.folder_source import FolderSource
from streams.adapters.git_source import GitSource, git_folder
from streams.model.source import FileKey, LayoutKey, source_key
from streams.model.step import Absent, Fact, Request


class Tree(Protocol):
    """What a repository and a plain folder have in common."""

    def layout(self, stated: tuple[str, ...], release: str) -> Fact:
        """The revision of what is stated or of `release`, else the one that is checked out; and its modules."""
        ...

    def named(self, commit: str, name: str) -> Fact:
        """The paths of a revision's files of this name."""
        ...

    def file(self, commit: str, path: str) -> Fact:
        """The bytes of a file of a revision."""
        ...

    def history(self, commit: str) -> tuple[str, ...]:
        """Earlier revisions, the nearest first."""
        ...

    def go_files(self, commit: str) -> dict[str, str]:
        """Go files by path with the ids of their content, vendored ones left out."""
        ...

    def content(self, commit: str, path: str, blob: str) -> bytes:
        """The bytes of a file that `go_files` listed; empty where they cannot be read."""
        ...

    def close(self) -> None:
        """End what is kept open."""
        ...


def _tree(path: Path) -> Tree:
    folder = git_folder(path)
    return FolderSource(path) if folder is None else GitSource(folder)


class Sources:
    """Implements the facts port for `source` facts; a context, as it keeps git processes."""

    def __init__(self, places: Mapping[str, Path]) -> None:
        """Nothing is read yet."""
        self._trees = {name: _tree(path) for name, path in places.items()}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for tree in self._trees.values():
            tree.close()

    def tree(self, name: str) -> Tree:
        """The repository, or folder, of this name. Raises KeyError."""
        return self._trees[name]

    def resolve(self, request: Request) -> Fact:
        """The fact, or Absent with its reason."""
        if request.kind != "source":
            return Absent(f"no source of {request.kind} facts is configured")
        key = source_key(request)
        tree = self._trees.get(key.repo)
        if tree is None:
            return Absent(f"repository {key.repo} is not given")
        if isinstance(key, LayoutKey):
            return tree.layout(key.stated, key.release)
        if isinstance(key, FileKey):
            return tree.file(key.commit, key.path)
        return tree.named(key.commit, key.name)

"""Source files of a git repository at a revision, by the `git` program; the work tree is never looked at.

In: a folder that is a repository, revisions, paths. Out: Layout, Paths, bytes, or Absent with the reason.
The repository is hostile: nothing of it is run (no hook, filter, textconv, fetch), no name from outside becomes an
option or a rev expression, links are not followed, and what is too large or too slow is refused.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from pathlib import Path
from typing import Final, TypeVar

from streams.adapters.git_process import GitTroubleError, Pipe, header_of
from streams.adapters.git_trees import Entry, Trees
from streams.adapters.source_bounds import (
    MAX_GO_MOD_BYTES,
    MAX_GO_MODS,
    MAX_HISTORY,
    VENDORED,
)
from streams.model.message import encode
from streams.model.source import Layout, Paths
from streams.model.step import Absent, Fact, Present
from streams.model.text import from_bytes

MAX_FILE_BYTES: Final = 4 * 1024 * 1024
_MAX_TREE_BYTES: Final = 256 * 1024 * 1024
_SECONDS: Final = 30.0
# More than `history` gives, so that a walk through it reads each revision once.
_MOST_TREES: Final = 2 * MAX_HISTORY

# Names that are revisions and nothing else: no option, no `@{…}`, `^{…}`, `:/…`, `a..b`.
NAME: Final = re.compile(r"(?!.*(?:\.\.|//|\.lock$|[/.]$))[0-9A-Za-z_][\w./+-]{0,250}", re.ASCII)
SHA: Final = re.compile(r"[0-9a-f]{7,64}", re.ASCII)
COMMIT: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}", re.ASCII)
REGULAR: Final = ("100644", "100755", "100664")


K = TypeVar("K")
V = TypeVar("V")


class Passing(Absent, frozen=True):
    """Absent because git did not answer: the next time it may be there, so that it is not to be kept."""


def git_folder(path: Path) -> Path | None:
    """Where the objects of a work tree or a bare repository are; None for any other folder."""
    if (path / ".git").exists():
        return path / ".git"
    bare = (path / "HEAD").is_file() and (path / "objects").is_dir() and (path / "refs").is_dir()
    return path if bare else None


def keep(kept: OrderedDict[K, V], key: K, value: V, most: int) -> None:
    """Keep a value, and of all only the last so many."""
    kept[key] = value
    if len(kept) > most:
        kept.popitem(last=False)


class GitSource:
    """One repository. A process each for ids and contents is kept open until `close`."""

    def __init__(self, folder: Path, *, seconds: float = _SECONDS) -> None:
        """`folder`: what `git_folder` gave."""
        self._folder = folder.absolute()
        self._seconds = seconds
        self._pipes: dict[str, Pipe] = {}
        self._trees: OrderedDict[str, dict[str, Entry]] = OrderedDict()
        self._folders = Trees(_MAX_TREE_BYTES)

    def layout(self, stated: tuple[str, ...], release: str) -> Fact:
        """The first of `stated` that there is, else `release`, else HEAD where nothing is stated; and its modules."""
        try:
            return self._layout(stated, release)
        except GitTroubleError as trouble:
            return Passing(str(trouble))

    def named(self, commit: str, name: str) -> Fact:
        """The paths of a commit's files of this name."""
        try:
            tree = self._tree(commit)
        except GitTroubleError as trouble:
            return Passing(str(trouble))
        paths = sorted(path for path in tree if path == name or path.endswith("/" + name))
        return Present(encode(Paths(paths=tuple(paths))))

    def file(self, commit: str, path: str) -> Fact:
        """The bytes of a file of a commit."""
        try:
            return self._file(commit, path)
        except GitTroubleError as trouble:
            return Passing(str(trouble))

    def history(self, commit: str) -> tuple[str, ...]:
        """Earlier revisions, the nearest first: the tagged ones, or where nothing is tagged the first parents.

        Never depends on anything but the commit and the tags before it. At most so many.
        """
        if not COMMIT.fullmatch(commit):
            return ()
        listed = self._lines(
            "for-each-ref",
            f"--merged={commit}",
            "--sort=-version:refname",
            "--sort=-creatordate",
            f"--count={MAX_HISTORY}",
            "--format=%(objecttype) %(objectname) %(*objectname)",
            "refs/tags",
        )
        # Of a tag object the commit is named third.
        tagged = [words[2 if words[0] == "tag" and words[2:] else 1] for words in listed]
        found = tuple(dict.fromkeys(sha for sha in tagged if sha != commit))
        if found:
            return found
        parents = self._lines("rev-list", "--first-parent", f"--max-count={MAX_HISTORY}", commit)
        return tuple(words[0] for words in parents[1:])

    def go_files(self, commit: str) -> dict[str, str]:
        """Go files by path with their blob ids, vendored ones left out. Raises GitTroubleError."""
        return {
            path: entry.sha
            for path, entry in self._tree(commit).items()
            if path.endswith(".go") and entry.mode in REGULAR and not VENDORED.search(path)
        }

    def content(self, _commit: str, _path: str, blob: str) -> bytes:
        """The bytes of a file that `go_files` listed; empty where they are not in this clone, or too many."""
        found = self._blob(blob, MAX_FILE_BYTES)
        return found.data if isinstance(found, Present) else b""

    def _lines(self, *arguments: str) -> list[list[str]]:
        listed = self._run(_MAX_TREE_BYTES, *arguments).decode("utf-8", "replace")
        return [line.split(" ") for line in listed.splitlines() if line]

    def _run(self, most: int, *arguments: str) -> bytes:
        """All that a process of its own says, at most so many bytes."""
        pipe = Pipe(self._folder, self._seconds, *arguments)
        said = pipe.rest(most)
        pipe.close()
        return said

    def close(self) -> None:
        """End the processes."""
        for pipe in self._pipes.values():
            pipe.close()
        self._pipes.clear()

    def _layout(self, stated: tuple[str, ...], release: str) -> Fact:
        for name in stated:
            commit = self.commit_of(name)
            if commit is not None:
                return self._found(Layout(commit=commit, by="stated", name=name))
        if stated:
            return Absent(f"revision {stated[0]} is not in the repository")
        commit = self.commit_of(release) if release else None
        if commit is not None:
            return self._found(Layout(commit=commit, by="release", name=release))
        head = self._id("HEAD^{commit}")
        if head is None:
            return Absent("the repository has no commit at HEAD")
        return self._found(Layout(commit=head, by="head", name="HEAD"))

    def _found(self, layout: Layout) -> Present:
        go_mods: dict[str, str] = {}
        for path, entry in self._tree(layout.commit).items():
            folder, _, name = path.rpartition("/")
            if name == "go.mod" and entry.mode in REGULAR and len(go_mods) < MAX_GO_MODS:
                found = self._blob(entry.sha, MAX_GO_MOD_BYTES)
                if isinstance(found, Present):
                    go_mods[folder] = from_bytes(found.data)
        found_layout = Layout(commit=layout.commit, by=layout.by, name=layout.name, go_mods=go_mods)
        return Present(encode(found_layout))

    def commit_of(self, name: str) -> str | None:
        """The commit that a hash or a tag names; branches move, and so name no revision."""
        if not NAME.fullmatch(name):
            return None
        if COMMIT.fullmatch(name):
            return self._id(f"{name}^{{commit}}")
        found = self._id(f"refs/tags/{name}^{{commit}}")
        if found is None and SHA.fullmatch(name):
            found = self._id(f"{name}^{{commit}}")
            # A short hash may also be the name of a branch.
            found = found if found and found.startswith(name) else None
        return found or self._tag_of_module(name)

    def _tag_of_module(self, version: str) -> str | None:
        """The commit of `folder/v1.2.3`, as modules in folders are tagged; None where two folders have it."""
        if "/" in version or not version.startswith("v"):
            return None
        refs = f"refs/tags/**/{version}"
        names = [words[0] for words in self._lines("for-each-ref", "--format=%(refname)", refs)]
        found = {self._id(f"{name}^{{commit}}") for name in names if name.endswith("/" + version)}
        return found.pop() if len(found) == 1 else None

    def _id(self, expression: str) -> str | None:
        """The id of an object, or None."""
        header = header_of(self._pipe("--batch-check").ask(expression))
        return header.id if header is not None else None

    def _tree(self, commit: str) -> dict[str, Entry]:
        """Every file of a commit, by path."""
        if commit not in self._trees:
            if not COMMIT.fullmatch(commit):
                message = f"{commit!r} is no commit"
                raise GitTroubleError(message)
            tree = self._folders.files(self._pipe("--batch"), commit)
            keep(self._trees, commit, tree, _MOST_TREES)
        return self._trees[commit]

    def _file(self, commit: str, path: str) -> Fact:
        tree = self._tree(commit)
        entry = tree.get(path)
        if entry is None:
            return Absent(_no_file(path, tree))
        if entry.mode not in REGULAR:
            what = "a symbolic link" if entry.mode == "120000" else "a submodule"
            return Absent(f"it is {what}")
        found = self._blob(entry.sha, MAX_FILE_BYTES)
        if isinstance(found, Present) and b"\0" in found.data:
            return Absent("it is no text")
        return found

    def _blob(self, sha: str, most: int) -> Fact:
        header = header_of(self._pipe("--batch-check").ask(sha))
        if header is None or header.kind != "blob":
            return Absent("its content is not in this clone: fetch the whole history")
        if header.size > most:
            return Absent(f"it has {header.size:,} bytes, more than {most:,} are not read")
        pipe = self._pipe("--batch")
        if header_of(pipe.ask(sha)) != header:
            return Absent("its content is not in this clone: fetch the whole history")
        return Present(pipe.take(header.size + 1)[:-1])

    def _pipe(self, mode: str) -> Pipe:
        pipe = self._pipes.pop(mode, None) or Pipe(self._folder, self._seconds, "cat-file", mode)
        if not pipe.alive():
            pipe.close()
            pipe = Pipe(self._folder, self._seconds, "cat-file", mode)
        self._pipes[mode] = pipe
        return pipe


def _no_file(path: str, tree: dict[str, Entry]) -> str:
    parts = path.split("/")
    above = ("/".join(parts[:at]) for at in range(1, len(parts)))
    submodule = next((p for p in above if p in tree and tree[p].mode == "160000"), None)
    if submodule is not None:
        return f"{submodule} is a submodule, which is a repository of its own"
    return "there is no such file"

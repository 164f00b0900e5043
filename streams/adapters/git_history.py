"""The history of a git repository, by few processes of the `git` program; implements `ports.history.History`.

In: a repository's folder, commits, paths. Out: changes, contents; nothing of the repository is run
(git_process.py), and what is too large or too slow is refused. Commits never change: what was read of one is kept.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Final

import msgspec

from streams.adapters.git_process import GitTroubleError, Pipe, header_of
from streams.adapters.git_source import COMMIT, MAX_FILE_BYTES, NAME, REGULAR, SHA, GitSource, keep
from streams.model.change import Change, FileChange
from streams.model.text import from_bytes

_MAX_LOG_BYTES: Final = 64 * 1024 * 1024
_MAX_GRAPH_BYTES: Final = 32 * 1024 * 1024
_MOST_KEPT_BYTES: Final = 64 * 1024 * 1024
_MOST_KEPT: Final = 64
# So many ids are asked for at once: they fit the buffer of a pipe, and the answers are read afterwards.
_AT_ONCE: Final = 256
# A commit that touches more is no edit of somebody's, and comparing all its files helps nobody.
_MOST_FILES: Final = 2000
_FIELDS: Final = 7
_NONE: Final = re.compile(r"0{40}|0{64}")
_FORMAT: Final = "%H%x00%P%x00%an%x00%ae%x00%at%x00%ct%x00%B%x00"
# Everything that the repository's own configuration could change about the output, or have run.
_SAFE: Final = (
    "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.attributesFile=/dev/null",
    "-c", "log.showSignature=false", "-c", "diff.external=",
    "-c", "core.quotePath=false",
    "-c", "i18n.logOutputEncoding=UTF-8", "-c", "diff.orderFile=/dev/null", "-c", "log.follow=false",
    "-c", "diff.renameLimit=400",
)  # fmt: skip


class GitHistory(GitSource):
    """One repository. Processes for ids and contents are kept open until `close`."""

    def __init__(self, folder: Path, *, seconds: float = 30.0) -> None:
        """`folder`: what `git_folder` gave."""
        super().__init__(folder, seconds=seconds)
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._kept_bytes = 0
        self._changes: OrderedDict[
            tuple[str, tuple[str, ...], int], tuple[tuple[Change, ...], bool]
        ] = OrderedDict()
        self._graphs: OrderedDict[
            tuple[tuple[str, ...], tuple[str, ...], int], dict[str, tuple[str, ...]]
        ] = OrderedDict()
        self._named: dict[str, str] = {}
        self._begun: dict[tuple[str, ...], Pipe] = {}

    def resolve(self, name: str) -> str | None:
        """The commit that a hash, a tag or a version names. Tags move, and are asked for again."""
        known = self._named.get(name)
        if known is None:
            known = self.commit_of(name)
            if known is not None and known.startswith(name):
                self._named[name] = known
        return known

    def version(self, name: str) -> str | None:
        """The commit of a tag of exactly this name, or of a short hash; no other is searched for."""
        if SHA.fullmatch(name):
            return self.resolve(name)
        return self._id(f"refs/tags/{name}^{{commit}}") if NAME.fullmatch(name) else None

    def recall(self, names: Iterable[str]) -> None:
        """Ask for full hashes at once that `resolve` is about to be asked for."""
        asked = [n for n in dict.fromkeys(names) if COMMIT.fullmatch(n) and n not in self._named]
        for start in range(0, len(asked), _AT_ONCE):
            for name, sha in self._ids(asked[start : start + _AT_ONCE]):
                self._named[name] = sha

    @cached_property
    def _cut(self) -> frozenset[str]:
        """Commits whose parents are not in this clone: what git says that they changed is all there is."""
        try:
            return frozenset((self._folder / "shallow").read_text("ascii", "replace").split())
        except OSError:
            return frozenset()

    def shallow(self) -> bool:
        """Whether older history is cut off."""
        return bool(self._cut)

    def changes(
        self, commit: str, exclude: Sequence[str], most: int
    ) -> tuple[tuple[Change, ...], bool]:
        """Commits of `commit` that none of `exclude` has, the newest first; whether there were more than `most`."""
        key = (commit, tuple(sorted(exclude)), most)
        if key not in self._changes:
            listed = self._said(_MAX_LOG_BYTES, _log(commit, exclude, most))
            found = tuple(
                msgspec.structs.replace(change, files=()) if change.sha in self._cut else change
                for change in _changes(listed.split(b"\0"))
            )
            keep(self._changes, key, (found[:most], len(found) > most), _MOST_KEPT)
        return self._changes[key]

    def graph(
        self, commits: Sequence[str], exclude: Sequence[str], most: int
    ) -> Mapping[str, tuple[str, ...]]:
        """Parents by commit, for all that `commits` have and `exclude` have not; at most so many."""
        key = (tuple(sorted(commits)), tuple(sorted(exclude)), most)
        if key not in self._graphs:
            listed = self._said(_MAX_GRAPH_BYTES, _parents(commits, exclude, most))
            rows = (line.split(" ") for line in listed.decode("ascii", "replace").splitlines())
            parents = {row[0]: tuple(row[1:]) for row in rows if row[0]}
            keep(self._graphs, key, parents, _MOST_KEPT)
        return self._graphs[key]

    @contextmanager
    def ahead(
        self, commit: str, tips: Sequence[str], exclude: Sequence[str], most: tuple[int, int]
    ) -> Iterator[None]:
        """Have git work on `changes(commit, …)` and `graph(tips, …)` meanwhile; `most` of each.

        What is not asked for within costs a process.
        """
        changes, graph = most
        try:
            if (tuple(sorted(tips)), tuple(sorted(exclude)), graph) not in self._graphs:
                self._begin(_parents(tips, exclude, graph))
            if (commit, tuple(sorted(exclude)), changes) not in self._changes:
                self._begin(_log(commit, exclude, changes))
            yield
        finally:
            self._abandon()

    def files(self, commit: str) -> Mapping[str, str]:
        """Contents of regular files by path."""
        return {
            path: entry.sha for path, entry in self._tree(commit).items() if entry.mode in REGULAR
        }

    def contents(self, ids: Iterable[str]) -> Mapping[str, bytes]:
        """The bytes of contents; what is missing or too large is left out."""
        found: dict[str, bytes] = {}
        missing: list[str] = []
        for name in dict.fromkeys(ids):
            data = self._kept.get(name)
            if data is not None:
                found[name] = data
            elif COMMIT.fullmatch(name):
                missing.append(name)
        for start in range(0, len(missing), _AT_ONCE):
            for name, data in self._read(missing[start : start + _AT_ONCE]):
                found[name] = data
                self._keep_bytes(name, data)
        return found

    def _begin(self, arguments: tuple[str, ...]) -> None:
        self._begun[arguments] = Pipe(self._folder, self._seconds, *arguments)

    def _abandon(self) -> None:
        for pipe in self._begun.values():
            pipe.close()
        self._begun.clear()

    def _said(self, most: int, arguments: tuple[str, ...]) -> bytes:
        """All that a process says that was begun, or is now."""
        if arguments not in self._begun:
            return self._run(most, *arguments)
        pipe = self._begun.pop(arguments)
        said = pipe.rest(most)
        pipe.close()
        return said

    def _id(self, expression: str) -> str | None:
        """The id of an object, or None; asked of the process that gives contents, so that there is one less."""
        pipe = self._pipe("--batch")
        header = header_of(pipe.ask(expression))
        if header is None:
            return None
        pipe.skip(header.size + 1)
        return header.id

    def _ids(self, names: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Hashes of commits that there are, each with its id."""
        pipe = self._pipe("--batch")
        pipe.send("".join(f"{name}^{{commit}}\n" for name in names))
        for name in names:
            header = header_of(pipe.line())
            if header is not None:
                pipe.skip(header.size + 1)
                yield name, header.id

    def _read(self, ids: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        pipe = self._pipe("--batch")
        pipe.send("".join(f"{name}\n" for name in ids))
        for name in ids:
            header = header_of(pipe.line())
            if header is None:
                continue
            if header.kind == "blob" and header.size <= MAX_FILE_BYTES:
                yield name, pipe.take(header.size + 1)[:-1]
            else:
                pipe.skip(header.size + 1)

    def _keep_bytes(self, name: str, data: bytes) -> None:
        self._kept[name] = data
        self._kept_bytes += len(data)
        while self._kept_bytes > _MOST_KEPT_BYTES:
            self._kept_bytes -= len(self._kept.popitem(last=False)[1])


def _revisions(commits: Sequence[str], exclude: Sequence[str]) -> list[str]:
    """Arguments that are commits and nothing else. Raises GitTroubleError for what is no full hash."""
    for sha in (*commits, *exclude):
        if not COMMIT.fullmatch(sha):
            message = f"{sha!r} is no commit"
            raise GitTroubleError(message)
    return [*commits, *(f"^{sha}" for sha in exclude)]


def _log(commit: str, exclude: Sequence[str], most: int) -> tuple[str, ...]:
    return (
        *_SAFE, "log", "--raw", "-z", "--no-abbrev", "-M", "-l400", "--diff-merges=combined", "--topo-order",
        "--no-show-signature", "--no-mailmap", "--no-ext-diff", "--no-textconv", "--no-notes",
        "--no-decorate", "--no-color", f"--max-count={most + 1}", f"--format={_FORMAT}",
        *_revisions((commit,), exclude), "--",
    )  # fmt: skip


def _parents(commits: Sequence[str], exclude: Sequence[str], most: int) -> tuple[str, ...]:
    return (
        *_SAFE, "rev-list", "--parents", f"--max-count={most}", *_revisions(commits, exclude), "--",
    )  # fmt: skip


def _changes(tokens: Sequence[bytes]) -> Iterator[Change]:
    """Seven fields, then `:modes ids status`, path and for renames a second path, as often as there are files."""
    at = 0
    while at + _FIELDS <= len(tokens):
        sha, parents, author, email, authored, committed, message = (
            from_bytes(token) for token in tokens[at : at + _FIELDS]
        )
        at += _FIELDS
        files: list[FileChange] = []
        while at < len(tokens):
            head = tokens[at].lstrip(b"\n")
            if not head:
                at += 1
                continue
            if not head.startswith(b":"):
                break
            words = head.decode("ascii", "replace").split(" ")
            paths = 2 if words[-1][:1] in ("R", "C") and not head.startswith(b"::") else 1
            names = [from_bytes(token) for token in tokens[at + 1 : at + 1 + paths]]
            at += 1 + paths
            if len(files) < _MOST_FILES and len(names) == paths:
                files.append(_file(words, names))
        yield Change(
            sha.strip(),
            tuple(parents.split()),
            author,
            email,
            _number(authored),
            _number(committed),
            message,
            tuple(files),
        )


def _file(words: Sequence[str], names: Sequence[str]) -> FileChange:
    """`:MODE MODE ID ID STATUS`; of a merge one colon, mode and id more for each parent but the first."""
    sides = len(words[0]) - len(words[0].lstrip(":")) + 1
    modes = [word.lstrip(":") for word in words[:sides]]
    ids = ["" if _NONE.fullmatch(word) else word for word in words[sides : 2 * sides]]
    regular = all(mode in REGULAR or mode == "000000" for mode in modes)
    old = names[0] if len(names) > 1 else ""
    return FileChange(names[-1], tuple(ids[:-1]), ids[-1], old, words[-1][:1], plain=regular)


def _number(text: str) -> int:
    return int(text) if text.strip().lstrip("-").isdigit() else 0

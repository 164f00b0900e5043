"""The history of a git repository, by few processes of the `git` program; implements `ports.history.History`.

In: a repository's folder, commits, paths. Out: changes, contents, blame; nothing of the repository is run
(git_process.py), and what is too large or too slow is refused. Commits never change: what was read of one is kept.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Final

import msgspec

from streams.adapters.git_process import GitTroubleError, header_of
from streams.adapters.git_source import COMMIT, MAX_FILE_BYTES, REGULAR, GitSource, keep
from streams.model.change import Change, FileChange, Lines
from streams.model.text import from_bytes

_MAX_LOG_BYTES: Final = 64 * 1024 * 1024
_MAX_GRAPH_BYTES: Final = 32 * 1024 * 1024
_MAX_BLAME_BYTES: Final = 32 * 1024 * 1024
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
    "-c", "blame.ignoreRevsFile=", "-c", "log.showSignature=false", "-c", "diff.external=",
    "-c", "core.quotePath=false",
    "-c", "i18n.logOutputEncoding=UTF-8", "-c", "diff.orderFile=/dev/null", "-c", "log.follow=false",
    "-c", "diff.renameLimit=400",
)  # fmt: skip
_BLAMED: Final = re.compile(rb"([0-9a-f]{40,64}) (\d+) (\d+)(?: \d+)?")


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
        self._blamed: OrderedDict[object, dict[tuple[str, int], str]] = OrderedDict()
        self._named: dict[str, str] = {}

    def resolve(self, name: str) -> str | None:
        """The commit that a hash, a tag or a version names. Tags move, and are asked for again."""
        known = self._named.get(name)
        if known is None:
            known = self.commit_of(name)
            if known is not None and known.startswith(name):
                self._named[name] = known
        return known

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
            listed = self._run(
                _MAX_LOG_BYTES,
                *_SAFE, "log", "--raw", "-z", "--no-abbrev", "-M", "-l400", "--diff-merges=combined", "--topo-order",
                "--no-show-signature", "--no-mailmap", "--no-ext-diff", "--no-textconv", "--no-notes",
                "--no-decorate", "--no-color", f"--max-count={most + 1}", f"--format={_FORMAT}",
                *_revisions((commit,), exclude), "--",
            )  # fmt: skip
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
            listed = self._run(
                _MAX_GRAPH_BYTES,
                *_SAFE, "rev-list", "--parents", f"--max-count={most}", *_revisions(commits, exclude), "--",
            )  # fmt: skip
            rows = (line.split(" ") for line in listed.decode("ascii", "replace").splitlines())
            parents = {row[0]: tuple(row[1:]) for row in rows if row[0]}
            keep(self._graphs, key, parents, _MOST_KEPT)
        return self._graphs[key]

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

    def blame(
        self, commit: str, lines: Sequence[Lines], ignore: Sequence[str], exclude: Sequence[str]
    ) -> Mapping[tuple[str, int], str]:
        """Who wrote lines of one file last: white space, moves and copies are looked through, as are `ignore`."""
        if not lines or not COMMIT.fullmatch(commit):
            return {}
        key = (commit, tuple(lines), tuple(ignore), tuple(exclude))
        if key not in self._blamed:
            arguments = ["blame", "--porcelain", "--no-textconv", "-w", "-M", "-C", "--no-progress"]
            arguments += [f"-L{at.first},{at.last}" for at in lines]
            arguments += [f"--ignore-rev={sha}" for sha in ignore if COMMIT.fullmatch(sha)]
            arguments += [*_revisions((commit,), exclude), "--", lines[0].path]
            try:
                said = self._run(_MAX_BLAME_BYTES, *_SAFE, *arguments)
            except GitTroubleError:
                # A commit to ignore that is not there, lines past the end: the answer is that nothing is known.
                said = b""
            keep(self._blamed, key, dict(_blamed(said, lines[0].path)), _MOST_KEPT)
        return self._blamed[key]

    def _id(self, expression: str) -> str | None:
        """The id of an object, or None; asked of the process that gives contents, so that there is one less."""
        pipe = self._pipe("--batch")
        header = header_of(pipe.ask(expression))
        if header is None:
            return None
        pipe.skip(header.size + 1)
        return header.id

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


def _blamed(said: bytes, path: str) -> Iterator[tuple[tuple[str, int], str]]:
    """Of `--porcelain`: `ID line-then line-now [lines]`, headers, the line; `boundary` marks what is older."""
    older: set[str] = set()
    rows: list[tuple[int, str]] = []
    sha = ""
    for line in said.split(b"\n"):
        match = _BLAMED.fullmatch(line)
        if match is not None:
            sha = match[1].decode()
            rows.append((int(match[3]), sha))
        elif line == b"boundary":
            older.add(sha)
    for number, found in rows:
        if found not in older:
            yield (path, number), found

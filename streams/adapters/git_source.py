"""Source files of a git repository at a revision, by the `git` program; the work tree is never looked at.

In: a folder that is a repository, revisions, paths. Out: Layout, Paths, bytes, or Absent with the reason.
The repository is hostile: nothing of it is run (no hook, filter, textconv, fetch), no name from outside becomes an
option or a rev expression, links are not followed, and what is too large or too slow is refused.
"""

from __future__ import annotations

import os
import re
import select
import subprocess
import time
from pathlib import Path
from typing import Final, NamedTuple, NoReturn

from streams.model.message import encode
from streams.model.source import Layout, Paths
from streams.model.step import Absent, Fact, Present
from streams.model.text import from_bytes

MAX_FILE_BYTES: Final = 4 * 1024 * 1024
_MAX_TREE_BYTES: Final = 256 * 1024 * 1024
_MAX_GO_MOD_BYTES: Final = 64 * 1024
_MAX_GO_MODS: Final = 500
_SECONDS: Final = 30.0
_READ_BYTES: Final = 1024 * 1024

# Names that are revisions and nothing else: no option, no `@{…}`, `^{…}`, `:/…`, `a..b`.
_NAME: Final = re.compile(r"(?!.*(?:\.\.|//|\.lock$|[/.]$))[0-9A-Za-z_][\w./+-]{0,250}", re.ASCII)
_SHA: Final = re.compile(r"[0-9a-f]{7,64}", re.ASCII)
_COMMIT: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}", re.ASCII)
_VENDORED: Final = re.compile(r"(?:^|/)(?:vendor|testdata|node_modules)/")
_MAX_HISTORY: Final = 200
_REGULAR: Final = ("100644", "100755", "100664")

# Configuration of the system and the user is of no use here, and a repository's own could have git run things:
# GIT_ALLOW_PROTOCOL wins over protocol.*.allow, so that a partial clone fetches nothing (ext::, ssh).
_ENVIRONMENT: Final = {
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "HOME": os.devnull,
    "LC_ALL": "C",
}


class GitTroubleError(Exception):
    """git cannot be used, or does not answer; the text says what is wrong."""


class Passing(Absent, frozen=True):
    """Absent because git did not answer: the next time it may be there, so that it is not to be kept."""


class _Entry(NamedTuple):
    """A file of a tree."""

    mode: str
    sha: str


def git_folder(path: Path) -> Path | None:
    """Where the objects of a work tree or a bare repository are; None for any other folder."""
    if (path / ".git").exists():
        return path / ".git"
    bare = (path / "HEAD").is_file() and (path / "objects").is_dir() and (path / "refs").is_dir()
    return path if bare else None


def _command(folder: Path, *arguments: str) -> list[str]:
    # A folder named by --git-dir may be anybody's (safe.directory is not asked), and none above it is looked at.
    return ["git", "--no-pager", "--literal-pathspecs", f"--git-dir={folder}", *arguments]


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), **_ENVIRONMENT}


class _Pipe:
    """One git process that answers on a pipe, within so many seconds."""

    def __init__(self, folder: Path, seconds: float, *arguments: str) -> None:
        self._seconds = seconds
        self._buffer = b""
        try:
            self._process = subprocess.Popen(  # noqa: S603 - a fixed program; what varies is a path and ids
                _command(folder, *arguments),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env=_environment(),
                bufsize=0,
            )
        except OSError as error:
            message = f"git cannot be started: {error.strerror}"
            raise GitTroubleError(message) from None

    def alive(self) -> bool:
        """Whether it still answers."""
        return self._process.poll() is None

    def ask(self, line: str) -> bytes:
        """Send a line and take the line that answers it, without its newline."""
        deadline = time.monotonic() + self._seconds
        try:
            assert self._process.stdin is not None  # noqa: S101 - it was opened as a pipe
            self._process.stdin.write(line.encode() + b"\n")
        except OSError:
            self._fail("git ended: is the repository whole?")
        while b"\n" not in self._buffer:
            self._more(deadline)
        answer, _, self._buffer = self._buffer.partition(b"\n")
        return answer

    def take(self, size: int) -> bytes:
        """So many bytes."""
        deadline = time.monotonic() + self._seconds
        while len(self._buffer) < size:
            self._more(deadline)
        taken, self._buffer = self._buffer[:size], self._buffer[size:]
        return taken

    def rest(self, most: int) -> bytes:
        """All that it says until it ends."""
        deadline = time.monotonic() + self._seconds
        parts: list[bytes] = []
        size = 0
        while data := self._read(deadline):
            parts.append(data)
            size += len(data)
            if size > most:
                self._fail(f"the answer of git is larger than {most >> 20} MiB")
        if self._ended(deadline):
            self._fail("git failed: is the repository whole?")
        return b"".join(parts)

    def _ended(self, deadline: float) -> int:
        try:
            return self._process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self._fail(f"git did not end within {self._seconds:g} seconds")

    def _more(self, deadline: float) -> None:
        data = self._read(deadline)
        if not data:
            self._fail("git ended: is the repository whole?")
        self._buffer += data

    def _read(self, deadline: float) -> bytes:
        assert self._process.stdout is not None  # noqa: S101 - it was opened as a pipe
        ready, _, _ = select.select(
            [self._process.stdout], [], [], max(0, deadline - time.monotonic())
        )
        if not ready:
            self._fail(f"git did not answer within {self._seconds:g} seconds")
        return os.read(self._process.stdout.fileno(), _READ_BYTES)

    def _fail(self, message: str) -> NoReturn:
        self.close()
        raise GitTroubleError(message)

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()


class GitSource:
    """One repository. A process each for ids and contents is kept open until `close`."""

    def __init__(self, folder: Path, *, seconds: float = _SECONDS) -> None:
        """`folder`: what `git_folder` gave."""
        self._folder = folder.absolute()
        self._seconds = seconds
        self._pipes: dict[str, _Pipe] = {}
        self._trees: dict[str, dict[str, _Entry]] = {}

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
        if not _COMMIT.fullmatch(commit):
            return ()
        listed = self._lines(
            "for-each-ref",
            f"--merged={commit}",
            "--sort=-version:refname",
            "--sort=-creatordate",
            f"--count={_MAX_HISTORY}",
            "--format=%(objecttype) %(objectname) %(*objectname)",
            "refs/tags",
        )
        # Of a tag object the commit is named third.
        tagged = [words[2 if words[0] == "tag" and words[2:] else 1] for words in listed]
        found = tuple(dict.fromkeys(sha for sha in tagged if sha != commit))
        if found:
            return found
        parents = self._lines("rev-list", "--first-parent", f"--max-count={_MAX_HISTORY}", commit)
        return tuple(words[0] for words in parents[1:])

    def go_files(self, commit: str) -> dict[str, str]:
        """Go files by path with their blob ids, vendored ones left out. Raises GitTroubleError."""
        return {
            path: entry.sha
            for path, entry in self._tree(commit).items()
            if path.endswith(".go") and entry.mode in _REGULAR and not _VENDORED.search(path)
        }

    def content(self, _commit: str, _path: str, blob: str) -> bytes:
        """The bytes of a file that `go_files` listed; empty where they are not in this clone, or too many."""
        found = self._blob(blob, MAX_FILE_BYTES)
        return found.data if isinstance(found, Present) else b""

    def _lines(self, *arguments: str) -> list[list[str]]:
        pipe = _Pipe(self._folder, self._seconds, *arguments)
        listed = pipe.rest(_MAX_TREE_BYTES).decode("utf-8", "replace")
        pipe.close()
        return [line.split(" ") for line in listed.splitlines() if line]

    def close(self) -> None:
        """End the processes."""
        for pipe in self._pipes.values():
            pipe.close()
        self._pipes.clear()

    def _layout(self, stated: tuple[str, ...], release: str) -> Fact:
        for name in stated:
            commit = self._commit(name)
            if commit is not None:
                return self._found(Layout(commit=commit, by="stated", name=name))
        if stated:
            return Absent(f"revision {stated[0]} is not in the repository")
        commit = self._commit(release) if release else None
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
            if name == "go.mod" and entry.mode in _REGULAR and len(go_mods) < _MAX_GO_MODS:
                found = self._blob(entry.sha, _MAX_GO_MOD_BYTES)
                if isinstance(found, Present):
                    go_mods[folder] = from_bytes(found.data)
        found_layout = Layout(commit=layout.commit, by=layout.by, name=layout.name, go_mods=go_mods)
        return Present(encode(found_layout))

    def _commit(self, name: str) -> str | None:
        """The commit that a hash or a tag names; branches move, and so name no revision."""
        if not _NAME.fullmatch(name):
            return None
        if _COMMIT.fullmatch(name):
            return self._id(f"{name}^{{commit}}")
        found = self._id(f"refs/tags/{name}^{{commit}}")
        if found is None and _SHA.fullmatch(name):
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
        header = self._pipe("--batch-check").ask(expression).decode("ascii", "replace").split(" ")
        return header[0] if len(header) == 3 and _COMMIT.fullmatch(header[0]) else None  # noqa: PLR2004 - id, type, size

    def _tree(self, commit: str) -> dict[str, _Entry]:
        """Every file of a commit, by path."""
        if commit not in self._trees:
            if not _COMMIT.fullmatch(commit):
                message = f"{commit!r} is no commit"
                raise GitTroubleError(message)
            pipe = _Pipe(self._folder, self._seconds, "ls-tree", "-r", "-z", "--full-tree", commit)
            listed = pipe.rest(_MAX_TREE_BYTES)
            pipe.close()
            self._trees[commit] = dict(_entries(listed))
        return self._trees[commit]

    def _file(self, commit: str, path: str) -> Fact:
        tree = self._tree(commit)
        entry = tree.get(path)
        if entry is None:
            return Absent(_no_file(path, tree))
        if entry.mode not in _REGULAR:
            what = "a symbolic link" if entry.mode == "120000" else "a submodule"
            return Absent(f"it is {what}")
        found = self._blob(entry.sha, MAX_FILE_BYTES)
        if isinstance(found, Present) and b"\0" in found.data:
            return Absent("it is no text")
        return found

    def _blob(self, sha: str, most: int) -> Fact:
        header = self._pipe("--batch-check").ask(sha).split(b" ")
        if len(header) != 3 or header[1] != b"blob":  # noqa: PLR2004 - id, type, size
            return Absent("its content is not in this clone: fetch the whole history")
        size = int(header[2])
        if size > most:
            return Absent(f"it has {size:,} bytes, more than {most:,} are not read")
        pipe = self._pipe("--batch")
        answer = pipe.ask(sha)
        if answer.split(b" ")[1:] != header[1:]:
            return Absent("its content is not in this clone: fetch the whole history")
        return Present(pipe.take(size + 1)[:-1])

    def _pipe(self, mode: str) -> _Pipe:
        pipe = self._pipes.pop(mode, None) or _Pipe(self._folder, self._seconds, "cat-file", mode)
        if not pipe.alive():
            pipe.close()
            pipe = _Pipe(self._folder, self._seconds, "cat-file", mode)
        self._pipes[mode] = pipe
        return pipe


def _entries(listed: bytes) -> list[tuple[str, _Entry]]:
    """`100644 blob SHA<TAB>path` of each file."""
    found = []
    for item in listed.split(b"\0"):
        head, tab, path = item.partition(b"\t")
        words = head.decode("ascii", "replace").split(" ")
        if tab and len(words) == 3:  # noqa: PLR2004 - mode, type, id
            found.append((from_bytes(path), _Entry(words[0], words[2])))
    return found


def _no_file(path: str, tree: dict[str, _Entry]) -> str:
    parts = path.split("/")
    above = ("/".join(parts[:at]) for at in range(1, len(parts)))
    submodule = next((p for p in above if p in tree and tree[p].mode == "160000"), None)
    if submodule is not None:
        return f"{submodule} is a submodule, which is a repository of its own"
    return "there is no such file"

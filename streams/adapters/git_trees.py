"""The files of commits, read as tree objects over one pipe: a folder that revisions have in common is read once.

In: a `git cat-file --batch`, the id of a commit. Out: its files by path. The repository is hostile: folders are bounded
in depth and bytes, however often one is in another.

    a tree   (mode SP name NUL id)*       id: 20 bytes, of a SHA-256 repository 32
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from streams.adapters.git_process import GitTroubleError, Pipe, header_of
from streams.model.text import from_bytes

_FOLDER: Final = "40000"
# So many ids are asked for at once: they fit the buffer of a pipe, and the answers are read afterwards.
_AT_ONCE: Final = 256
_MOST_DEPTH: Final = 200
# What `git ls-tree` would say of a file beside its path.
_ENTRY_BYTES: Final = 54


class Entry(NamedTuple):
    """A file of a tree."""

    mode: str
    sha: str


Files = tuple[tuple[str, Entry], ...]


class Trees:
    """Trees that were read, and what is below each under a path."""

    def __init__(self, most_bytes: int) -> None:
        """`most_bytes`: of the paths of a commit, and of its trees."""
        self._most = most_bytes
        self._folders: dict[str, Files] = {}
        self._below: dict[tuple[str, str], tuple[Files, int]] = {}

    def files(self, pipe: Pipe, commit: str) -> dict[str, Entry]:
        """Every file of a commit, in the order of git. Raises GitTroubleError."""
        root = f"{commit}^{{tree}}"
        self._read(pipe, root, len(commit) // 2)
        found, _ = self._under(root, "", 0)
        return dict(found)

    def _read(self, pipe: Pipe, root: str, width: int) -> None:
        """Read whatever is below a tree and was not read, level by level."""
        wanted = [root] if root not in self._folders else []
        left = self._most
        for _ in range(_MOST_DEPTH):
            for start in range(0, len(wanted), _AT_ONCE):
                part = wanted[start : start + _AT_ONCE]
                pipe.send("".join(f"{name}\n" for name in part))
                for name in part:
                    data = _tree(pipe, left)
                    left -= len(data)
                    self._folders[name] = tuple(_entries(data, width))
            inner = (
                entry.sha
                for name in wanted
                for _, entry in self._folders[name]
                if entry.mode == _FOLDER
            )
            wanted = [name for name in dict.fromkeys(inner) if name not in self._folders]
            if not wanted:
                return
        message = f"folders are nested deeper than {_MOST_DEPTH}"
        raise GitTroubleError(message)

    def _under(self, name: str, prefix: str, depth: int) -> tuple[Files, int]:
        """The files of a folder under a path, and how many bytes git would say of them."""
        known = self._below.get((name, prefix))
        if known is not None:
            return known
        if depth > _MOST_DEPTH:
            message = f"folders are nested deeper than {_MOST_DEPTH}"
            raise GitTroubleError(message)
        found: list[tuple[str, Entry]] = []
        size = _ENTRY_BYTES
        for own, entry in self._folders[name]:
            path = prefix + own
            if entry.mode == _FOLDER:
                inner, spent = self._under(entry.sha, f"{path}/", depth + 1)
                found += inner
                size += spent
            else:
                found.append((path, entry))
                size += _ENTRY_BYTES + len(path)
            if size > self._most:
                message = f"a revision has more than {self._most >> 20} MiB of paths"
                raise GitTroubleError(message)
        below = (tuple(found), size)
        if prefix:
            # The root of no two revisions is the same.
            self._below[name, prefix] = below
        return below


def _tree(pipe: Pipe, most: int) -> bytes:
    header = header_of(pipe.line())
    if header is None or header.kind != "tree":
        pipe.close()  # what else it answers is nobody's
        message = "a tree is not in this clone: is the repository whole?"
        raise GitTroubleError(message)
    if header.size > most:
        pipe.close()
        message = f"a revision has more than {most >> 20} MiB of trees"
        raise GitTroubleError(message)
    return pipe.take(header.size + 1)[:-1]


def _entries(data: bytes, width: int) -> Iterator[tuple[str, Entry]]:
    at = 0
    while True:
        space = data.find(b" ", at)
        end = data.find(b"\0", space)
        if space < 0 or end < 0:
            return
        sha = data[end + 1 : end + 1 + width].hex()
        mode = data[at:space].decode("ascii", "replace").lstrip("0")
        yield from_bytes(data[space + 1 : end]), Entry(mode, sha)
        at = end + 1 + width

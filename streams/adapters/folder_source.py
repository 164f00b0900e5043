"""Source files of a plain folder: what was unpacked there, of a release where it has a folder of its own.

In: a folder, paths. Out: Layout, Paths, bytes, or Absent with the reason. Follows no link, never leaves the
folder.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Final

from streams.adapters.source_bounds import (
    MAX_GO_MOD_BYTES,
    MAX_GO_MODS,
    MAX_HISTORY,
    VENDORED,
)
from streams.model.message import encode
from streams.model.natural import natural
from streams.model.source import Layout, Paths
from streams.model.step import Absent, Fact, Present
from streams.model.text import from_bytes

MAX_FILE_BYTES: Final = 4 * 1024 * 1024
_MAX_FILES: Final = 500_000
_RELEASE: Final = re.compile(r"\w[\w.+-]{0,250}", re.ASCII)
_NO_LINK: Final = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK

_TROUBLE: Final = {
    errno.ELOOP: "it is a symbolic link",
    errno.ENOENT: "there is no such file",
    errno.ENOTDIR: "there is no such file, or a symbolic link is on the way",
}


class FolderSource:
    """One folder. It is looked through once."""

    def __init__(self, folder: Path) -> None:
        """Nothing is read yet."""
        self._folder = folder.absolute()
        self._files: dict[str, tuple[str, ...]] = {}

    def layout(self, stated: tuple[str, ...], release: str) -> Fact:
        """The folder of `release`, else of a name in `stated`, else the folder itself; and its modules."""
        for name in (release, *stated):
            if _RELEASE.fullmatch(name) and (self._folder / name).is_dir():
                return self._found(Layout(commit=name, by="release", name=name))
        return self._found(Layout(commit="", by="folder"))

    def named(self, commit: str, name: str) -> Fact:
        """The paths of files of this name."""
        files = self._listed(commit)
        paths = tuple(path for path in files if path == name or path.endswith("/" + name))
        return Present(encode(Paths(paths=paths)))

    def file(self, commit: str, path: str) -> Fact:
        """The bytes of a file."""
        found = self._read(commit, path, MAX_FILE_BYTES)
        if isinstance(found, Present) and b"\0" in found.data:
            return Absent("it is no text")
        return found

    def history(self, commit: str) -> tuple[str, ...]:
        """Releases before this one by the order of their names, the nearest first; none of the folder itself."""
        if not commit:
            return ()
        try:
            with os.scandir(self._folder) as entries:
                names = sorted(
                    (e.name for e in entries if e.is_dir(follow_symlinks=False)), key=natural
                )
        except OSError:
            return ()
        releases = [name for name in names if _RELEASE.fullmatch(name)]
        before = releases[: releases.index(commit)] if commit in releases else []
        return tuple(reversed(before[-MAX_HISTORY:]))

    def go_files(self, commit: str) -> dict[str, str]:
        """Go files by path with an id of their content, vendored ones left out. Every file is read."""
        found: dict[str, str] = {}
        for path in self._listed(commit):
            if path.endswith(".go") and not VENDORED.search(path):
                fact = self._read(commit, path, MAX_FILE_BYTES)
                if isinstance(fact, Present):
                    name = blake2b(fact.data, digest_size=20).hexdigest()
                    found[path] = name
        return found

    def content(self, commit: str, path: str, _blob: str) -> bytes:
        """The bytes of a file that `go_files` listed; empty where it cannot be read now."""
        fact = self._read(commit, path, MAX_FILE_BYTES)
        return fact.data if isinstance(fact, Present) else b""

    def close(self) -> None:
        """Nothing is open."""

    def _found(self, layout: Layout) -> Present:
        go_mods: dict[str, str] = {}
        for path in self._listed(layout.commit):
            folder, _, name = path.rpartition("/")
            if name == "go.mod" and len(go_mods) < MAX_GO_MODS:
                found = self._read(layout.commit, path, MAX_GO_MOD_BYTES)
                if isinstance(found, Present):
                    go_mods[folder] = from_bytes(found.data)
        return Present(
            encode(Layout(commit=layout.commit, by=layout.by, name=layout.name, go_mods=go_mods))
        )

    def _listed(self, below: str) -> tuple[str, ...]:
        if below not in self._files:
            self._files[below] = tuple(_files(self._folder / below))
        return self._files[below]

    def _read(self, below: str, path: str, most: int) -> Fact:
        parts = path.split("/")
        if any(part in ("", ".", "..") or "\0" in part for part in parts):
            return Absent("there is no such file")
        try:
            return _opened(self._folder / below, parts, most)
        except OSError as error:
            return Absent(_TROUBLE.get(error.errno or 0, f"it cannot be read: {error.strerror}"))


def _opened(folder: Path, parts: list[str], most: int) -> Fact:
    """The content of a file, opened part by part so that no link on the way is followed. Raises OSError."""
    at = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in parts[:-1]:
            inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | _NO_LINK, dir_fd=at)
            os.close(at)
            at = inner
        file = os.open(parts[-1], os.O_RDONLY | _NO_LINK, dir_fd=at)
        status = os.fstat(file)
        if not stat.S_ISREG(status.st_mode):
            os.close(file)
            return Absent("it is no regular file")
        with os.fdopen(file, "rb") as stream:
            data = stream.read(most + 1)
    finally:
        os.close(at)
    if len(data) > most:
        return Absent(f"it has {status.st_size:,} bytes, more than {most:,} are not read")
    return Present(data)


def _files(folder: Path) -> Iterator[str]:
    """Files below a folder in name order, links and hidden folders left out; at most so many."""
    number = 0
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(n for n in folders if not n.startswith(".") and n != "node_modules")
        inside = os.path.relpath(root, folder)
        for name in sorted(names):
            number += 1
            if number > _MAX_FILES:
                return
            path = name if inside == "." else f"{inside}/{name}"
            yield from_bytes(os.fsencode(path))

"""The Go code of one revision: packages, what they declare and import, where a frame stands in it.

In: files of a revision with the ids of their contents, a reader of contents. Out: declarations by package and name,
the package that a name in a file means, the function and line of a frame. Reads only what is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from streams.core.join.sources import modules_of
from streams.core.source.lineage import bare, folder_of
from streams.core.source.syntax import (
    VARIABLE,
    Declared,
    Function,
    declarations,
    declared_at,
    function_of,
)
from streams.model.cause import CauseFrame
from streams.model.text import from_bytes

Read = Callable[[str], bytes]

_IMPORTS: Final = re.compile(rb"^import[ \t]*(?:\(([^)]*)\)|([^\n(]*))", re.MULTILINE)
_IMPORT: Final = re.compile(rb"(?:([\w.]+)[ \t]+)?[\"`]([^\"`\n]+)[\"`]")
_MAJOR: Final = re.compile(r"/v\d+$|\.v\d+$")
_EMBED: Final = re.compile(
    rb"^//go:embed[ \t]+([^\n]+)\n(?://[^\n]*\n)*[ \t]*(?:var[ \t]+)?(\w+)?", re.MULTILINE
)
_FUNCTION: Final = re.compile(rb"^func[ \t]*(?:\([^)\n]*\)[ \t]*)?(\w+)", re.MULTILINE)
_SHARES: Final = re.compile(
    rb"\bclose\(|\bgo[ \t]+\w|<-|\.R?(?:Lock|Unlock)\(|\.(?:Done|Add|Wait)\("
)
_WORD: Final = re.compile(r"\w+")
_MOST_FILE: Final = 1024 * 1024
# Searching everything is for repositories of some size, not of every size.
_MOST_SEARCHED: Final = 1500


class Named(NamedTuple):
    """A declaration and the file that it is in."""

    path: str
    declared: Declared


class Standing(NamedTuple):
    """Where a frame stands: its function, parsed, and the line."""

    frame: CauseFrame
    path: str
    name: str
    function: Function
    line: int


@lru_cache(maxsize=4096)
def imports_of(data: bytes) -> Mapping[str, str]:
    """Import paths of a file by the names that it uses for them; a name that is not stated is guessed."""
    found: dict[str, str] = {}
    for match in _IMPORTS.finditer(data[:65536]):
        for one in _IMPORT.finditer(match[1] or match[2] or b""):
            path = from_bytes(one[2])
            found[from_bytes(one[1]) if one[1] else package_guess(path)] = path
    return found


def package_guess(path: str) -> str:
    """The name that a package of this import path has, as a rule: `gopkg.in/yaml.v3` is yaml."""
    last = _MAJOR.sub("", path).rpartition("/")[2]
    return last.removeprefix("go-").removesuffix("-go").replace("-", "_")


@lru_cache(maxsize=4096)
def embeds_of(data: bytes) -> tuple[tuple[str, str], ...]:
    """What `//go:embed` of a file names, each with the variable that holds it."""
    if b"//go:embed" not in data:
        return ()
    return tuple(
        (word.strip('"`').removeprefix("all:"), from_bytes(match[2] or b""))
        for match in _EMBED.finditer(data)
        for word in from_bytes(match[1]).split()
    )


def is_test(path: str) -> bool:
    """Whether a file is in no binary."""
    parts = path.split("/")
    return path.endswith("_test.go") or "testdata" in parts[:-1]


class Code:
    """One revision. `files`: ids of contents by path; `read`: the content of an id, empty where it is not there."""

    def __init__(self, files: Mapping[str, str], read: Read) -> None:
        """Nothing is read yet but the go.mod files."""
        self._files = files
        self._read = read
        mods = {
            folder_of(path): from_bytes(read(blob))
            for path, blob in files.items()
            if path.rpartition("/")[2] == "go.mod" and not is_test(path)
        }
        self.go_mods = mods
        self._modules = [(m.path, m.folder) for m in modules_of("", mods)]
        self._folders: dict[str, list[str]] = {}
        for path in files:
            if path.endswith(".go") and not is_test(path):
                self._folders.setdefault(folder_of(path), []).append(path)
        self._declared: dict[str, dict[str, Named]] = {}
        self._names: frozenset[str] | None = None
        self._sharing: dict[str, frozenset[str]] = {}

    @property
    def modules(self) -> frozenset[str]:
        """The paths of its modules."""
        return frozenset(path for path, _ in self._modules)

    @property
    def files(self) -> Mapping[str, str]:
        """Ids of contents by path."""
        return self._files

    def read(self, path: str) -> bytes:
        """A file; empty where there is none, or where it is as large as no one writes it."""
        blob = self._files.get(path)
        data = self._read(blob) if blob else b""
        return data if len(data) <= _MOST_FILE else b""

    def sources(self, folder: str) -> list[str]:
        """The Go files of a package, tests left out."""
        return self._folders.get(folder, [])

    def folder(self, package: str) -> str | None:
        """The folder of an import path; None where it is of another module that is not vendored."""
        for path, inside in sorted(self._modules, key=lambda m: -len(m[0])):
            if package == path or package.startswith(path + "/"):
                found = "/".join(p for p in (inside, package[len(path) :].strip("/")) if p)
                return found if found in self._folders else None
        for at in ("vendor/" + package, package):
            if at in self._folders:
                return at
        return None

    def declared(self, folder: str) -> Mapping[str, Named]:
        """Functions, methods (`Recv.Name`) and package variables (`var Name`) of a package."""
        if folder not in self._declared:
            self._declared[folder] = {
                declared.name: Named(path, declared)
                for path in sorted(self.sources(folder))
                for declared in declarations(self.read(path))
            }
        return self._declared[folder]

    def function_names(self) -> frozenset[str]:
        """Names of functions and methods of the packages that were read, and of those next to them."""
        if self._names is None:
            paths = sorted(p for listed in self._folders.values() for p in listed)[:_MOST_SEARCHED]
            self._names = frozenset(
                from_bytes(name) for path in paths for name in _FUNCTION.findall(self.read(path))
            )
        return self._names

    def sharing(self, folder: str) -> frozenset[str]:
        """Functions and methods of a package that close, send, lock or start something, without receivers."""
        if folder not in self._sharing:
            self._sharing[folder] = frozenset(
                name.rpartition(".")[2]
                for name, named in self.declared(folder).items()
                if _SHARES.search(self.read(named.path), named.declared.start, named.declared.end)
            )
        return self._sharing[folder]

    def function(self, folder: str, name: str) -> Function | None:
        """A declaration of a package, parsed."""
        named = self.declared(folder).get(name)
        return function_of(self.read(named.path), named.declared) if named else None

    def methods(self, folder: str, name: str) -> Iterator[str]:
        """Full names of the methods of a package that are called this."""
        return (full for full in self.declared(folder) if full.endswith("." + name))

    def holding(self, needle: bytes) -> Iterator[tuple[str, bytes]]:
        """Go files that hold a text, with their content, in the order of their paths; at most so many are searched."""
        paths = sorted(path for listed in self._folders.values() for path in listed)
        for path in paths[:_MOST_SEARCHED]:
            data = self.read(path)
            if needle in data:
                yield path, data

    def stand(self, frame: CauseFrame) -> Standing | None:
        """Where a frame stands; None where its file is not here, or holds no such function."""
        path = self._path(frame)
        if path is None or frame.line is None:
            return None
        data = self.read(path)
        declared = declared_at(data, frame.line)
        if declared is None or not _fits(frame.function, declared.name):
            return self._by_name(frame, path)
        return Standing(frame, path, declared.name, function_of(data, declared), frame.line)

    def _by_name(self, frame: CauseFrame, path: str) -> Standing | None:
        """The revision is another than the frame's: the function of its name, at its first line."""
        fitting = [
            d for d in declarations(self.read(path)) if _fits(frame.function, d.name, exact=True)
        ]
        if len(fitting) != 1:
            return None
        function = function_of(self.read(path), fitting[0])
        return Standing(frame, path, fitting[0].name, function, fitting[0].first)

    def _path(self, frame: CauseFrame) -> str | None:
        file = (frame.file or "").replace("\\", "/")
        if not file.endswith(".go"):
            return None
        package = frame.package or ""
        folder = self.folder(package) if package and package != "main" else None
        name = file.rpartition("/")[2]
        if folder is not None:
            path = f"{folder}/{name}" if folder else name
            if path in self._files:
                return path
        # The longest ending of the printed path that a file of the repository has, alone.
        best: list[str] = []
        length = 0
        parts = file.split("/")
        for path in self._files:
            if not path.endswith(name) or path.rpartition("/")[2] != name:
                continue
            own = path.split("/")
            same = 0
            while same < min(len(own), len(parts)) and own[-1 - same] == parts[-1 - same]:
                same += 1
            if same > length:
                best, length = [path], same
            elif same == length:
                best.append(path)
        return best[0] if len(best) == 1 else None


def _fits(function: str, name: str, *, exact: bool = False) -> bool:
    """Whether a declaration can be the function of a frame, or what a closure of it stands in."""
    words = _WORD.findall(function.rpartition("/")[2].partition(".")[2])
    if name.startswith(VARIABLE):
        return not exact and bool({"init", "glob"} & set(words))
    return bare(name) in words

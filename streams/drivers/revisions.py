"""Revisions of repositories as placing asks for them: their files, what is in each, what was before.

In: repositories by name, commits. Out: implements frames.Tree. What all files are searched for is kept by the ids of
their contents, in memory and on disk: a revision costs what is new in it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from hashlib import sha1, sha256
from typing import Final, Generic, TypeVar

import msgspec

from streams.adapters.git_process import GitTroubleError
from streams.adapters.git_source import Passing
from streams.adapters.sources import Sources
from streams.adapters.sources import Tree as Repository
from streams.core.join.sources import modules_of
from streams.core.source.lineage import Place, Shaped
from streams.core.source.messages import Format, formats_of
from streams.core.source.outline import Outline, outline_of
from streams.core.source.syntax import Declared
from streams.drivers.place_cache import PlaceCache
from streams.model.message import decode
from streams.model.source import Layout
from streams.model.step import Present

_MOST_BYTES: Final = 256 * 1024 * 1024
_MOST_CONTENTS: Final = 16_384
# A revision of 5,000 files takes about 1 MB.
MOST_REVISIONS: Final = 256
# The package of files in the root of a repository without go.mod: not what it was called on a command line.
_NO_MODULE: Final = "source"
_ENCODER: Final = msgspec.msgpack.Encoder()
_OUTLINES: Final = msgspec.msgpack.Decoder(Outline)
# What messages.formats_of gives.
_FORMATS: Final = msgspec.msgpack.Decoder(tuple[tuple[str, bool, int, Declared], ...])
T = TypeVar("T")


class _Blobs:
    """Contents by id, the last used up to so many bytes."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._bytes = 0

    def get(self, name: str) -> bytes | None:
        found = self._kept.get(name)
        if found is not None:
            self._kept.move_to_end(name)
        return found

    def put(self, name: str, data: bytes) -> None:
        self._kept[name] = data
        self._bytes += len(data)
        while self._bytes > _MOST_BYTES and len(self._kept) > 1:
            _, old = self._kept.popitem(last=False)
            self._bytes -= len(old)


class _ByContent(Generic[T]):
    """Something that depends on a content alone, by the content's id: the last used in memory, all of it on disk."""

    def __init__(
        self,
        name: str,
        of: Callable[[bytes], T],
        decoder: msgspec.msgpack.Decoder[T],
        cache: PlaceCache | None,
    ) -> None:
        """`of` makes it, `decoder` reads what was kept."""
        self._name = name
        self._of = of
        self._decoder = decoder
        self._known: OrderedDict[str, T] = OrderedDict()
        self._cache = cache
        self._new: dict[str, bytes] = {}

    def get(self, blob: str, read: Callable[[], bytes]) -> T:
        """What it is of a content, which is read where that is not known."""
        known = self._known.get(blob)
        if known is not None:
            self._known.move_to_end(blob)
            return known
        found = self._kept(blob)
        if found is None:
            data = read()
            found = self._of(data)
            # A repository may say of any content that it has any id, and others trust what is kept.
            if self._cache is not None and _is_of(blob, data):
                self._new[blob] = _ENCODER.encode(found)
        self._known[blob] = found
        if len(self._known) > _MOST_CONTENTS:
            self._known.popitem(last=False)
        return found

    def _kept(self, blob: str) -> T | None:
        data = self._cache.of_content(self._name, blob) if self._cache is not None else None
        if data is None:
            return None
        try:
            return self._decoder.decode(data)
        except msgspec.MsgspecError:
            return None

    def keep(self) -> None:
        """Write what is new to the disk."""
        new, self._new = self._new, {}
        if new and self._cache is not None:
            self._cache.put_contents(self._name, new)


def _is_of(blob: str, data: bytes) -> bool:
    """Whether git would give a content this id: of 40 digits by SHA-1, of 64 by SHA-256."""
    head = b"blob %d\0" % len(data)
    if len(blob) == 2 * sha256().digest_size:
        return sha256(head + data).hexdigest() == blob
    return sha1(head + data, usedforsecurity=False).hexdigest() == blob


class RevisionTree:
    """Implements frames.Tree: one revision of one repository."""

    def __init__(self, trees: Trees, repository: Repository, name: str, commit: str) -> None:
        """Nothing is read yet."""
        self._trees = trees
        self._repository = repository
        self._name = name
        self.commit = commit
        self._files: Mapping[str, str] | None = None
        self._older: tuple[RevisionTree, ...] | None = None
        self._callers: dict[str, tuple[Place, ...]] = {}
        self._packages: dict[str, str] | None = None
        self._formats: tuple[Format, ...] | None = None
        # core/source/lineage.py and placing.py
        self.helpers: dict[tuple[Place, frozenset[int]], bool] = {}
        self.gone: dict[int, list[tuple[str, Declared, frozenset[bytes]]]] = {}
        self.unsettled: dict[tuple[int, str], tuple[Shaped, Shaped]] = {}
        self.came: dict[int, list[Place]] = {}
        self.memo: dict[int, dict[Place, Place | None]] = {}
        self.texts: dict[int, frozenset[bytes]] = {}

    def files(self) -> Mapping[str, str]:
        """Content ids of Go files by path."""
        if self._files is None:
            self._files = self._repository.go_files(self.commit)
        return self._files

    def read(self, path: str) -> bytes:
        """A file's content; empty where there is none."""
        blob = self.files().get(path)
        if blob is None:
            return b""
        data = self._trees.blobs.get(blob)
        if data is None:
            data = self._repository.content(self.commit, path, blob)
            self._trees.blobs.put(blob, data)
        return data

    def older(self) -> Sequence[RevisionTree]:
        """Earlier revisions, the nearest first."""
        if self._older is None:
            self._older = tuple(
                self._trees.of(self._name, commit)
                for commit in self._repository.history(self.commit)
            )
        return self._older

    def import_path(self, path: str) -> str:
        """The import path of a file's package, its folder where no go.mod says more."""
        if self._packages is None:
            layout = self._trees.layout(self._name, self.commit)
            modules = modules_of(self._name, layout.go_mods) if layout else ()
            self._packages = {module.folder: module.path for module in modules}
        folder = path.rpartition("/")[0]
        above = folder
        while above not in self._packages:
            if not above:
                return folder or _NO_MODULE
            above = above.rpartition("/")[0]
        inside = folder[len(above) :].strip("/")
        return f"{self._packages[above]}/{inside}" if inside else self._packages[above]

    def callers(self, name: str) -> Sequence[Place]:
        """Functions in which one of this name is called, tests left out, in the order of their paths."""
        if name not in self._callers:
            self._callers[name] = tuple(
                (path, outline.declared[number])
                for path, outline in self._each(self._trees.outlines)
                for number in outline.calls.get(name, ())
            )
        return self._callers[name]

    def formats(self) -> Sequence[Format]:
        """The formats that errors are made of, tests left out."""
        if self._formats is None:
            self._formats = tuple(
                Format(text, wraps, path, line, declared)
                for path, found in self._each(self._trees.formats)
                for text, wraps, line, declared in found
            )
        return self._formats

    def _each(self, of: _ByContent[T]) -> Iterator[tuple[str, T]]:
        """Something of all files but tests, in the order of their paths."""
        for path, blob in sorted(self.files().items()):
            if not path.endswith("_test.go"):
                yield path, of.get(blob, partial(self.read, path))


class Trees:
    """Revisions by repository and commit."""

    def __init__(self, sources: Sources, cache: PlaceCache | None = None) -> None:
        """Nothing is read yet. `cache`: what outlives the process."""
        self._sources = sources
        self._known: dict[tuple[str, str], RevisionTree] = {}
        self._layouts: dict[tuple[str, str], Layout] = {}
        self.blobs = _Blobs()
        self.outlines = _ByContent("outline", outline_of, _OUTLINES, cache)
        self.formats = _ByContent("formats", formats_of, _FORMATS, cache)

    def of(self, repo: str, commit: str) -> RevisionTree:
        """The revision of a repository."""
        key = (repo, commit)
        if key not in self._known:
            self._known[key] = RevisionTree(self, self._sources.tree(repo), repo, commit)
        return self._known[key]

    def forget_many(self) -> None:
        """Begin anew where very many are known, between two answers.

        All or none: they refer to each other, and know each other by id().
        """
        if len(self._known) > MOST_REVISIONS:
            self._known.clear()
            self._layouts.clear()

    def keep(self) -> None:
        """Write what was found out of contents to the disk."""
        self.outlines.keep()
        self.formats.keep()

    def layout(self, repo: str, commit: str) -> Layout | None:
        """The modules of a revision; None where it is not there any more. Raises GitTroubleError."""
        key = (repo, commit)
        if key not in self._layouts:
            fact = self._sources.tree(repo).layout((commit,) if commit else (), commit)
            if isinstance(fact, Passing):
                raise GitTroubleError(fact.reason)
            if not isinstance(fact, Present):
                return None
            self._layouts[key] = decode(fact.data, Layout)
        return self._layouts[key]

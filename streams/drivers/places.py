"""The facts of places: frames of a crash in the source of its revision, from repositories that are at hand.

In: requests of kind `place`. Out: a Placed, or Absent with its reason. Revisions that were read are kept; a repository
is hostile input: files are bounded, nothing of it is run (adapters/git_source.py).
"""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

import msgspec

from streams.adapters.git_source import GitTroubleError, Passing
from streams.adapters.sources import Sources
from streams.adapters.sources import Tree as Repository
from streams.core.join.excerpts import Asked, Missed, Search, stated_of
from streams.core.join.sources import modules_of
from streams.core.source.messages import Format, formats_in
from streams.core.source.placing import Located, placed, placed_error
from streams.core.source.syntax import Declared, declarations
from streams.drivers.interpret import MAX_ROUNDS
from streams.drivers.place_cache import PlaceCache
from streams.model.crash import Crash, Frame, Goroutine, Source
from streams.model.message import DecodeError, decode, encode
from streams.model.place import Placed, PlaceFrame, PlaceKey, place_key, place_request
from streams.model.settings import Substitute
from streams.model.source import Layout, LayoutKey, source_key
from streams.model.step import Absent, Fact, Present, Request
from streams.ports.facts import Resolver

# Never the commit itself: a report would change with every fetch.
_NOW: Final = {"head": "as it is at HEAD", "folder": "as the folder is now"}
_COMMIT: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_MOST_BYTES: Final = 256 * 1024 * 1024
_MOST_ANSWERS: Final = 65_536
_MOST_FACTS: Final = 4096
# So long is what may change taken for true: what is not there may be fetched, HEAD and tags move.
_SECONDS: Final = 30.0
# The package of files in the root of a repository without go.mod: not what it was called on a command line.
_NO_MODULE: Final = "source"
_MODIFIED: Final = "the build had changes that were not committed"
# Answers of versions that named packages otherwise are of no use.
_KEPT: Final = "2"
# A Go file that holds more is generated; searching it for callers helps nobody.
_MOST_SEARCHED: Final = 1024 * 1024


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


class _Kept:
    """Facts by request, the last ones up to so many; those that may change until `forget_brief`."""

    def __init__(self, most: int) -> None:
        self.known: OrderedDict[Request, Fact] = OrderedDict()
        self._brief: set[Request] = set()
        self._most = most

    def put(self, request: Request, fact: Fact, *, lasting: bool) -> None:
        self.known[request] = fact
        if not lasting:
            self._brief.add(request)
        if len(self.known) > self._most:
            old, _ = self.known.popitem(last=False)
            self._brief.discard(old)

    def forget(self, request: Request) -> None:
        self.known.pop(request, None)
        self._brief.discard(request)

    def forget_brief(self) -> None:
        for request in self._brief:
            self.known.pop(request, None)
        self._brief.clear()


class RevisionTree:
    """Implements placing.Tree: one revision of one repository."""

    def __init__(self, trees: _Trees, repository: Repository, name: str, commit: str) -> None:
        """Nothing is read yet."""
        self._trees = trees
        self._repository = repository
        self._name = name
        self.commit = commit
        self._files: Mapping[str, str] | None = None
        self._older: tuple[RevisionTree, ...] | None = None
        self._callers: dict[str, tuple[tuple[str, Declared], ...]] = {}
        self._packages: dict[str, str] | None = None
        self._formats: tuple[Format, ...] | None = None
        # core/source/placing.py and lineage.py
        self.helpers: dict[tuple[str, Declared, frozenset[int]], bool] = {}
        self.gone: dict[int, list[tuple[str, Declared, frozenset[bytes]]]] = {}
        self.memo: dict[int, dict[tuple[str, Declared], tuple[str, Declared] | None]] = {}

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

    def callers(self, name: str) -> Sequence[tuple[str, Declared]]:
        """Functions in which one of this name is called, tests left out, in the order of their paths."""
        if name not in self._callers:
            self._callers[name] = tuple(self._calling(name))
        return self._callers[name]

    def formats(self) -> Sequence[Format]:
        """The formats that errors are made of, tests left out."""
        if self._formats is None:
            files = ((path, self.read(path)) for path in sorted(self.files()))
            self._formats = tuple(formats_in(files))
        return self._formats

    def _calling(self, name: str) -> Iterator[tuple[str, Declared]]:
        called = re.compile(
            rb"(?<![\w\x80-\xff])" + re.escape(name.encode()) + rb"[ \t]*(?:\[[^\]\n]*\])?\("
        )
        needle = name.encode()
        for path in sorted(self.files()):
            if path.endswith("_test.go"):
                continue
            data = self.read(path)[:_MOST_SEARCHED]
            if needle not in data:
                continue
            for declared in declarations(data):
                body = data.find(b"{", declared.start, declared.end)
                if body >= 0 and called.search(data, body, declared.end):
                    yield path, declared


class _Trees:
    """Revisions by repository and commit."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._known: dict[tuple[str, str], RevisionTree] = {}
        self._layouts: dict[tuple[str, str], Layout] = {}
        self.blobs = _Blobs()

    def of(self, repo: str, commit: str) -> RevisionTree:
        key = (repo, commit)
        if key not in self._known:
            self._known[key] = RevisionTree(self, self._sources.tree(repo), repo, commit)
        return self._known[key]

    def layout(self, repo: str, commit: str) -> Layout | None:
        key = (repo, commit)
        if key not in self._layouts:
            fact = self._sources.tree(repo).layout((commit,) if commit else (), commit)
            if isinstance(fact, Passing):
                raise GitTroubleError(fact.reason)
            if not isinstance(fact, Present):
                return None
            self._layouts[key] = decode(fact.data, Layout)
        return self._layouts[key]


class PlaceFacts:
    """Implements the facts port for `place` facts; other kinds are the `others`' business."""

    def __init__(
        self,
        repos: Mapping[str, Path],
        substitutes: tuple[Substitute, ...] = (),
        others: Resolver | None = None,
        cache: PlaceCache | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Repositories by name; nothing is read yet. `cache`: answers that outlive the process. `clock`: seconds."""
        self._sources = Sources(repos)
        self._named = tuple(repos)
        self._repos = _different(repos, {rule.repo for rule in substitutes})
        self._substitutes = substitutes
        self._others = others
        self._cache = cache
        self._trees = _Trees(self._sources)
        self._facts = _Kept(_MOST_FACTS)
        self._answers = _Kept(_MOST_ANSWERS)
        self._clock = clock
        self._since = clock()
        # What this answer depends on may change, or git was in trouble.
        self._brief = False
        self._trouble = False
        self._lock = threading.Lock()

    def close(self) -> None:
        """End the git processes."""
        for name in self._named:
            self._sources.tree(name).close()
        if self._cache is not None:
            self._cache.close()

    def resolve(self, request: Request) -> Fact:
        """The fact, or Absent with its reason."""
        if request.kind != "place":
            return self._others.resolve(request) if self._others else self._sources.resolve(request)
        with self._lock:
            self._pass_time()
            known = self._answers.known.get(request)
            if known is not None:
                return known
            self._brief = self._trouble = False
            try:
                found = self._placed(place_key(request))
            except GitTroubleError as trouble:
                # It may pass: the next crash asks again.
                return Absent(str(trouble))
            if not self._trouble:
                lasting = isinstance(found, Present) and not self._brief
                self._answers.put(request, found, lasting=lasting)
            return found

    def _pass_time(self) -> None:
        """Facts and the answers made of them go together, so that none is older than it may be."""
        now = self._clock()
        if now - self._since >= _SECONDS:
            self._since = now
            self._facts.forget_brief()
            self._answers.forget_brief()

    def _error(self, key: PlaceKey) -> Fact:
        """The place of an error that was logged; in the only repository whose formats fit."""
        stated = stated_of(key.build)
        found: list[Placed] = []
        for name in self._repos:
            fact = self._sources.tree(name).layout(stated, key.build.release or "")
            self._trouble = self._trouble or isinstance(fact, Passing)
            if isinstance(fact, Present):
                layout = decode(fact.data, Layout)
                self._brief = self._brief or not _by_commit(layout)
                placed_at = placed_error(key, self._trees.of(name, layout.commit))
                if placed_at.frame is not None:
                    found.append(placed_at)
        if len(found) != 1:
            why = "several repositories may have made" if found else "no format of the source made"
            return Absent(f"{why} this text")
        only = found[0]
        if key.build.modified:
            only = msgspec.structs.replace(only, doubts=(*only.doubts, _MODIFIED))
        return Present(encode(only))

    def _placed(self, key: PlaceKey) -> Fact:  # noqa: C901 - one answer, step by step
        if key.message:
            return self._error(key)
        frames = tuple(_frame(frame) for frame in key.frames)
        crash = Crash(
            id="",
            kind="panic",
            message="",
            goroutines=(Goroutine(id=0, state="running", crashed=True, frames=frames),),
            build=key.build,
            source=Source(service=key.service),
        )
        homes = self._homes(crash, frames)
        located: list[Located | None] = []
        doubts: list[str] = []
        for frame, home in zip(key.frames, homes, strict=True):
            if isinstance(home, tuple):
                repo, layout, path = home
                tree = self._trees.of(repo, layout.commit)
                if path in tree.files():
                    self._brief = self._brief or not _by_commit(layout)
                    located.append(Located(frame, tree, path))
                    if layout.by in ("head", "folder"):
                        doubts.append(
                            f"the build names no revision: {repo} was read {_NOW[layout.by]}"
                        )
                    continue
            elif isinstance(home, Missed) and not located:
                doubts.append(home.why)
            located.append(None)
        if not any(located):
            return Absent(doubts[0] if doubts else "the source of no frame is at hand")
        if key.build.modified:
            doubts.append(_MODIFIED)
        kept = self._kept_key(key, located, doubts)
        data = self._cache.get(kept) if self._cache is not None and kept else None
        if data is not None:
            with contextlib.suppress(DecodeError):
                decode(data, Placed)
                return Present(data)
        found = placed(key, located, tuple(dict.fromkeys(doubts)))
        if found.frame is None:
            return Absent("; ".join(found.doubts) or "the source does not fit the stack")
        data = encode(found)
        if self._cache is not None and kept:
            self._cache.put(kept, data)
        return Present(data)

    def _kept_key(
        self, key: PlaceKey, located: Sequence[Located | None], doubts: Sequence[str]
    ) -> bytes | None:
        """Under what an answer is kept: the commits that it depends on; None where these are no commits."""
        commits: list[str] = []
        # One history for each tree, however many frames are in it.
        histories: dict[str, RevisionTree] = {}
        for item in located:
            tree = item.tree if item is not None else None
            if isinstance(tree, RevisionTree):
                commits.append(tree.commit)
                histories.setdefault(tree.commit, tree)
        commits += [older.commit for tree in histories.values() for older in tree.older()]
        paths = [item.path if item is not None else "" for item in located]
        if not commits or any(_COMMIT.fullmatch(commit) is None for commit in commits):
            return None
        asked = place_request(key).key
        return PlaceCache.key(tuple(commits), "\0".join((_KEPT, asked, *paths, *doubts)))

    def _homes(
        self, crash: Crash, frames: Sequence[Frame]
    ) -> list[tuple[str, Layout, str] | Missed | None]:
        passing: list[Request] = []
        try:
            return self._search(crash, frames, passing)
        finally:
            self._trouble = self._trouble or bool(passing)
            for request in passing:
                self._facts.forget(request)

    def _search(
        self, crash: Crash, frames: Sequence[Frame], passing: list[Request]
    ) -> list[tuple[str, Layout, str] | Missed | None]:
        for _ in range(MAX_ROUNDS):
            asked = Asked(self._facts.known)
            search = Search(crash, self._repos, self._substitutes, asked)
            if search.ready:
                homes = [search.home(frame) for frame in frames]
                if not asked.missing:
                    return homes
            for request in asked.missing:
                fact = self._sources.resolve(request)
                if isinstance(fact, Passing):
                    passing.append(request)
                self._facts.put(request, fact, lasting=_lasting(request, fact))
        return [None] * len(frames)


def _different(repos: Mapping[str, Path], ruled: set[str]) -> tuple[str, ...]:
    """Names of repositories: of two names of one folder the first, unless a rule of the user has the other."""
    found: dict[Path, str] = {}
    for name in sorted(repos, key=lambda name: (name not in ruled, name)):
        found.setdefault(repos[name].resolve(), name)
    return tuple(sorted({*found.values(), *(ruled & repos.keys())}))


def _by_commit(layout: Layout) -> bool:
    """Whether a commit was named, by its hash: tags, HEAD and folders may be another one tomorrow."""
    if layout.by != "stated" or _COMMIT.fullmatch(layout.commit) is None:
        return False
    return layout.commit.startswith(layout.name)


def _lasting(request: Request, fact: Fact) -> bool:
    """Whether a fact stays true."""
    if not isinstance(fact, Present):
        return False
    key = source_key(request)
    if isinstance(key, LayoutKey):
        return _by_commit(decode(fact.data, Layout))
    return _COMMIT.fullmatch(key.commit) is not None


@lru_cache(maxsize=65536)
def _frame(frame: PlaceFrame) -> Frame:
    file = frame.file
    if file and not frame.own and frame.package:
        # A module of the repository that is vendored, too, is read where it is kept, as without vendoring.
        _, vendored, inside = ("/" + file).rpartition("/vendor/")
        file = inside if vendored and inside.startswith(frame.package) else file
    return Frame(
        function=frame.function,
        file=file,
        line=frame.line,
        package=frame.package,
        in_app=frame.own,
    )


__all__ = ["PlaceFacts", "Placed"]

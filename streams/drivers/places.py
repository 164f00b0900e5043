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
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

import msgspec

from streams.adapters.git_process import GitTroubleError
from streams.adapters.git_source import Passing
from streams.adapters.sources import Sources
from streams.core.join.excerpts import Asked, Missed, Search, stated_of
from streams.core.source.frames import Located
from streams.core.source.placing import placed, placed_error
from streams.drivers.interpret import MAX_ROUNDS
from streams.drivers.place_cache import PlaceCache
from streams.drivers.revisions import RevisionTree, Trees
from streams.model.crash import Crash, Frame, Goroutine, Source
from streams.model.message import DecodeError, decode, encode
from streams.model.place import Placed, PlaceFrame, PlaceKey, place_key, place_request
from streams.model.settings import Substitute
from streams.model.source import Layout, LayoutKey, source_key, source_request
from streams.model.step import Absent, Fact, Present, Request
from streams.ports.facts import Resolver

# Never the commit itself: a report would change with every fetch.
_NOW: Final = {"head": "as it is at HEAD", "folder": "as the folder is now"}
_COMMIT: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_MOST_ANSWERS: Final = 65_536
_MOST_FACTS: Final = 4096
# So long is what may change taken for true: what is not there may be fetched, HEAD and tags move.
_SECONDS: Final = 30.0
_MODIFIED: Final = "the build had changes that were not committed"


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
        self._trees = Trees(self._sources, cache)
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
            self._trees.forget_many()
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
        trees: list[RevisionTree] = []
        for name in self._repos:
            layout = self._layout(
                LayoutKey(repo=name, stated=stated, release=key.build.release or "")
            )
            if layout is not None:
                self._brief = self._brief or not _by_commit(layout)
                trees.append(self._trees.of(name, layout.commit))
        kept = self._kept_key(key, trees, ())
        return self._answered(kept, lambda: _error_in(key, trees))

    def _layout(self, key: LayoutKey) -> Layout | None:
        """The layout of a repository, kept as other facts are."""
        request = source_request(key)
        fact = self._facts.known.get(request)
        if fact is None:
            fact = self._sources.resolve(request)
            if isinstance(fact, Passing):
                self._trouble = True
            else:
                self._facts.put(request, fact, lasting=_lasting(request, fact))
        return decode(fact.data, Layout) if isinstance(fact, Present) else None

    def _answered(self, kept: bytes | None, work: Callable[[], Placed | Absent]) -> Fact:
        """The answer that is kept, else the one that is worked out, to be kept."""
        data = self._cache.get(kept) if self._cache is not None and kept else None
        if data is not None:
            with contextlib.suppress(DecodeError):
                decode(data, Placed)
                return Present(data)
        found = work()
        self._trees.keep()
        if isinstance(found, Absent):
            return found
        data = encode(found)
        if self._cache is not None and kept:
            self._cache.put(kept, data)
        return Present(data)

    def _placed(self, key: PlaceKey) -> Fact:
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
        trees = [item.tree for item in located if item is not None]
        paths = [item.path if item is not None else "" for item in located]
        kept = self._kept_key(
            key, [tree for tree in trees if isinstance(tree, RevisionTree)], (*paths, *doubts)
        )
        return self._answered(kept, lambda: _frames_in(key, located, doubts))

    def _kept_key(
        self, key: PlaceKey, trees: Sequence[RevisionTree], others: Sequence[str]
    ) -> bytes | None:
        """Under what an answer is kept: the commits that it depends on; None where these are no commits."""
        # One history for each tree, however many frames are in it.
        histories = {tree.commit: tree for tree in trees}
        commits = [tree.commit for tree in trees]
        commits += [older.commit for tree in histories.values() for older in tree.older()]
        if not commits or any(_COMMIT.fullmatch(commit) is None for commit in commits):
            return None
        return PlaceCache.key(tuple(commits), "\0".join((place_request(key).key, *others)))

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


def _error_in(key: PlaceKey, trees: Sequence[RevisionTree]) -> Placed | Absent:
    found = [at for tree in trees if (at := placed_error(key, tree)).frame is not None]
    if len(found) != 1:
        why = "several repositories may have made" if found else "no format of the source made"
        return Absent(f"{why} this text")
    only = found[0]
    if key.build.modified:
        only = msgspec.structs.replace(only, doubts=(*only.doubts, _MODIFIED))
    return only


def _frames_in(
    key: PlaceKey, located: Sequence[Located | None], doubts: Sequence[str]
) -> Placed | Absent:
    found = placed(key, located, tuple(dict.fromkeys(doubts)))
    if found.frame is None:
        return Absent("; ".join(found.doubts) or "the source does not fit the stack")
    return found


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

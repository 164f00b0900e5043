"""The source lines of a crash's frames, from repositories: like a step, done or with the facts that it needs.

In: a crash, the place that its report names, names of repositories, the user's rules, facts. Out: Sources, or Need.
A line is only shown where the file has the frame's function around it; what is not shown is unknown, with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Final

from streams.core.join.sources import Module, Place, Rules, learned, locate, modules_of
from streams.core.parse.frame import package_of
from streams.core.report.source import Excerpt, Sources
from streams.core.report.trace import guilty
from streams.core.report.words import count
from streams.core.versions import pseudo_commit
from streams.model.crash import Build, Crash, Frame
from streams.model.message import Value, decode
from streams.model.report import RootCause, Unknown
from streams.model.settings import Substitute
from streams.model.source import (
    FileKey,
    Layout,
    LayoutKey,
    NamedKey,
    Paths,
    SourceKey,
    source_request,
)
from streams.model.step import Absent, Facts, Need, Present, Request
from streams.model.text import from_bytes, readable

# Frames with source in one report: the one it names, and the user's own around it.
_FRAMES: Final = 5
_AROUND: Final = 2
_LINE_CHARS: Final = 400
_SHA_SHOWN: Final = 12
# A dump of 100,000 goroutines says where the build was within its first ones.
_GOROUTINES: Final = 64

_METADATA: Final = re.compile(r"\+[\w.-]*$")
_SHA: Final = re.compile(r"[0-9a-f]{7,64}", re.ASCII)
_DECLARED: Final = re.compile(r"func\s+(?:\([^)]*\)\s*)?(\w+)")
_WORD: Final = re.compile(r"\w+")
_MAJOR: Final = re.compile(r"/v\d+$", re.ASCII)
_MAIN: Final = frozenset(("main", "command-line-arguments"))
# What package variables are set by has no function of its own in the text.
_NO_FUNCTION: Final = frozenset(("init", "glob"))

_HOW_REVISION: Final = 'panics.raw events with "build": {"revision": …}: the commit that was built'
_HOW_HISTORY: Final = "git fetch --unshallow --tags in that repository, if the revision is of it"
_HOW_RULE: Final = (
    "panictrail analyze … --substitute FROM=TO, or [[source.substitute]] in panictrail.toml"
)
_HOW_REPO: Final = "panictrail analyze … --repo NAME=PATH of the repository that has it"
_HOW_READ: Final = "panictrail analyze … --repo NAME=PATH of a clone that can be read"


class Missed(Value, frozen=True, kw_only=True):
    """Why a frame's source is not shown, and how it would be."""

    why: str
    how: str


class Asked:
    """Facts that are there, and a list of those that are not yet."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self.missing: dict[Request, None] = {}

    def of(self, key: SourceKey) -> Present | Absent | None:
        """The fact, or None while it has to be asked for."""
        request = source_request(key)
        fact = self._facts.get(request)
        if fact is None:
            self.missing[request] = None
        return fact


def excerpts(
    crash: Crash,
    root: RootCause,
    repos: Iterable[str],
    substitutes: tuple[Substitute, ...],
    facts: Facts,
) -> Sources | Need:
    """What the report shows of the source. The order of `repos` does not matter."""
    asked = Asked(facts)
    search = Search(crash, tuple(sorted(set(repos))), substitutes, asked)
    found = [(frame, search.of(frame)) for frame in wanted(crash, root)] if search.ready else []
    if asked.missing:
        return Need(tuple(asked.missing))
    shown = tuple(excerpt for _, excerpt in found if isinstance(excerpt, Excerpt))
    missed = [(frame, why) for frame, why in found if isinstance(why, Missed)]
    doubts = search.doubts() if shown else ()
    return Sources(excerpts=shown, unknown=(*_unknown(missed), *doubts))


def wanted(crash: Crash, root: RootCause) -> tuple[Frame, ...]:
    """The frames whose source is worth showing: the one that the report names first, then the user's own."""
    goroutine = guilty(crash, root)
    stacks = [access.frames for access in crash.accesses] or [goroutine.frames if goroutine else ()]
    frames = [frame for stack in stacks for frame in stack if frame.line is not None]
    named = [f for f in frames if root.function and f.function == root.function]
    exact = [f for f in named if (f.file, f.line) == (root.file, root.line)]
    first = (exact or named)[:1] or frames[:1]
    own = [frame for frame in frames if frame.in_app]
    unique: dict[tuple[str | None, int | None], Frame] = {}
    for frame in (*first, *own):
        unique.setdefault((frame.file, frame.line), frame)
    return tuple(islice(unique.values(), _FRAMES))


def stated_of(build: Build) -> tuple[str, ...]:
    """What a build says of its revision, best first: commit, tag, version (of a pseudo-version the commit)."""
    named = (build.revision, build.tag, build.version)
    return tuple(dict.fromkeys(name for text in named if text for name in _names(text)))


def _names(text: str) -> Iterator[str]:
    plain = _METADATA.sub("", text.strip())
    commit = pseudo_commit(plain)
    if commit is not None:
        yield commit
    elif plain and plain != "(devel)":
        yield plain
        if plain[0].isdigit() and not _SHA.fullmatch(plain):
            yield f"v{plain}"


class Search:
    """Finds frames in the repositories, as far as the facts go."""

    def __init__(
        self, crash: Crash, repos: tuple[str, ...], rules: tuple[Substitute, ...], asked: Asked
    ) -> None:
        self._crash = crash
        self._asked = asked
        self._stated = stated_of(crash.build)
        self._release = crash.build.release or ""
        self._layouts: dict[str, Layout | str] = {}
        self._used: dict[str, Layout] = {}
        modules: list[Module] = []
        for repo in repos:
            layout = self._layouts[repo] = self._layout(repo, self._stated)
            # A repository that has not the revision still says which modules are its own.
            known = self._layout(repo, ()) if layout and isinstance(layout, str) else layout
            if isinstance(known, Layout):
                modules += modules_of(repo, known.go_mods)
        given = Rules(modules=tuple(modules), substitutes=rules)
        self._rules = learned(_frames(crash), given)
        self.ready = not asked.missing

    def _layout(self, repo: str, stated: tuple[str, ...]) -> Layout | str:
        """The layout, or why there is none; an empty text while it is asked for."""
        fact = self._asked.of(
            LayoutKey(repo, stated, self._release if stated == self._stated else "")
        )
        if isinstance(fact, Present):
            return decode(fact.data, Layout)
        return "" if fact is None else fact.reason

    def of(self, frame: Frame) -> Excerpt | Missed | None:
        """The excerpt, or why there is none; None while a fact is asked for."""
        home = self.home(frame)
        return self._excerpt(frame, *home) if isinstance(home, tuple) else home

    def home(self, frame: Frame) -> tuple[str, Layout, str] | Missed | None:
        """Repository, revision and path of a frame's file, or why there is none; None while a fact is asked for."""
        place = locate(frame, self._crash.build, self._rules)
        elsewhere = _elsewhere(place)
        if elsewhere is not None:
            return elsewhere
        programs = self._programs(frame, place)
        homes = self._homes(place, programs)
        if isinstance(homes, Missed):
            return homes
        candidates = [
            (repo, layout, path)
            for repo in homes
            for repo, layout, path in self._paths(repo, place)
            if programs is None or self._is_of(repo, path, programs)
        ]
        if self._asked.missing:
            return None
        if not candidates:
            return self._nowhere(frame, place, homes)
        if len(candidates) > 1 and candidates[0][0] != candidates[1][0]:
            names = " and ".join(repo for repo, _, _ in candidates[:2])
            return Missed(why=f"{names} both have a file of this name", how=_HOW_RULE)
        return candidates[0]

    def _homes(self, place: Place, programs: tuple[Module, ...] | None) -> tuple[str, ...] | Missed:
        """The repositories that may have a file, at least one."""
        if place.repo and place.repo not in self._layouts:
            return Missed(why=f"repository {place.repo} is not given", how=_HOW_REPO)
        if programs is None:
            return (place.repo,) if place.repo else self._likely() or tuple(self._layouts)
        homes = tuple(dict.fromkeys(m.repo for m in programs if place.repo in ("", m.repo)))
        if not homes or (place.module is not None and not _one_of(place.module, programs)):
            return Missed(why=f"the build is of module {self._crash.build.module}", how=_HOW_REPO)
        return homes

    def _programs(self, frame: Frame, place: Place) -> tuple[Module, ...] | None:
        """Where the main package of the build is; None where that does not limit where the frame is.

        Every repository may have a main.go, and the name of the package says nothing of which one it is.
        """
        package = frame.package or ("" if frame.native else package_of(frame.function))
        module = self._crash.build.module
        unread = all(isinstance(layout, str) for layout in self._layouts.values())
        if not module or package not in _MAIN or place.by == "rule" or unread:
            return None
        return tuple(m for m in self._rules.modules if _one_of(module, (m,)))

    def _is_of(self, repo: str, path: str, modules: tuple[Module, ...]) -> bool:
        """Whether a file is of one of the modules: the nearest go.mod above it counts."""
        above = [
            m
            for m in self._rules.modules
            if m.repo == repo and (not m.folder or path.startswith(m.folder + "/"))
        ]
        return max(above, key=lambda m: len(m.folder), default=None) in modules

    def _likely(self) -> tuple[str, ...]:
        """The repositories that the crash is of, by what other frames say; else the one named as its service."""
        taught = {root.repo for root in self._rules.roots}
        taught |= {m.repo for m in self._rules.modules if m.path == self._crash.build.module}
        return tuple(sorted(taught)) or tuple(
            repo for repo in self._layouts if repo == self._crash.source.service
        )

    def _paths(self, repo: str, place: Place) -> Iterator[tuple[str, Layout, str]]:
        """Where the file of a place may be in one repository; where only its end is known, if it is there."""
        layout = self._revision(repo, place)
        if not isinstance(layout, Layout):
            return
        if place.path is not None:
            yield repo, layout, place.path
            return
        fact = self._asked.of(NamedKey(repo, layout.commit, place.endings[-1].rpartition("/")[2]))
        paths = decode(fact.data, Paths).paths if isinstance(fact, Present) else ()
        fitting = next((ending for ending in place.endings if ending in paths), None)
        if fitting is not None:
            yield repo, layout, fitting

    def _revision(self, repo: str, place: Place) -> Layout | str:
        if place.version is None:
            return self._layouts[repo]
        return self._layout(repo, tuple(_names(place.version)))

    def _nowhere(self, frame: Frame, place: Place, homes: tuple[str, ...]) -> Missed:
        layouts = [self._revision(repo, place) for repo in homes]
        reasons = [layout for layout in layouts if isinstance(layout, str)]
        if len(reasons) == len(homes):
            readable_at_all = isinstance(self._layout(homes[0], ()), Layout)
            how = _HOW_HISTORY if readable_at_all else _HOW_READ
            return Missed(why=f"{homes[0]}: {reasons[0]}", how=how)
        names = " or ".join(homes)
        return Missed(why=f"no file of {names} fits {frame.file}", how=_HOW_RULE)

    def _excerpt(
        self, frame: Frame, repo: str, layout: Layout, path: str
    ) -> Excerpt | Missed | None:
        fact = self._asked.of(FileKey(repo, layout.commit, path))
        if fact is None:
            return None
        at = revision_words(layout)
        if isinstance(fact, Absent):
            return Missed(why=f"{path} in {repo} {at}: {fact.reason}", how=_how_other(layout))
        line = frame.line or 0
        lines = [text.removesuffix("\r") for text in readable(from_bytes(fact.data)).split("\n")]
        doubt = _doubt(frame, path, lines)
        if doubt:
            return Missed(why=f"{path} in {repo} {at} {doubt}", how=_how_other(layout))
        first = max(1, line - _AROUND)
        last = min(len(lines) if lines[-1] else len(lines) - 1, line + _AROUND)
        self._used[repo] = layout
        return Excerpt(
            file=frame.file or "",
            line=line,
            repo=repo,
            path=path,
            at=at,
            first=first,
            lines=tuple(
                text.removeprefix("\ufeff")[:_LINE_CHARS] for text in lines[first - 1 : last]
            ),
        )

    def doubts(self) -> Iterator[Unknown]:
        """What keeps the lines shown from being known to be those that were built."""
        for repo, layout in sorted(self._used.items()):
            if layout.by in ("head", "folder"):
                yield Unknown(
                    what="the revision of the source shown",
                    why=f"the crash does not say what was built; shown is {repo} {revision_words(layout)}",
                    how=_HOW_REVISION,
                )
        if self._used and self._crash.build.modified:
            yield Unknown(
                what="whether the source shown is what was built",
                why="the build had changes that were not committed",
                how="builds of a clean work tree",
            )


def _one_of(path: str, modules: Iterable[Module]) -> bool:
    """Whether a path is that of one of the modules, whatever major versions they state."""
    return any(_MAJOR.sub("", m.path) == _MAJOR.sub("", path) for m in modules)


def _elsewhere(place: Place) -> Missed | None:
    """Why a place is in no repository, or None where it may be."""
    if place.kind == "standard":
        return Missed(why="it is of the standard library", how="GOROOT/src of the Go that built it")
    if place.kind == "dependency":
        named = f"{place.module}@{place.version}"
        return Missed(why=f"it is of the dependency {named}", how=_HOW_REPO)
    if place.kind == "unknown":
        return Missed(why=place.why, how=_HOW_REPO if place.foreign else _HOW_RULE)
    return None


def revision_words(layout: Layout) -> str:
    """`at v1.4.2 (4f2a1c9d0e11)`, `at HEAD (4f2a1c9d0e11)`, `as the folder is now`."""
    short = layout.commit[:_SHA_SHOWN]
    if layout.by == "folder":
        return "as the folder is now"
    if layout.by == "head":
        return f"at HEAD ({short})"
    if not _SHA.fullmatch(layout.commit):
        return f"at {layout.name}"
    return f"at {short}" if _SHA.fullmatch(layout.name) else f"at {layout.name} ({short})"


def _how_other(layout: Layout) -> str:
    return _HOW_REVISION if layout.by in ("head", "folder") else _HOW_RULE


def _frames(crash: Crash) -> Iterator[Frame]:
    """Frames that may say where the build was."""
    stacks = islice(sorted(crash.goroutines, key=lambda g: not g.crashed), _GOROUTINES)
    of_goroutines = chain.from_iterable(goroutine.frames for goroutine in stacks)
    of_accesses = chain.from_iterable(access.frames for access in crash.accesses)
    return chain(of_goroutines, of_accesses)


def _doubt(frame: Frame, path: str, lines: list[str]) -> str:
    """Why the line cannot be the frame's, for a sentence that begins with the file; empty where it can be."""
    line = frame.line or 0
    if not 0 < line <= len(lines) - (not lines[-1]):
        return f"has {count(len(lines) - (not lines[-1]), 'line')}, the frame is in line {line}"
    names = set(_WORD.findall(frame.function.rpartition("/")[2]))
    if frame.native or not path.endswith(".go") or names & _NO_FUNCTION:
        return ""
    around = next((m for at in range(line - 1, -1, -1) if (m := _DECLARED.match(lines[at]))), None)
    if around is None or around[1] in names:
        return ""
    return f"has {around[1]} in line {line}, not the function of the frame"


def _unknown(missed: list[tuple[Frame, Missed]]) -> Iterator[Unknown]:
    """One sentence for all frames of one reason, in order of their first."""
    groups: dict[Missed, list[Frame]] = {}
    for frame, why in missed:
        groups.setdefault(why, []).append(frame)
    for why, frames in groups.items():
        more = f" and {count(len(frames) - 1, 'more place')}" if len(frames) > 1 else ""
        what = f"the source of {frames[0].file}:{frames[0].line}{more}"
        yield Unknown(what=what, why=why.why, how=why.how)

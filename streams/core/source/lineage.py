"""What a statement was in an earlier revision: renamed, moved, extracted and inlined functions are followed.

In: two revisions, a function of the newer one and one of its statements. Out: the same in the older one, or None where
it was born between them. Decided by names, then by the likeness of syntax trees; a name that another function took over
is not followed. Nothing here depends on which crash asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Final, NamedTuple, Protocol

from rapidfuzz import fuzz

from streams.core.source.syntax import (
    Declared,
    Function,
    declarations,
    function_of,
    similarity,
    subtrees,
)

# How alike two functions are that are one: under the same name, under another.
_SAME_NAME: Final = 0.5
_SAME_BARE_NAME: Final = 0.3
_OTHER_NAME: Final = 0.45
_CLEARLY: Final = 0.15
_STATEMENT: Final = 60.0
_MOVED: Final = 90.0
_MOST_CANDIDATES: Final = 2000
# Bodies of very different sizes are not compared.
_SIZES: Final = 3.0


class Revision(Protocol):
    """The Go files of a repository at one revision."""

    def files(self) -> Mapping[str, str]:
        """Content ids of Go files by path."""
        ...

    def read(self, path: str) -> bytes:
        """A file's content; empty where it cannot be read."""
        ...


class Spot(NamedTuple):
    """A function of a revision and one of its statements; `statement` None: the end of the function."""

    path: str
    declared: Declared
    statement: int | None


def folder_of(path: str) -> str:
    """The folder of a path, without a slash at its end."""
    return path.rpartition("/")[0]


def bare(name: str) -> str:
    """The name without its receiver."""
    return name.rpartition(".")[2]


def earlier(new: Revision, old: Revision, spot: Spot, caller: Spot | None = None) -> Spot | None:
    """Where a spot was in the older revision. `caller`: who called the function, where the crash tells."""
    if old.files().get(spot.path) == new.files().get(spot.path):
        return spot
    data = new.read(spot.path)
    heir = function_before(new, old, spot.path, spot.declared)
    if spot.statement is None:
        return Spot(heir[0], heir[1], None) if heir else None
    function = function_of(data, spot.declared)
    if heir is not None:
        before = function_of(old.read(heir[0]), heir[1])
        index = statement_before(function, before, spot.statement)
        if index is not None:
            return Spot(heir[0], heir[1], index)
        return _inlined(new, old, function, spot, heir)
    return _extracted(new, old, function, spot, caller)


# ---- functions


def function_before(
    new: Revision, old: Revision, path: str, declared: Declared
) -> tuple[str, Declared] | None:
    """The function as it was: its file and declaration in the older revision."""
    data = new.read(path)
    source = data[declared.start : declared.end]
    function = function_of(data, declared)
    same = _named(old, folder_of(path), declared.name, path)
    likeness = 0.0
    if same is not None:
        other = old.read(same[0])
        if other[same[1].start : same[1].end] == source:
            return same
        likeness = _likeness(function, function_of(other, same[1]))
        if likeness >= _SAME_NAME:
            return same
    best, most = None, 0.0
    for candidate in _candidates(new, old, len(source)):
        if same is not None and candidate == same:
            continue
        found = _likeness(function, function_of(old.read(candidate[0]), candidate[1]))
        wanted = _SAME_BARE_NAME if bare(candidate[1].name) == bare(declared.name) else _OTHER_NAME
        if found >= wanted and found > most:
            best, most = candidate, found
    if same is not None:
        if best is not None and most >= likeness + _CLEARLY:
            return best
        return None if _taken_over(new, old, same, path, declared, likeness) else same
    return best


def _likeness(one: Function, other: Function) -> float:
    return similarity(_trees(one), _trees(other))


@lru_cache(maxsize=4096)
def _trees(function: Function) -> frozenset[int]:
    return subtrees(function)


def _named(revision: Revision, folder: str, name: str, path: str) -> tuple[str, Declared] | None:
    """The declaration of this name in a package, in the file of this path where it is there."""
    paths = [p for p in revision.files() if folder_of(p) == folder]
    for candidate in sorted(paths, key=lambda p: (p != path, p)):
        for declared in declarations(revision.read(candidate)):
            if declared.name == name and name not in ("init", "var (", "var _"):
                return candidate, declared
    return None


def _changed(new: Revision, old: Revision) -> Iterator[str]:
    """Files of the older revision that are not in the newer one as they were."""
    files = new.files()
    return (path for path, blob in old.files().items() if files.get(path) != blob)


def gone(new: Revision, old: Revision) -> list[tuple[str, Declared]]:
    """Functions of the older revision that the newer one has not, or not as they were."""
    here: set[tuple[str, str, bytes]] = set()
    for path in _changed(old, new):
        data = new.read(path)
        here.update((folder_of(path), d.name, data[d.start : d.end]) for d in declarations(data))
    found = []
    for path in _changed(new, old):
        data = old.read(path)
        found += [
            (path, d)
            for d in declarations(data)
            if (folder_of(path), d.name, data[d.start : d.end]) not in here
        ]
    return found


def _candidates(new: Revision, old: Revision, size: int) -> Iterator[tuple[str, Declared]]:
    number = 0
    for path, declared in _gone(new, old):
        length = declared.end - declared.start
        if length > size * _SIZES + 200 or size > length * _SIZES + 200:
            continue
        number += 1
        if number > _MOST_CANDIDATES:
            return
        yield path, declared


def _gone(new: Revision, old: Revision) -> list[tuple[str, Declared]]:
    cached = getattr(new, "gone", None)
    if cached is None:
        return gone(new, old)
    if id(old) not in cached:
        cached[id(old)] = gone(new, old)
    found: list[tuple[str, Declared]] = cached[id(old)]
    return found


def _taken_over(  # noqa: PLR0913 - both sides of a comparison
    new: Revision,
    old: Revision,
    same: tuple[str, Declared],
    path: str,
    declared: Declared,
    likeness: float,
) -> bool:
    """Whether the older function of this name lives on under another, so that this one only took its name."""
    before = function_of(old.read(same[0]), same[1])
    size = same[1].end - same[1].start
    for candidate in _candidates(old, new, size):
        if candidate == (path, declared):
            continue
        found = _likeness(before, function_of(new.read(candidate[0]), candidate[1]))
        if found >= _OTHER_NAME and found >= likeness + _CLEARLY:
            return True
    return False


# ---- statements


def statement_before(new: Function, old: Function, index: int) -> int | None:
    """The statement of the older function that this one was; None for one that was not there."""
    return _pairs(new, old).get(index)


@lru_cache(maxsize=2048)
def _pairs(new: Function, old: Function) -> dict[int, int]:
    """Statements of the newer function by what they were in the older one."""
    here = [s.text for s in new.statements]
    there = [s.text for s in old.statements]
    found: dict[int, int] = {}
    matcher = SequenceMatcher(None, there, here, autojunk=False)
    for tag, start, end, low, high in matcher.get_opcodes():
        if tag == "equal":
            found.update((low + k, start + k) for k in range(end - start))
        elif tag == "replace":
            found.update(_alike(there, range(start, end), here, range(low, high)))
    left = [k for k in range(len(there)) if k not in set(found.values())]
    # A statement that changed its place in the function.
    for number, text in enumerate(here):
        if number not in found:
            at = next((k for k in left if there[k] == text), None)
            if at is not None and len(text) > 8:  # noqa: PLR2004 - `}` and `return` are everywhere
                found[number] = at
                left.remove(at)
    return found


def _alike(
    there: list[str], older: range, here: list[str], newer: range
) -> Iterator[tuple[int, int]]:
    """Pairs of statements in a part that was rewritten, most alike first, in order."""
    scored = sorted(
        (
            (-fuzz.ratio(here[n], there[o]), n, o)
            for n in newer
            for o in older
        ),
    )[:10_000]
    used_new: set[int] = set()
    used_old: set[int] = set()
    for score, n, o in scored:
        if -score < _STATEMENT:
            break
        if n not in used_new and o not in used_old:
            used_new.add(n)
            used_old.add(o)
            yield n, o


def _inlined(
    new: Revision, old: Revision, function: Function, spot: Spot, heir: tuple[str, Declared]
) -> Spot | None:
    """A statement that came from a function which is no more, and which the function called before."""
    text = function.statements[spot.statement or 0].text
    source = old.read(heir[0])[heir[1].start : heir[1].end]
    found = None
    for path, declared in _gone(new, old):
        if not _calls(source, bare(declared.name)) or _named(
            new, folder_of(path), declared.name, path
        ):
            continue
        other = function_of(old.read(path), declared)
        index = _statement_like(text, other, range(len(other.statements)))
        if index is not None:
            if found is not None:
                return None
            found = Spot(path, declared, index)
    return found


def _extracted(
    new: Revision, old: Revision, function: Function, spot: Spot, caller: Spot | None
) -> Spot | None:
    """A statement of a function that is new: it stood in one that calls it now."""
    text = function.statements[spot.statement or 0].text
    name = bare(spot.declared.name)
    places = [(caller.path, caller.declared)] if caller else []
    folder = folder_of(spot.path)
    for path in new.files():
        if folder_of(path) == folder:
            data = new.read(path)
            places += [
                (path, d)
                for d in declarations(data)
                if d != spot.declared and _calls(data[d.start : d.end], name)
            ]
    found: list[Spot] = []
    for path, declared in dict.fromkeys(places):
        heir = function_before(new, old, path, declared)
        if heir is None:
            continue
        before = function_of(old.read(heir[0]), heir[1])
        after = function_of(new.read(path), declared)
        kept = set(_pairs(after, before).values())
        lost = [k for k in range(len(before.statements)) if k not in kept]
        index = _statement_like(text, before, lost)
        if index is not None:
            found.append(Spot(heir[0], heir[1], index))
    return min(found, key=lambda s: (s.path, s.declared.start), default=None)


def _calls(source: bytes, name: str) -> bool:
    return re.search(rb"\b" + re.escape(name.encode()) + rb"[ \t]*(?:\[[^\]]*\])?\(", source) is not None


_LOCAL: Final = re.compile(r"\b_\d+\b")


def _statement_like(text: str, function: Function, among: range | list[int]) -> int | None:
    """The statement that says the same, or nearly; locals have other numbers where a field became a parameter."""
    exact = [k for k in among if function.statements[k].text == text]
    if exact:
        return exact[0]
    plain = _LOCAL.sub("_", text)
    scored = [
        (fuzz.ratio(plain, _LOCAL.sub("_", function.statements[k].text)), -k) for k in among
    ]
    best = max(scored, default=(0.0, 0))
    return -best[1] if best[0] >= _MOVED else None

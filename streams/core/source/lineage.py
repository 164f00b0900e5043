"""What a function was in an earlier revision: renamed and moved functions are followed.

In: two revisions, a function of the newer one. Out: the same in the older one, or None where it was born between them.
Decided by names, then by the likeness of syntax trees; a name that another function took over is not followed. Nothing
here depends on which crash asked.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final, Protocol

from streams.core.source.syntax import (
    Declared,
    Function,
    declarations,
    function_of,
    likeness,
    shape_of,
    similarity,
)

# A function of a revision: the path of its file, its declaration.
Place = tuple[str, Declared]
# Statements by their shapes: each by its function and its number there.
Shaped = dict[str, list[tuple[Place, int]]]

# How alike two functions are that are one: under the same name, under another.
_SAME_NAME: Final = 0.5
_SAME_BARE_NAME: Final = 0.15
_NAMESAKE: Final = 0.3
_TELLING: Final = 6
# What functions say to people outlives their names: a text that no other function has tells as much as a name.
_SAYS_THE_SAME: Final = 0.3
# A function of fewer statements is like many others.
_SOME: Final = 3
_OTHER_NAME: Final = 0.45
_CLEARLY: Final = 0.15
# Of two that are called by the same functions, one after the other.
_CALLED_ALIKE: Final = 0.1
# Against the same name only what leaves no doubt counts.
_SURELY: Final = 0.6
# Two functions of different names in different packages: code is written by copying, too.
_ONE_OF_A_KIND: Final = 0.9
_MOST_CANDIDATES: Final = 20_000
# Trees are compared of those that have most words in common.
_COMPARED: Final = 16
_WORDS: Final = 0.12


class Revision(Protocol):
    """The Go files of a repository at one revision."""

    def files(self) -> Mapping[str, str]:
        """Content ids of Go files by path."""
        ...

    def read(self, path: str) -> bytes:
        """A file's content; empty where it cannot be read."""
        ...

    # What was found out of this revision and another, by the other's id(): functions that are not in this one as they
    # were there; where functions of this one were there.
    gone: dict[int, list[tuple[str, Declared, frozenset[bytes]]]]
    # The other way about: functions of this one that the other has not as they are here.
    came: dict[int, list[Place]]
    memo: dict[int, dict[Place, Place | None]]
    # Texts that one function alone has of those that are not in the other revision as they are here.
    texts: dict[int, frozenset[bytes]]
    # Statements of a package that came, and were lost, by their shapes (elsewhere.py).
    unsettled: dict[tuple[int, str], tuple[Shaped, Shaped]]


def folder_of(path: str) -> str:
    """The folder of a path, without a slash at its end."""
    return path.rpartition("/")[0]


def bare(name: str) -> str:
    """The name without its receiver."""
    return name.rpartition(".")[2]


def files_in(revision: Revision, folder: str) -> list[str]:
    """The paths of a package's files, in their order."""
    return sorted(path for path in revision.files() if folder_of(path) == folder)


def function_at(revision: Revision, place: Place) -> Function:
    """The function, parsed."""
    path, declared = place
    return function_of(revision.read(path), declared)


def source_at(revision: Revision, place: Place) -> bytes:
    """The function as it is written."""
    path, declared = place
    return revision.read(path)[declared.start : declared.end]


def function_before(new: Revision, old: Revision, place: Place) -> Place | None:
    """The function as it was: its file and declaration in the older revision."""
    memo = new.memo.setdefault(id(old), {})
    if place not in memo:
        memo[place] = _function_before(new, old, place)
    return memo[place]


def _function_before(new: Revision, old: Revision, place: Place) -> Place | None:
    same = namesake(old, place)
    alike = 0.0
    if same is not None:
        if source_at(old, same) == source_at(new, place):
            return same
        alike = likeness(function_at(new, place), function_at(old, same))
        if alike >= _SAME_NAME:
            return same
    best, most = _ancestor(new, old, place, same)
    if same is None:
        return best or _called_instead(new, old, place)
    if best is not None and most >= max(_SURELY, alike + _CLEARLY):
        # Of two packages that both have theirs before and after each kept its own: what was copied is rewritten alike.
        apart = folder_of(best[0]) != folder_of(place[0])
        return same if apart and namesake(new, best) not in (None, place) else best
    return None if _taken_over(new, old, same, place, alike) else same


def _ancestor(
    new: Revision, old: Revision, place: Place, same: Place | None
) -> tuple[Place | None, float]:
    """The older function that is most alike under another name, and that nothing else of the newer revision is."""
    function, own = function_at(new, place), place[1].name
    best, most = None, 0.0
    for candidate in _candidates(new, old, source_at(new, place)):
        if candidate == same:
            continue
        before = function_at(old, candidate)
        same_text = _says_the_same(new, old, place, candidate)
        found = likeness(function, before)
        if found < (_SAME_BARE_NAME if same_text else _wanted(place, candidate, function, before)):
            continue
        found += _SAYS_THE_SAME * same_text
        name = candidate[1].name
        alike_named = name == own or (bare(name) == bare(own) and _telling(bare(name)))
        found += _NAMESAKE * (alike_named and _telling(name))
        if found > most:
            best, most = candidate, found
    if best is not None and _better(new, old, best, place, most):
        return None, 0.0
    return best, most


_CALLED: Final = re.compile(rb"([A-Za-z_\x80-\xff][\w\x80-\xff]*)[ \t]*\(")


def _called_instead(new: Revision, old: Revision, place: Place) -> Place | None:
    """The function that is no more, and in whose place this one is called by functions that kept their names."""
    folder, name = folder_of(place[0]), bare(place[1].name).encode()
    here, there = _package(new, folder), _package(old, folder)
    only_here, only_there = here.keys() - there.keys(), there.keys() - here.keys()
    if name not in only_here or not only_there:
        return None
    before = {each[1].name: each for functions in there.values() for each in functions}
    found: set[bytes] = set()
    callers = (c for functions in here.values() for c in functions if c != place)
    for caller in callers:
        was = before.get(caller[1].name)
        if was is None or name not in mentioned(source_at(new, caller)):
            continue
        calls = set(_CALLED.findall(source_at(new, caller)))
        called = set(_CALLED.findall(source_at(old, was)))
        if calls & only_here == {name} and len(called & only_there) == 1:
            found |= called & only_there
    heirs = there[next(iter(found))] if len(found) == 1 else []
    if len(heirs) != 1:
        return None
    alike = likeness(function_at(new, place), function_at(old, heirs[0]))
    return heirs[0] if alike >= _CALLED_ALIKE else None


def _package(revision: Revision, folder: str) -> dict[bytes, list[Place]]:
    """The functions and methods of a package by their bare names."""
    found: dict[bytes, list[Place]] = {}
    for path in files_in(revision, folder):
        for declared in declarations(revision.read(path)):
            found.setdefault(bare(declared.name).encode(), []).append((path, declared))
    return found


def _wanted(
    place: Place,
    candidate: Place,
    function: Function,
    before: Function,
) -> float:
    """How alike two functions of different names have to be: the less names have in common, the more."""
    whole = candidate[1].name == place[1].name and _telling(place[1].name)
    namesake = whole or bare(candidate[1].name) == bare(place[1].name)
    near = (
        folder_of(candidate[0]) == folder_of(place[0])
        or _base(candidate[0]) == _base(place[0])
        or _same_type(candidate[1].name, place[1].name)
    )
    if namesake and (near or whole or _telling(bare(place[1].name))):
        return _SAME_BARE_NAME
    if near:
        return _OTHER_NAME
    # Of another name in another package: names in it must be the same, or it is one of a kind.
    same = similarity(shape_of(function).named, shape_of(before).named)
    if same < _SAME_NAME or len(function.statements) < _SOME:
        return 2.0
    return _ONE_OF_A_KIND


def _base(path: str) -> str:
    """The name of a file: one that moved takes its functions along."""
    return path.rpartition("/")[2]


def _same_type(one: str, other: str) -> bool:
    """Whether two methods are of types of one name: a type that moves takes its methods along."""
    receiver = one.rpartition(".")[0]
    return receiver == other.rpartition(".")[0] and _telling(receiver)


def _says_the_same(new: Revision, old: Revision, place: Place, candidate: Place) -> bool:
    """Whether a function of the newer revision and one of the older have a text that no other changed function has."""
    here = _words(new, place) & _only_once(old, new)
    return bool(here) and not here.isdisjoint(_words(old, candidate) & _only_once(new, old))


def _words(revision: Revision, place: Place) -> frozenset[bytes]:
    return mentioned(source_at(revision, place))


def _only_once(new: Revision, old: Revision) -> frozenset[bytes]:
    """The texts that one function alone has of those that the newer revision has not as they were."""
    key = id(old)
    if key not in new.texts:
        counts: Counter[bytes] = Counter()
        for _, _, words in gone(new, old):
            counts.update(word for word in words if word.startswith(b'"'))
        new.texts[key] = frozenset(text for text, count in counts.items() if count == 1)
    return new.texts[key]


def _telling(name: str) -> bool:
    """Whether a name is one of a kind rather than one of `Get`, `run`, `String`."""
    return len(name) >= _TELLING


def _better(
    new: Revision,
    old: Revision,
    candidate: Place,
    place: Place,
    found: float,
) -> bool:
    """Whether another function of the newer revision is the older one's heir: by its name, or more alike."""
    same = namesake(new, candidate)
    still = _resemblance(new, old, same, candidate) if same is not None and same != place else 0.0
    if still and still + _CLEARLY > found:
        return True
    for other in _candidates(old, new, source_at(old, candidate)):
        # Of two that are as much alike neither is known to be it.
        if other != place and _resemblance(new, old, other, candidate) >= found:
            return True
    return False


def _resemblance(new: Revision, old: Revision, place: Place, candidate: Place) -> float:
    """How alike a function of the newer revision is to one of the older, by its syntax and its texts."""
    alike = likeness(function_at(new, place), function_at(old, candidate))
    return alike + _SAYS_THE_SAME * _says_the_same(new, old, place, candidate)


def namesake(revision: Revision, place: Place) -> Place | None:
    """What has the name of another revision's function in its package, in the same file where it is there."""
    path, declared = place
    return named_in(revision, declared.name, path)


def named_in(revision: Revision, name: str, path: str) -> Place | None:
    """The declaration of this name in the package of a file, in that file where it is there."""
    for candidate in sorted(files_in(revision, folder_of(path)), key=lambda p: p != path):
        for declared in declarations(revision.read(candidate)):
            if declared.name == name and name not in ("init", "var (", "var _"):
                return candidate, declared
    return None


def _changed(new: Revision, old: Revision) -> Iterator[str]:
    """Files of the older revision that are not in the newer one as they were."""
    files = new.files()
    return (path for path, blob in old.files().items() if files.get(path) != blob)


def _candidates(new: Revision, old: Revision, source: bytes) -> list[Place]:
    """Functions that the newer revision has not as they were, those with most words in common first; a few."""
    words = mentioned(source)
    scored = []
    for path, declared, theirs in gone(new, old)[:_MOST_CANDIDATES]:
        common = len(words & theirs)
        scored.append((-common / (len(words) + len(theirs) - common or 1), path, declared))
    scored.sort(key=lambda item: (item[0], item[1], item[2].start))
    return [(path, declared) for score, path, declared in scored[:_COMPARED] if -score >= _WORDS]


_TEXT: Final = re.compile(rb'"(?:[^"\\\n]|\\.){8,200}"')


def mentioned(source: bytes) -> frozenset[bytes]:
    """The words of a function, and its texts of some length in their quotes."""
    return _mentioned(source[:65536])


@lru_cache(maxsize=16384)
def _mentioned(source: bytes) -> frozenset[bytes]:
    return frozenset((*re.findall(rb"[\w\x80-\xff]+", source), *_TEXT.findall(source)))


def gone(new: Revision, old: Revision) -> list[tuple[str, Declared, frozenset[bytes]]]:
    """Functions of the older revision that the newer one has not, or not as they were, with their words."""
    key = id(old)
    if key not in new.gone:
        new.gone[key] = list(_gone(new, old))
    return new.gone[key]


def came(new: Revision, old: Revision) -> list[Place]:
    """Functions of the newer revision that the older one has not, or not as they are."""
    # Kept with the newer one, which holds the older one: an id() may be another's once its owner is forgotten.
    key = id(old)
    if key not in new.came:
        new.came[key] = [(path, declared) for path, declared, _ in _gone(old, new)]
    return new.came[key]


def _gone(new: Revision, old: Revision) -> Iterator[tuple[str, Declared, frozenset[bytes]]]:
    here: set[tuple[str, str, bytes]] = set()
    for path in _changed(old, new):
        data = new.read(path)
        here.update((folder_of(path), d.name, data[d.start : d.end]) for d in declarations(data))
    for path in _changed(new, old):
        data = old.read(path)
        for declared in declarations(data):
            source = data[declared.start : declared.end]
            if (folder_of(path), declared.name, source) not in here:
                yield path, declared, mentioned(source)


def _taken_over(
    new: Revision,
    old: Revision,
    same: Place,
    place: Place,
    alike: float,
) -> bool:
    """Whether the older function of this name lives on under another, so that this one only took its name."""
    before = function_at(old, same)
    for candidate in _candidates(old, new, source_at(old, same)):
        if candidate == place:
            continue
        after = function_at(new, candidate)
        found = likeness(before, after)
        if found < max(_SURELY, alike + _CLEARLY, _wanted(candidate, same, after, before)):
            continue
        mine = namesake(old, candidate)
        if mine is None or mine == same:
            return True
        # It was there before, under its own name, and is still more like that.
        if likeness(function_at(old, mine), after) < found:
            return True
    return False


def uses(source: bytes, user: Declared, declared: Declared) -> bool:
    """Whether a function calls another, or hands a value of its receiver's type to who will: sort.Sort(byAge(x)).

    That a method names its own type says nothing.
    """
    receiver, dot, name = declared.name.rpartition(".")
    if calls(source, name):
        return True
    own = user.name.rpartition(".")[0]
    return bool(dot and receiver != own and _telling(receiver) and calls(source, receiver))


def calls(source: bytes, name: str) -> bool:
    """Whether a function mentions another: which of that name is meant the text does not say."""
    return name.encode() in mentioned(source)

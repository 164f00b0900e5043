"""What a statement was in an earlier revision: renamed, moved, extracted and inlined functions are followed.

In: two revisions, a function of the newer one and one of its statements. Out: the same in the older one, or None where
it was born between them. Decided by names, then by the likeness of syntax trees; a name that another function took over
is not followed. Nothing here depends on which crash asked.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final, NamedTuple, Protocol

from rapidfuzz import fuzz

from streams.core.source.syntax import (
    Declared,
    Function,
    declarations,
    function_of,
    likeness,
    shape_of,
    similarity,
)
from streams.core.source.wording import (
    LOCAL,
    alike,
    core_of,
    is_same,
    left_over,
    ordinal_of,
    pairs_of,
    returned_for,
    statement_like,
    unclaimed,
)

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
_NO_DOUBT: Final = 0.85
# Two functions of different names in different packages: code is written by copying, too.
_ONE_OF_A_KIND: Final = 0.9
_INSIDE: Final = 88.0
_MOST_CANDIDATES: Final = 20_000
# Trees are compared of those that have most words in common.
_COMPARED: Final = 16
_WORDS: Final = 0.12
# `}` and `return nil` are everywhere.
_SHORT: Final = 12
_LONG: Final = 20


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
    memo: dict[int, dict[tuple[str, Declared], tuple[str, Declared] | None]]
    # Texts that one function alone has of those that are not in the other revision as they are here.
    texts: dict[int, frozenset[bytes]]


class Spot(NamedTuple):
    """A function of a revision and one of its statements; `statement` None: the end of the function."""

    path: str
    declared: Declared
    statement: int | None


def _same_place(heir: tuple[str, Declared], spot: Spot) -> bool:
    """Whether a function kept its name, but for the receiver."""
    return bare(heir[1].name) == bare(spot.declared.name)


def folder_of(path: str) -> str:
    """The folder of a path, without a slash at its end."""
    return path.rpartition("/")[0]


def bare(name: str) -> str:
    """The name without its receiver."""
    return name.rpartition(".")[2]


def earlier(  # noqa: C901, PLR0911 - the ways in which code moves, surest first
    new: Revision, old: Revision, spot: Spot, caller: Spot | None = None
) -> Spot | None:
    """Where a spot was in the older revision. `caller`: who called the function, where the crash tells."""
    if old.files().get(spot.path) == new.files().get(spot.path):
        return spot
    heir = function_before(new, old, spot.path, spot.declared)
    if heir is not None and spot.statement is not None and not _same_place(heir, spot):
        # A function cut out of another is like many small functions.
        after = function_of(new.read(spot.path), spot.declared)
        older = function_of(old.read(heir[0]), heir[1])
        cut = _extracted(new, old, after, spot, caller, surely=True)
        # One that still says what it said is no piece of a caller that says it, too.
        wanted = _SURELY if spot.statement in pairs_of(after, older)[0] else _NO_DOUBT
        doubt = likeness(after, older) < wanted
        if cut is not None and (doubt or len(after.statements) < _SOME):
            return cut
    if spot.statement is None:
        return Spot(heir[0], heir[1], None) if heir else None
    function = function_of(new.read(spot.path), spot.declared)
    if heir is None:
        return _extracted(new, old, function, spot, caller)
    before = function_of(old.read(heir[0]), heir[1])
    surely, likely = pairs_of(function, before)
    if spot.statement in surely:
        return Spot(heir[0], heir[1], surely[spot.statement])
    found = _inlined(new, old, function, spot, heir, surely)
    if found is not None:
        return found
    if spot.statement in likely:
        return Spot(heir[0], heir[1], likely[spot.statement])
    found = _put_in(new, old, function, spot, heir)
    if found is not None:
        return found
    left = left_over(function, spot.statement, before, {**likely, **surely})
    if left is not None:
        return Spot(heir[0], heir[1], left)
    return _anywhere(new, old, function, spot, folder_of(heir[0]))


def _anywhere(
    new: Revision, old: Revision, function: Function, spot: Spot, folder: str
) -> Spot | None:
    """The only statement of its kind that a package lost, where a function was taken apart and put together anew."""
    core = core_of(function.statements[spot.statement or 0].text)
    if len(core) < _LONG:
        return None
    found: list[Spot] = []
    for path, declared, _ in _gone(new, old):
        if folder_of(path) != folder:
            continue
        other = function_of(old.read(path), declared)
        same = named_in(new, folder, declared.name, path)
        kept: set[int] = set()
        if same is not None:
            kept = set(pairs_of(function_of(new.read(same[0]), same[1]), other)[0].values())
        found += [
            Spot(path, declared, k)
            for k, s in enumerate(other.statements)
            if k not in kept and is_same(core, core_of(s.text))
        ]
    return found[0] if len(found) == 1 else None


# ---- functions


def function_before(
    new: Revision, old: Revision, path: str, declared: Declared
) -> tuple[str, Declared] | None:
    """The function as it was: its file and declaration in the older revision."""
    memo = new.memo.setdefault(id(old), {})
    key = (path, declared)
    if key not in memo:
        memo[key] = _function_before(new, old, path, declared)
    return memo[key]


def _function_before(
    new: Revision, old: Revision, path: str, declared: Declared
) -> tuple[str, Declared] | None:
    data = new.read(path)
    source = data[declared.start : declared.end]
    function = function_of(data, declared)
    same = named_in(old, folder_of(path), declared.name, path)
    alike = 0.0
    if same is not None:
        other = old.read(same[0])
        if other[same[1].start : same[1].end] == source:
            return same
        alike = likeness(function, function_of(other, same[1]))
        if alike >= _SAME_NAME:
            return same
    best, most = _ancestor(new, old, (path, declared), same)
    if same is None:
        return best or _called_instead(new, old, (path, declared))
    if best is not None and most >= max(_SURELY, alike + _CLEARLY):
        return best
    return None if _taken_over(new, old, same, (path, declared), alike) else same


def _ancestor(
    new: Revision, old: Revision, place: tuple[str, Declared], same: tuple[str, Declared] | None
) -> tuple[tuple[str, Declared] | None, float]:
    """The older function that is most alike under another name, and that nothing else of the newer revision is."""
    path, declared = place
    data = new.read(path)
    function = function_of(data, declared)
    best, most = None, 0.0
    for candidate in _candidates(new, old, data[declared.start : declared.end]):
        if candidate == same:
            continue
        before = function_of(old.read(candidate[0]), candidate[1])
        same_text = _says_the_same(new, old, place, candidate)
        found = likeness(function, before)
        if found < (_SAME_BARE_NAME if same_text else _wanted(place, candidate, function, before)):
            continue
        found += _SAYS_THE_SAME * same_text
        name = candidate[1].name
        alike_named = name == declared.name or (
            bare(name) == bare(declared.name) and _telling(bare(name))
        )
        found += _NAMESAKE * (alike_named and _telling(name))
        if found > most:
            best, most = candidate, found
    if best is not None and _better(new, old, best, place, most):
        return None, 0.0
    return best, most


_CALLED: Final = re.compile(rb"([A-Za-z_\x80-\xff][\w\x80-\xff]*)[ \t]*\(")


def _called_instead(
    new: Revision, old: Revision, place: tuple[str, Declared]
) -> tuple[str, Declared] | None:
    """The function that is no more, and in whose place this one is called by functions that kept their names."""
    path, declared = place
    folder, name = folder_of(path), bare(declared.name).encode()
    here, there = _package(new, folder), _package(old, folder)
    only_here, only_there = here.keys() - there.keys(), there.keys() - here.keys()
    if name not in only_here or not only_there:
        return None
    before = {d.name: (file, d) for functions in there.values() for file, d in functions}
    found: set[bytes] = set()
    callers = (c for functions in here.values() for c in functions if c != place)
    for file, caller in callers:
        was = before.get(caller.name)
        if was is None or name not in mentioned(new.read(file)[caller.start : caller.end]):
            continue
        calls = set(_CALLED.findall(new.read(file)[caller.start : caller.end]))
        called = set(_CALLED.findall(old.read(was[0])[was[1].start : was[1].end]))
        if calls & only_here == {name} and len(called & only_there) == 1:
            found |= called & only_there
    heirs = there[next(iter(found))] if len(found) == 1 else []
    if len(heirs) != 1:
        return None
    function = function_of(new.read(path), declared)
    alike = likeness(function, function_of(old.read(heirs[0][0]), heirs[0][1]))
    return heirs[0] if alike >= _CALLED_ALIKE else None


def _package(revision: Revision, folder: str) -> dict[bytes, list[tuple[str, Declared]]]:
    """The functions and methods of a package by their bare names."""
    found: dict[bytes, list[tuple[str, Declared]]] = {}
    for path in sorted(p for p in revision.files() if folder_of(p) == folder):
        for declared in declarations(revision.read(path)):
            found.setdefault(bare(declared.name).encode(), []).append((path, declared))
    return found


def _wanted(
    place: tuple[str, Declared],
    candidate: tuple[str, Declared],
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


def _says_the_same(
    new: Revision, old: Revision, place: tuple[str, Declared], candidate: tuple[str, Declared]
) -> bool:
    """Whether a function of the newer revision and one of the older have a text that no other changed function has."""
    here = _words(new, place) & _only_once(old, new)
    return bool(here) and not here.isdisjoint(_words(old, candidate) & _only_once(new, old))


def _words(revision: Revision, place: tuple[str, Declared]) -> frozenset[bytes]:
    return mentioned(revision.read(place[0])[place[1].start : place[1].end])


def _only_once(new: Revision, old: Revision) -> frozenset[bytes]:
    """The texts that one function alone has of those that the newer revision has not as they were."""
    key = id(old)
    if key not in new.texts:
        counts: Counter[bytes] = Counter()
        for _, _, words in _gone(new, old):
            counts.update(word for word in words if word.startswith(b'"'))
        new.texts[key] = frozenset(text for text, count in counts.items() if count == 1)
    return new.texts[key]


def _telling(name: str) -> bool:
    """Whether a name is one of a kind rather than one of `Get`, `run`, `String`."""
    return len(name) >= _TELLING


def _better(
    new: Revision,
    old: Revision,
    candidate: tuple[str, Declared],
    place: tuple[str, Declared],
    found: float,
) -> bool:
    """Whether another function of the newer revision is the older one's heir: by its name, or more alike."""
    path, declared = candidate
    data = old.read(path)
    same = named_in(new, folder_of(path), declared.name, path)
    still = _resemblance(new, old, same, candidate) if same is not None and same != place else 0.0
    if still and still + _CLEARLY > found:
        return True
    for other in _candidates(old, new, data[declared.start : declared.end]):
        # Of two that are as much alike neither is known to be it.
        if other != place and _resemblance(new, old, other, candidate) >= found:
            return True
    return False


def _resemblance(
    new: Revision, old: Revision, place: tuple[str, Declared], candidate: tuple[str, Declared]
) -> float:
    """How alike a function of the newer revision is to one of the older, by its syntax and its texts."""
    here = function_of(new.read(place[0]), place[1])
    there = function_of(old.read(candidate[0]), candidate[1])
    return likeness(here, there) + _SAYS_THE_SAME * _says_the_same(new, old, place, candidate)


def named_in(revision: Revision, folder: str, name: str, path: str) -> tuple[str, Declared] | None:
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


def _candidates(new: Revision, old: Revision, source: bytes) -> list[tuple[str, Declared]]:
    """Functions that the newer revision has not as they were, those with most words in common first; a few."""
    words = mentioned(source)
    scored = []
    for number, (path, declared, theirs) in enumerate(_gone(new, old)):
        if number >= _MOST_CANDIDATES:
            break
        common = len(words & theirs)
        scored.append((-common / (len(words) + len(theirs) - common or 1), path, declared))
    scored.sort(key=lambda item: (item[0], item[1], item[2].start))
    return [(path, declared) for score, path, declared in scored[:_COMPARED] if -score >= _WORDS]


_TEXT: Final = re.compile(rb'"(?:[^"\\\n]|\\.){8,200}"')


@lru_cache(maxsize=16384)
def mentioned(source: bytes) -> frozenset[bytes]:
    """The words of a function, and its texts of some length in their quotes."""
    source = source[:65536]
    return frozenset((*re.findall(rb"[\w\x80-\xff]+", source), *_TEXT.findall(source)))


def _gone(new: Revision, old: Revision) -> list[tuple[str, Declared, frozenset[bytes]]]:
    key = id(old)
    if key not in new.gone:
        found = []
        for path, declared in gone(new, old):
            data = old.read(path)
            found.append((path, declared, mentioned(data[declared.start : declared.end])))
        new.gone[key] = found
    return new.gone[key]


def _taken_over(
    new: Revision,
    old: Revision,
    same: tuple[str, Declared],
    place: tuple[str, Declared],
    alike: float,
) -> bool:
    """Whether the older function of this name lives on under another, so that this one only took its name."""
    before = function_of(old.read(same[0]), same[1])
    source = old.read(same[0])[same[1].start : same[1].end]
    for candidate in _candidates(old, new, source):
        if candidate == place:
            continue
        after = function_of(new.read(candidate[0]), candidate[1])
        found = likeness(before, after)
        if found < max(_SURELY, alike + _CLEARLY, _wanted(candidate, same, after, before)):
            continue
        mine = named_in(old, folder_of(candidate[0]), candidate[1].name, candidate[0])
        if mine is None or mine == same:
            return True
        # It was there before, under its own name, and is still more like that.
        if (
            likeness(
                function_of(old.read(mine[0]), mine[1]),
                function_of(new.read(candidate[0]), candidate[1]),
            )
            < found
        ):
            return True
    return False


# ---- statements


def _inlined(  # noqa: PLR0913, PLR0917 - both sides of a comparison
    new: Revision,
    old: Revision,
    function: Function,
    spot: Spot,
    heir: tuple[str, Declared],
    surely: dict[int, int],
) -> Spot | None:
    """A statement that came from a function which is no more, and which the function called before."""
    ordinal = ordinal_of(function, spot.statement or 0, surely)
    text = function.statements[spot.statement or 0].text
    source = old.read(heir[0])[heir[1].start : heir[1].end]
    found = None
    for path, declared, _ in _gone(new, old):
        if (path, declared) == heir or not _uses(source, declared):
            continue
        other = function_of(old.read(path), declared)
        kept: set[int] = set()
        same = named_in(new, folder_of(path), declared.name, path)
        if same is not None:
            # One that is still there has its own statements still, though fields have other names.
            surely_kept, likely_kept = pairs_of(function_of(new.read(same[0]), same[1]), other)
            kept = {*surely_kept.values(), *likely_kept.values()}
        left = [k for k in range(len(other.statements)) if k not in kept]
        left = unclaimed(function, spot.statement or 0, other, left)
        index = statement_like(text, other, left, ordinal)
        if index is not None:
            if found is not None:
                return None
            found = Spot(path, declared, index)
    return found


def _put_in(
    new: Revision, old: Revision, function: Function, spot: Spot, heir: tuple[str, Declared]
) -> Spot | None:
    """The only statement of which the value stands now where the function called who returned it."""
    text = function.statements[spot.statement or 0].text
    calling = function_of(old.read(heir[0]), heir[1])
    found = []
    for path, declared, _ in _gone(new, old):
        name = bare(declared.name)
        if _calls(calling.source, name) and not _calls(function.source, name):
            index = returned_for(function_of(old.read(path), declared), name, calling, text)
            found += [Spot(path, declared, index)] if index is not None else []
    return found[0] if len(found) == 1 else None


def _extracted(  # noqa: PLR0913 - both sides of a comparison
    new: Revision,
    old: Revision,
    function: Function,
    spot: Spot,
    caller: Spot | None,
    *,
    surely: bool = False,
) -> Spot | None:
    """A statement of a function that is new: it stood in one that calls it now. `surely`: word for word, or nearly."""
    places = [(caller.path, caller.declared)] if caller else []
    folder = folder_of(spot.path)
    for path in sorted(new.files()):
        if folder_of(path) == folder:
            data = new.read(path)
            places += [
                (path, d)
                for d in declarations(data)
                if d != spot.declared and _uses(data[d.start : d.end], spot.declared)
            ]
    found: list[Spot] = []
    for path, declared in dict.fromkeys(places):
        heir = function_before(new, old, path, declared)
        if heir is None:
            continue
        source = old.read(heir[0])
        if _calls(source[heir[1].start : heir[1].end], bare(spot.declared.name)):
            # It called one of this name before.
            continue
        before = function_of(source, heir[1])
        after = function_of(new.read(path), declared)
        same, likely = pairs_of(after, before)
        kept = set(same.values())
        lost = [k for k in range(len(before.statements)) if k not in kept]
        index = _moved(function, spot.statement or 0, before, lost, surely=True)
        if index is None and not surely:
            name, wanted = bare(spot.declared.name), spot.statement
            fits = [
                k
                for k in lost
                if returned_for(function, name, after, before.statements[k].text) == wanted
            ]
            index = fits[0] if len(fits) == 1 else None
        if index is None and not surely:
            index = _moved(function, spot.statement or 0, before, lost, surely=False)
        # The call that came in its place may look like it.
        if index is not None and (index not in likely.values() or len(lost) >= 1):
            found.append(Spot(heir[0], heir[1], index))
    if not found:
        folders = dict.fromkeys(
            (
                folder_of(h[0])
                for p, d in dict.fromkeys(places)
                if (h := function_before(new, old, p, d))
            ),
        )
        spots = [_anywhere(new, old, function, spot, f) for f in (*folders, folder)]
        found = [s for s in spots if s is not None]
    return min(found, key=lambda s: (s.path, s.declared.start), default=None)


def _moved(
    function: Function, statement: int, before: Function, lost: list[int], *, surely: bool
) -> int | None:
    """Which of the statements that a function lost is one of the new function: the same, else by order and likeness."""
    ordinal = ordinal_of(function, statement, {})
    lost = unclaimed(function, statement, before, lost)
    exact = statement_like(
        function.statements[statement].text, before, lost, ordinal, shaped=not surely
    )
    if exact is not None or surely:
        return exact
    here = [LOCAL.sub("_", s.text) for s in function.statements]
    there = [LOCAL.sub("_", s.text) for s in before.statements]
    pairs = dict(alike(there, lost, here, list(range(len(here)))))
    # One that is alike by chance says nothing: most of the new function has to come from there.
    if len(pairs) * 2 >= len(here):
        return pairs.get(statement)
    core = core_of(function.statements[statement].text)
    inside = [
        k
        for k in lost
        if len(core) > _SHORT and fuzz.partial_ratio(core, core_of(there[k])) >= _INSIDE
    ]
    return inside[0] if len(inside) == 1 else None


def _uses(source: bytes, declared: Declared) -> bool:
    """Whether a function calls another, or hands a value of its receiver's type to who will: sort.Sort(byAge(x))."""
    receiver, dot, name = declared.name.rpartition(".")
    return _calls(source, name) or bool(
        dot and len(receiver) >= _TELLING and _calls(source, receiver)
    )


def _calls(source: bytes, name: str) -> bool:
    """Whether a function mentions another: which of that name is meant the text does not say."""
    return name.encode() in mentioned(source)

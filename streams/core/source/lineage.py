"""What a statement was in an earlier revision: renamed, moved, extracted and inlined functions are followed.

In: two revisions, a function of the newer one and one of its statements. Out: the same in the older one, or None where
it was born between them. Decided by names, then by the likeness of syntax trees; a name that another function took over
is not followed. Nothing here depends on which crash asked.
"""

from __future__ import annotations

import re
from collections import Counter
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
    likeness,
    shape_of,
    similarity,
)

# How alike two functions are that are one: under the same name, under another.
_SAME_NAME: Final = 0.5
_SAME_BARE_NAME: Final = 0.15
_NAMESAKE: Final = 0.3
_TELLING: Final = 6
# A function of fewer statements is like many others.
_SOME: Final = 3
_OTHER_NAME: Final = 0.45
_CLEARLY: Final = 0.15
# Against the same name only what leaves no doubt counts.
_SURELY: Final = 0.6
_NO_DOUBT: Final = 0.85
# Two functions of different names in different packages: code is written by copying, too.
_ONE_OF_A_KIND: Final = 0.9
_STATEMENT: Final = 60.0
_MOVED: Final = 82.0
_INSIDE: Final = 88.0
_EQUAL: Final = 96.0
_NAMES: Final = re.compile(r"[A-Za-z]\w{3,}")
_TWO: Final = 2
_TELLING_SIGNS: Final = 2
_MOST_CANDIDATES: Final = 20_000
# Trees are compared of those that have most words in common.
_COMPARED: Final = 16
_WORDS: Final = 0.12
# `}` and `return nil` are everywhere.
_SHORT: Final = 12
_LONG: Final = 20
# Generated functions have any number of statements, and the same ones again and again: difflib takes the product of
# the numbers, times how often a statement comes.
_MOST_COMPARED: Final = 4_000_000
_MOST_EQUAL: Final = 200_000
_MOST_PAIRS: Final = 250_000


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


class Spot(NamedTuple):
    """A function of a revision and one of its statements; `statement` None: the end of the function."""

    path: str
    declared: Declared
    statement: int | None


def _is_same(core: str, other: str) -> bool:
    """Whether two statements of different functions are one: they say the same, or nearly with names of their own."""
    names = set(_NAMES.findall(core)) & set(_NAMES.findall(other))
    return fuzz.ratio(core, other) >= (_MOVED if len(names) >= _TWO else _EQUAL)


def _same_place(heir: tuple[str, Declared], spot: Spot) -> bool:
    """Whether a function kept its name, but for the receiver."""
    return bare(heir[1].name) == bare(spot.declared.name)


def folder_of(path: str) -> str:
    """The folder of a path, without a slash at its end."""
    return path.rpartition("/")[0]


def bare(name: str) -> str:
    """The name without its receiver."""
    return name.rpartition(".")[2]


def earlier(  # noqa: PLR0911 - the ways in which code moves, surest first
    new: Revision, old: Revision, spot: Spot, caller: Spot | None = None
) -> Spot | None:
    """Where a spot was in the older revision. `caller`: who called the function, where the crash tells."""
    if old.files().get(spot.path) == new.files().get(spot.path):
        return spot
    heir = function_before(new, old, spot.path, spot.declared)
    if heir is not None and spot.statement is not None and not _same_place(heir, spot):
        # A function cut out of another is like many small functions.
        after = function_of(new.read(spot.path), spot.declared)
        cut = _extracted(new, old, after, spot, caller, surely=True)
        doubt = likeness(after, function_of(old.read(heir[0]), heir[1])) < _NO_DOUBT
        if cut is not None and (doubt or len(after.statements) < _SOME):
            return cut
    if spot.statement is None:
        return Spot(heir[0], heir[1], None) if heir else None
    function = function_of(new.read(spot.path), spot.declared)
    if heir is None:
        return _extracted(new, old, function, spot, caller)
    before = function_of(old.read(heir[0]), heir[1])
    surely, likely = _pairs(function, before)
    if spot.statement in surely:
        return Spot(heir[0], heir[1], surely[spot.statement])
    found = _inlined(new, old, function, spot, heir, surely)
    if found is not None:
        return found
    if spot.statement in likely:
        return Spot(heir[0], heir[1], likely[spot.statement])
    return _anywhere(new, old, function, spot, folder_of(heir[0]))


def _anywhere(
    new: Revision, old: Revision, function: Function, spot: Spot, folder: str
) -> Spot | None:
    """The only statement of its kind that a package lost, where a function was taken apart and put together anew."""
    core = _core(function.statements[spot.statement or 0].text)
    if len(core) < _LONG:
        return None
    found: list[Spot] = []
    for path, declared, _ in _gone(new, old):
        if folder_of(path) != folder:
            continue
        other = function_of(old.read(path), declared)
        same = _named(new, folder, declared.name, path)
        kept: set[int] = set()
        if same is not None:
            kept = set(_pairs(function_of(new.read(same[0]), same[1]), other)[0].values())
        found += [
            Spot(path, declared, k)
            for k, s in enumerate(other.statements)
            if k not in kept and _is_same(core, _core(s.text))
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
    same = _named(old, folder_of(path), declared.name, path)
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
        return best
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
        found = likeness(function, before)
        if found < _wanted(place, candidate, function, before):
            continue
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


def _wanted(
    place: tuple[str, Declared],
    candidate: tuple[str, Declared],
    function: Function,
    before: Function,
) -> float:
    """How alike two functions of different names have to be: the less names have in common, the more."""
    whole = candidate[1].name == place[1].name and _telling(place[1].name)
    namesake = whole or bare(candidate[1].name) == bare(place[1].name)
    near = folder_of(candidate[0]) == folder_of(place[0]) or _base(candidate[0]) == _base(place[0])
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
    before = function_of(data, declared)
    same = _named(new, folder_of(path), declared.name, path)
    if same is not None and same != place:
        still = likeness(before, function_of(new.read(same[0]), same[1]))
        if still + _CLEARLY > found:
            return True
    for other in _candidates(old, new, data[declared.start : declared.end]):
        # Of two that are as much alike neither is known to be it.
        if other != place and likeness(before, function_of(new.read(other[0]), other[1])) >= found:
            return True
    return False


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


@lru_cache(maxsize=16384)
def mentioned(source: bytes) -> frozenset[bytes]:
    """The words of a function."""
    return frozenset(re.findall(rb"[\w\x80-\xff]+", source[:65536]))


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
        mine = _named(old, folder_of(candidate[0]), candidate[1].name, candidate[0])
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


@lru_cache(maxsize=8192)
def _pairs(new: Function, old: Function) -> tuple[dict[int, int], dict[int, int]]:
    """Statements of the newer function by what they were in the older one: surely, as they say the same; likely."""
    here = [s.text for s in new.statements]
    there = [s.text for s in old.statements]
    surely: dict[int, int] = {}
    parts: list[tuple[range, range]] = []
    for tag, start, end, low, high in _opcodes(there, here):
        if tag == "equal":
            surely.update((low + k, start + k) for k in range(end - start))
        elif tag == "replace":
            parts.append((range(start, end), range(low, high)))
    used = set(surely.values())
    left: dict[str, list[int]] = {}
    for number in range(len(there) - 1, -1, -1):
        if number not in used:
            left.setdefault(there[number], []).append(number)
    # A statement that changed its place in the function.
    for number, text in enumerate(here):
        if number not in surely and len(text) > _SHORT and left.get(text):
            surely[number] = left[text].pop()
            used.add(surely[number])
    likely: dict[int, int] = {}
    for older, newer in parts:
        likely.update(
            _alike(
                there,
                [k for k in older if k not in used],
                here,
                [k for k in newer if k not in surely],
            )
        )
    return surely, likely


def _opcodes(there: list[str], here: list[str]) -> list[tuple[str, int, int, int, int]]:
    """How one list becomes the other; of long lists, or of many equal statements, what both begin and end with."""
    counts = Counter(there)
    equal = sum(counts[text] for text in here)
    if len(there) * len(here) <= _MOST_COMPARED and equal <= _MOST_EQUAL:
        return list(SequenceMatcher(None, there, here, autojunk=False).get_opcodes())
    short = min(len(there), len(here))
    head = next((k for k in range(short) if there[k] != here[k]), short)
    rest = short - head
    tail = next((k for k in range(rest) if there[-1 - k] != here[-1 - k]), rest)
    end, high = len(there) - tail, len(here) - tail
    return [
        ("equal", 0, head, 0, head),
        ("replace", head, end, head, high),
        ("equal", end, len(there), high, len(here)),
    ]


def _alike(
    there: list[str], older: list[int], here: list[str], newer: list[int]
) -> Iterator[tuple[int, int]]:
    """Pairs of statements in a part that was rewritten, most alike first, in order."""
    if len(newer) * len(older) > _MOST_PAIRS:
        return
    pairs = ((n, o) for n in newer for o in older)
    ratios = ((fuzz.ratio(here[n], there[o], score_cutoff=_STATEMENT), n, o) for n, o in pairs)
    scored = sorted((-score, n, o) for score, n, o in ratios if score >= _STATEMENT)[:10_000]
    used_new: set[int] = set()
    used_old: set[int] = set()
    for _, n, o in scored:
        if n not in used_new and o not in used_old:
            used_new.add(n)
            used_old.add(o)
            yield n, o


def _inlined(  # noqa: PLR0913, PLR0917 - both sides of a comparison
    new: Revision,
    old: Revision,
    function: Function,
    spot: Spot,
    heir: tuple[str, Declared],
    surely: dict[int, int],
) -> Spot | None:
    """A statement that came from a function which is no more, and which the function called before."""
    ordinal = _ordinal(function, spot.statement or 0, surely)
    text = function.statements[spot.statement or 0].text
    source = old.read(heir[0])[heir[1].start : heir[1].end]
    found = None
    for path, declared, _ in _gone(new, old):
        if (path, declared) == heir or not _uses(source, declared):
            continue
        other = function_of(old.read(path), declared)
        kept: set[int] = set()
        same = _named(new, folder_of(path), declared.name, path)
        if same is not None:
            kept = set(_pairs(function_of(new.read(same[0]), same[1]), other)[0].values())
        left = [k for k in range(len(other.statements)) if k not in kept]
        left = _unclaimed(function, spot.statement or 0, other, left)
        index = _statement_like(text, other, left, ordinal)
        if index is not None:
            if found is not None:
                return None
            found = Spot(path, declared, index)
    return found


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
        same, likely = _pairs(after, before)
        kept = set(same.values())
        lost = [k for k in range(len(before.statements)) if k not in kept]
        index = _moved(function, spot.statement or 0, before, lost, surely=surely)
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
    ordinal = _ordinal(function, statement, {})
    lost = _unclaimed(function, statement, before, lost)
    exact = _statement_like(
        function.statements[statement].text, before, lost, ordinal, shaped=not surely
    )
    if exact is not None or surely:
        return exact
    here = [_LOCAL.sub("_", s.text) for s in function.statements]
    there = [_LOCAL.sub("_", s.text) for s in before.statements]
    pairs = dict(_alike(there, lost, here, list(range(len(here)))))
    # One that is alike by chance says nothing: most of the new function has to come from there.
    if len(pairs) * 2 >= len(here):
        return pairs.get(statement)
    core = _core(function.statements[statement].text)
    inside = [
        k
        for k in lost
        if len(core) > _SHORT and fuzz.partial_ratio(core, _core(there[k])) >= _INSIDE
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


_LOCAL: Final = re.compile(r"\b_\d+\b")


_FRAME: Final = re.compile(
    r"^(?:return |if |switch |for |_(?: , _)* :?= |var _ (?:[\w.]+ )?= |defer |go )+"
)


def _unclaimed(function: Function, statement: int, before: Function, lost: list[int]) -> list[int]:
    """The lost statements without those that another statement of the function says word for word."""
    text = function.statements[statement].text
    others = {s.text for s in function.statements} - {text}
    return [k for k in lost if before.statements[k].text not in others]


def _ordinal(function: Function, statement: int, settled: dict[int, int]) -> int:
    """The how many-th of the same statements of a function this is, those left out whose past is settled."""
    text = function.statements[statement].text
    return sum(
        k not in settled and s.text == text for k, s in enumerate(function.statements[:statement])
    )


def _statement_like(
    text: str, function: Function, among: list[int], ordinal: int = 0, *, shaped: bool = True
) -> int | None:
    """The statement that says the same, or nearly: what is done with a value changes when code moves."""
    exact = [k for k in among if function.statements[k].text == text]
    if exact:
        return exact[min(ordinal, len(exact) - 1)]
    core = _core(text)
    if len(core) <= _SHORT:
        return _shaped(text, function, among) if shaped else None
    scored = [(fuzz.ratio(core, _core(function.statements[k].text)), -k) for k in among]
    best = max(scored, default=(0.0, 0))
    if best[0] >= _MOVED:
        return -best[1]
    return _shaped(text, function, among) if shaped else None


_PATH: Final = re.compile(r"\b_(?: \. \w+)*(?! \()\b")


@lru_cache(maxsize=65536)
def _shape(text: str) -> str:
    """A statement with every variable, and every field of one, as `_`: parameters become fields, fields parameters."""
    return _PATH.sub("_", _core(text))


def _shaped(text: str, function: Function, among: list[int]) -> int | None:
    """The only statement of the same shape, or the only one that holds it, where the shape says something."""
    shape = _shape(text)
    if sum(not c.isalnum() and c not in "_ " for c in shape) < _TELLING_SIGNS:
        return None
    shapes = {k: _shape(function.statements[k].text) for k in among}
    for same in (
        [k for k, other in shapes.items() if other == shape],
        [k for k, other in shapes.items() if shape in other],
    ):
        if same:
            return same[0] if len(same) == 1 else None
    return None


@lru_cache(maxsize=65536)
def _core(text: str) -> str:
    return _FRAME.sub("", _LOCAL.sub("_", text))

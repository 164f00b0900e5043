"""The place of a crash in the source: the frame to blame, its function and statement as they were first written.

In: frames with the files that they are in, revisions. Out: Placed. Decides by what stands in the source and its history
alone, so that crashes of different builds, routes and toolchains agree.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import blake2b
from typing import Final, NamedTuple, Protocol

from streams.core.fingerprint.normalize import function_key
from streams.core.source.blame import guilt, guilt_of_call
from streams.core.source.handed import handed
from streams.core.source.lineage import (
    Place,
    Revision,
    bare,
    files_in,
    folder_of,
    function_at,
    mentioned,
    named_in,
    source_at,
)
from streams.core.source.messages import Format, made_by
from streams.core.source.operands import failing_operands
from streams.core.source.parameters import RECEIVER, parameters, plain_types
from streams.core.source.statements import Spot, earlier
from streams.core.source.syntax import (
    VARIABLE,
    Declared,
    Function,
    Statement,
    declarations,
    declared_at,
    function_of,
    package_name,
    shape_of,
)
from streams.model.identity import content_id
from streams.model.place import Placed, PlaceFrame, PlaceKey

# Frames of helpers that hand on what they were handed.
_MOST_HELPERS: Final = 6
# Of so many callers so many, and such a share, must make what they hand a helper.
_CALLS_DEEP: Final = 3
_MOST_CALLERS: Final = 24
_LEAST_CALLERS: Final = 2
_MAKING: Final = 0.75
_MOST_TREES: Final = 512
_TEXT_CHARS: Final = 160
_WORD: Final = re.compile(r"\w+")
# What sets package variables runs in `init`, closures in it are `glob..func1` before Go 1.21.
_OF_VARIABLES: Final = frozenset(("init", "glob"))
_MAJOR: Final = re.compile(r"/v\d+(?=/|$)")


class Tree(Revision, Protocol):
    """A revision with what was before it."""

    def older(self) -> Sequence[Tree]:
        """Earlier revisions, the nearest first."""
        ...

    def import_path(self, path: str) -> str:
        """The import path of a file's package."""
        ...

    def callers(self, name: str) -> Sequence[Place]:
        """Functions in which one of this name is called, tests left out, in the order of their paths."""
        ...

    def formats(self) -> Sequence[Format]:
        """The formats that errors are made of, tests left out."""
        ...

    # Which functions are helpers, by the parameters in question.
    helpers: dict[tuple[Place, frozenset[int]], bool]


class Located(NamedTuple):
    """A frame with the revision and the path of its file."""

    frame: PlaceFrame
    tree: Tree
    path: str


class _At(NamedTuple):
    """A frame's function and statement in its revision."""

    located: Located
    declared: Declared
    function: Function
    statement: Statement | None
    place: int | None


def placed(key: PlaceKey, frames: Sequence[Located | None], doubts: tuple[str, ...]) -> Placed:
    """Where the crash stands. `frames` go with those of the key; None where a frame's file is not known.

    Frames before the first that is known are of others' code; one of the user's own among them is in the way.
    """
    start = next((n for n, located in enumerate(frames) if located is not None), None)
    if start is None or any(frame.own for frame in key.frames[:start]):
        return Placed(doubts=doubts)
    read = [_at(located, key, n, start) for n, located in enumerate(frames)]
    wrong = [
        f"{located.path}:{located.frame.line} is not in {located.frame.function}"
        for located, at in zip(frames, read, strict=True)
        if located is not None and at is None
    ]
    if read[start] is None:
        return Placed(doubts=(*doubts, *wrong[:3]))
    number, reasons = _blamed(key, read, start)
    chosen = read[number]
    if chosen is None:  # pragma: no cover - only frames that were read are blamed
        return Placed(doubts=doubts)
    spot = Spot(chosen.located.path, chosen.declared, chosen.place)
    caller = next((at for at in read[number + 1 :] if at is not None), None)
    tree = chosen.located.tree
    once = _once(tree, chosen, key.failure)
    if once is not None:
        origin = _origin(tree, once, None)
        reasons = (*reasons, "a function that runs once panics anew for whoever calls it later")
    elif key.failure == "concurrent-map":
        origin, why = _of_map(tree, chosen, caller)
        reasons = (*reasons, *why)
    else:
        origin = _origin(tree, spot, caller)
    return _answer(chosen, origin, number, (*reasons, *origin.story), (*doubts, *wrong[:3]))


_ONCE: Final = re.compile(
    rb"=[ \t]*sync\.Once(?:Value|Values|Func)\b(?:\([ \t]*(?P<function>\w+)[ \t]*\))?"
)
_CALLED: Final = re.compile(r"(?<!\. )(?<!func )\b(\w+) \( \)")


def _once(tree: Tree, at: _At, failure: str) -> Spot | None:
    """What a package variable runs once, where that panicked: now, or when it first ran.

    Of a later call no stack tells the statement: it is the only one that can fail so, else the variable stands for all.
    """
    if at.declared.name.startswith(VARIABLE):
        return _run_once(tree, at.located.path, at.declared, failure)
    if at.statement is None:
        return None
    names = {VARIABLE + name for name in _CALLED.findall(at.statement.text)}
    if not names:
        return None
    folder = folder_of(at.located.path)
    for path in files_in(tree, folder):
        data = tree.read(path)
        for declared in declarations(data) if b"sync.Once" in data else ():
            spot = _run_once(tree, path, declared, failure) if declared.name in names else None
            if spot is not None:
                return spot
    return None


def _run_once(tree: Tree, path: str, declared: Declared, failure: str) -> Spot | None:
    """The statement that failed in what a variable runs once; None where it does no such thing."""
    match = _ONCE.search(source_at(tree, (path, declared)))
    if match is None:
        return None
    variable = Spot(path, declared, None)
    named = (match["function"] or b"").decode("utf-8", "replace")
    found = named_in(tree, named, path) if named else (path, declared)
    if found is None:
        return variable
    function = function_at(tree, found)
    failing = [n for n, s in enumerate(function.statements) if _can_fail(function, s, failure)]
    return Spot(*found, failing[0]) if len(failing) == 1 else variable


def _can_fail(function: Function, statement: Statement, failure: str) -> bool:
    """Whether a statement has an operand that can fail so, or panics on purpose."""
    lines = range(statement.first, min(statement.last, statement.first + _MOST_LINES) + 1)
    if failure in _SIGNS:
        return any(any(failing_operands(statement.node, failure, n, function)) for n in lines)
    return _may_fail(statement, failure)


_INDEXED: Final = re.compile(r"(?:\. )?\b([A-Za-z]\w*) \[")
_DELETED: Final = re.compile(r"\bdelete \( (?:\w+ \. )*(\w+)|range (?:\w+ \. )*(\w+)")
_MOST_ACCESSES: Final = 32
_MOST_LINES: Final = 32


def _of_map(tree: Tree, at: _At, caller: _At | None) -> tuple[_Origin, tuple[str, ...]]:
    """Of all statements of a package that use the same map the smallest: which two collide first is chance."""
    spot = Spot(at.located.path, at.declared, at.place)
    own = _origin(tree, spot, caller)
    text = at.statement.text if at.statement else ""
    names = [*_INDEXED.findall(text), *(a or b for a, b in _DELETED.findall(text))]
    names = [name for name in names if not name.startswith("map")]
    if not names:
        return own, ()
    folder = folder_of(at.located.path)
    used = re.escape(names[0])
    uses = re.compile(rf"\b{used} \[|\bdelete \( (?:\w+ \. )*{used}\b|range (?:\w+ \. )*{used}\b")
    found: list[tuple[tuple[str, str], _Origin]] = []
    for path in files_in(tree, folder):
        data = tree.read(path)
        if names[0].encode() not in data:
            continue
        for declared in declarations(data):
            if names[0].encode() not in data[declared.start : declared.end]:
                continue
            function = function_of(data, declared)
            for index, statement in enumerate(function.statements):
                if uses.search(statement.text) and len(found) < _MOST_ACCESSES:
                    origin = _origin(tree, Spot(path, declared, index), None)
                    found.append((_names_of(origin), origin))
    if len(found) <= 1:
        return own, ()
    return min(found, key=lambda pair: pair[0])[1], (
        f"{len(found)} statements use the map {names[0]}",
    )


def _names_of(origin: _Origin) -> tuple[str, str]:
    """What an origin is ordered by."""
    function = function_at(origin.born, origin.at_birth.place)
    statement = origin.at_birth.statement
    return _full(origin.tree, origin.spot), (
        "}" if statement is None else f"{statement:05} {function.statements[statement].text}"
    )


def placed_error(key: PlaceKey, tree: Tree) -> Placed:
    """Where the innermost part of a logged error's text was made."""
    found = made_by(
        key.message,
        tree.formats(),
        lambda one, other: _reaches(tree, one, other),
        lambda made: _shared(tree, made),
    )
    if found is None:
        return Placed()
    function = function_at(tree, (found.path, found.declared))
    index = statement_at(function, found.line, "", None)
    statement = function.statements[index] if index is not None else None
    frame = PlaceFrame(found.declared.name, found.path, found.line)
    at = _At(Located(frame, tree, found.path), found.declared, function, statement, index)
    origin = _origin(tree, Spot(found.path, found.declared, index), None)
    return _answer(
        at,
        origin,
        0,
        (f"the format {found.text!r:.100} made the innermost part", *origin.story),
        (),
    )


def _shared(tree: Tree, made: Format) -> bool:
    """Whether the function that made an error serves others, with values that they make: then who called it counts."""
    function = function_at(tree, (made.path, made.declared))
    frame = PlaceFrame(made.declared.name, made.path, made.line)
    at = _At(Located(frame, tree, made.path), made.declared, function, None, None)
    given = frozenset(parameters(function).values()) - {RECEIVER}
    return bool(given) and _is_helper(at, given)


def _reaches(tree: Tree, outer: Format, inner: Format) -> bool:
    """Whether the function of one format is that of the other, names it, or calls one that does, two calls deep."""
    target = inner.declared.name.removeprefix(VARIABLE)
    if outer.declared == inner.declared and outer.path == inner.path:
        return True
    wanted = {bare(target)}
    for _ in range(_CALLS_DEEP):
        names = mentioned(source_at(tree, (outer.path, outer.declared)))
        if any(name.encode() in names for name in wanted):
            return True
        wanted |= {
            bare(d.name) for name in sorted(wanted)[:8] for _, d in list(tree.callers(name))[:8]
        }
    return False


def fits(frame: PlaceFrame, declared: Declared) -> bool:
    """Whether a declaration can be the function of a frame, or what a closure of it was inlined from."""
    # The package is no function: every frame of `package main` is in something that is called main.
    words = _WORD.findall(frame.function.rpartition("/")[2].partition(".")[2])
    if declared.name.startswith(VARIABLE):
        return not _OF_VARIABLES.isdisjoint(words)
    return bare(declared.name) in words


def _at(
    located: Located | None,
    key: PlaceKey,
    number: int,
    start: int,
) -> _At | None:
    if located is None:
        return None
    data = located.tree.read(located.path)
    line = located.frame.line or 0
    declared = declared_at(data, line)
    if declared is None or not fits(located.frame, declared):
        return None
    function = function_of(data, declared)
    callee = key.frames[number - 1].function if number > start else ""
    index = statement_at(function, line, callee, key if number == start else None)
    statement = function.statements[index] if index is not None else None
    return _At(located, declared, function, statement, index)


def called_by(function: str) -> str:
    """`Add` of `example.com/shop/cart.(*Store).Add`; empty for a closure."""
    plain = re.sub(r"\[[^\]]*\]", "", function.rpartition("/")[2])
    last = plain.rpartition(".")[2].removesuffix("-fm")
    return "" if re.fullmatch(r"func\d+|\d+|gowrap\d+|deferwrap\d+", last) else last


def statement_at(function: Function, line: int, callee: str, key: PlaceKey | None) -> int | None:
    """The statement of a line: the one that can have called, or failed, where several share it."""
    on_line = [
        n for n, s in enumerate(function.statements) if any(t.line == line for t in s.tokens)
    ]
    around = on_line or [n for n, s in enumerate(function.statements) if s.first <= line <= s.last]
    if len(around) > 1:
        name = called_by(callee)
        calling = [
            n
            for n in around
            if name
            and re.search(rf"\b{re.escape(name)} (?:\[.*?\] )?\(", function.statements[n].text)
        ]
        if calling:
            return calling[0]
        if key is not None:
            failing = [n for n in around if _may_fail(function.statements[n], key.failure)]
            if failing:
                return failing[0]
    if not around:
        return None
    # The innermost: it comes last in the order of the source. On one line the first is as good as any.
    multi = [n for n in around if function.statements[n].first == line]
    return (multi or around[-1:])[0]


_SIGNS: Final = {
    "nil-dereference": re.compile(r" \. |(?:^|[(=,] )\* \w|\w \[|(?<!func) \("),
    "index-out-of-range": re.compile(r"\w \[|\) \["),
    "slice-out-of-range": re.compile(r"\w \[[^\[]* : "),
    "nil-map-write": re.compile(r"\] (?:[-+*/|&]?=|\+\+|--)"),
    "type-assertion": re.compile(r"\. \("),
    "divide-by-zero": re.compile(r" [/%]=? "),
    "closed-channel": re.compile(r"<-|close \("),
}


def _may_fail(statement: Statement, failure: str) -> bool:
    sign = _SIGNS.get(failure)
    if sign is not None:
        return sign.search(statement.text) is not None
    return re.search(r"\b(?:panic|Panic\w*|Fatal\w*) \(", statement.text) is not None


# ---- who is to blame


def _blamed(key: PlaceKey, read: Sequence[_At | None], start: int) -> tuple[int, tuple[str, ...]]:
    """The frame to blame: the innermost, or past helpers whoever handed them a bad value."""
    first = read[start]
    if first is None or first.statement is None:
        return start, ()
    line = first.located.frame.line or 0
    zeros = first.located.frame.zeros
    found = guilt(first.function, first.statement, line, key.failure, zeros)
    at, below = start, first
    while found.always and at + 1 < len(read) and at - start < _MOST_HELPERS:
        caller = read[at + 1]
        if caller is None or caller.statement is None:
            return start, ()
        found = guilt_of_call(caller.function, caller.statement, bare(below.declared.name))
        at, below = at + 1, caller
    at, params = _front(read, at, _inputs(found.params))
    helper = read[at]
    if helper is None or not params or not _is_helper(helper, params):
        return start, ((found.why,) if found.params else ())
    reasons = (f"{helper.declared.name} is a helper: {found.why}",)
    below = helper
    for number in range(at + 1, min(len(read), at + _MOST_HELPERS + 1)):
        caller = read[number]
        if caller is None or caller.statement is None:
            return start, (f"{found.why}; who handed it in is not known",)
        callee = bare(below.declared.name)
        below = caller
        given = handed(caller.function, caller.statement, callee, params)
        if given.made or not given.passed:
            if given.of and _is_helper(caller, given.of):
                params = given.of
                continue
            return number, (*reasons, f"{caller.declared.name} made that value")
        # Handed on: that function is no more to blame than the helper is.
        params = given.passed
    return start, (f"{found.why}; every caller handed it on",)


def _front(
    read: Sequence[_At | None], at: int, params: frozenset[int]
) -> tuple[int, frozenset[int]]:
    """Where a package was entered with the values at fault: what is inside of a helper is that helper."""
    while params and at + 1 < len(read):
        inner, caller = read[at], read[at + 1]
        if inner is None or caller is None or caller.statement is None:
            break
        if folder_of(caller.located.path) != folder_of(inner.located.path):
            break
        if _is_helper(inner, params):
            break
        given = handed(caller.function, caller.statement, bare(inner.declared.name), params)
        handed_on = given.passed | given.of
        if not given.call or not handed_on or (given.made and not given.of):
            break
        at, params = at + 1, handed_on
    return at, params


def _is_helper(at: _At, params: frozenset[int]) -> bool:
    """Whether a function serves several others, most of which make what they hand it themselves.

    One that is reached by several routes is handed what these were handed, and is to blame itself.
    """
    key = ((at.located.path, at.declared), params)
    memo = at.located.tree.helpers
    if key not in memo:
        memo[key] = _serves(at, _inputs(params))
    return memo[key]


def _inputs(params: frozenset[int]) -> frozenset[int]:
    """What counts of the parameters at fault: the receiver only where nothing else is."""
    return params - {RECEIVER} or params


def _serves(at: _At, params: frozenset[int]) -> bool:
    tree, name = at.located.tree, bare(at.declared.name)
    making = handing = 0
    plain = params <= plain_types(at.function)
    folder = folder_of(at.located.path)
    imported = f'"{tree.import_path(at.located.path)}"'.encode()
    for path, declared in tree.callers(name):
        if (path, declared) == (at.located.path, at.declared):
            continue
        data = tree.read(path)
        if folder_of(path) != folder and imported not in data:
            continue
        caller = function_of(data, declared)
        said: set[tuple[str, ...]] = set()
        for statement in caller.statements:
            if name not in statement.text:
                continue
            given = handed(caller, statement, name, params)
            if given.call and (not said or (given.literals and given.literals not in said)):
                said.add(given.literals)
                makes = bool(given.made) and not given.forwards
                making += makes
                handing += not makes
                # In a package of its own every call counts: it is there to be called. So does every value of a type
                # of its own: it is what the call is about. One caller that asks for things by other names counts again.
                if not (folder_of(path) == folder and plain):
                    said.clear()
        if making + handing >= _MOST_CALLERS:
            break
    if plain:
        return making >= 1 and making + handing >= _LEAST_CALLERS
    return making >= _LEAST_CALLERS and making >= _MAKING * (making + handing)


# ---- what it was before


class _Origin(NamedTuple):
    """Where a function and one of its statements were first written; `reborn`: its name was another's before."""

    tree: Tree
    spot: Spot
    born: Tree
    at_birth: Spot
    story: tuple[str, ...]
    reborn: bool


def _origin(tree: Tree, spot: Spot, caller: _At | None) -> _Origin:
    """The spot in the oldest revision that has it, and its function in the oldest that has that."""
    above = (
        Spot(caller.located.path, caller.declared, caller.place)
        if caller and caller.located.tree is tree
        else None
    )
    story: list[str] = []
    newer, born, at_birth = tree, tree, spot
    followed = True
    reborn = False
    for older in tree.older():
        before = earlier(newer, older, spot, above)
        if before is None and followed:
            # The statement is new; the function may be older.
            followed = False
            before = earlier(newer, older, spot._replace(statement=None))
        if before is None:
            reborn = _has_name(older, spot)
            break
        if (before.declared.name, folder_of(before.path)) != (
            spot.declared.name,
            folder_of(spot.path),
        ):
            story.append(f"{_full(newer, spot)} was {_full(older, before)} before")
        above = earlier(newer, older, above) if above is not None else None
        newer, spot = older, before if followed else before._replace(statement=None)
        if followed:
            born, at_birth = older, before
    return _Origin(newer, spot, born, at_birth, tuple(story[:8]), reborn)


def _has_name(tree: Tree, spot: Spot) -> bool:
    """Whether a function that is another has the name in this revision."""
    return any(
        d.name == spot.declared.name
        for path in files_in(tree, folder_of(spot.path))
        for d in declarations(tree.read(path))
    )


def _full(tree: Tree, spot: Spot) -> str:
    path = tree.import_path(spot.path)
    name = "init" if spot.declared.name.startswith(VARIABLE) else spot.declared.name
    if package_name(tree.read(spot.path)) == "main":
        path = "main"
    return function_key(f"{path}.{name}")


def _answer(
    chosen: _At, origin: _Origin, number: int, reasons: tuple[str, ...], doubts: tuple[str, ...]
) -> Placed:
    function = function_at(origin.born, origin.at_birth.place)
    statement = origin.at_birth.statement
    if statement is None:
        text, occurrence = "}", 0
    else:
        texts = [s.text for s in function.statements]
        text = texts[statement]
        occurrence = texts[:statement].count(text)
    tree, spot = origin.tree, origin.spot
    folder = _MAJOR.sub("", tree.import_path(spot.path))
    parts = [folder, spot.declared.name.removeprefix(VARIABLE), text, str(occurrence)]
    if origin.reborn:
        source = function_at(tree, spot.place).source
        parts.append(blake2b(source, digest_size=8).hexdigest())
    trees = sorted(shape_of(chosen.function).named)
    shown = chosen.statement.node.text if chosen.statement else b"}"
    return Placed(
        frame=number,
        function=_full(tree, spot),
        statement=content_id("statement", *parts),
        text=" ".join((shown or b"").decode("utf-8", "replace").split())[:_TEXT_CHARS],
        path=chosen.located.path,
        line=chosen.located.frame.line or 0,
        trees=b"".join(t.to_bytes(4, "big") for t in trees[:_MOST_TREES]),
        reasons=reasons,
        doubts=doubts,
    )

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
from streams.core.source.blame import Guilt, guilt, handed, plain_types
from streams.core.source.lineage import Revision, Spot, bare, earlier, folder_of
from streams.core.source.syntax import (
    VARIABLE,
    Declared,
    Function,
    Statement,
    declared_at,
    declarations,
    function_of,
    package_name,
    subtrees,
)
from streams.model.identity import content_id
from streams.model.place import Placed, PlaceFrame, PlaceKey

# Frames of helpers that hand on what they were handed.
_MOST_HELPERS: Final = 6
_MOST_TREES: Final = 512
_TEXT_CHARS: Final = 160
_WORD: Final = re.compile(r"\w+")
_MAJOR: Final = re.compile(r"/v\d+(?=/|$)")
_NO_FUNCTION: Final = frozenset(("init", "glob"))


class Tree(Revision, Protocol):
    """A revision with what was before it."""

    def older(self) -> Sequence[Tree]:
        """Earlier revisions, the nearest first."""
        ...

    def import_path(self, path: str) -> str:
        """The import path of a file's package."""
        ...

    def callers(self, name: str) -> int:
        """In how many functions a function of this name is called, tests left out."""
        ...


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
    index: int | None


def placed(key: PlaceKey, frames: Sequence[Located | None], doubts: tuple[str, ...]) -> Placed:
    """Where the crash stands. `frames` go with those of the key; None where a frame's file is not known."""
    read = [_at(located, key, frames, n) if located else None for n, located in enumerate(frames)]
    wrong = [
        f"{located.path}:{located.frame.line} is not in {located.frame.function}"
        for located, at in zip(frames, read, strict=True)
        if located is not None and at is None
    ]
    if not read or read[0] is None:
        return Placed(doubts=(*doubts, *wrong[:3]))
    number, reasons = _blamed(key, read)
    chosen = read[number]
    if chosen is None:  # pragma: no cover - only frames that were read are blamed
        return Placed(doubts=doubts)
    spot = Spot(chosen.located.path, chosen.declared, chosen.index)
    caller = next((at for at in read[number + 1 :] if at is not None), None)
    origin = _origin(chosen.located.tree, spot, caller)
    return _answer(chosen, origin, number, (*reasons, *origin.story), (*doubts, *wrong[:3]))


def fits(frame: PlaceFrame, declared: Declared, package: str) -> bool:
    """Whether a declaration can be the function of a frame, or what a closure of it was inlined from."""
    if declared.name.startswith(VARIABLE):
        return bool(_NO_FUNCTION & set(_WORD.findall(frame.function.rpartition("/")[2]))) or True
    names = _WORD.findall(frame.function.rpartition("/")[2])
    return bare(declared.name) in names or (package == "main" and "main" in names[:1] and False)


def _at(
    located: Located, key: PlaceKey, frames: Sequence[Located | None], number: int
) -> _At | None:
    data = located.tree.read(located.path)
    line = located.frame.line or 0
    declared = declared_at(data, line)
    if declared is None or not fits(located.frame, declared, package_name(data)):
        return None
    function = function_of(data, declared)
    callee = frames[number - 1].frame.function if number and frames[number - 1] else ""  # type: ignore[union-attr]
    index = _statement_at(function, line, callee, key if number == 0 else None)
    statement = function.statements[index] if index is not None else None
    return _At(located, declared, function, statement, index)


def _callee(function: str) -> str:
    """`Add` of `example.com/shop/cart.(*Store).Add`; empty for a closure."""
    plain = re.sub(r"\[[^\]]*\]", "", function.rpartition("/")[2])
    last = plain.rpartition(".")[2].removesuffix("-fm")
    return "" if re.fullmatch(r"func\d+|\d+|gowrap\d+|deferwrap\d+", last) else last


def _statement_at(function: Function, line: int, callee: str, key: PlaceKey | None) -> int | None:
    """The statement of a line: the one that can have called, or failed, where several share it."""
    on_line = [
        n
        for n, s in enumerate(function.statements)
        if any(t.line == line for t in s.tokens)
    ]
    around = on_line or [
        n for n, s in enumerate(function.statements) if s.first <= line <= s.last
    ]
    if len(around) > 1:
        name = _callee(callee)
        calling = [
            n for n in around if name and re.search(rf"\b{re.escape(name)} (?:\[.*?\] )?\(", function.statements[n].text)
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
    "nil-dereference": re.compile(r" \. |^\* | \* \w|\]| \("),
    "index-out-of-range": re.compile(r"\w \[|\) \["),
    "slice-out-of-range": re.compile(r"\w \[.* : "),
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


def _blamed(key: PlaceKey, read: Sequence[_At | None]) -> tuple[int, tuple[str, ...]]:
    """The frame to blame: the innermost, or past helpers whoever handed them a bad value."""
    first = read[0]
    if first is None or first.statement is None:
        return 0, ()
    found = guilt(
        first.function, first.statement, first.located.frame.line or 0, key.failure, key.kind
    )
    if not found.params or not _is_helper(first, found):
        return 0, ((found.why,) if found.params else ())
    params, at = found.params, 0
    reasons = [f"{first.declared.name} is a helper: {found.why}"]
    for number in range(1, min(len(read), _MOST_HELPERS + 1)):
        caller = read[number]
        if caller is None or caller.statement is None:
            return 0, (f"{found.why}; who handed it in is not known",)
        callee = bare(read[at].declared.name)  # type: ignore[union-attr]
        given = handed(caller.function, caller.statement, callee, params)
        if given.made or not given.passed:
            return number, (*reasons, f"{caller.declared.name} made that value")
        # Handed on: by another helper of the same package, or by a function whose own caller is not to blame.
        if folder_of(caller.located.path) != folder_of(first.located.path):
            if not _is_helper(caller, Guilt(given.passed, "")):
                return number if _constructs(caller) else 0, (
                    f"{found.why}; {caller.declared.name} was handed it too",
                )
        params, at = given.passed, number
    return 0, (f"{found.why}; every caller handed it on",)


def _constructs(_at: _At) -> bool:
    return False


def _is_helper(at: _At, found: Guilt) -> bool:
    """Whether a function serves several others, and what it was handed is of no type of theirs in particular."""
    if not found.params <= plain_types(at.function) and not _helping_name(at):
        return False
    return at.located.tree.callers(bare(at.declared.name)) > 1


_HELPING: Final = re.compile(
    r"^(?:[Mm]ust|[Aa]ssert|[Rr]equire|[Cc]heck|[Vv]alidate|[Ee]nsure|[Ee]xpect|[Vv]erify)(?=[A-Z_]|$)"
)
_HELPING_FOLDER: Final = re.compile(
    r"(?:^|/)(?:must|assert|check|checks|validat\w*|require|guard|util\w*|helper\w*|container\w*|collection\w*)$"
)


def _helping_name(at: _At) -> bool:
    return bool(
        _HELPING.match(bare(at.declared.name))
        or _HELPING_FOLDER.search(folder_of(at.located.path))
    )


# ---- what it was before


class _Origin(NamedTuple):
    tree: Tree
    spot: Spot
    story: tuple[str, ...]
    reborn: bool


def _origin(tree: Tree, spot: Spot, caller: _At | None) -> _Origin:
    """The spot in the oldest revision that has it."""
    above = Spot(caller.located.path, caller.declared, caller.index) if caller and caller.located.tree is tree else None
    story: list[str] = []
    newer = tree
    reborn = False
    for older in tree.older():
        before = earlier(newer, older, spot, above)
        if before is None:
            reborn = _has_name(older, spot)
            break
        if (before.declared.name, folder_of(before.path)) != (
            spot.declared.name,
            folder_of(spot.path),
        ):
            story.append(
                f"{_full(newer, spot)} was {_full(older, before)} before"
            )
        above = earlier(newer, older, above) if above is not None else None
        newer, spot = older, before
    return _Origin(newer, spot, tuple(story[:8]), reborn)


def _has_name(tree: Tree, spot: Spot) -> bool:
    """Whether a function that is another has the name in this revision."""
    folder = folder_of(spot.path)
    return any(
        d.name == spot.declared.name
        for path in tree.files()
        if folder_of(path) == folder
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
    tree, spot = origin.tree, origin.spot
    data = tree.read(spot.path)
    function = function_of(data, spot.declared)
    folder = _MAJOR.sub("", tree.import_path(spot.path))
    if spot.statement is None:
        text, occurrence = "}", 0
    else:
        texts = [s.text for s in function.statements]
        text = texts[spot.statement]
        occurrence = texts[: spot.statement].count(text)
    parts = [folder, spot.declared.name.removeprefix(VARIABLE), text, str(occurrence)]
    if origin.reborn:
        parts.append(blake2b(function.source, digest_size=8).hexdigest())
    trees = sorted(subtrees(function_of(chosen.located.tree.read(chosen.located.path), chosen.declared)))
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

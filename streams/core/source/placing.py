"""The place of a crash in the source: the frame to blame, its function and statement as they were first written.

In: frames with the files that they are in, revisions. Out: Placed. Decides by what stands in the source and its history
alone, so that crashes of different builds, routes and toolchains agree.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import blake2b
from typing import Final, NamedTuple

from streams.core.source.constructed import METHOD, constructed
from streams.core.source.foreign import kind_of_foreign
from streams.core.source.frames import At, Located, Tree, at_of, statement_at
from streams.core.source.helpers import blamed, is_helper
from streams.core.source.lineage import bare, function_at, mentioned, source_at
from streams.core.source.messages import MOST_MESSAGE, Format, made_by
from streams.core.source.origins import Origin, full_name, origin_of
from streams.core.source.parameters import RECEIVER, parameters
from streams.core.source.standins import of_map, run_once
from streams.core.source.syntax import VARIABLE, Function, shape_of
from streams.model.identity import content_id
from streams.model.place import Placed, PlaceFrame, PlaceKey

_CALLS_DEEP: Final = 3
_MOST_TREES: Final = 512
_TEXT_CHARS: Final = 160
_NAMED: Final = re.compile(rb"[ \t]*(\w+)(?:[ \t]+[\w.*]+)?[ \t]*=")
_MAJOR: Final = re.compile(r"/v\d+(?=/|$)")


def placed(key: PlaceKey, frames: Sequence[Located | None], doubts: tuple[str, ...]) -> Placed:
    """Where the crash stands. `frames` go with those of the key; None where a frame's file is not known.

    Frames before the first that is known are of others' code; one of the user's own among them is in the way.
    """
    start = next((n for n, located in enumerate(frames) if located is not None), None)
    if start is None or any(frame.own for frame in key.frames[:start]):
        return Placed(doubts=doubts)
    callees = ("",) * (start + 1) + tuple(frame.function for frame in key.frames[start:])
    read = [
        at_of(located, callees[n], key.failure if n == start else None) if located else None
        for n, located in enumerate(frames)
    ]
    wrong = [
        f"{located.path}:{located.frame.line} is not in {located.frame.function}"
        for located, at in zip(frames, read, strict=True)
        if located is not None and at is None
    ]
    if read[start] is None:
        return Placed(doubts=(*doubts, *wrong[:3]))
    number, reasons = blamed(key, read, start)
    chosen = read[number]
    if chosen is None:  # pragma: no cover - only frames that were read are blamed
        return Placed(doubts=doubts)
    caller = next((at for at in read[number + 1 :] if at is not None), None)
    tree = chosen.located.tree
    once = run_once(tree, chosen, key.failure)
    if once is not None:
        origin = origin_of(tree, once, None)
        reasons = (*reasons, "a function that runs once panics anew for whoever calls it later")
    elif key.failure == "concurrent-map":
        origin, why = of_map(tree, chosen, caller)
        reasons = (*reasons, *why)
    else:
        origin = origin_of(tree, chosen.spot, caller)
    return _answer(chosen, origin, number, _Said(reasons, (*doubts, *wrong[:3])))


def placed_error(key: PlaceKey, tree: Tree) -> Placed:
    """Where the innermost part of a logged error's text was made."""
    names: dict[Format, str] = {}
    part = made_by(
        key.message,
        tree.formats(),
        lambda one, other: _reaches(tree, one, other, names),
        lambda made: _shared(tree, made),
    )
    if part is None:
        return Placed()
    found = part.format
    if found.declared.name.endswith(METHOD):
        found = constructed(tree, found, key.message[part.start : MOST_MESSAGE]) or found
    failed = kind_of_foreign(key.message[part.inner :])
    function = function_at(tree, (found.path, found.declared))
    index = statement_at(function, found.line, "", None)
    at = _made_at(tree, found, function, index)
    origin = origin_of(tree, at.spot, None)
    reason = f"the format {found.text!r:.100} made the innermost part"
    return _answer(at, origin, 0, _Said((reason,), failed=failed))


def _shared(tree: Tree, made: Format) -> bool:
    """Whether the function that made an error serves others, with values that they make: then who called it counts."""
    function = function_at(tree, (made.path, made.declared))
    given = frozenset(parameters(function).values()) - {RECEIVER}
    return bool(given) and is_helper(_made_at(tree, made, function, None), given)


def _made_at(tree: Tree, made: Format, function: Function, index: int | None) -> At:
    """Where an error was made, as a frame would stand there."""
    frame = PlaceFrame(made.declared.name, made.path, made.line)
    statement = function.statements[index] if index is not None else None
    return At(Located(frame, tree, made.path), made.declared, function, statement, index)


def _reaches(tree: Tree, outer: Format, inner: Format, names: dict[Format, str]) -> bool:
    """Whether the function of one format is that of the other, names it, or calls one that does, a few calls deep."""
    if inner not in names:
        names[inner] = _name_of(tree, inner)
    if outer.declared == inner.declared and outer.path == inner.path:
        return True
    wanted = {bare(names[inner])}
    for _ in range(_CALLS_DEEP):
        mentions = mentioned(source_at(tree, (outer.path, outer.declared)))
        if any(name.encode() in mentions for name in wanted):
            return True
        wanted |= {
            bare(d.name) for name in sorted(wanted)[:8] for _, d in list(tree.callers(name))[:8]
        }
    return False


def _name_of(tree: Tree, found: Format) -> str:
    """The function of a format, or the variable: one of a group, `ErrAbsent = errors.New("...")`, by its line."""
    name = found.declared.name.removeprefix(VARIABLE)
    if name != "(":
        return name
    lines = tree.read(found.path)[found.declared.start : found.declared.end].split(b"\n")
    at = found.line - found.declared.first
    named = _NAMED.match(lines[at]) if 0 <= at < len(lines) else None
    return named[1].decode("utf-8", "replace") if named else name


class _Said(NamedTuple):
    """`failed`: the kind of a foreign error that was wrapped there."""

    reasons: tuple[str, ...]
    doubts: tuple[str, ...] = ()
    failed: str = ""


def _answer(chosen: At, origin: Origin, number: int, said: _Said) -> Placed:
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
    if said.failed:
        parts.append(said.failed)
    if origin.reborn:
        source = function_at(tree, spot.place).source
        parts.append(blake2b(source, digest_size=8).hexdigest())
    trees = sorted(shape_of(chosen.function).named)
    shown = chosen.statement.node.text if chosen.statement else b"}"
    return Placed(
        frame=number,
        function=full_name(tree, spot),
        statement=content_id("statement", *parts),
        text=" ".join((shown or b"").decode("utf-8", "replace").split())[:_TEXT_CHARS],
        path=chosen.located.path,
        line=chosen.located.frame.line or 0,
        trees=b"".join(t.to_bytes(4, "big") for t in trees[:_MOST_TREES]),
        reasons=(*said.reasons, *origin.story),
        doubts=said.doubts,
    )

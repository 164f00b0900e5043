r"""What log shippers make of a line: a JSON object per line, of one of the SHAPES, or a push of many lines.

In: a raw line that begins with `{`. Out: the lines inside as Prefixed; none for a line that is no such record.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec
import orjson

from streams.core.parse.early import fine_time
from streams.core.parse.prefixed import Prefixed
from streams.core.parse.pushed import PUSHED, looks_pushed, read_pushed
from streams.core.parse.shapes import EXPORTED, SERVICE_LABELS, SHAPES, Shape
from streams.model.text import from_bytes

Object = dict[str, object]
Path = tuple[str, ...]
Tree = dict[str, "Tree"]

# A record of any shape has one of these; without them a line is not even decoded.
_HINTS: Final = (
    '"kubernetes"',
    '"container_id"',
    '"stream',  # `streams` too
    '"MESSAGE"',
    '"container"',
    '"LogMessage"',
    '"source_type"',
    '"resourceLogs"',
    '"@timestamp"',
    f'"{EXPORTED.text}"',
)
_JOINED: Final = '{"panictrail.joined":'
# Docker cuts lines at 16 KiB (moby, daemon/logger/copier.go); a character may be cut too.
_CUT_BYTES: Final = 16 * 1024 - 4
_OUTPUTS: Final = ("stdout", "stderr")
# Stands in `texts_of` for a line that goes on in the next record; no word of a crash.
GOES_ON: Final = "\0part\0"


def joined(text: str) -> str:
    """Several lines that arrived as one, as one line: raw_lines gives them back."""
    return _JOINED + orjson.dumps(text).decode() + "}"


def unjoined(line: str) -> str | None:
    """The lines inside a line that `joined` made; None for every other line."""
    if not line.startswith(_JOINED):
        return None
    try:
        value = orjson.loads(line)
    except (orjson.JSONDecodeError, UnicodeEncodeError, RecursionError):
        return None
    text = next(iter(value.values())) if isinstance(value, dict) and len(value) == 1 else None
    return text if isinstance(text, str) else None


def looks_shipped(line: str) -> bool:
    """Whether a raw line can be of one of the shapes; never False for one that is."""
    return line.startswith("{") and has_hint(line)


def has_hint(data: str) -> bool:
    """Whether a text can hold a line of one of the shapes; never False for one that does."""
    return any(hint in data for hint in _HINTS) or _JOINED in data


# ---- what is decoded of a record: the fields that a shape names and nothing else, for a fifth of the time


def _attribute(key: str) -> str:
    return re.sub(r"\W", "_", f"f_{key}")


def _path(path: str) -> Path:
    return tuple(map(_attribute, path.split("."))) if path else ()


def _paths(paths: Iterable[str]) -> tuple[Path, ...]:
    return tuple(map(_path, paths))


def _tree(paths: Iterable[str]) -> Tree:
    tree: Tree = {}
    for path in paths:
        here = tree
        for key in filter(None, path.split(".")):
            here = here.setdefault(key, {})
    return tree


def _struct(tree: Tree) -> type[msgspec.Struct]:
    """What is decoded of an object: its keys, of any type and unset where missing, and the objects in it."""
    fields: list[tuple[str, Any, Any]] = []
    for key, inside in tree.items():
        # What one shipper calls an object another calls a text: `log`.
        kind = _struct(inside) | str | int | float | bool | list[Any] | None if inside else Any
        fields.append((_attribute(key), kind, msgspec.UNSET))
    rename = {_attribute(key): key for key in tree}
    return msgspec.defstruct("record", fields, rename=rename, gc=False)


_DECODER: Final = msgspec.json.Decoder(_struct(_tree(p for s in SHAPES for p in s.paths)))
_TELLING: Final = msgspec.json.Decoder(_struct(_tree(p for s in SHAPES for p in s.telling)))
_BAD: Final = (msgspec.DecodeError, UnicodeEncodeError, RecursionError)


class _Known(msgspec.Struct, frozen=True):
    """A shape with attributes in the place of keys."""

    shape: Shape
    text: Path
    who: tuple[tuple[Path, ...], ...]
    goes_on: tuple[Path, ...]
    last: Path
    only: Path
    times: tuple[Path, ...]
    services: tuple[Path, ...]


def _known(shape: Shape) -> _Known:
    return _Known(
        shape=shape,
        text=_path(shape.text),
        who=tuple(map(_paths, shape.who)),
        goes_on=_paths(shape.goes_on),
        last=_path(shape.last),
        only=_path(shape.only[0]) if shape.only else (),
        times=_paths(shape.times),
        services=_paths(shape.services),
    )


_SHAPES: Final = tuple(map(_known, SHAPES))


def _quick(known: _Known) -> tuple[str, str, type, str, tuple[str, ...]]:
    """What tells a whole line of a shape whose container's id stands one level deep; attributes, and their type."""
    inside, who = known.who[0][0]
    key = known.shape.who[0][0].partition(".")[0]
    empty = _FIRST.decode(orjson.dumps({key: {}}))
    flags = tuple(path[0] for path in known.goes_on)
    return known.text[0], inside, type(getattr(empty, inside)), who, flags


# The first two shapes: `_matched` looks at them in the same order. Fewer fields are decoded faster.
_FIRST: Final = msgspec.json.Decoder(
    _struct(_tree(path for s in SHAPES[:2] for path in (s.text, s.who[0][0], *s.goes_on)))
)
_QUICK: Final = tuple(map(_quick, _SHAPES[:2]))
_WHOLE: Final = (msgspec.UNSET, "F", False, None)


def _decoded(
    line: str, decoder: msgspec.json.Decoder[msgspec.Struct] = _DECODER
) -> msgspec.Struct | None:
    """The record of a line, None for one that is no object."""
    try:
        return decoder.decode(line)
    except _BAD:
        return None


def _at(record: object, path: Path) -> object:
    """What is there, None where nothing is."""
    for name in path:
        record = getattr(record, name, None)
        if record is None:
            return None
    return None if record is msgspec.UNSET else record


def _get(record: msgspec.Struct, path: Path) -> str | None:
    found = _at(record, path) if path else None
    return found if isinstance(found, str) and found else None


def _who(known: _Known, record: msgspec.Struct) -> str | None:
    """Law 2: container id, or pod uid with the container's name (the containers of a pod share it), or a process."""
    for way in known.who:
        first = _get(record, way[0])
        if first:
            # Vector writes `containerd://9f1f…`, Fluent Bit `9f1f…`: one container, whoever ships it.
            others = (_get(record, path) for path in way[1:])
            return "/".join(filter(None, (first.rpartition("://")[2], *others)))
    return None


def _is_of(known: _Known, record: msgspec.Struct, who: str) -> bool:
    shape = known.shape
    if shape.bare:
        return who in _OUTPUTS and any(_at(record, path) for path in known.times)
    return shape.only is None or _get(record, known.only) == shape.only[1]


def _bytes(value: list[Any]) -> str | None:
    """A text that journald writes as numbers because it is not clean UTF-8."""
    try:
        return from_bytes(bytes(value))
    except (TypeError, ValueError, OverflowError):
        return None


def _text(known: _Known, record: msgspec.Struct, line: str) -> str | None:
    text = _at(record, known.text)
    if text is None and known.shape.merged:
        text = line
    if isinstance(text, list):
        text = _bytes(text)
    return text if isinstance(text, str) else None


def _matched(
    record: msgspec.Struct, line: str, shape: str | None = None
) -> tuple[_Known, str, str] | None:
    """The shape of a record, who wrote it, the text."""
    for known in _SHAPES if shape is None else [s for s in _SHAPES if s.shape.name == shape]:
        text = _text(known, record, line)
        if text is None:
            continue
        who = _who(known, record)
        if who and _is_of(known, record, who):
            return known, who, text
    return None


def _goes_on(known: _Known, record: msgspec.Struct, text: str) -> bool:
    """Whether the line goes on in the next record."""
    flags = [_at(record, path) for path in known.goes_on]
    if known.shape.cut and not any(flags):
        return not text.endswith("\n") and len(text.encode("utf-8", "replace")) >= _CUT_BYTES
    if not any(flag in (True, "true", "P") for flag in flags):
        return False
    return not (known.last and _at(record, known.last) in (True, "true"))


def _telling_text(record: msgspec.Struct | None, line: str) -> str:
    if record is None:
        return line
    for text_at, inside, kind, who_at, flags in _QUICK:
        text = getattr(record, text_at)
        if type(text) is not str:
            continue
        # Most records are of the first shapes, and whole: for them this is all.
        place = getattr(record, inside)
        who = getattr(place, who_at) if type(place) is kind else None
        if type(who) is not str or not who:
            break
        for flag in flags:
            if getattr(record, flag) not in _WHOLE:
                break
        else:
            return text
        break
    whole_record = _decoded(line, _TELLING)
    found = None if whole_record is None else _matched(whole_record, line)
    if whole_record is None or found is None:
        return _pushed_text(line) or line
    known, _, whole = found
    return whole + GOES_ON if _goes_on(known, whole_record, whole) else whole


def _pushed_text(line: str) -> str | None:
    found = read_pushed(line) if looks_pushed(line) else ()
    if not found:
        return None
    text = "\n".join(part.payload for part in found)
    return text + GOES_ON if any(part.goes_on for part in found) else text


def container_of(line: str) -> str | None:
    """The id of the container that a whole record of one of the first two shapes names; None: read_shipped knows."""
    record = _decoded(line, _FIRST)
    if record is None:
        return None
    for text_at, inside, kind, who_at, _ in _QUICK:
        if type(getattr(record, text_at)) is not str:
            continue
        place = getattr(record, inside)
        who = getattr(place, who_at) if type(place) is kind else None
        return who.rpartition("://")[2] or None if type(who) is str else None
    return None


def texts_of(lines: list[str]) -> list[str]:
    """Of each raw line all that can matter: what a program wrote, of a shipper's record; else the whole line."""
    try:
        found: Iterable[msgspec.Struct | None] = [_FIRST.decode(line) for line in lines]
    except _BAD:
        found = (_decoded(line, _FIRST) if line.startswith("{") else None for line in lines)
    return [_telling_text(record, line) for record, line in zip(found, lines, strict=True)]


# ---- the line inside, and all that is said of it


def _times(known: _Known, record: msgspec.Struct) -> Iterator[str]:
    for path in known.times:
        found = _at(record, path)
        if isinstance(found, (str, int, float)) and not isinstance(found, bool) and found != "":
            yield fine_time(str(found))


def _service(known: _Known, record: msgspec.Struct) -> str | None:
    labels = _at(record, _path(known.shape.labels)) if known.shape.labels else None
    if isinstance(labels, dict):
        for key in SERVICE_LABELS:
            if isinstance(labels.get(key), str) and labels[key]:
                return str(labels[key])
    named = (_get(record, path) for path in (*known.services, _path(known.shape.container)))
    return next((name.removeprefix("/") for name in named if name), None)


def _line(record: msgspec.Struct, known: _Known, who: str, text: str) -> Prefixed:
    shape = known.shape
    output = _get(record, _path(shape.output))
    container = _get(record, _path(shape.container))
    return Prefixed(
        shape=shape.name,
        payload=text.removesuffix("\n"),
        stream=f"{who}/{output}" if output and output != who else who,
        time=next(_times(known, record), ""),
        service=_service(known, record),
        host=_get(record, _path(shape.host)),
        pod=_get(record, _path(shape.pod)),
        namespace=_get(record, _path(shape.namespace)),
        container=container.removeprefix("/") if container else None,
        output=output,
        image=_get(record, _path(shape.image)),
        goes_on=_goes_on(known, record, text),
    )


SHIPPED: Final = (*(shape.name for shape in SHAPES), *PUSHED)


def read_shipped(line: str, shape: str | None = None) -> tuple[Prefixed, ...]:
    """The lines inside a shipper's record, and whose they are; none for a line that is no such record.

    `shape`: of this one alone.
    """
    if not looks_shipped(line):
        return ()
    if looks_pushed(line) and (pushed := read_pushed(line)):
        return pushed if shape in (None, pushed[0].shape) else ()
    record = _decoded(line)
    found = None if record is None else _matched(record, line, shape)
    return () if record is None or found is None else (_line(record, *found),)

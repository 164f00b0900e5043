"""What every message has: an integer schema version, a tolerant reader, bytes.

In: JSON bytes or plain values. Out: frozen structs. Unknown fields are kept and written again,
missing ones defaulted, old versions lifted by upcasters. Raises DecodeError, never anything else.
"""

from __future__ import annotations

import contextlib
import types
import typing
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any, Final, TypeVar, Union

import msgspec
import orjson

from streams.model.instant import Instant, parse_instant

_EXTRA: Final = "$extra"
_EXTRA_BYTES: Final = b'"$extra"'
# orjson reads 1,024 levels and writes 254; a message that is kept must be writable wherever it is embedded.
_MAX_DEPTH: Final = 100


class DecodeError(ValueError):
    """Bytes or a value that are not the message they should be; the text names the place."""


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """Base of every struct inside a message. `extra` holds fields that this version does not know."""

    extra: dict[str, Any] | msgspec.UnsetType = msgspec.field(default=msgspec.UNSET, name=_EXTRA)


class Message(Value, frozen=True, kw_only=True):
    """Base of every top-level message: one `schema` version each."""

    schema: int = 1


T = TypeVar("T")
M = TypeVar("M", bound=Value)
Upcaster = Callable[[dict[str, Any]], dict[str, Any]]

_UPCASTERS: dict[tuple[str, int], Upcaster] = {}


def upcaster(message: str, version: int) -> Callable[[Upcaster], Upcaster]:
    """Register the function that lifts `message` (class name) from `version` to `version + 1`."""

    def register(lift: Upcaster) -> Upcaster:
        _UPCASTERS[message, version] = lift
        return lift

    return register


@cache
def version_of(kind: type[Message]) -> int:
    """The schema version that this code writes for a message type."""
    return next(int(f.default) for f in msgspec.structs.fields(kind) if f.name == "schema")


def _lifted(lift: Upcaster, raw: dict[str, Any], kind: type[Message]) -> dict[str, Any]:
    """One step of an upcaster, which may take the fields of its version for granted: they may be missing."""
    try:
        return lift(raw)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        message = f"not a {kind.__name__} of an older version: {error!r}"
        raise DecodeError(message) from None


def _upcast(raw: dict[str, Any], kind: type[Message]) -> dict[str, Any]:
    version = raw.get("schema", 1)
    while isinstance(version, int) and version < version_of(kind):
        lift = _UPCASTERS.get((kind.__name__, version))
        if lift is None:
            break
        version += 1
        raw = {**_lifted(lift, raw, kind), "schema": version}
    return raw


def _struct_in(hint: Any) -> tuple[str, type[Value]] | None:
    """Where a field's type leads to a struct: ("one" | "many" | "map", struct), else None."""
    if isinstance(hint, type) and issubclass(hint, Value):
        return ("one", hint)
    origin = typing.get_origin(hint)
    arguments = typing.get_args(hint)
    if origin in (Union, types.UnionType):
        return next((found for found in map(_struct_in, arguments) if found), None)
    if origin in (tuple, list) and arguments:
        inner = _struct_in(arguments[0])
        return ("many", inner[1]) if inner else None
    if origin is dict and arguments:
        inner = _struct_in(arguments[1])
        return ("map", inner[1]) if inner else None
    return None


@cache
def _plan(kind: type[Value]) -> tuple[frozenset[str], tuple[tuple[str, str, type[Value]], ...]]:
    """Known wire names of a struct, and those of its fields that hold structs."""
    hints = typing.get_type_hints(kind)
    known: set[str] = set()
    nested: list[tuple[str, str, type[Value]]] = []
    for name, wire in zip(kind.__struct_fields__, kind.__struct_encode_fields__, strict=True):
        if wire == _EXTRA:
            continue
        known.add(wire)
        found = _struct_in(hints[name])
        if found:
            nested.append((wire, *found))
    return frozenset(known), tuple(nested)


def _keep_unknown(raw: Any, kind: type[Value]) -> Any:
    """The same value with unknown keys of every struct moved under `$extra`; the input is not changed."""
    if not isinstance(raw, dict):
        return raw
    known, nested = _plan(kind)
    out = raw
    if not raw.keys() <= known:
        unknown = raw.keys() - known
        out = {key: raw[key] for key in raw if key in known}
        out[_EXTRA] = {key: raw[key] for key in raw if key in unknown}
        _refuse_deep(out[_EXTRA])
    for wire, shape, inner in nested:
        value = out.get(wire)
        lifted = _keep_nested(value, shape, inner)
        if lifted is not value:
            out = {**out, wire: lifted}
    return out


def _refuse_deep(value: Any) -> None:
    """Raise DecodeError for unknown fields so deep that they could be read, but not written again."""
    level = [value]
    for _ in range(_MAX_DEPTH):
        level = [
            item
            for outer in level
            for item in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(item, (dict, list))
        ]
        if not level:
            return
    message = f"unknown fields are nested deeper than {_MAX_DEPTH}"
    raise DecodeError(message)


def _is_plain(value: list[Any], inner: type[Value]) -> bool:
    """Whether no item has unknown keys or structs of its own: the frames of our own records, mostly."""
    known, nested = _plan(inner)
    return not nested and all(isinstance(item, dict) and item.keys() <= known for item in value)


def _keep_nested(value: Any, shape: str, inner: type[Value]) -> Any:
    if shape == "one":
        return value if value is None else _keep_unknown(value, inner)
    if shape == "many" and isinstance(value, list):
        if not value or _is_plain(value, inner):
            return value
        items = [_keep_unknown(item, inner) for item in value]
        return items if any(a is not b for a, b in zip(items, value, strict=True)) else value
    if shape == "map" and isinstance(value, dict):
        return {key: _keep_unknown(item, inner) for key, item in value.items()}
    return value


@cache
def _flat(kind: type[Value]) -> tuple[int, frozenset[str] | None]:
    """Version and wire names of a struct that holds no structs; no names for any other."""
    known, nested = _plan(kind)
    version = version_of(kind) if issubclass(kind, Message) else 1
    return version, None if nested else known


def _is_flat(raw: dict[str, Any], kind: type[Value]) -> bool:
    """Whether a value has nothing to lift, to keep or to look into: quick to see, and mostly so where it can be."""
    version, known = _flat(kind)
    return known is not None and raw.keys() <= known and raw.get("schema", 1) == version


def _decode_custom(kind: type[Any], value: Any) -> Any:
    if kind is Instant:
        return parse_instant(value)
    message = f"cannot read {kind.__name__}"
    raise NotImplementedError(message)


def _encode_custom(value: Any) -> Any:
    if isinstance(value, Instant):
        return str(value)
    message = f"cannot write {type(value).__name__}"
    raise NotImplementedError(message)


def from_value(value: object, kind: type[M]) -> M:
    """Validate a plain value (as orjson gives it) into a message. Raises DecodeError."""
    if not isinstance(value, dict):
        message = f"want an object for {kind.__name__}, got {type(value).__name__}"
        raise DecodeError(message)
    if not _is_flat(value, kind):
        value = _keep_unknown(_upcast(value, kind) if issubclass(kind, Message) else value, kind)
    try:
        return _converted(value, kind)
    except (msgspec.ValidationError, ValueError, RecursionError) as error:
        bare = _stated(value) if isinstance(value, dict) else value
        if bare != value:
            with suppress(msgspec.ValidationError, ValueError, RecursionError):
                return _converted(bare, kind)
        message = f"not a {kind.__name__}: {error}"
        raise DecodeError(message) from None


def _converted(value: object, kind: type[M]) -> M:
    return msgspec.convert(value, kind, strict=False, dec_hook=_decode_custom)


def _stated(value: dict[str, Any]) -> dict[str, Any]:
    """What an object says: a producer that writes `"build":null`, or a null in it, says nothing of it."""
    return {
        key: {name: one for name, one in item.items() if one is not None}
        if isinstance(item, dict)
        else item
        for key, item in value.items()
        if item is not None
    }


def loads(data: bytes | str) -> Any:
    """JSON to plain values. Raises DecodeError."""
    try:
        return orjson.loads(data)
    except (orjson.JSONDecodeError, RecursionError) as error:
        message = f"not JSON: {error}"
        raise DecodeError(message) from None


@cache
def _own_reader(kind: type[Value]) -> tuple[bytes, msgspec.json.Decoder[Any]]:
    """How the JSON of a struct begins where `encode` wrote it, and its decoder."""
    first = next((name for name in kind.__struct_encode_fields__ if name != _EXTRA), None)
    prefix = b"{" if first is None else b'{"' + first.encode() + b'":'
    return prefix, msgspec.json.Decoder(kind, dec_hook=_decode_custom)


@cache
def _own_rows_reader(kind: type[Value]) -> msgspec.json.Decoder[Any]:
    # A type made at run time: mypy wants one that it can read, msgspec takes what it is given.
    row = tuple[str, kind | None]  # type: ignore[valid-type]
    return msgspec.json.Decoder(list[row], dec_hook=_decode_custom)


def prepare() -> None:
    """Make the readers of all structs that are defined by now. To be called before several threads read.

    Where two threads make the first reader of a struct at the same time, one of them sees what msgspec (0.22) knows of
    it half filled in, and the process dies of a segmentation fault.
    """
    waiting: list[type[Value]] = [Value]
    while waiting:
        waiting += (kinds := waiting.pop().__subclasses__())
        for kind in kinds:
            # Values that are shown only need not be such as can be read.
            with contextlib.suppress(TypeError):
                _own_reader(kind)


def _unchanged(data: bytes, decoder: msgspec.json.Decoder[Any]) -> Any:
    """What the bytes hold, where `encode` makes the same bytes of it, else None."""
    if _EXTRA_BYTES in data:
        return None
    try:
        found = decoder.decode(data)
        return found if _ENCODER.encode(found) == data else None
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def _current(message: Value | None) -> bool:
    return not isinstance(message, Message) or message.schema == version_of(type(message))


def as_written(data: bytes, kind: type[M]) -> M | None:
    """The message, where `encode` makes the same bytes of it: then nothing in them is unknown, missing or old.

    Most of what is read is of our own making, and this way costs less than half of the tolerant one.
    """
    prefix, decoder = _own_reader(kind)
    found: M | None = _unchanged(data, decoder) if data.startswith(prefix) else None
    return found if _current(found) else None


def rows_as_written(data: bytes, kind: type[M]) -> list[tuple[str, M | None]] | None:
    """The same for an array of `[key, message or null]`."""
    found: list[tuple[str, M | None]] | None = _unchanged(data, _own_rows_reader(kind))
    return found if found is not None and all(_current(m) for _, m in found) else None


def decode(data: bytes | str, kind: type[M]) -> M:
    """JSON bytes to a message. Raises DecodeError."""
    found = as_written(data, kind) if isinstance(data, bytes) else None
    return from_value(loads(data), kind) if found is None else found


def decode_rows(data: bytes, kind: type[M]) -> list[tuple[str, M | None]]:
    """A JSON array of `[key, message or null]` to its items. Raises DecodeError; one bad message spoils all."""
    found = rows_as_written(data, kind)
    if found is not None:
        return found
    return [(key, None if v is None else from_value(v, kind)) for key, v in rows(data)]


def rows(data: bytes) -> list[tuple[str, object]]:
    """A JSON array of `[key, value]` to keys and plain values. Raises DecodeError for anything else."""
    items = loads(data)
    if not isinstance(items, list):
        message = "not a batch: want an array of [key, event]"
        raise DecodeError(message)
    found = []
    for item in items:
        if not (isinstance(item, list) and len(item) == 2 and isinstance(item[0], str)):  # noqa: PLR2004 - a pair
            message = "not a batch: want an array of [key, event]"
            raise DecodeError(message)
        found.append((item[0], item[1]))
    return found


def _flatten(value: Any, kind: type[Value]) -> Any:
    """Undo `_keep_unknown`: the kept fields of every struct after its own. Keys of plain maps are data."""
    if not isinstance(value, dict):
        return value
    _, nested = _plan(kind)
    out = {key: item for key, item in value.items() if key != _EXTRA}
    for wire, shape, inner in nested:
        if wire in out:
            out[wire] = _flatten_nested(out[wire], shape, inner)
    for key, item in (value.get(_EXTRA) or {}).items():
        out.setdefault(key, item)
    return out


def _flatten_nested(value: Any, shape: str, inner: type[Value]) -> Any:
    if shape == "many" and isinstance(value, list):
        return [_flatten(item, inner) for item in value]
    if shape == "map" and isinstance(value, dict):
        return {key: _flatten(item, inner) for key, item in value.items()}
    return _flatten(value, inner)


_ENCODER: Final = msgspec.json.Encoder(enc_hook=_encode_custom, decimal_format="number")


def encode(message: msgspec.Struct) -> bytes:
    """A message as compact JSON bytes, fields in declared order, kept unknown fields after them."""
    data = _ENCODER.encode(message)
    if _EXTRA_BYTES in data and isinstance(message, Value):
        return orjson.dumps(_flatten(orjson.loads(data), type(message)))
    return data


def to_value(message: msgspec.Struct) -> Any:
    """A message as plain values (dict, list, str, int, float, bool, None)."""
    return orjson.loads(encode(message))

r"""What log shippers make of a line: a JSON object per line. A table of shapes, first match wins.

In: a raw line that begins with `{`. Out: Prefixed, or None. New shapes are new rows of SHAPES.
Field names: Vector's kubernetes_logs and docker_logs sources, Fluent Bit's tail input with its kubernetes filter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import msgspec
import orjson

from streams.core.parse.prefixed import Prefixed

Object = dict[str, object]


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """One shape: the names of its fields, those of `inside` within that object ("" = the record itself).

    `merged`: the text may be gone because its own JSON fields were lifted into the record.
    """

    name: str
    text: str
    times: tuple[str, ...]
    inside: str
    container_id: str
    pod_uid: str = ""
    pod: str = ""
    namespace: str = ""
    container: str
    host: str
    labels: str
    merged: bool = False


SHAPES: Final = (
    Shape(
        name="vector",  # source kubernetes_logs
        text="message",
        times=("timestamp",),
        inside="kubernetes",
        container_id="container_id",
        pod_uid="pod_uid",
        pod="pod_name",
        namespace="pod_namespace",
        container="container_name",
        host="pod_node_name",
        labels="pod_labels",
    ),
    Shape(
        name="fluent-bit",  # `time` is the CRI parser's; `@timestamp` and `date` are what outputs add
        text="log",
        times=("time", "@timestamp", "date"),
        inside="kubernetes",
        container_id="docker_id",
        pod_uid="pod_id",
        pod="pod_name",
        namespace="namespace_name",
        container="container_name",
        host="host",
        labels="labels",
        merged=True,
    ),
    Shape(
        name="vector-docker",  # source docker_logs
        text="message",
        times=("timestamp",),
        inside="",
        container_id="container_id",
        container="container_name",
        host="host",
        labels="label",
    ),
)
# Every shape names its container; without one of these a line is not even decoded.
_HINTS: Final = ('"kubernetes"', '"container_id"')
# Where the name of a service is looked for, before the container's own (OpenTelemetry's order for Kubernetes
# has the first; `app` is what most people write; the last is docker compose's).
_SERVICE_LABELS: Final = ("app.kubernetes.io/name", "app", "com.docker.compose.service")
_JOINED: Final = '{"panictrail.joined":'


def joined(text: str) -> str:
    """Several lines that arrived as one, as one line: read_shipped gives them back."""
    return _JOINED + orjson.dumps(text).decode() + "}"


def unjoined(line: str) -> str | None:
    """The lines inside a line that `joined` made; None for every other line."""
    if not line.startswith(_JOINED):
        return None
    value = _object(line)
    text = next(iter(value.values())) if value and len(value) == 1 else None
    return text if isinstance(text, str) else None


def looks_shipped(line: str) -> bool:
    """Whether a raw line can be of one of the shapes; never False for one that is."""
    return line.startswith("{") and (
        _HINTS[0] in line or _HINTS[1] in line or line.startswith(_JOINED)
    )


def _object(line: str) -> Object | None:
    try:
        value = orjson.loads(line)
    except (orjson.JSONDecodeError, UnicodeEncodeError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


# ---- what is decoded of a record: the fields that a shape names and nothing else, for a fifth of the time


def _attribute(key: str) -> str:
    return re.sub(r"\W", "_", key) + "_"


def _by_attribute(shape: Shape) -> Shape:
    """The shape with names of attributes in the place of keys."""
    keys = {"text", "inside", "container_id", "pod_uid", "pod", "namespace", "container", "host", "labels"}  # fmt: skip
    names = {key: _attribute(getattr(shape, key)) for key in keys if getattr(shape, key)}
    return msgspec.structs.replace(shape, times=tuple(map(_attribute, shape.times)), **names)


def _keys_of(inside: str) -> set[str]:
    """The keys that the shapes name in this object."""
    keys = {""} if inside else {"stream"}
    for shape in SHAPES:
        if shape.inside == inside:
            keys |= {shape.pod, shape.namespace, shape.container, shape.host, shape.labels}
        if not inside:
            keys |= {*shape.times}
    return keys | _telling_keys_of(inside)


def _telling_keys_of(inside: str) -> set[str]:
    """Those that say whether a record is of a shape, and what a program wrote."""
    keys = {""} if inside else {shape.text for shape in SHAPES}
    for shape in SHAPES:
        if shape.inside == inside:
            keys |= {shape.container_id, shape.pod_uid}
    return keys


Keys = Callable[[str], set[str]]


def _struct(inside: str, keys_of: Keys, objects: Iterable[str] = ()) -> type[msgspec.Struct]:
    """What is decoded of an object: its keys, of any type and unset where missing, and the objects in it."""
    keys = sorted(keys_of(inside) - {""})
    plain = [(_attribute(key), Any, msgspec.UNSET) for key in keys]
    nested = [(_attribute(key), _struct(key, keys_of) | None, None) for key in objects]
    rename = {_attribute(key): key for key in (*keys, *objects)}
    return msgspec.defstruct(inside or "record", [*plain, *nested], rename=rename, gc=False)


_OBJECTS: Final = sorted({shape.inside for shape in SHAPES} - {""})
_DECODER: Final = msgspec.json.Decoder(_struct("", _keys_of, _OBJECTS))
_TELLING: Final = msgspec.json.Decoder(_struct("", _telling_keys_of, _OBJECTS))
_BAD: Final = (msgspec.DecodeError, UnicodeEncodeError, RecursionError)
_STREAM: Final = _attribute("stream")
_SHAPES: Final = tuple(map(_by_attribute, SHAPES))
# Of each shape the attributes by which `texts_of` finds its text.
_TEXTS: Final = tuple((s.text, s.inside, s.container_id, s.pod_uid) for s in _SHAPES)


def _decoded(
    line: str, decoder: msgspec.json.Decoder[msgspec.Struct] = _DECODER
) -> msgspec.Struct | None:
    """The record of a line, None for one that is no object or has something else where an object should be."""
    try:
        return decoder.decode(line)
    except _BAD:
        return None


def _get(value: msgspec.Struct, attribute: str) -> str | None:
    found = getattr(value, attribute) if attribute else None
    return found if isinstance(found, str) and found else None


def _times(value: msgspec.Struct, attributes: tuple[str, ...]) -> Iterator[str]:
    for attribute in attributes:
        found = getattr(value, attribute)
        if isinstance(found, (str, int, float)) and not isinstance(found, bool) and found != "":
            yield str(found)


def _container(shape: Shape, place: msgspec.Struct) -> str | None:
    """Law 2: container id or pod uid (with the container's name: the containers of a pod share it)."""
    container = _get(place, shape.container_id)
    if container:
        # Vector writes `containerd://9f1f…`, Fluent Bit `9f1f…`: one container, whoever ships it.
        return container.rpartition("://")[2]
    uid = _get(place, shape.pod_uid)
    return "/".join(filter(None, (uid, _get(place, shape.container)))) if uid else None


def _service(shape: Shape, place: msgspec.Struct) -> str | None:
    labels = getattr(place, shape.labels)
    if isinstance(labels, dict):
        for key in _SERVICE_LABELS:
            if isinstance(labels.get(key), str) and labels[key]:
                return str(labels[key])
    return _get(place, shape.container)


def _matched(record: msgspec.Struct, line: str) -> tuple[Shape, msgspec.Struct, str, str] | None:
    """The shape of a record, the object that says whose line it is, the container, the text."""
    for shape in _SHAPES:
        place = getattr(record, shape.inside) if shape.inside else record
        if place is None:
            continue
        text = getattr(record, shape.text)
        if text is msgspec.UNSET and shape.merged:
            text = line
        if isinstance(text, str) and (container := _container(shape, place)):
            return shape, place, container, text.removesuffix("\n")
    return None


def _telling_text(record: msgspec.Struct | None, line: str) -> str:
    if record is not None:
        for text, inside, container_id, pod_uid in _TEXTS:
            place = getattr(record, inside) if inside else record
            found = getattr(record, text)
            if place is None or not isinstance(found, str):
                continue
            if getattr(place, container_id) or (pod_uid and getattr(place, pod_uid)):
                return found
    return line


def texts_of(lines: list[str]) -> list[str]:
    """Of each raw line all that can matter: what a program wrote, of a shipper's record; else the whole line."""
    try:
        found: Iterable[msgspec.Struct | None] = [_TELLING.decode(line) for line in lines]
    except _BAD:
        found = (_decoded(line, _TELLING) if line.startswith("{") else None for line in lines)
    return [_telling_text(record, line) for record, line in zip(found, lines, strict=True)]


def read_shipped(line: str) -> Prefixed | None:
    """The line inside a shipper's record, and whose it is; None for a line that is no such record."""
    record = _decoded(line) if looks_shipped(line) else None
    found = None if record is None else _matched(record, line)
    if record is None or found is None:
        return None
    shape, place, container, text = found
    output = _get(record, _STREAM)
    return Prefixed(
        shape=shape.name,
        payload=text,
        stream=f"{container}/{output}" if output else container,
        time=next(_times(record, shape.times), ""),
        service=_service(shape, place),
        host=_get(place, shape.host),
        pod=_get(place, shape.pod),
        namespace=_get(place, shape.namespace),
        container=_get(place, shape.container),
        output=output,
    )

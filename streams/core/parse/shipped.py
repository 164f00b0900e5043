r"""What log shippers make of a line: a JSON object per line. A table of shapes, first match wins.

In: a raw line that begins with `{`. Out: Prefixed, or None. New shapes are new rows of SHAPES.
Field names: Vector's kubernetes_logs and docker_logs sources, Fluent Bit's tail input with its kubernetes filter.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

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


def _text(value: Object, key: str) -> str | None:
    found = value.get(key)
    return found if isinstance(found, str) and found else None


def _times(value: Object, keys: tuple[str, ...]) -> Iterator[str]:
    for key in keys:
        found = value.get(key)
        if isinstance(found, (str, int, float)) and not isinstance(found, bool) and found != "":
            yield str(found)


def _identity(shape: Shape, place: Object, output: str | None) -> str | None:
    """Law 2: container id or pod uid (with the container's name: they share it), and the stream."""
    container = _text(place, shape.container_id)
    if container:
        # Vector writes `containerd://9f1f…`, Fluent Bit `9f1f…`: one container, whoever ships it.
        name = container.rpartition("://")[2]
    else:
        uid = _text(place, shape.pod_uid) if shape.pod_uid else None
        if not uid:
            return None
        name = "/".join(filter(None, (uid, _text(place, shape.container))))
    return f"{name}/{output}" if output else name


def _service(shape: Shape, place: Object) -> str | None:
    labels = place.get(shape.labels)
    named = (_text(labels, key) for key in _SERVICE_LABELS) if isinstance(labels, dict) else ()
    return next(filter(None, named), None) or _text(place, shape.container)


def _payload(shape: Shape, value: Object, line: str) -> str | None:
    text = value.get(shape.text)
    if isinstance(text, str):
        return text.removesuffix("\n")
    return line if shape.merged and shape.text not in value else None


def _read(shape: Shape, value: Object, line: str) -> Prefixed | None:
    place = value.get(shape.inside) if shape.inside else value
    if not isinstance(place, dict):
        return None
    output = _text(value, "stream")
    stream = _identity(shape, place, output)
    payload = _payload(shape, value, line)
    if stream is None or payload is None:
        return None
    return Prefixed(
        shape=shape.name,
        payload=payload,
        stream=stream,
        time=next(_times(value, shape.times), ""),
        service=_service(shape, place),
        host=_text(place, shape.host),
        pod=_text(place, shape.pod),
        namespace=_text(place, shape.namespace),
        container=_text(place, shape.container),
        output=output,
    )


def read_shipped(line: str) -> Prefixed | None:
    """The line inside a shipper's record, and whose it is; None for a line that is no such record."""
    if not looks_shipped(line):
        return None
    value = _object(line)
    if value is None:
        return None
    found = (_read(shape, value, line) for shape in SHAPES)
    return next(filter(None, found), None)

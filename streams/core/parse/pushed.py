"""Records of many lines of many streams: bodies of Loki's push API and of OTLP's logs, as JSON.

In: a raw line. Out: its lines as Prefixed, in order. Sources: Grafana Loki HTTP API, /loki/api/v1/push;
opentelemetry-proto 1.x, collector/logs/v1 (ExportLogsServiceRequest) in its JSON encoding, OpenTelemetry semantic
conventions for k8s, container, host, log and exception attributes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec
import orjson

from streams.core.parse.early import fine_time
from streams.core.parse.prefixed import Prefixed

Labels = dict[str, str]
PUSHED: Final = ("loki", "otlp")
_LOKI: Final = '"streams"'
_OTLP: Final = '"resourceLogs"'
# Promtail's, Alloy's and the Helm charts' names for one thing.
_NAMESPACE: Final = ("namespace", "k8s_namespace_name")
_POD: Final = ("pod", "k8s_pod_name", "pod_name", "instance")
_CONTAINER: Final = ("container", "k8s_container_name", "container_name")
_SERVICE: Final = ("service_name", "app_kubernetes_io_name", "app")
_HOST: Final = ("node_name", "node", "k8s_node_name", "hostname", "host")
_TRACE: Final = ("trace_id", "traceID", "traceId")
_DEPTH: Final = 16
_NO_TRACE: Final = "0" * 32


def looks_pushed(line: str) -> bool:
    """Whether a line can be such a body; never False for one that is."""
    return _LOKI in line or _OTLP in line


def read_pushed(line: str) -> tuple[Prefixed, ...]:
    """The lines of a body; none for a line that is no such body."""
    try:
        value = orjson.loads(line)
    except (orjson.JSONDecodeError, UnicodeEncodeError, RecursionError):
        return ()
    if not isinstance(value, dict):
        return ()
    if isinstance(value.get("streams"), list):
        return tuple(_loki(value["streams"]))
    if isinstance(value.get("resourceLogs"), list):
        return tuple(_otlp(value["resourceLogs"]))
    return ()


def _objects(value: object) -> Iterator[dict[str, Any]]:
    return (
        (item for item in value if isinstance(item, dict)) if isinstance(value, list) else iter(())
    )


def _first(labels: dict[str, str], keys: tuple[str, ...]) -> str | None:
    return next((labels[key] for key in keys if labels.get(key)), None)


def _nanoseconds(value: object) -> str:
    """Nanoseconds since 1970, as text or number; empty for 0, which stands for an unknown time."""
    text = str(value) if isinstance(value, (str, int)) else ""
    time = fine_time(text)
    return "" if time == text else time


def _everything(labels: dict[str, str], output: str) -> str:
    """An identity of all labels where none of them names a container."""
    return ",".join(f"{k}={v}" for k, v in sorted(labels.items()) if k != output)


# ---- Loki


def _loki(streams: list[Any]) -> Iterator[Prefixed]:
    for stream in _objects(streams):
        labels = stream.get("stream")
        values = stream.get("values")
        if isinstance(labels, dict) and isinstance(values, list):
            whose = whose_of(labels_of(labels))
            for value in values:
                line = _loki_line(whose, value)
                if line is not None:
                    yield line


def labels_of(value: dict[str, Any]) -> Labels:
    """The labels of a stream that are texts."""
    return {k: v for k, v in value.items() if isinstance(v, str)}


def whose_of(labels: Labels) -> Prefixed:
    """All that a stream's labels say."""
    output = labels.get("stream")
    namespace, pod = _first(labels, _NAMESPACE), _first(labels, _POD)
    container = _first(labels, _CONTAINER)
    who = "/".join(filter(None, (namespace, pod, container))) if pod else labels.get("filename")
    who = who or _everything(labels, "stream")
    return Prefixed(
        shape="loki",
        payload="",
        stream=f"{who}/{output}" if output else who,
        service=_first(labels, _SERVICE) or container or labels.get("job"),
        host=_first(labels, _HOST),
        pod=pod,
        namespace=namespace,
        container=container,
        output=output,
    )


def _loki_line(whose: Prefixed, value: object) -> Prefixed | None:
    """A line of a stream: time and text, since Loki 3 with structured metadata behind."""
    match value:
        case [time, str(text), *rest]:
            more = rest[0] if rest and isinstance(rest[0], dict) else {}
        case _:
            return None
    trace = next((more[key] for key in _TRACE if isinstance(more.get(key), str)), None)
    return msgspec.structs.replace(
        whose, time=_nanoseconds(time), payload=text.removesuffix("\n"), trace=trace
    )


# ---- OTLP


def _otlp(resources: list[Any]) -> Iterator[Prefixed]:
    for resource in _objects(resources):
        inside = resource.get("resource")
        attributes = attributes_of(inside.get("attributes") if isinstance(inside, dict) else None)
        # `instrumentationLibraryLogs` until opentelemetry-proto 0.15.
        scopes = resource.get("scopeLogs") or resource.get("instrumentationLibraryLogs")
        for scope in _objects(scopes):
            for record in _objects(scope.get("logRecords")):
                line = otlp_line(attributes, record)
                if line is not None:
                    yield line


def _value(value: object, depth: int = 0) -> object:
    """An AnyValue as plain JSON; what is nested too deep for a log is left out."""
    if not isinstance(value, dict) or depth > _DEPTH:
        return None
    for kind, found in value.items():
        if kind == "arrayValue" and isinstance(found, dict):
            return [_value(item, depth + 1) for item in _objects(found.get("values"))]
        if kind == "kvlistValue" and isinstance(found, dict):
            return _key_values(found.get("values"), depth + 1)
        return found
    return None


def _key_values(pairs: object, depth: int = 0) -> dict[str, object]:
    return {
        pair["key"]: _value(pair.get("value"), depth)
        for pair in _objects(pairs)
        if isinstance(pair.get("key"), str)
    }


def attributes_of(pairs: object) -> Labels:
    """The attributes of a resource or a record that are texts."""
    return {k: v for k, v in _key_values(pairs).items() if isinstance(v, str) and v}


def otlp_line(resource: Labels, record: dict[str, Any]) -> Prefixed | None:
    """A log record, with the attributes of its resource; None for one without text and fields."""
    own = attributes_of(record.get("attributes"))
    text = _body(_value(record.get("body")), record.get("attributes"), own)
    if text is None:
        return None
    at = {**resource, **own}
    who = _who(at) or _everything(resource, "")
    output = at.get("log.iostream")
    trace = record.get("traceId")
    return Prefixed(
        shape="otlp",
        payload=text.removesuffix("\n"),
        stream=f"{who}/{output}" if output else who,
        time=_nanoseconds(record.get("timeUnixNano")) or _nanoseconds(record.get("observedTimeUnixNano")),
        service=_first(at, ("service.name", "k8s.container.name", "container")),
        host=at.get("k8s.node.name") or at.get("host.name"),
        pod=_first(at, ("k8s.pod.name", "pod")),
        namespace=_first(at, ("k8s.namespace.name", "namespace")),
        container=_first(at, ("k8s.container.name", "container.name", "container")),
        output=output,
        image=at.get("container.image.name"),
        trace=trace if isinstance(trace, str) and trace and trace != _NO_TRACE else None,
        goes_on=own.get("logtag") == "P",
    )  # fmt: skip


_WAYS: Final = (
    ("container.id",),
    ("k8s.pod.uid", "k8s.container.name"),
    ("k8s.namespace.name", "k8s.pod.name", "k8s.container.name"),
    # Labels of Loki that Alloy's otelcol.receiver.loki made attributes.
    ("namespace", "pod", "container"),
    ("service.instance.id",),
    ("host.name", "log.file.path"),
    ("host.name", "process.pid"),
)


def _who(at: dict[str, str]) -> str | None:
    """Law 2."""
    return next(
        ("/".join(at[key] for key in way) for way in _WAYS if all(map(at.get, way))),
        None,
    )


def _body(body: object, pairs: object, attributes: dict[str, str]) -> str | None:
    """What the program wrote; with a stack beside it, or of fields, a line of JSON as its logger would write it."""
    stack = any("goroutine " in value for value in attributes.values())
    if isinstance(body, str) and not stack:
        return body
    if isinstance(body, dict) or stack:
        told = body if isinstance(body, dict) else {"msg": body}
        return orjson.dumps({**told, **_key_values(pairs)}).decode()
    return None

"""The fields of a structured log line, whatever its logger calls them.

In: a decoded JSON object. Out: time, source, context and texts. One nested level is reachable as `a.b`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from streams.model.crash import Context, Source

_TIME: Final = ("time", "ts", "timestamp", "@timestamp", "t", "datetime", "eventTime")
_SERVICE: Final = ("service", "service.name", "service_name", "serviceName", "app", "application")
_HOST: Final = ("host", "hostname", "host.name", "kubernetes.node_name", "_HOSTNAME")
_POD: Final = ("pod", "pod_name", "pod.name", "kubernetes.pod_name", "k8s.pod.name", "PodName")
_NAMESPACE: Final = (
    "namespace",
    "namespace_name",
    "kubernetes.namespace_name",
    "k8s.namespace.name",
)
_CONTAINER: Final = (
    "container", "container_name", "container.name", "kubernetes.container_name", "k8s.container.name",
)  # fmt: skip
_METHOD: Final = (
    "method",
    "http_method",
    "http.method",
    "http.request.method",
    "request_method",
    "request.method",
)
_PATH: Final = (
    "path", "http_path", "http.path", "http.target", "http.route", "uri", "request_uri", "url.path",
    "url", "request.path", "request.uri", "request.url", "http.url", "route",
)  # fmt: skip
_STATUS: Final = (
    "status", "status_code", "http_status", "http.status", "http.status_code",
    "http.response.status_code", "response.status", "response.status_code", "statusCode", "res.statusCode",
)  # fmt: skip
_NESTED_STATUS: Final = "http.response.status_code"
_TRACE: Final = (
    "trace_id",
    "traceId",
    "traceID",
    "traceid",
    "trace.id",
    "dd.trace_id",
    "otelTraceID",
)
_SPAN: Final = ("span_id", "spanId", "spanID", "spanid", "span.id", "dd.span_id", "otelSpanID")
# W3C Trace Context, as a proxy or a middleware logs the header: version, trace, span, flags.
TRACEPARENT: Final = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?")
_PARENT: Final = "traceparent"
_MAX_ATTRIBUTES: Final = 32
_MAX_ATTRIBUTE_CHARS: Final = 512
_STATUS_TEXTS: Final = frozenset(map(str, range(100, 600)))


def _code(text: str) -> int | None:
    """`500`, or as Go writes the status of an answer: `500 Internal Server Error`."""
    number = text.partition(" ")[0]
    return int(number) if number in _STATUS_TEXTS else None


class Fields:
    """A JSON object with one nested level laid flat; scalars only."""

    def __init__(self, value: dict[str, object]) -> None:
        self._flat: dict[str, object] = {}
        for key, item in value.items():
            if isinstance(item, dict):
                self._flat.update({f"{key}.{k}": v for k, v in item.items()})
            else:
                self._flat[key] = item
        # ECS and OpenTelemetry as nested objects: the one field that stands a level deeper.
        response = self._flat.get("http.response")
        if isinstance(response, dict):
            self._flat.setdefault(_NESTED_STATUS, response.get("status_code"))

    def strings(self) -> Iterator[tuple[str, str]]:
        """Key and value of every text field, in order."""
        return ((key, item) for key, item in self._flat.items() if isinstance(item, str))

    def text(self, key: str) -> str | None:
        """A scalar field as text, None where it is absent, empty or no scalar."""
        item = self._flat.get(key)
        if isinstance(item, bool):
            return "true" if item else "false"
        return str(item) if isinstance(item, (str, int, float)) and item != "" else None

    def _first(self, keys: tuple[str, ...]) -> str | None:
        return next((found for key in keys if (found := self.text(key))), None)

    def time(self) -> str:
        """The time as the line states it, empty where it states none."""
        return self._first(_TIME) or ""

    def source(self) -> Source:
        """Where the line says it comes from."""
        return Source(
            service=self._first(_SERVICE),
            host=self._first(_HOST),
            pod=self._first(_POD),
            namespace=self._first(_NAMESPACE),
            container=self._first(_CONTAINER),
        )

    def _status(self) -> int | None:
        """The first field that states one: `status` may as well be that of a job."""
        codes = (_code(text) for key in _STATUS if (text := self.text(key)))
        return next((code for code in codes if code is not None), None)

    def context(self, crash_key: str, value_keys: tuple[str, ...]) -> Context:
        """The request and trace, and every other scalar field as an attribute."""
        known = {
            crash_key, *value_keys, *_TIME, *_SERVICE, *_HOST, *_POD, *_NAMESPACE, *_CONTAINER,
            *_METHOD, *_PATH, *_STATUS, *_TRACE, *_SPAN,
        }  # fmt: skip
        others = ((key, self.text(key)) for key in self._flat if key not in known)
        parent = TRACEPARENT.fullmatch(self.text(_PARENT) or "")
        kept = [(key[:_MAX_ATTRIBUTE_CHARS], text) for key, text in others if text is not None]
        return Context(
            http_method=self._first(_METHOD),
            http_path=self._first(_PATH),
            http_status=self._status(),
            trace_id=self._first(_TRACE) or (parent[1] if parent else None),
            span_id=self._first(_SPAN) or (parent[2] if parent else None),
            attributes={key: text[:_MAX_ATTRIBUTE_CHARS] for key, text in kept[:_MAX_ATTRIBUTES]},
        )

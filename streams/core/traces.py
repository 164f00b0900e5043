"""The trace and the span in which a crash happened, and links to where people look at them.

In: a crash record, link templates of the settings. Out: ids, links. An id is a text from a log: nothing is assumed of
it but its length, and in a link it is percent-encoded. docs/traces.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import quote

import msgspec

from streams.core.parse.fields import TRACEPARENT
from streams.model.crash import Crash
from streams.model.traces import FIELD, TraceLink

# W3C Trace Context has 32 digits; others' are UUIDs, or numbers.
_MOST_ID: Final = 128
_MS: Final = 1_000_000
# A log or a trace of the crash is looked for so long around it.
_AROUND_MS: Final = 5 * 60 * 1000


class Traced(msgspec.Struct, frozen=True):
    """In which trace and span a crash happened, as far as it says."""

    trace_id: str | None = None
    span_id: str | None = None


def traced(crash: Crash) -> Traced:
    """What the record states, else the labels of the goroutine that crashed (pprof.Do)."""
    stated = Traced(_short(crash.context.trace_id), _short(crash.context.span_id))
    if stated.trace_id:
        return stated
    labels = next((each.labels for each in crash.goroutines if each.crashed), {})
    parent = TRACEPARENT.fullmatch(labels.get("traceparent", ""))
    if labels.get("trace_id") or parent is None:
        return Traced(_short(labels.get("trace_id")), _short(labels.get("span_id")))
    return Traced(parent[1], parent[2])


def _short(text: str | None) -> str | None:
    return text if text and len(text) <= _MOST_ID else None


def links(crash: Crash, templates: Iterable[tuple[str, str]]) -> tuple[TraceLink, ...]:
    """Links of a crash by templates (name, URL), in their order; none that lacks what its template asks for."""
    values = _values(crash)
    return tuple(
        TraceLink(name, FIELD.sub(lambda field: values[field[1]], template))
        for name, template in templates
        if {*FIELD.findall(template)} <= values.keys()
    )


def _values(crash: Crash) -> Mapping[str, str]:
    """Every field that is known, fit for any part of a URL."""
    seen, at = traced(crash), crash.source.at
    known = {"trace_id": seen.trace_id, "span_id": seen.span_id, "service": crash.source.service}
    if at is not None:
        known["start_ms"] = str(max(0, at.ns // _MS - _AROUND_MS))
        known["end_ms"] = str(at.ns // _MS + _AROUND_MS)
    return {name: quote(value, safe="", errors="replace") for name, value in known.items() if value}

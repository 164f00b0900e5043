"""Bodies of Loki's push API and of OTLP's logs, as JSON: cut into raw lines of one stream each, what is no line apart.

In: a plain value. Out: Lines, each a body of the same API with lines of one stream. Raises UnreadableError for a value
that is no such body. Sources as in core/parse/pushed.py, which reads the lines.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import orjson

from streams.core.ingest.said import OUTPUTS
from streams.core.ingest.taken import Line, Lines, check_count
from streams.core.parse.pushed import Labels, attributes_of, labels_of, otlp_line, whose_of
from streams.core.webhooks.delivery import Bad, UnreadableError
from streams.core.webhooks.documents import SHOWN_CHARS

_OUTPUTS: Final = ("", *OUTPUTS)


def key_of(stream: str) -> str:
    """What the lines of one container have in common: its stream identity without the output."""
    who, _, output = stream.rpartition("/")
    return who if who and output in _OUTPUTS else stream


def is_nobody(stream: str) -> bool:
    """Whether an identity names no one: lines of several senders would be taken for those of one."""
    return stream in _OUTPUTS


def _bad(value: object, error: str, where: str) -> Bad:
    try:
        text = orjson.dumps(value).decode()
    except (TypeError, ValueError):
        text = ""
    return Bad(text[:SHOWN_CHARS], error, where)


def _list(value: object, name: str, where: str) -> list[object]:
    found = value.get(name) if isinstance(value, dict) else None
    if not isinstance(found, list):
        raise UnreadableError(f"want a list `{name}`", where)
    return found


# ---- Loki


def read_loki(value: object, sender: str) -> Lines:
    """The streams of a push. `sender`: an identity for streams whose labels name no one."""
    lines: list[Line] = []
    bad: list[Bad] = []
    count = 0
    for number, stream in enumerate(_list(value, "streams", "body")):
        where = f"streams[{number}]"
        labels = stream.get("stream") if isinstance(stream, dict) else None
        values = stream.get("values") if isinstance(stream, dict) else None
        if not isinstance(labels, dict) or not isinstance(values, list):
            bad.append(_bad(stream, "want an object `stream` and a list `values`", where))
            continue
        check_count(count + len(values))
        good = list(_values(values, where, bad))
        if good:
            count += len(good)
            lines.append(_loki_line(labels, good, sender))
    return Lines(tuple(lines), count, tuple(bad))


def _values(values: list[object], where: str, bad: list[Bad]) -> Iterator[object]:
    for number, value in enumerate(values):
        match value:
            case [str() | int(), str(), *_]:
                yield value
            case _:
                bad.append(_bad(value, "want [time, line]", f"{where}.values[{number}]"))


def _loki_line(labels: dict[str, object], values: list[object], sender: str) -> Line:
    stream = whose_of(labels_of(labels)).stream
    if is_nobody(stream):
        labels = {**labels, "panictrail_from": sender}
        stream = whose_of(labels_of(labels)).stream
    push = {"streams": [{"stream": labels, "values": values}]}
    return Line(key_of(stream), orjson.dumps(push))


# ---- OTLP


def read_otlp(value: object, sender: str) -> Lines:
    """The log records of an ExportLogsServiceRequest; a record without a body of text or fields is none."""
    lines: list[Line] = []
    bad: list[Bad] = []
    count = 0
    for number, each in enumerate(_list(value, "resourceLogs", "body")):
        where = f"resourceLogs[{number}]"
        if not isinstance(each, dict):
            bad.append(_bad(each, "want an object", where))
            continue
        streams: dict[str, list[object]] = {}
        resource = each.get("resource")
        attributes = attributes_of(
            resource.get("attributes") if isinstance(resource, dict) else None
        )
        for place, record in _records(each, where, bad):
            stream = _stream(attributes, record)
            if stream is None:
                bad.append(_bad(record, "no body: want text or fields", place))
                continue
            count += 1
            check_count(count)
            streams.setdefault(stream, []).append(record)
        lines += [_otlp_line(resource, of, stream, sender) for stream, of in streams.items()]
    return Lines(tuple(lines), count, tuple(bad))


def _records(each: dict[str, object], where: str, bad: list[Bad]) -> Iterator[tuple[str, object]]:
    scopes = each.get("scopeLogs", each.get("instrumentationLibraryLogs", []))
    if not isinstance(scopes, list):
        bad.append(_bad(each, "want a list `scopeLogs`", where))
        return
    for number, scope in enumerate(scopes):
        inside = f"{where}.scopeLogs[{number}]"
        records = scope.get("logRecords") if isinstance(scope, dict) else None
        if not isinstance(records, list):
            bad.append(_bad(scope, "want a list `logRecords`", inside))
            continue
        yield from ((f"{inside}.logRecords[{n}]", record) for n, record in enumerate(records))


def _stream(resource: Labels, record: object) -> str | None:
    line = otlp_line(resource, record) if isinstance(record, dict) else None
    return None if line is None else line.stream


def _otlp_line(resource: object, records: list[object], stream: str, sender: str) -> Line:
    named = dict(resource) if isinstance(resource, dict) else {}
    if is_nobody(stream):
        own = named.get("attributes")
        who = {"key": "service.instance.id", "value": {"stringValue": sender}}
        named["attributes"] = [*(own if isinstance(own, list) else ()), who]
        stream = f"{sender}/{stream}" if stream else sender
    body = {"resourceLogs": [{"resource": named, "scopeLogs": [{"logRecords": records}]}]}
    return Line(key_of(stream), orjson.dumps(body))

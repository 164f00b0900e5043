"""The HTTP status of the request that a crash belongs to: fields of the crash, or lines of a log around it.

In: a crash, or a text with lines around a stack. Out: a status from 100 to 599, None where nothing states one. What a
crash says of an answer that it got itself ("upstream: 503") is no status of its request.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from streams.model.crash import Context, Crash

# Names of loggers, OpenTelemetry's semantic conventions (old and new), ECS, and the recovery middlewares.
STATUS_KEYS: Final = (
    "http.response.status_code", "http.status_code", "http_status", "http.status", "status_code", "statusCode",
    "response.status_code", "response.status", "resp.status", "res.statusCode", "http_status_code", "response_code",
    "status",
)  # fmt: skip
_CODE: Final = re.compile(r"([1-5]\d\d)(?![\d.])")
_KEYS: Final = "|".join(re.escape(key) for key in STATUS_KEYS)
_ANSI: Final = r"(?:\x1b\[[\d;]*m)*"
# What a line that states a status has in it.
_MARKS: Final = ("tatus", "HTTP/", "[GIN]", "response_code")
_LINES: Final = tuple(
    re.compile(pattern)
    for pattern in (
        # logfmt and JSON, whatever object the key stands in: {"http":{"status":500}} too.
        rf"(?:^|[\s\"{{,.])(?:{_KEYS})\\?\"?\s?[=:]\s?\\?\"?([1-5]\d\d)(?![\d.])",
        # gin logger.go: [GIN] 2026/11/26 - 17:29:43 | 500 | 695.987µs | …
        rf"\[GIN\] [^|]{{8,40}}\|{_ANSI}\s?([1-5]\d\d)\s?{_ANSI}\|",
        # chi middleware/logger.go: "GET http://… HTTP/1.1" from 192.0.2.1:1234 - 500 0B in 162.902µs
        rf'HTTP/\d(?:\.\d)?{_ANSI}"{_ANSI} from \S{{1,80}} - {_ANSI}([1-5]\d\d){_ANSI} ',
        # the common log format and what extends it: … "GET /cart HTTP/1.1" 500 321
        r'HTTP/\d(?:\.\d)?" ([1-5]\d\d)(?: |$)',
    )
)
# So much of a text's begin and end is looked at, and so much of a line.
_MOST_CHARS: Final = 8192
_MOST_OF_LINE: Final = 4096


def code_of(text: str | None) -> int | None:
    """A status that a field states: `500`, `500 Internal Server Error`."""
    match = _CODE.match(text) if text else None
    return int(match[1]) if match else None


def status_of(crash: Crash) -> int | None:
    """What the context of a crash says: the status that was recognised, else a field that states one."""
    context = crash.context
    if context.http_status is not None or not context.attributes:
        return context.http_status
    return next(filter(None, (code_of(context.attributes.get(key)) for key in STATUS_KEYS)), None)


def status_in_line(line: str) -> int | None:
    """The status that a line of a log states: fields, or an access log."""
    if not any(mark in line for mark in _MARKS):
        return None
    line = line[:_MOST_OF_LINE]
    return next((int(match[1]) for pattern in _LINES if (match := pattern.search(line))), None)


def nearest_status(before: Iterable[str], after: Iterable[str]) -> int | None:
    """The first status of lines below a crash, else the last above it: a request is logged when it is over."""
    for line in after:
        if (found := status_in_line(line)) is not None:
            return found
    return next(
        (f for line in reversed(list(before)) if (f := status_in_line(line)) is not None), None
    )


def _around(text: str) -> tuple[list[str], list[str]]:
    """The lines above the first and below the last line of a stack."""
    head, tail = text[:_MOST_CHARS], text[-_MOST_CHARS:]
    first = next(
        (at for mark in ("\ngoroutine ", "\n\t") if (at := head.find(mark)) >= 0), len(head)
    )
    last = tail.rfind("\n\t")
    below = tail[last:].split("\n")[2:] if last >= 0 else []
    return list(_of_logs(head[:first].split("\n"))), list(_of_logs(below))


def _of_logs(lines: list[str]) -> Iterator[str]:
    return (line for line in lines if not line.startswith(("panic: ", "fatal error: ", "\t")))


def status_in(text: str) -> int | None:
    """The status that log lines around the stack of a crash text state."""
    short = len(text) <= _MOST_CHARS
    ends = text if short else f"{text[:_MOST_CHARS]}\n{text[-_MOST_CHARS:]}"
    if not any(mark in ends for mark in _MARKS):
        return None
    before, after = _around(text)
    return nearest_status(before, after)


def with_status(context: Context, text: str) -> Context:
    """The context with the status that the crash text states, where it had none."""
    if context.http_status is not None:
        return context
    found = status_in(text)
    if found is None:
        return context
    return msgspec.structs.replace(context, http_status=found)

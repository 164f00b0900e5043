"""A line that is a JSON object: an input event, a log line that holds a crash, or neither.

In: one line that begins with `{`. Out: InputObject, BadLine, Logged, or None for ordinary log lines.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec
import orjson

from streams.core.parse.fields import Fields
from streams.core.parse.logged import read_logged
from streams.core.parse.logged_error import (
    LEVEL_KEYS,
    LEVELS,
    flat,
    is_error,
    object_of,
    stated_chain,
)
from streams.core.parse.own_line import build_of
from streams.core.parse.record import BadLine, InputObject
from streams.core.parse.shape import MENTION, own_line
from streams.model.crash import Build, ChainedError, Context, Source
from streams.model.topics import TOPIC_OF_KIND

_MARKS: Final = ('"text"', '"kind"', '"core"', "goroutine ")
# Of lines at these levels errors are kept.
_LEVELS: Final = re.compile(
    rf'"(?:{"|".join(map(re.escape, LEVEL_KEYS))})"\s{{0,4}}:\s{{0,4}}'
    rf'"(?:{"|".join(sorted(LEVELS))})"'
)
# A cut-off or broken line that begins like an event claims to be one.
_KIND: Final = re.compile(
    r'"kind"\s{0,8}:\s{0,8}"(?:'
    + "|".join(map(re.escape, TOPIC_OF_KIND))
    + r')"|^\{\s{0,8}"text"\s{0,8}:'
)
# Header of a block anywhere in a field: echo logs it in mid-line, behind the panic value.
# In braces behind the state stand the labels of Go 1.27.
_BLOCK: Final = re.compile(
    r"(?:^|[\s>])goroutine \d{1,19} (?:gp=\S{1,40} m=\S{1,20} (?:mp=\S{1,40} )?)?\[[^\n]{1,4000}?[\]}]:[ \t]*\r?\n"
    r"(?=[ \t\r\n]*\S)"
)
# The same inside quotes.
_ESCAPED_BLOCK: Final = re.compile(r'[\s"\\n]goroutine \d{1,19} (?:[^"\\\n]|\\.){0,400}?[\]}]:\\n')
_LOG_KEYS: Final = frozenset({"msg", "level", "lvl", "severity", "levelname", "log"})
_TEXT_LEVEL: Final = re.compile(
    r"(?=.{0,400}\b(?:level|lvl)=(?:error|ERROR)\b)[A-Za-z_@][\w.@-]{0,63}="
    r"|[EF]\d{4} \d\d:\d\d:\d\d\."
)
_VALUE_KEYS: Final = (
    "panic", "recover", "recovered", "err", "error", "value", "reason", "exception", "cause",
)  # fmt: skip
_MESSAGE_KEYS: Final = (
    "msg",
    "message",
    "@message",
    "error.message",
    "exception.message",
    "attributes.exception.message",
)


class LoggedCrash(msgspec.Struct, frozen=True, kw_only=True):
    """A log line in JSON that holds a crash in one of its fields."""

    text: str
    message: str | None
    time: str
    source: Source
    context: Context
    errors: tuple[ChainedError, ...] = ()
    build: Build = Build()


def _crash_in(fields: Fields) -> tuple[str, str] | None:
    """Key and text of the first field that holds a goroutine block."""
    for key, value in fields.strings():
        if "goroutine " in value and _BLOCK.search(value):
            return key, value
    return None


def _message_in(fields: Fields, key: str) -> str | None:
    """What the line says was recovered: a field for it, else the value inside the log message."""
    for name in _VALUE_KEYS:
        value = fields.text(name) or fields.text(f"{name}.message") or fields.text(f"{name}.msg")
        if value and name != key:
            return value
    message = next(
        (fields.text(name) for name in _MESSAGE_KEYS if name != key and fields.text(name)), None
    )
    return (read_logged([message]).value or message) if message else None


def _logged(value: dict[str, object]) -> LoggedCrash | None:
    fields = Fields(value)
    found = _crash_in(fields)
    if found is None:
        return None
    key, text = found
    text = own_line(text)
    return LoggedCrash(
        text=text if text.endswith("\n") else text + "\n",
        message=_message_in(fields, key),
        time=fields.time(),
        source=fields.source(),
        context=fields.context(key, _VALUE_KEYS),
        errors=stated_chain(value),
        build=build_of(value),
    )


def _event(value: dict[str, object], line: int) -> InputObject | None:
    kind = value.get("kind")
    if isinstance(kind, str) and kind in TOPIC_OF_KIND:
        return InputObject(TOPIC_OF_KIND[kind], value, line)
    if isinstance(value.get("core"), str):
        return InputObject("cores.refs", value, line)
    if isinstance(value.get("text"), str) and _LOG_KEYS.isdisjoint(value):
        return InputObject("panics.raw", value, line)
    return None


def read_object(text: str, line: int) -> InputObject | BadLine | LoggedCrash | None:
    """Read a line that begins with `{`; lines without a telling word are not even decoded."""
    is_level = _LEVELS.search(text) is not None
    if not is_level and not any(mark in text for mark in _MARKS):
        return None
    try:
        value = orjson.loads(text)
    except (orjson.JSONDecodeError, UnicodeEncodeError, RecursionError) as error:
        claims = _KIND.search(text)
        return BadLine(text, f"not JSON: {error}", line) if claims else None
    if not isinstance(value, dict):
        return None
    return _event(value, line) or _logged(value) or (_error(value, text) if is_level else None)


def read_log_line(text: str) -> LoggedCrash | None:
    """A crash or an error in a line of logfmt or klog; those that speak of a panic stand above its stack."""
    if "goroutine " in text and _ESCAPED_BLOCK.search(text):
        value = object_of(text.strip())
        return _logged(value) if value is not None else None
    if not _TEXT_LEVEL.match(text) or MENTION.search(text):
        return None
    value = object_of(text)
    return _error(value, text) if value is not None else None


def _error(value: dict[str, object], text: str) -> LoggedCrash | None:
    """The line itself is the text of the record: what it says is read when it is parsed."""
    if not is_error(flat(value)):
        return None
    fields = Fields(value)
    return LoggedCrash(
        text=text + "\n",
        message=None,
        time=fields.time(),
        source=fields.source(),
        context=fields.context("", _VALUE_KEYS),
        build=build_of(value),
    )

"""A body of log lines: plain ones, and records of shippers as JSON, one in each line or as a list.

In: bytes, whether the content type says JSON, what the address says, an identity of the sender. Out: Lines for the
reader of lines (core/parse). Raises UnreadableError where there is none.

Lines that name no container, pod or process are given what the address says, else the sender's identity: lines of
several senders meet in one input, and would be taken for those of one. They are written as Vector writes its records.
"""

from __future__ import annotations

from typing import Final

import msgspec
import orjson

from streams.core.ingest.pushes import is_nobody, key_of, read_loki, read_otlp
from streams.core.ingest.said import Said
from streams.core.ingest.taken import Line, Lines, check_count
from streams.core.parse.exported import HELD, Entries, looks_exported
from streams.core.parse.prefix import PLAIN, raw_lines, split_prefix
from streams.core.parse.prefixed import Prefixed
from streams.core.parse.pushed import PUSHED
from streams.core.parse.record import BadLine, InputObject
from streams.core.parse.shipped import container_of, read_shipped
from streams.core.parse.structured import read_object
from streams.core.webhooks.delivery import Bad, UnreadableError
from streams.core.webhooks.documents import SHOWN_CHARS
from streams.model.message import DecodeError, from_value
from streams.model.text import from_bytes, to_bytes
from streams.model.topics import BY_NAME

_BINARY_WINDOW: Final = 8192
_NOT_JSON: Final = "not JSON: cut off, or no line of a log shipper"


class _Raw(msgspec.Struct, frozen=True):
    """A line of the body, and its place."""

    data: bytes
    where: str


def read_lines(body: bytes, said: Said, sender: str, *, json: bool) -> Lines:
    """The lines of a body. `json`: every line has to be JSON, or have a prefix that names what wrote it."""
    if not body.strip():
        raise UnreadableError("empty", "body")
    check_count(body.count(b"\n"))
    exported = looks_exported(body[:_BINARY_WINDOW])
    if not exported and b"\0" in body[:_BINARY_WINDOW]:
        raise UnreadableError("not text: it has NUL bytes", "body")
    listed = None if exported else _listed(body)
    json = json or listed is not None
    raws = _entries(body) if exported else listed or _raws(body)
    check_count(len(raws))
    reading = _Reading(said, sender, json=json, strict=json or _is_strict(raws))
    for raw in raws:
        reading.take(raw)
    found = reading.done()
    if not found.lines:
        worst = found.bad[0] if found.bad else Bad("", "no line", "body")
        raise UnreadableError(worst.error, worst.where)
    return found


def _entries(body: bytes) -> list[_Raw]:
    """The entries of `journalctl -o export`, of which each has many lines."""
    text = from_bytes(body)
    entries = Entries(None, ())
    lines = entries.read(text, 1).removesuffix("\n").split("\n")
    numbered = [*enumerate(lines, 1), (len(lines), entries.end(len(lines)))]
    return [
        _Raw(to_bytes(line), f"line {number}")
        for number, held in numbered
        if held != HELD
        for line in raw_lines(held)
    ]


def _raws(body: bytes) -> list[_Raw]:
    lines = body.removesuffix(b"\n").split(b"\n")
    return [_Raw(line.removesuffix(b"\r"), f"line {n}") for n, line in enumerate(lines, 1)]


_LIST: Final = msgspec.json.Decoder(list[msgspec.Raw])
_OBJECT: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


def _listed(body: bytes) -> list[_Raw] | None:
    """The records of a list, or the only one of a body that is written over several lines; None for other bodies."""
    head = body[:64].lstrip()[:1]
    try:
        if head == b"[":
            parts = [bytes(part) for part in _LIST.decode(body)]
            where = [f"body[{n}]" for n in range(len(parts))]
        elif head == b"{" and b"\n" in body.strip():
            _OBJECT.decode(body)
            parts, where = [body.strip()], ["body"]
        else:
            return None
    except (msgspec.DecodeError, RecursionError):
        return None
    flat = (msgspec.json.format(part, indent=-1) if b"\n" in part else part for part in parts)
    return [_Raw(part, place) for part, place in zip(flat, where, strict=True)]


def _is_strict(raws: list[_Raw]) -> bool:
    """Whether a line that begins like JSON has to be: where others are, or where there is nothing else."""
    braces = [raw for raw in raws if raw.data.lstrip()[:1] == b"{"]
    if not braces:
        return False
    return len(braces) == sum(bool(raw.data.strip()) for raw in raws) or any(
        _value(raw.data) is not None for raw in braces
    )


def _value(data: bytes) -> object | None:
    try:
        found: object = orjson.loads(data)
    except (orjson.JSONDecodeError, RecursionError):
        return None
    return found


def _event_error(text: str) -> str | None:
    """What is wrong with a line that means to be an input event."""
    found = read_object(text, 0)
    if isinstance(found, BadLine):
        return found.error
    if isinstance(found, InputObject):
        try:
            from_value(found.value, BY_NAME[found.topic].message)
        except DecodeError as error:
            return str(error)
    return None


class _Reading:
    """The lines of one body, gathered in order."""

    def __init__(self, said: Said, sender: str, *, json: bool, strict: bool) -> None:
        self._said = said
        self._sender = said.who or sender
        self._json = json
        self._strict = strict
        self._around = _around(said, self._sender)
        self._lines: list[Line] = []
        self._bad: list[Bad] = []
        self._count = 0
        # Prefixes that could be crash text are taken off where the body begins with one.
        self._weak: bool | None = None

    def done(self) -> Lines:
        return Lines(tuple(self._lines), self._count, tuple(self._bad))

    def take(self, raw: _Raw) -> None:
        text = from_bytes(raw.data)
        if text.lstrip(" \t").startswith("{"):
            self._object(raw, text)
        elif self._json and text.startswith('"'):
            self._string(raw, text)
        else:
            self._plain(raw, text)

    def _object(self, raw: _Raw, text: str) -> None:
        # Most lines are of shippers that name the container.
        if (container := container_of(text)) is not None:
            self._keep(container, raw.data)
            return
        shipped = read_shipped(text.strip())
        if shipped:
            self._shipped(raw, text, shipped)
        elif self._strict and not isinstance(_value(raw.data), dict):
            self._refuse(raw, text, _NOT_JSON)
        elif error := _event_error(text.strip()):
            self._refuse(raw, text, error)
        else:
            self._wrap(text)

    def _shipped(self, raw: _Raw, text: str, shipped: tuple[Prefixed, ...]) -> None:
        first = shipped[0]
        if first.shape in PUSHED:
            read = read_loki if first.shape == "loki" else read_otlp
            found = read(orjson.loads(raw.data), self._sender)
            self._lines += found.lines
            self._bad += (
                msgspec.structs.replace(b, where=f"{raw.where}: {b.where}") for b in found.bad
            )
            self._count += found.count
        elif is_nobody(first.stream):
            self._wrap(text.strip())
        else:
            self._keep(key_of(first.stream), raw.data.strip())

    def _string(self, raw: _Raw, text: str) -> None:
        value = _value(raw.data)
        if isinstance(value, str):
            for line in value.removesuffix("\n").split("\n"):
                self._wrap(line)
        else:
            self._refuse(raw, text, _NOT_JSON)

    def _plain(self, raw: _Raw, text: str) -> None:
        line = split_prefix(text, strong_only=not self._weak)
        if self._weak is None and text:
            line = split_prefix(text)
            self._weak = line.shape != PLAIN
        if line.shape != PLAIN:
            self._prefixed(raw, text, line)
        elif not self._json:
            self._wrap(text)
        elif text.strip():
            self._refuse(raw, text, _NOT_JSON)

    def _prefixed(self, raw: _Raw, text: str, line: Prefixed) -> None:
        if not is_nobody(line.stream):
            self._keep(key_of(line.stream), raw.data)
        elif line.stream:
            # CRI's form is read inside a record, too, with its parts.
            self._wrap(text)
        else:
            self._wrap(line.payload, time=line.time)

    def _refuse(self, raw: _Raw, text: str, error: str) -> None:
        self._bad.append(Bad(text[:SHOWN_CHARS], error, raw.where))

    def _wrap(self, text: str, *, time: str = "") -> None:
        record = {"message": text, **self._around}
        if time:
            record["timestamp"] = time
        self._keep(self._sender, msgspec.json.encode(record))

    def _keep(self, key: str, data: bytes) -> None:
        self._lines.append(Line(key, data))
        self._count += 1


def _around(said: Said, who: str) -> dict[str, object]:
    """What a record says beside its line."""
    named = {
        "container_id": who,
        "container_name": said.container,
        "pod_name": said.pod,
        "pod_namespace": said.namespace,
        "pod_node_name": said.host,
        "pod_labels": {"app": said.service} if said.service else None,
    }
    about: dict[str, object] = {"kubernetes": {key: value for key, value in named.items() if value}}
    return {"stream": said.stream, **about} if said.stream else about

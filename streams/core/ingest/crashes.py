"""A body of crashes: the text that the runtime printed, or panics.raw events, one, a list, or one in each line.

In: bytes, what the content type says, what the address says. Out: Crashes. Raises UnreadableError where there is none.
An event without `event_id` has ordinal 0: equal content is one crash (law 2).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from streams.core.ingest.said import Said
from streams.core.ingest.taken import Crashes
from streams.core.parse.assemble import close, feed
from streams.core.parse.record import Assembled, AssemblerState, BadLine, InputObject
from streams.core.scrub.patterns import Pattern
from streams.core.steps.admit import admit
from streams.core.steps.collect import encode_value, event_key, raw_of
from streams.core.webhooks.delivery import Bad, UnreadableError
from streams.core.webhooks.documents import SHOWN_CHARS, documents
from streams.model.crash import Source
from streams.model.events import LogLines, RawPanic
from streams.model.identity import crash_id
from streams.model.message import DecodeError, from_value
from streams.model.step import Emit
from streams.model.text import from_bytes
from streams.model.topics import BY_NAME

Patterns = tuple[Pattern, ...] | None
# What the runtime prints of one panic with a value of one line, and nothing else: nearly all that is posted. It is one
# record as it stands, so it need not go through reassembly, which costs ten times as much.
_CLEAN_CHARS: Final = 64 * 1024
_CLEAN: Final = re.compile(
    r"panic: [^\n]*[^\]\n]\n"
    r"(?:\[signal SIG[^\n]*\]\n)?"
    r"(?:\ngoroutine \d{1,19} \[[^\n\]]*\]:\n"
    r"(?:[a-z][^\s(]*[(][^\n]*[)]\n\t/[^\s:]+:\d{1,9}(?: \+0x[0-9a-f]{1,16})?\n){1,200}"
    r"(?:created by [^\s(]+ in goroutine \d{1,19}\n\t/[^\s:]+:\d{1,9} \+0x[0-9a-f]{1,16}\n)?){1,100}"
    r"(?:exit status 2\n)?"
)
_PLACES: Final = ("service", "host", "namespace", "pod", "container", "stream", "at")


def looks_json(body: bytes) -> bool:
    """Whether a body is JSON, where its content type does not say: crash text begins neither with `{` nor with `[{`."""
    head = body[:256].lstrip()
    return head.startswith(b"{") or (
        head.startswith(b"[") and head[1:].lstrip()[:1] in (b"{", b"]")
    )


def read_events(body: bytes, said: Said, patterns: Patterns) -> Crashes:
    """The panics.raw events of a body in JSON."""
    crashes: list[RawPanic] = []
    bad: list[Bad] = []
    for document in documents(body, many=True):
        if isinstance(document, Bad):
            bad.append(document)
            continue
        event = _event(document.value, document.where)
        if isinstance(event, Bad):
            bad.append(event)
        else:
            crashes.append(admit(_placed(event, said), patterns))
    return _some(Crashes(tuple(crashes), bad=tuple(bad)))


def _event(value: object, where: str) -> RawPanic | Bad:
    if not isinstance(value, dict):
        return Bad(encode_value(value)[:SHOWN_CHARS], "want an object with `text`", where)
    try:
        event = from_value(value, RawPanic)
    except DecodeError as error:
        return Bad(encode_value(value)[:SHOWN_CHARS], str(error), where)
    if not event.text.strip() and event.exit is None:
        return Bad(encode_value(value)[:SHOWN_CHARS], "`text` is empty", f"{where}.text")
    # What only we may say.
    return msgspec.structs.replace(event, path=None, line=None, scrubbed=None, anonymous=False)


def _placed(event: RawPanic, said: Said) -> RawPanic:
    """With what the address says, where the event does not."""
    found = {
        name: value
        for name in _PLACES
        if (value := getattr(said, name)) is not None and getattr(event, name) is None
    }
    return msgspec.structs.replace(event, **found) if found else event


def read_text(body: bytes, said: Said, patterns: Patterns) -> Crashes:
    """The crashes of a text: as they were printed, or behind prefixes, among other lines of a log."""
    if b"\0" in body:
        raise UnreadableError("not text: it has NUL bytes", "body")
    text = from_bytes(body)
    if is_clean(text):
        return Crashes((admit(_placed(RawPanic(text=text), said), patterns),))
    return reassembled(text, said, patterns)


def is_clean(text: str) -> bool:
    """Whether a text is one record as it stands."""
    return len(text) <= _CLEAN_CHARS and _CLEAN.fullmatch(text) is not None


def reassembled(text: str, said: Said, patterns: Patterns) -> Crashes:
    """The crashes of any text, put together line by line. Raises UnreadableError."""
    source = Source(
        service=said.service,
        host=said.host,
        pod=said.pod,
        namespace=said.namespace,
        container=said.container,
        stream=said.stream,
    )
    read = feed(AssemblerState(), LogLines(input="http", data=text, defaults=source))
    _, ended = close(read.state, resumable=False)
    made = [_made(found, said, patterns) for found in (*read.found, *ended)]
    return _some(
        Crashes(
            tuple(each for each in made if isinstance(each, RawPanic)),
            tuple(each for each in made if isinstance(each, Emit)),
            tuple(each for each in made if isinstance(each, Bad)),
        )
    )


def _made(
    found: Assembled | InputObject | BadLine, said: Said, patterns: Patterns
) -> RawPanic | Emit | Bad:
    """A record of the text, or an input event that stood in it as a line."""
    if isinstance(found, Assembled):
        return admit(_raw(found, said), patterns)
    if isinstance(found, BadLine):
        return Bad(found.text[:SHOWN_CHARS], found.error, f"line {found.line}")
    try:
        event = from_value(found.value, BY_NAME[found.topic].message)
    except DecodeError as error:
        return Bad(encode_value(found.value)[:SHOWN_CHARS], str(error), f"line {found.line}")
    if isinstance(event, RawPanic):
        placed = msgspec.structs.replace(event, path=None, line=None, scrubbed=None)
        return admit(_placed(placed, said), patterns)
    return Emit(found.topic, event_key(event), event)


def _raw(found: Assembled, said: Said) -> RawPanic:
    """A record as an event; where its lines name neither stream nor time, the id is that of an event without them."""
    origin, own = found.origin, None
    if origin.stream or origin.time:
        own = crash_id(origin.stream or said.who, origin.time, found.text, 0)
    return msgspec.structs.replace(raw_of(found, own), at=origin.at or said.at)


def _some(found: Crashes) -> Crashes:
    if found.crashes or found.others:
        return found
    if found.bad:
        raise UnreadableError(found.bad[0].error, found.bad[0].where)
    raise UnreadableError("no crash of a Go program in it", "body")


def emits(found: Crashes) -> Iterator[Emit]:
    """The events on their topics."""
    yield from (Emit("panics.raw", crash.event_id or "", crash) for crash in found.crashes)
    yield from found.others


def ids(crashes: Iterable[RawPanic]) -> list[str]:
    """What the sender is told: the ids that `/api/crashes/{id}` will know."""
    return [crash.event_id or "" for crash in crashes]

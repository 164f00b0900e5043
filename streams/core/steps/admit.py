"""A raw panic on its way in: given an id from its raw text, then scrubbed. Done once, whoever sent it.

In: a RawPanic of any producer. Out: the same with `event_id` and `scrubbed`; never the raw text.
"""

from __future__ import annotations

from collections import Counter
from functools import cache, lru_cache
from typing import Final, TypeVar

import msgspec

from streams.core.scrub.patterns import Pattern
from streams.core.scrub.scrub import Scrubbed, scrub
from streams.core.scrub.value import scrub_value
from streams.model.events import RawPanic
from streams.model.identity import crash_id, producer_crash_id
from streams.model.message import Value
from streams.model.text import readable

V = TypeVar("V", bound=Value)
_SHORT_CHARS: Final = 128

# Ids, the driver's own name of the input, and what this step counts itself.
_KEPT: Final = frozenset(("event_id", "continues", "path", "scrubbed"))


def stream_identity(raw: RawPanic) -> str:
    """Law 2: container or pod with its stream, else the host; empty where the event names none."""
    place = raw.container or raw.pod or raw.host
    if not place:
        return ""
    return "/".join(part for part in (raw.namespace, raw.pod, place, raw.stream) if part)


def identified(raw: RawPanic) -> RawPanic:
    """With an id: the producer's own, or one by content with ordinal 0."""
    if raw.event_id:
        secret = bool(scrub(raw.event_id).counts)
        return msgspec.structs.replace(raw, event_id=producer_crash_id(raw.event_id, secret=secret))
    stream, time = stream_identity(raw), str(raw.at) if raw.at else ""
    return msgspec.structs.replace(
        raw, event_id=crash_id(stream, time, raw.text, 0), anonymous=not stream and not time
    )


@cache
def _defaults(kind: type[Value]) -> dict[str, object]:
    """Structs that a field has when nothing was given: nothing to look for in them."""
    # Of the last fields; `msgspec.structs.fields` would work out their types, too.
    defaults = kind.__struct_defaults__
    last = kind.__struct_fields__[len(kind.__struct_fields__) - len(defaults) :]
    return {n: d for n, d in zip(last, defaults, strict=True) if isinstance(d, Value)}


@lru_cache(maxsize=4096)
def _of_short(text: str, patterns: tuple[Pattern, ...]) -> Scrubbed:
    """Of names of services, pods and containers: in one crash after the other they are the same."""
    return scrub(text, patterns)


class _Cleaning:
    """Takes the secrets out of value after value and adds up what was replaced."""

    def __init__(self, patterns: tuple[Pattern, ...]) -> None:
        self._patterns = patterns
        self.counts: Counter[str] = Counter()

    def struct(self, value: V) -> V:
        """The struct with every text in it scrubbed: nested ones, maps and unknown fields too."""
        changes = {}
        defaults = _defaults(type(value))
        items = msgspec.structs.astuple(value)
        for name, item in zip(value.__struct_fields__, items, strict=True):
            if item is None or item is msgspec.UNSET or name in _KEPT or item == defaults.get(name):
                continue
            clean = self._item(item)
            if clean is not item:
                changes[name] = clean
        return msgspec.structs.replace(value, **changes) if changes else value

    def _item(self, item: object) -> object:
        if isinstance(item, str):
            short = len(item) <= _SHORT_CHARS
            done = (_of_short if short else scrub)(readable(item), self._patterns)
            if done.counts:
                self.counts.update(done.counts)
            return done.text
        if isinstance(item, dict):
            clean = scrub_value(item, self._patterns)
            self.counts.update(clean.counts)
            return clean.value
        if isinstance(item, tuple):
            clean_items = tuple(self._item(each) for each in item)
            return item if clean_items == item else clean_items
        return self.struct(item) if isinstance(item, Value) else item


def _readable(raw: RawPanic) -> RawPanic:
    message = None if raw.message is None else readable(raw.message)
    return msgspec.structs.replace(raw, text=readable(raw.text), message=message)


def admit(raw: RawPanic, patterns: tuple[Pattern, ...] | None) -> RawPanic:
    """The event as it may be published: identified, scrubbed, counted. Idempotent. None: not scrubbed."""
    if raw.scrubbed is not None and raw.event_id:
        return raw
    named = identified(raw)
    if patterns is None:
        return msgspec.structs.replace(_readable(named), scrubbed={})
    cleaning = _Cleaning(patterns)
    clean = cleaning.struct(named)
    return msgspec.structs.replace(clean, scrubbed=dict(cleaning.counts))

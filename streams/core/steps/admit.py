"""A raw panic on its way in: given an id from its raw text, then scrubbed. Done once, whoever sent it.

In: a RawPanic of any producer. Out: the same with `event_id` and `scrubbed`; never the raw text.
"""

from __future__ import annotations

import msgspec

from streams.core.scrub.patterns import Pattern
from streams.core.scrub.scrub import scrub
from streams.model.crash import Context
from streams.model.events import RawPanic
from streams.model.identity import crash_id, producer_crash_id
from streams.model.text import readable


def stream_identity(raw: RawPanic) -> str:
    """Law 2: container or pod with its stream, else the host; empty where the event names none."""
    place = raw.container or raw.pod or raw.host
    if not place:
        return ""
    return "/".join(part for part in (raw.namespace, raw.pod, place, raw.stream) if part)


def identified(raw: RawPanic) -> RawPanic:
    """With an id: the producer's own, or one by content with ordinal 0."""
    if raw.event_id:
        return msgspec.structs.replace(raw, event_id=producer_crash_id(raw.event_id))
    stream, time = stream_identity(raw), str(raw.at) if raw.at else ""
    return msgspec.structs.replace(
        raw, event_id=crash_id(stream, time, raw.text, 0), anonymous=not stream and not time
    )


class _Counting:
    """Scrubs text after text and adds up what was replaced."""

    def __init__(self, patterns: tuple[Pattern, ...] | None) -> None:
        self.patterns = patterns
        self.counts: dict[str, int] = {}

    def __call__(self, text: str) -> str:
        if self.patterns is None:
            return readable(text)
        clean = scrub(readable(text), self.patterns)
        for name, count in clean.counts.items():
            self.counts[name] = self.counts.get(name, 0) + count
        return clean.text

    def maybe(self, text: str | None) -> str | None:
        """The same for a text that may be absent."""
        return None if text is None else self(text)


def _context(context: Context, clean: _Counting) -> Context:
    return msgspec.structs.replace(
        context,
        http_path=clean.maybe(context.http_path),
        attributes={clean(key): clean(value) for key, value in context.attributes.items()},
    )


def admit(raw: RawPanic, patterns: tuple[Pattern, ...] | None) -> RawPanic:
    """The event as it may be published: identified, scrubbed, counted. Idempotent."""
    if raw.scrubbed is not None and raw.event_id:
        return raw
    named, clean = identified(raw), _Counting(patterns)
    return msgspec.structs.replace(
        named,
        text=clean(named.text),
        message=clean.maybe(named.message),
        service=clean.maybe(named.service),
        host=clean.maybe(named.host),
        pod=clean.maybe(named.pod),
        container=clean.maybe(named.container),
        namespace=clean.maybe(named.namespace),
        context=_context(named.context, clean),
        scrubbed=clean.counts,
    )

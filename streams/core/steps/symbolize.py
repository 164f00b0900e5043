"""SYMBOLIZE: raw panic text to a crash record with marked frames.

In: RawPanic, CoreRef. Out: crash.v1 on crashes.symbolized, or a dead letter. Cores wait in the dead letter
until this stage reads them.
"""

from __future__ import annotations

from collections.abc import Callable

from streams.core.parse.traceback import parse_traceback
from streams.core.scrub.patterns import Pattern
from streams.core.steps.admit import admit
from streams.core.steps.deadletters import dead_letter
from streams.core.symbolize.marks import mark_accesses, mark_goroutines
from streams.model.crash import Crash, Source, Traceback
from streams.model.errors import Reason
from streams.model.events import CoreRef, RawPanic
from streams.model.message import Message, encode
from streams.model.settings import PipelineSettings
from streams.model.step import Count, Done, Emit, Facts, Need, State


def source_of(raw: RawPanic) -> Source:
    """Where the text came from, as the event says it."""
    return Source(
        service=raw.service,
        host=raw.host,
        container=raw.container,
        pod=raw.pod,
        namespace=raw.namespace,
        stream=raw.stream,
        at=raw.at,
        at_zone_assumed=raw.at_zone_assumed,
        anonymous=raw.anonymous,
        path=raw.path,
        line=raw.line,
    )


def recognised(found: Traceback) -> bool:
    """Whether the text held anything that a dying Go program prints."""
    return bool(found.goroutines or found.panics or found.signal or found.accesses) or (
        found.kind in ("fatal", "error", "race")
    )


def crash_of(raw: RawPanic, settings: PipelineSettings) -> Crash | None:
    """The crash record of an admitted raw panic, or None where its text holds no crash."""
    found = parse_traceback(raw.text, raw.message)
    # The rest of a record that was closed too early is kept whatever it holds: its first part names it.
    if not recognised(found) and not raw.continues:
        return None
    return Crash(
        id=raw.event_id or "",
        kind=found.kind,
        message=found.message,
        panics=found.panics,
        signal=found.signal,
        registers=found.registers,
        exit=found.exit,
        errors=found.errors,
        goroutines=mark_goroutines(found.goroutines, raw.build, settings),
        accesses=mark_accesses(found.accesses, raw.build, settings),
        source=source_of(raw),
        build=raw.build,
        context=raw.context,
        continues=raw.continues,
        truncated=found.truncated or raw.truncated,
        faults=found.faults,
        scrubbed=raw.scrubbed or {},
    )


def _of_raw(
    event: RawPanic, settings: PipelineSettings, patterns: tuple[Pattern, ...] | None
) -> Done:
    raw = admit(event, patterns)
    crash = crash_of(raw, settings)
    counts = tuple(
        Count("panictrail_secrets_scrubbed_total", number, (name,))
        for name, number in sorted((raw.scrubbed or {}).items())
    )
    if crash is None:
        letter = dead_letter(
            topic="panics.raw",
            stage="symbolize",
            reason=Reason.NO_CRASH,
            error="no crash is recognised in `text`: send what the program wrote to stderr",
            text=encode(raw).decode(),
            place=raw.event_id,
            at=raw.at,
            patterns=patterns,
        )
        return Done(outputs=(letter,), counts=counts)
    return Done(outputs=(Emit("crashes.symbolized", crash.id, crash),), counts=counts)


def _of_core(event: CoreRef, patterns: tuple[Pattern, ...] | None) -> Done:
    letter = dead_letter(
        topic="cores.refs",
        stage="symbolize",
        reason=Reason.CORE_UNSUPPORTED,
        error=f"core {event.core}: this version reads crash text only; the reference is kept",
        text=encode(event).decode(),
        place=event.core,
        at=event.at,
        patterns=patterns,
    )
    return Done(outputs=(letter,))


def symbolize(
    settings: PipelineSettings, patterns: tuple[Pattern, ...] | None
) -> Callable[[State, Message, Facts], Done | Need]:
    """The step with the user's module lists and secret patterns."""

    def step(_state: State, event: Message, _facts: Facts) -> Done | Need:
        if isinstance(event, RawPanic):
            return _of_raw(event, settings, patterns)
        if isinstance(event, CoreRef):
            return _of_core(event, patterns)
        return Done()

    return step

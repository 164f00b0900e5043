"""SYMBOLIZE: raw panic text to a crash record with marked frames.

In: RawPanic, CoreRef, and where binaries are to be had the facts binary and frames. Out: crash.v1 on
crashes.symbolized, or a dead letter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from streams.core.features.status import with_status
from streams.core.parse.own_line import retold
from streams.core.parse.traceback import parse_traceback
from streams.core.scrub.patterns import Pattern
from streams.core.steps.admit import admit
from streams.core.steps.cores import SEPARATOR, of_core, recognised_crash
from streams.core.steps.deadletters import dead_letter
from streams.core.steps.killed import killed
from streams.core.symbolize.addresses import bare_pcs, must_be_named, named, without_unnamed
from streams.core.symbolize.marks import mark_accesses, mark_goroutines
from streams.model.crash import Build, Crash, Source, Told, Traceback, key_of
from streams.model.errors import Reason
from streams.model.events import CoreRef, RawPanic
from streams.model.identity import content_id
from streams.model.message import Message, decode, encode
from streams.model.settings import PipelineSettings
from streams.model.step import (
    Absent,
    Count,
    Done,
    Emit,
    Facts,
    Need,
    Present,
    Request,
    State,
)
from streams.model.symbols import BinaryHead, FramesAt


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
    found = killed(raw) or parse_traceback(raw.text, raw.message)
    return record_of(raw, found, settings)


def record_of(raw: RawPanic, found: Traceback, settings: PipelineSettings) -> Crash | None:
    """The crash record of a raw panic whose text says this, or None where that is no crash."""
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
        exit=found.exit or raw.exit,
        errors=found.errors or raw.errors,
        goroutines=mark_goroutines(found.goroutines, raw.build, settings),
        accesses=mark_accesses(found.accesses, raw.build, settings),
        source=source_of(raw),
        build=raw.build,
        context=with_status(raw.context, raw.text),
        continues=raw.continues,
        truncated=found.truncated or raw.truncated,
        faults=found.faults,
        scrubbed=raw.scrubbed or {},
        told=_told(raw),
    )


def _told(raw: RawPanic) -> Told | msgspec.UnsetType:
    """By which route, and what: the text without blank lines around it, which not every route keeps."""
    text = raw.text.strip()
    if not raw.route or raw.at is None or not text or raw.continues:
        return msgspec.UNSET
    again = retold(text) if raw.route == "lines" else None
    if again is not None:
        return Told(route=again.by, text=content_id("told", again.common))
    return Told(
        route=raw.route,
        text=content_id("told", text),
        pid=raw.nspid or raw.pid or msgspec.UNSET,
    )


def _of_raw(
    event: RawPanic,
    settings: PipelineSettings,
    patterns: tuple[Pattern, ...] | None,
    facts: Facts,
) -> Done | Need:
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
    made = _with_binary(crash, facts, settings) if settings.binaries else _bare(crash)
    if isinstance(made, Need):
        return made
    if made is None:
        return Done(outputs=(_waits(raw, crash, patterns),), counts=counts)
    # What the text says stands: it is not worked out again when a binary comes that would say more of it.
    sent = Emit("crashes.symbolized", key_of(made), made)
    return Done(outputs=(sent,), counts=(*counts, recognised_crash(made)), waits=False)


def _bare(crash: Crash, why: Mapping[str, str] | None = None) -> Crash:
    return without_unnamed(crash, why or {})


def _with_binary(crash: Crash, facts: Facts, settings: PipelineSettings) -> Crash | Need | None:
    """The crash with what its binary knows; None where it must wait for the binary."""
    name = crash.build.build_id or ""
    asked = Request("binary", name)
    fact = facts.get(asked)
    if fact is None:
        return Need((asked,))
    pcs = bare_pcs(crash)
    if isinstance(fact, Absent):
        return None if name and must_be_named(crash) else _bare(crash)
    build = _completed(crash.build, decode(fact.data, BinaryHead).build)
    crash = msgspec.structs.replace(crash, build=build)
    why: dict[str, str] = {}
    if pcs:
        wanted = Request("frames", SEPARATOR.join((name, *pcs)))
        rows = facts.get(wanted)
        if rows is None:
            return Need((wanted,))
        found = decode(rows.data, FramesAt).rows if isinstance(rows, Present) else ()
        why = {row.pc: row.reason for row in found if row.reason}
        crash = named(crash, found)
    return _bare(
        msgspec.structs.replace(
            crash,
            goroutines=mark_goroutines(crash.goroutines, build, settings),
            accesses=mark_accesses(crash.accesses, build, settings),
        ),
        why,
    )


def _completed(said: Build, known: Build) -> Build:
    """What the event says of the build, and where it says nothing, what the binary does."""
    missing = {
        name: getattr(known, name)
        for name in said.__struct_fields__
        if getattr(said, name) is None and name != "extra"
    }
    return msgspec.structs.replace(said, **missing)


def _waits(raw: RawPanic, crash: Crash, patterns: tuple[Pattern, ...] | None) -> Emit:
    return dead_letter(
        topic="panics.raw",
        stage="symbolize",
        reason=Reason.BINARY_ABSENT,
        error=f"the stack is bare addresses, and the binary {crash.build.build_id} is not known: it waits for it",
        text=encode(raw).decode(),
        place=raw.event_id,
        at=raw.at,
        patterns=patterns,
    )


def symbolize(
    settings: PipelineSettings, patterns: tuple[Pattern, ...] | None
) -> Callable[[State, Message, Facts], Done | Need]:
    """The step with the user's module lists and secret patterns."""

    def step(_state: State, event: Message, facts: Facts) -> Done | Need:
        if isinstance(event, RawPanic):
            return _of_raw(event, settings, patterns, facts)
        if isinstance(event, CoreRef):
            return of_core(event, facts, settings, patterns)
        return Done()

    return step

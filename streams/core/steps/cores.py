"""SYMBOLIZE, cores: a reference to a core, to the crash record of what it held.

In: CoreRef and the facts core, binary, postmortem. Out: crash.v1 on crashes.symbolized; without the core or its
binary a dead letter that says what is missing. Such a core is worked out when the fact arrives, never before: it is
counted once.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from streams.core.scrub.patterns import Pattern
from streams.core.scrub.value import scrub_value
from streams.core.steps.deadletters import dead_letter
from streams.core.symbolize.marks import mark_goroutines
from streams.model.crash import Crash, Source, Told, key_of, process_id
from streams.model.errors import Reason
from streams.model.events import CoreRef
from streams.model.identity import content_id
from streams.model.message import decode, encode
from streams.model.metrics import NO_SERVICE
from streams.model.settings import PipelineSettings
from streams.model.step import (
    Absent,
    Count,
    Done,
    Emit,
    Fact,
    Facts,
    Need,
    Present,
    Request,
)
from streams.model.symbols import CoreHead

SEPARATOR: Final = "\x1f"
# Container runtimes name the cgroup after the container: …/cri-containerd-<64 hex>.scope, …/docker/<64 hex>.
_CONTAINER: Final = re.compile(r"[0-9a-f]{64}")
_FILES_SHOWN: Final = 5


def _letter(
    event: CoreRef, reason: Reason, error: str, patterns: tuple[Pattern, ...] | None
) -> Done:
    letter = dead_letter(
        topic="cores.refs",
        stage="symbolize",
        reason=reason,
        error=error,
        text=encode(event).decode(),
        place=event.core,
        at=event.at,
        patterns=patterns,
    )
    return Done(outputs=(letter,))


def _mapped(head: CoreHead) -> str:
    shown = ", ".join(head.files[:_FILES_SHOWN]) or "no files"
    more = len(head.files) - _FILES_SHOWN
    return f"{shown} and {more} more" if more > 0 else shown


def _source(event: CoreRef) -> Source:
    container = _CONTAINER.search(event.cgroup or "")
    return Source(
        service=event.service,
        host=event.host,
        container=container[0] if container else None,
        at=event.at,
    )


def _scrubbed(crash: Crash, patterns: tuple[Pattern, ...] | None) -> tuple[Crash, dict[str, int]]:
    """Panic values are the program's own texts, and may hold secrets (law 8)."""
    if patterns is None:
        return crash, {}
    clean = scrub_value(
        {"message": crash.message, "values": [panic.value for panic in crash.panics]}, patterns
    )
    found = clean.value
    if not isinstance(found, dict) or not clean.counts:
        return crash, {}
    panics = tuple(
        msgspec.structs.replace(panic, value=value)
        for panic, value in zip(crash.panics, found["values"], strict=True)
    )
    return msgspec.structs.replace(crash, message=found["message"], panics=panics), clean.counts


def crash_of_core(
    event: CoreRef,
    head: CoreHead,
    held: Crash,
    settings: PipelineSettings,
    patterns: tuple[Pattern, ...] | None,
) -> Crash:
    """The record of a core: what it held, with an id by content, where it came from, and marks."""
    crash, counts = _scrubbed(held, patterns)
    return msgspec.structs.replace(
        crash,
        id=content_id("core", head.content),
        goroutines=mark_goroutines(crash.goroutines, crash.build, settings),
        source=_source(event),
        truncated=crash.truncated or event.truncated,
        scrubbed=counts,
    )


def told_by(crash: Crash, head: CoreHead) -> Crash:
    """The record of a core as one reference tells of it.

    Its id is one by content and by what the reference states of when and where: all references to a core are one crash
    (ADR 0022). They travel under what the core itself says, its process or else its content, so that they meet.
    """
    core, source, pid = crash.id, crash.source, head.pid or None
    stated = (source.service, source.host, source.container)
    at = "" if source.at is None else str(source.at.ns)
    return msgspec.structs.replace(
        crash,
        id=content_id("core told", core, at, *(each or "" for each in stated)),
        told=Told(
            route="core",
            text=core if pid is None else process_id(pid),
            pid=msgspec.UNSET if pid is None else pid,
            core=core,
        ),
    )


class _Core(msgspec.Struct, frozen=True):
    """A reference on its way, with what every answer needs."""

    event: CoreRef
    facts: Facts
    settings: PipelineSettings
    patterns: tuple[Pattern, ...] | None

    def lacking(
        self, fact: Fact | None, asked: Request, reason: Reason, before: str = "", after: str = ""
    ) -> Done | Need:
        """What is to be done without a fact: ask for it, or say why it is not to be had."""
        if not isinstance(fact, Absent):
            return Need((asked,))
        error = f"core {self.event.core}: {before}{fact.reason}{after}"
        return _letter(self.event, reason, error, self.patterns)

    def crash(self) -> Done | Need:
        """With what the core says of itself."""
        asked = Request("core", self.event.core)
        core = self.facts.get(asked)
        if not isinstance(core, Present):
            return self.lacking(core, asked, Reason.CORE_ABSENT)
        head = decode(core.data, CoreHead)
        names = self._names(head)
        if not names:
            error = (
                f"core {self.event.core}: neither it nor its reference states a build ID: name the binary in "
                f"`binary`; it maps {_mapped(head)}"
            )
            return _letter(self.event, Reason.BINARY_ABSENT, error, self.patterns)
        needed = tuple(Request("binary", name) for name in names)
        if unknown := tuple(request for request in needed if request not in self.facts):
            return Need(unknown)
        for request in needed:
            if isinstance(self.facts[request], Present):
                return self.held(head, request.key)
        first = needed[0]
        before, after = f"its binary {names[0]}: ", f"; it maps {_mapped(head)}"
        return self.lacking(self.facts[first], first, Reason.BINARY_ABSENT, before, after)

    def _names(self, head: CoreHead) -> tuple[str, ...]:
        """By what its binary may be found: as the reference says, as the core does; each once."""
        stated = self.event.build_id
        said = (self.event.binary, stated, stated.lower() if stated else None, *head.build_ids)
        return tuple(dict.fromkeys(name for name in said if name))

    def held(self, head: CoreHead, name: str) -> Done | Need:
        """With what it held, read with its binary."""
        wanted = Request("postmortem", SEPARATOR.join((self.event.core, name)))
        post = self.facts.get(wanted)
        if not isinstance(post, Present):
            return self.lacking(post, wanted, Reason.CORE_UNREADABLE)
        held = decode(post.data, Crash)
        whole = crash_of_core(self.event, head, held, self.settings, self.patterns)
        crash = told_by(whole, head)
        counts = tuple(
            Count("panictrail_secrets_scrubbed_total", number, (kind,))
            for kind, number in sorted(crash.scrubbed.items())
        )
        sent = Emit("crashes.symbolized", key_of(crash), crash)
        return Done(outputs=(sent,), counts=(*counts, recognised_crash(crash)))


def recognised_crash(crash: Crash) -> Count:
    """A crash that was parsed, with the trace in which it happened."""
    service, trace = crash.source.service or NO_SERVICE, crash.context.trace_id or ""
    return Count("panictrail_recognised_total", 1, (service,), trace)


def of_core(
    event: CoreRef,
    facts: Facts,
    settings: PipelineSettings,
    patterns: tuple[Pattern, ...] | None,
) -> Done | Need:
    """The core's crash, what is still to be known, or the letter that says what is missing."""
    return _Core(event, facts, settings, patterns).crash()

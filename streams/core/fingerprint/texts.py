"""One text to one fingerprinted crash, without a pipeline: for `cluster`, `explain` and tests.

In: a crash text (log lines around it allowed). Out: the event that clustering needs, or None. Scrubbed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from streams.core.fingerprint.explain import fingerprint
from streams.core.parse.assemble import close, feed
from streams.core.parse.record import Assembled, AssemblerState
from streams.core.scrub.patterns import Pattern
from streams.core.steps.admit import admit
from streams.core.steps.symbolize import crash_of
from streams.model.crash import Build, Crash
from streams.model.events import Fingerprinted, LogLines, RawPanic
from streams.model.settings import PipelineSettings
from streams.model.step import Absent, Fact, Need, Request

_DEFAULTS: Final = PipelineSettings()
Resolve = Callable[[Request], Fact]


def _records(text: str) -> list[Assembled]:
    read = feed(AssemblerState(), LogLines(input="text", data=text))
    _, rest = close(read.state, resumable=False)
    return [found for found in (*read.found, *rest) if isinstance(found, Assembled)]


def _crashes(
    text: str, build: Build, settings: PipelineSettings, patterns: tuple[Pattern, ...] | None
) -> list[Crash]:
    found = []
    for record in _records(text):
        raw = RawPanic(
            text=record.text, message=record.message, build=build, context=record.context
        )
        crash = crash_of(admit(raw, patterns), settings)
        if crash is not None:
            found.append(crash)
    return found


def crash_of_text(
    text: str,
    build: Build,
    settings: PipelineSettings,
    patterns: tuple[Pattern, ...] | None = (),
) -> Crash | None:
    """The crash of a text: its first record with goroutines, else its first, else the text as a whole."""
    crashes = _crashes(text, build, settings, patterns)
    best = next((crash for crash in crashes if crash.goroutines), None)
    if best is not None:
        return best
    if crashes:
        return crashes[0]
    return crash_of(admit(RawPanic(text=text, build=build), patterns), settings)


def fingerprint_of_text(
    text: str, build: Build, settings: PipelineSettings, resolve: Resolve | None = None
) -> Fingerprinted | None:
    """The same, fingerprinted, with the facts that it takes from `resolve`."""
    crash = crash_of_text(text, build, settings)
    return fingerprinted(crash, settings, resolve) if crash is not None else None


def fingerprinted(
    crash: Crash, settings: PipelineSettings = _DEFAULTS, resolve: Resolve | None = None
) -> Fingerprinted:
    """A crash with its facts. Raises ValueError where facts are needed and nobody has them."""
    facts: dict[Request, Fact] = {}
    while True:
        made = fingerprint(crash, settings, facts)
        if not isinstance(made, Need):
            return made
        for request in made.requests:
            facts[request] = resolve(request) if resolve else Absent("no source is given")

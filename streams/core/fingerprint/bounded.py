"""Names that no program has: a fingerprint keeps the beginning of one, and a hash, so that each stays itself.

In: a crash that is to be fingerprinted; a fingerprint. Out: the same, names bounded. Those of a crash are keys of what
is kept in memory of names, those of a fingerprint keys of rows and records, and written with every crash.
"""

from __future__ import annotations

from typing import Final

import msgspec

from streams.model.crash import Crash, CreatedBy, Frame, Goroutine, Panic
from streams.model.events import Features, Fingerprinted
from streams.model.identity import content_id
from streams.model.report import Explanation, RootCause

# Longer than any path that Linux opens (PATH_MAX), and than the names that Go's linker keeps.
MOST_CHARS: Final = 4096
_KEPT_CHARS: Final = 1000


def bounded(event: Fingerprinted) -> Fingerprinted:
    """The fingerprint as it is, where nothing is too long."""
    cause = event.root_cause
    # Asked of every crash: written out, it takes a third of the time.
    if (
        len(event.block) <= MOST_CHARS
        and len(event.title) <= MOST_CHARS
        and len(cause.function or "") <= MOST_CHARS
        and len(cause.file or "") <= MOST_CHARS
        and len(event.features.package or "") <= MOST_CHARS
    ):
        return event
    return msgspec.structs.replace(
        event,
        block=_short(event.block),
        title=_short(event.title),
        root_cause=_cause(cause),
        features=_features(event.features),
        explain=tuple(
            Explanation(rule=each.rule, detail=_short(each.detail), distance=each.distance)
            for each in event.explain
        ),
    )


def named_shortly(crash: Crash) -> Crash:
    """The crash as it is, where no function and no type of a panic has too long a name."""
    if not _has_long_names(crash):
        return crash
    return msgspec.structs.replace(
        crash,
        panics=tuple(_panic(panic) for panic in crash.panics),
        goroutines=tuple(_goroutine(goroutine) for goroutine in crash.goroutines),
        accesses=tuple(
            msgspec.structs.replace(access, frames=_frames(access.frames))
            for access in crash.accesses
        ),
    )


def _has_long_names(crash: Crash) -> bool:
    for panic in crash.panics:
        if panic.type is not None and len(panic.type) > MOST_CHARS:
            return True
    for goroutine in crash.goroutines:
        created = goroutine.created_by
        if created is not None and len(created.function) > MOST_CHARS:
            return True
        for frame in goroutine.frames:
            if len(frame.function) > MOST_CHARS:
                return True
    return any(len(f.function) > MOST_CHARS for access in crash.accesses for f in access.frames)


def _goroutine(goroutine: Goroutine) -> Goroutine:
    created = goroutine.created_by
    return msgspec.structs.replace(
        goroutine,
        frames=_frames(goroutine.frames),
        created_by=None if created is None else _creator(created),
    )


def _creator(created: CreatedBy) -> CreatedBy:
    return msgspec.structs.replace(created, function=_short(created.function))


def _panic(panic: Panic) -> Panic:
    return msgspec.structs.replace(panic, type=shortly(panic.type))


def _frames(frames: tuple[Frame, ...]) -> tuple[Frame, ...]:
    return tuple(
        msgspec.structs.replace(
            frame, function=_short(frame.function), package=shortly(frame.package)
        )
        for frame in frames
    )


def _short(text: str) -> str:
    if len(text) <= MOST_CHARS:
        return text
    return f"{text[:_KEPT_CHARS]}…{content_id('name', text)}"


def shortly(text: str | None) -> str | None:
    """A name as it is kept."""
    return None if text is None else _short(text)


def _cause(cause: RootCause) -> RootCause:
    return msgspec.structs.replace(
        cause,
        function=shortly(cause.function),
        file=shortly(cause.file),
        package=shortly(cause.package),
        module=shortly(cause.module),
    )


def _features(features: Features) -> Features:
    return msgspec.structs.replace(
        features, package=shortly(features.package), panic_type=_short(features.panic_type)
    )

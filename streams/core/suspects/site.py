"""What a crash shows of its cause, and the question that is asked of the repositories.

In: a crash. Out: a Site. With what builds and deploys say of it: the key of a `commits` fact, or None where there is no
repository to ask.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, Literal

from streams.core.fingerprint.rules import HELD_UP, goroutine_of, hanging, telling
from streams.model.attributing import Joined, Site
from streams.model.cause import CauseFrame, CauseKey
from streams.model.crash import Crash, CrashKind, Frame, Goroutine
from streams.model.instant import Instant

_MOST_FRAMES: Final = 40
_MOST_GOROUTINES: Final = 20_000
_MOST_NUMBERS: Final = 64
_MESSAGE_CHARS: Final = 400
_WORD: Final = re.compile(r"0x[0-9a-f]+(?!\?)\b")
_NUMBER: Final = re.compile(r"(?<![\w.])-?\d{1,12}(?![\w.])")
# Go programs are loaded at 0x400000: what is larger is an address of code or data.
_LARGEST: Final = 0x400000
# Arguments of frames further out say little of the value that failed.
_WITH_ARGUMENTS: Final = 8


def site_of(crash: Crash, failure: str) -> Site:
    """The class of failure, the text, the frames that are not the runtime's, the sizes that it names."""
    return Site(
        failure=failure,
        message=crash.message[:_MESSAGE_CHARS],
        frames=tuple(_frames(crash))[:_MOST_FRAMES],
        numbers=tuple(sorted(set(_numbers(crash))))[:_MOST_NUMBERS],
    )


def _frames(crash: Crash) -> Iterator[CauseFrame]:
    for access in crash.accesses:
        for frame in access.frames:
            if not frame.std:
                yield _frame(frame, "access")
    goroutine = _stuck(crash)
    if goroutine is None:
        return
    for frame in goroutine.frames:
        if not frame.std and not frame.native:
            yield _frame(frame, "frame")
    made = goroutine.created_by
    if made is not None:
        package = made.function.rpartition("/")[0]
        tail = made.function.rpartition("/")[2].partition(".")[0]
        known = [
            f for f in goroutine.frames if f.package and made.function.startswith(f.package + ".")
        ]
        full = known[0].package if known else "/".join(p for p in (package, tail) if p)
        own = known[0].in_app if known else True
        yield CauseFrame(made.function, made.file, made.line, full, own, "creator")


def _stuck(crash: Crash) -> Goroutine | None:
    """The goroutine that matters; where all are asleep not one that waits for others, where one of these is stuck.

    These may be within a library, which calls back into what it holds a lock for.
    """
    chosen = goroutine_of(crash)
    if chosen is None or crash.kind != "fatal" or not 0 < telling(chosen) < HELD_UP:
        return chosen
    held = (g for g in crash.goroutines[:_MOST_GOROUTINES] if telling(g) >= HELD_UP)
    return hanging(tuple(held)) or chosen


def _frame(frame: Frame, role: Literal["frame", "access"]) -> CauseFrame:
    return CauseFrame(frame.function, frame.file, frame.line, frame.package, frame.in_app, role)


def _numbers(crash: Crash) -> Iterator[int]:
    """Sizes that the message and the arguments show."""
    yield from (abs(int(text)) for text in _NUMBER.findall(crash.message[:_MESSAGE_CHARS]))
    goroutine = goroutine_of(crash)
    for frame in goroutine.frames[:_WITH_ARGUMENTS] if goroutine else ():
        for word in _WORD.findall(frame.args or ""):
            value = int(word, 16)
            if value < _LARGEST:
                yield value


def cause_key_of(
    repos: Sequence[str], kind: CrashKind, site: Site, found: Joined, until: Instant | None
) -> CauseKey:
    """The question for a crash of which this is known; `until`: when it was first seen."""
    return CauseKey(
        repos=tuple(repos),
        crashed=tuple(dict.fromkeys(name for name in (found.crashed, *found.names) if name)),
        kind=kind,
        failure=site.failure,
        message=site.message,
        frames=site.frames,
        good=found.good,
        ran=tuple(one.commit for one in found.ran),
        later=found.later,
        until=until.ns if until else None,
        numbers=site.numbers,
    )


def repositories_of(proven: Sequence[str], given: Sequence[str]) -> tuple[str, ...]:
    """Of the repositories given those that builds prove to be the service's; all of them where none is proven.

    A forge calls a repository `org/shop` that is given as `shop`.
    """
    named = {name for full in proven for name in (full, full.rpartition("/")[2])}
    return tuple(name for name in given if name in named) or tuple(given)

"""The method `locus1`: a crash is grouped by the place that is to blame, function and statement.

In: a marked crash, settings, facts. Out: a Place to group by, or Need. With source at hand the place is what the source
says (core/source); without it the names on the stack, past helpers that hand on what they were handed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

import msgspec

from streams.core.fingerprint.helpers import helper_rule
from streams.core.fingerprint.inlined import own_name
from streams.core.fingerprint.normalize import function_key
from streams.core.fingerprint.rules import Locus, below_panic, goroutine_of
from streams.core.fingerprint.scaffold import role_of
from streams.core.parse.frame import package_of
from streams.model.crash import Crash, Frame, Goroutine
from streams.model.message import decode
from streams.model.place import Placed, PlaceFrame, PlaceKey, place_request
from streams.model.settings import PipelineSettings
from streams.model.step import Absent, Facts, Need, Present, Request

METHOD: Final = "locus1"
_MOST_FRAMES: Final = 24
_MOST_TEXT: Final = 2000
_FIRST: Final = re.compile(r"0x([0-9a-f]+)(\?)?")
# A cycle of a stack overflow is looked for in so many frames, and is of at most so many functions.
_CYCLE_FRAMES: Final = 200
_MOST_CYCLE: Final = 8
_MOST_HELPERS: Final = 6


class Grouped(msgspec.Struct, frozen=True):
    """What a crash is grouped by: `frame` is the one to blame, `placed` what the source says of it."""

    frame: Frame
    placed: Placed
    rule: str
    detail: str


def _place_frame(frame: Frame, number: int) -> PlaceFrame:
    # Only of the innermost: addresses of others would make every crash a place of its own.
    zeros = _zeros(frame.args) if number == 0 else ""
    return PlaceFrame(frame.function, frame.file, frame.line, frame.package, frame.in_app, zeros)


def _zeros(args: str | None) -> str:
    """Whether the first word of the arguments is 0: a receiver that is nil."""
    match = _FIRST.match(args or "")
    return "" if match is None else "?" if match[2] else "0" if match[1] == "0" else "1"


def _key(crash: Crash, frames: Iterable[Frame], failure: str) -> PlaceKey:
    build = crash.build
    stated = msgspec.structs.replace(
        type(build)(), module=build.module, version=build.version, tag=build.tag,
        revision=build.revision, release=build.release,
    )  # fmt: skip
    return PlaceKey(
        build=stated,
        failure=failure,
        kind=crash.kind,
        frames=tuple(_place_frame(frame, n) for n, frame in enumerate(frames)),
        service=crash.source.service,
    )


def _outward(goroutine: Goroutine, first: Frame) -> Iterator[Frame]:
    """The user's own frames from one on to the outermost."""
    started = False
    for frame in goroutine.frames:
        started = started or frame is first
        if started and (frame.in_app or frame is first):
            yield frame


def _of_modules(goroutine: Goroutine, first: Frame) -> Iterator[Frame]:
    """Frames that may be in a repository, from below the panic to the outermost: vendored modules may be its own."""
    started = False
    for frame in below_panic(goroutine.frames):
        started = started or frame is first
        other = not frame.std and not frame.native and frame.package and not role_of(frame.function)
        if frame.in_app or (other and not started) or frame is first:
            yield frame


def _creator(goroutine: Goroutine) -> Iterator[Frame]:
    created = goroutine.created_by
    if created is not None:
        yield Frame(
            function=created.function,
            package=package_of(created.function),
            file=created.file,
            line=created.line,
        )


def stacks_of(crash: Crash, locus: Locus, failure: str) -> tuple[str, list[tuple[Frame, ...]]]:
    """The rule, and the stacks whose innermost frame may be to blame: of several the smallest place counts."""
    if locus.frame is None:
        return locus.rule, []
    if crash.accesses:
        tops = [tuple(f for f in access.frames if f.in_app)[:_MOST_FRAMES] for access in crash.accesses]
        return "race-access", [top for top in tops if top]
    goroutine = goroutine_of(crash)
    if goroutine is None:
        return locus.rule, []
    if failure == "stack-overflow":
        cycle = _cycle(goroutine)
        if cycle:
            return "cycle", [(frame,) for frame in cycle]
    frames = (*_of_modules(goroutine, locus.frame), *_creator(goroutine)) or (locus.frame,)
    return locus.rule, [tuple(islice(frames, _MOST_FRAMES))]


def _cycle(goroutine: Goroutine) -> list[Frame]:
    """The frames that come again and again in a stack that overflowed, each place once."""
    seen: dict[tuple[str, int | None], int] = {}
    first: dict[tuple[str, int | None], Frame] = {}
    for frame in islice((f for f in goroutine.frames if f.in_app), _CYCLE_FRAMES):
        place = (frame.function, frame.line)
        seen[place] = seen.get(place, 0) + 1
        first.setdefault(place, frame)
    often = [first[place] for place, count in seen.items() if count > 2]  # noqa: PLR2004 - twice is chance
    return often[:_MOST_CYCLE]


def grouped(
    crash: Crash, locus: Locus, failure: str, settings: PipelineSettings, facts: Facts
) -> Grouped | Need | str:
    """The place in the source, Need, or why there is none."""
    if not settings.repositories:
        return ""
    text = error_text(crash)
    if text:
        # Where it was logged says little: one handler logs the errors of all.
        key = msgspec.structs.replace(_key(crash, (), failure), message=text)
        request = place_request(key)
        fact = facts.get(request)
        if fact is None:
            return Need((request,))
        if isinstance(fact, Present):
            placed = decode(fact.data, Placed)
            frame = Frame(function=placed.function, file=placed.path, line=placed.line, in_app=True)
            return Grouped(frame, placed, "error-format", f"{placed.function}: `{placed.text}`")
    rule, stacks = stacks_of(crash, locus, failure)
    if not stacks:
        return ""
    requests = [place_request(_key(crash, frames, failure)) for frames in stacks]
    missing = tuple(dict.fromkeys(r for r in requests if r not in facts))
    if missing:
        return Need(missing)
    return _best(rule, stacks, requests, facts)


def error_text(crash: Crash) -> str:
    """The text of the error that a crash record of kind `error` is about, with all that wraps it."""
    if crash.kind != "error" or crash.panics:
        return ""
    return (crash.errors[0].message if crash.errors else crash.message)[:_MOST_TEXT]


def _best(
    rule: str, stacks: list[tuple[Frame, ...]], requests: list[Request], facts: Facts
) -> Grouped | str:
    found: list[tuple[Placed, Frame]] = []
    why = ""
    for frames, request in zip(stacks, requests, strict=True):
        fact = facts[request]
        if isinstance(fact, Present):
            placed = decode(fact.data, Placed)
            if placed.frame is not None:
                found.append((placed, frames[placed.frame]))
        elif isinstance(fact, Absent):
            why = why or fact.reason
    if not found:
        return why
    placed, frame = min(found, key=lambda pair: (pair[0].function, pair[0].statement))
    detail = f"{placed.function}: `{placed.text}`"
    return Grouped(frame, placed, rule if placed.frame == 0 else "caller-of-helper", detail)


def named(crash: Crash, locus: Locus, failure: str) -> tuple[Frame | None, str, str]:
    """By names alone: the frame, its normalised function, the rule."""
    if locus.frame is None:
        return None, "", locus.rule
    if crash.accesses:
        return locus.frame, _name(crash, locus.frame), locus.rule
    goroutine = goroutine_of(crash)
    if goroutine is not None and failure == "stack-overflow":
        cycle = _cycle(goroutine)
        if cycle:
            frame = min(cycle, key=lambda f: _name(crash, f))
            return frame, _name(crash, frame), "cycle"
    frame = _past_helpers(crash, goroutine, locus.frame, failure) if goroutine else locus.frame
    rule = locus.rule if frame is locus.frame else "caller-of-helper"
    return frame, _name(crash, frame), rule


def _past_helpers(crash: Crash, goroutine: Goroutine, frame: Frame, failure: str) -> Frame:
    """The innermost frame that is no helper; the helper itself where nothing of the user's own called it."""
    explicit = ":" in failure or failure in ("panic", "error")
    for number, caller in enumerate(_outward(goroutine, frame)):
        rule = helper_rule(_name(crash, caller))
        if rule is None or not (explicit or rule.any_failure):
            return caller
        if number >= _MOST_HELPERS:
            break
    return frame


def _name(crash: Crash, frame: Frame) -> str:
    return function_key(own_name(frame, crash) or frame.function)


__all__ = ["METHOD", "Grouped", "below_panic", "grouped", "named", "role_of", "stacks_of"]

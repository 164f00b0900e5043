"""The stack as rules look at it: where it crashed, how far below the handler, whose code is deepest there.

In: a crash and the frame that it is grouped by. Out: a Stack. Depth counts the frames from the crash site to the
outermost frame of the user's own code, without panic machinery and scaffolding; inlined ones count, 0 is the handler.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, Literal

import msgspec

from streams.core.features.domains import package_domain
from streams.core.fingerprint.rules import below_panic, goroutine_of
from streams.core.fingerprint.scaffold import role_of
from streams.model.crash import Crash, Frame

# Whose the deepest non-standard frame is; `runtime`: there is none, `nowhere`: there are no frames.
Owner = Literal["test", "own", "dependency", "runtime", "nowhere"]

_SERVES_REQUESTS: Final = ("http", "rpc")
# Of a longer stack the innermost and the outermost half of so many frames are looked at, the others only counted.
MOST_FRAMES: Final = 4096
_MOST_FUNCTIONS: Final = 64
# tracebackInnerFrames (runtime/traceback.go, Go >= 1.21): what is elided stands behind so many frames.
_INNER_FRAMES: Final = 50


class EntryRule(msgspec.Struct, frozen=True):
    """Functions of the standard library that only lead to a handler or away from it, and why they count nothing."""

    pattern: re.Pattern[str]
    why: str


# Beside FRAME_RULES, which leave the standard library out: there whole packages are marked as such.
ENTRY_RULES: Final[tuple[EntryRule, ...]] = tuple(
    EntryRule(re.compile(pattern), why)
    for pattern, why in (
        (r"(?:internal/)?runtime(?:/\w+)*\.", "the runtime's part in an operation: maps, channels, signals, start"),
        ((r"net/http\.(?:HandlerFunc\.|\(\*(?:ServeMux|conn|timeoutHandler|http2serverConn|CrossOriginProtection)\)\.|"
         r"serverHandler\.|initALPNRequest\.|StripPrefix\.|AllowQuerySemicolons\.|MaxBytesHandler\.)"),
         "the server on its way to a handler"),
        (r"net/rpc\.\(\*(?:service|Server)\)\.", "calls a method by name"),
        (r"testing\.", "runs tests"),
        (r"sync\.(?:\(\*(?:Once|WaitGroup|Pool)\)\.|Once(?:Func|Values?)\b)", "calls the function that it was given"),
        (r"reflect\.(?:Value\.(?:call|Call)|makeFuncStub|callMethod|callReflect)", "calls by reflection"),
        (r"runtime/(?:pprof|debug|trace)\.", "labels goroutines and prints stacks"),
    )
)  # fmt: skip


class Stack(msgspec.Struct, frozen=True):
    """A stack below the panic. `site`: functions from the crash site to the deepest non-standard frame."""

    depth: int | None
    package: str | None
    owner: Owner
    site: tuple[str, ...]
    functions: tuple[str, ...]


_NO_STACK: Final = Stack(None, None, "nowhere", (), ())


@lru_cache(maxsize=65536)
def leads_only(function: str, package: str | None) -> bool:
    """Whether a frame is machinery or scaffolding. Frames that a middleware printed may have no function's name."""
    names = (function, f"{package}.") if package else (function,)
    return any(
        role_of(name) is not None or any(rule.pattern.match(name) for rule in ENTRY_RULES)
        for name in names
    )


def _frames_of(crash: Crash, frame: Frame | None) -> tuple[tuple[Frame, ...], int]:
    """The frames that the crash is grouped by, and how many the runtime left out of them."""
    if crash.accesses:
        stacks = [access.frames for access in crash.accesses if access.frames]
        chosen = next((frames for frames in stacks if frame in frames), None)
        return chosen or next(iter(stacks), ()), 0
    goroutine = goroutine_of(crash)
    return (goroutine.frames, goroutine.elided) if goroutine else ((), 0)


def _shortened(frames: tuple[Frame, ...]) -> tuple[tuple[Frame, ...], int]:
    if len(frames) <= MOST_FRAMES:
        return frames, 0
    half = MOST_FRAMES // 2
    return frames[:half] + frames[-half:], len(frames) - MOST_FRAMES


def _owner(frame: Frame) -> Owner:
    if frame.file and frame.file.endswith("_test.go"):
        return "test"
    return "own" if frame.in_app else "dependency"


def looked_at(crash: Crash, frame: Frame | None) -> Stack:
    """What rules look at of the goroutine that crashed, or of the access of a race that `frame` is in."""
    frames, elided = _frames_of(crash, frame)
    if not frames:
        return _NO_STACK if frame is None else _of_frame(frame)
    kept, left_out = _shortened(frames)
    below = below_panic(kept)
    leads = [leads_only(each.function, each.package) for each in below]
    counted = [at for at, only_leads in enumerate(leads) if not only_leads]
    functions = tuple([below[at].function for at in counted[:_MOST_FUNCTIONS]])
    depth = _depth(below, counted)
    if depth is not None and (elided or left_out):
        entry = counted[depth] + len(kept) - len(below)
        hidden_behind = MOST_FRAMES // 2 if left_out else _INNER_FRAMES
        depth += elided + left_out if entry >= hidden_behind else 0
    site, deepest = _deepest(below, leads)
    if deepest is None:
        return _without_deepest(below, frame, depth, functions)
    return Stack(depth, deepest.package, _owner(deepest), functions[:site], functions)


def _is_known(frame: Frame) -> bool:
    return not frame.std and not frame.native and frame.package is not None


def _deepest(below: tuple[Frame, ...], leads: list[bool]) -> tuple[int, Frame | None]:
    """The innermost non-standard frame, and how many functions there are from the crash site to it.

    Scaffolding that crashes does so for others (a logger that was told to, a pool that panics again), but for what
    serves requests: there it is a fault in how it is used (two routes that conflict).
    """
    site = 0
    for frame, only_leads in zip(below, leads, strict=True):
        site += not only_leads
        if _is_known(frame) and (
            not only_leads or package_domain(frame.package or "") in _SERVES_REQUESTS
        ):
            return site, frame
    return site, None


def _depth(below: tuple[Frame, ...], counted: list[int]) -> int | None:
    """Position of the outermost frame of the user's own code, else of the outermost of all."""
    for at in range(len(counted) - 1, -1, -1):
        if below[counted[at]].in_app:
            return at
    return len(counted) - 1 if counted else None


def _without_deepest(
    below: tuple[Frame, ...], frame: Frame | None, depth: int | None, functions: tuple[str, ...]
) -> Stack:
    """Scaffolding that crashed itself, else the frame that it is grouped by (whoever started the goroutine)."""
    scaffold = next((each for each in below if _is_known(each)), None)
    chosen = scaffold or (frame if frame is not None and _is_known(frame) else None)
    if chosen is None:
        return Stack(depth, None, "runtime", functions, functions)
    return Stack(depth, chosen.package, _owner(chosen), functions, functions)


def _of_frame(frame: Frame) -> Stack:
    """Of a crash without a stack that is grouped by a frame all the same."""
    if not _is_known(frame):
        return Stack(0, None, "runtime", (frame.function,), (frame.function,))
    return Stack(0, frame.package, _owner(frame), (frame.function,), (frame.function,))

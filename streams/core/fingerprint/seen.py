"""What a crash says to a comparison of many (core/cluster/together.py).

In: a crash with its fingerprint. Out: Seen.
"""

from __future__ import annotations

from itertools import islice
from typing import Final

from streams.core.cluster.together import Seen, Step, package_in
from streams.core.fingerprint.embedded import first_told
from streams.core.fingerprint.inlined import key_of
from streams.core.fingerprint.message import constant_beginning
from streams.core.fingerprint.rules import below_panic, goroutine_of
from streams.model.crash import Crash, Frame
from streams.model.events import Fingerprinted
from streams.model.settings import PipelineSettings

_MOST_FRAMES: Final = 24


def seen_of(
    name: str | int, crash: Crash, event: Fingerprinted, key: str, settings: PipelineSettings
) -> Seen:
    """The crash as the comparison sees it; one that the source or a message placed stays where it is."""
    crash = first_told(crash, settings)
    goroutine = goroutine_of(crash)
    frames: tuple[Step, ...] = ()
    if event.by == "names" and crash.accesses:
        # Both accesses are in every report: the smallest is always the same.
        own_frames = (tuple(f for f in a.frames if f.in_app) for a in crash.accesses)
        stacks = [tuple(_step(crash, f) for f in islice(own, _MOST_FRAMES)) for own in own_frames]
        frames = min(
            (s for s in stacks if s), key=lambda s: (s[0].function, s[0].line or 0), default=()
        )
    elif goroutine is not None and event.by == "names":
        below = below_panic(goroutine.frames)
        own = [f for f in below if f.in_app] or [f for f in goroutine.frames if f.in_app]
        frames = tuple(_step(crash, frame) for frame in islice(own, _MOST_FRAMES))
    failure = event.features.panic_type
    build = crash.build
    explicit = ":" in failure or failure == "panic"
    return Seen(
        id=name,
        key=key,
        frames=frames,
        release=build.release or build.tag or build.version or build.revision or "",
        failure=failure,
        says=constant_beginning(crash.message) if explicit else "",
        fixed=event.by != "names" or failure == "stack-overflow",
        text=event.block if event.by == "message" and failure == "error" else "",
    )


def _step(crash: Crash, frame: Frame) -> Step:
    function = key_of(frame, crash)
    return Step(function, frame.line, package_in(function))

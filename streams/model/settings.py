"""Settings that change what the pure pipeline computes; drivers and commands have their own.

In: nothing. Out: one frozen value. Read once at the edge (streams/config.py), handed to the topology.
"""

from __future__ import annotations

import msgspec


class ScrubPattern(msgspec.Struct, frozen=True, kw_only=True):
    """A user's own secret pattern: every match of `regex`, or of its `group`, becomes `[scrubbed:name]`."""

    name: str
    regex: str
    group: str | int | None = None


class PipelineSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What the steps may depend on beside state, event and facts.

    `modules`: import paths that are the user's own; `third_party`: import paths that are not;
    `scrub`: whether COLLECT replaces secrets; `scrub_patterns`: patterns beside the built-in ones.
    """

    modules: tuple[str, ...] = ()
    third_party: tuple[str, ...] = ()
    scrub: bool = True
    scrub_patterns: tuple[ScrubPattern, ...] = ()

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


class Substitute(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"old": "from"}
):
    """A substitute-path rule: files below `from`, as a crash prints them, are below `to` of the repository.

    `repo` names the repository where several are given; empty: whichever has the file.
    """

    old: str
    to: str
    repo: str = ""


class SourceSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How files of a crash are found in repositories; the first rule that fits counts."""

    substitute: tuple[Substitute, ...] = ()


class PipelineSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What the steps may depend on beside state, event and facts.

    `modules`: import paths that are the user's own; `third_party`: import paths that are not;
    `scrub`: whether COLLECT replaces secrets; `scrub_patterns`: patterns beside the built-in ones;
    `binaries`: whether binaries are to be had, so that crash texts ask for theirs.
    """

    modules: tuple[str, ...] = ()
    third_party: tuple[str, ...] = ()
    scrub: bool = True
    scrub_patterns: tuple[ScrubPattern, ...] = ()
    binaries: bool = False

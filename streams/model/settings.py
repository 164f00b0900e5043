"""Settings that change what the pure pipeline computes; drivers and commands have their own.

In: nothing. Out: one frozen value. Read once at the edge (streams/config.py), handed to the topology.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from streams.model.crash import CrashKind
from streams.model.report import Domain


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


class DomainRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A user's own rule for the fault domain: every condition that is stated has to hold.

    `panic_type`: a failure class or `panic:TYPE`, as features have it. `package`, `function`, `message`: regexes that
    are found in the deepest non-standard package, in a function of the crashed stack, in what the crash says.
    """

    name: str
    domain: Domain
    kind: CrashKind | None = None
    panic_type: str | None = None
    package: str | None = None
    function: str | None = None
    message: str | None = None
    http_status: tuple[int, ...] = ()
    min_depth: int | None = None
    max_depth: int | None = None
    why: str = ""


class DomainSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The user's rules for the fault domain, in their order; they are asked before the built-in ones."""

    rule: tuple[DomainRule, ...] = ()


# How crashes are grouped; `tfidf1` and `align1` are batch methods for comparison (`cluster --method`).
Method = Literal["locus1", "plain1", "top1", "dual1"]


class PipelineSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What the steps may depend on beside state, event and facts.

    `modules`: import paths that are the user's own; `third_party`: import paths that are not;
    `scrub`: whether COLLECT replaces secrets; `scrub_patterns`: patterns beside the built-in ones;
    `binaries`: whether binaries are to be had, so that crash texts ask for theirs.
    `method`: how crashes are grouped; `eps`, `min_samples`: of DBSCAN (dual1).
    `repositories`: names of the repositories to be had, so that crashes ask for their place in the source.
    `domain_rules`: the user's rules for the fault domain.
    `commit_urls`: the page of a commit by repository, with `{commit}` in it.
    `links_keep_days`: how many days rows of trace_link are kept, by event time; None: for ever.
    """

    modules: tuple[str, ...] = ()
    third_party: tuple[str, ...] = ()
    scrub: bool = True
    scrub_patterns: tuple[ScrubPattern, ...] = ()
    binaries: bool = False
    method: Method = "locus1"
    eps: float = 0.3
    min_samples: int = 1
    repositories: tuple[str, ...] = ()
    domain_rules: tuple[DomainRule, ...] = ()
    links_keep_days: int | None = None
    commit_urls: tuple[tuple[str, str], ...] = ()

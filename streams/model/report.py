"""The product: a root-cause report (schema report.v1), one upserted event per cluster and revision.

`generation` and `revision` are envelope; everything else is content, and `content_hash` names it.
"""

from __future__ import annotations

from typing import Literal

from msgspec import field

from streams.model.crash import CrashKind
from streams.model.instant import Instant
from streams.model.message import Message, Value

ClusterStatus = Literal["new", "ongoing", "regressed", "resolved", "ignored"]
# The fault domains: which part of a system a crash is a matter of (docs/reference/domains.md). A closed list.
Domain = Literal[
    "auth", "database-driver", "database", "cache", "queue", "rpc", "http", "template", "encoding", "config",
    "observability", "filesystem", "network", "transport", "client-gone", "timeout", "pool-exhaustion", "lock-convoy",
    "goroutine-leak", "deadlock", "data-race", "out-of-memory", "resource-limit", "stack-overflow", "nil-map",
    "closed-channel", "lock-misuse", "native", "test", "runtime", "dependency", "application", "unknown",
]  # fmt: skip


class RootCause(Value, frozen=True, kw_only=True):
    """The place that the crash is grouped by; None where the text does not show it.

    `rule` chose the place, `domain_rule` the domain. `revision`: the commit that file and line are of, where known.
    """

    function: str | None = None
    file: str | None = None
    line: int | None = None
    package: str | None = None
    module: str | None = None
    domain: Domain | None = None
    domain_rule: str | None = None
    rule: str | None = None
    revision: str | None = None


class Introduced(Value, frozen=True, kw_only=True):
    """The build and deploy batch that brought the crash, where links show it.

    `canary_percent`: the share of the traffic that the batch had first. `build_status`, `build_attempt`: what CI said.
    """

    build_id: str | None = None
    deploy_batch: str | None = None
    release: str | None = None
    last_good_build: str | None = None
    canary_percent: float | None = None
    build_status: str | None = None
    build_attempt: int | None = None


class Evidence(Value, frozen=True, kw_only=True):
    """One reason for a suspect; `weight` in 0..1."""

    kind: str
    detail: str
    weight: float


class Suspect(Value, frozen=True, kw_only=True):
    """A commit that may have caused the crash; `confidence` in 0..1, calibrated. `url`: its page, where one is set."""

    commit: str
    author: str | None = None
    at: Instant | None = None
    subject: str | None = None
    confidence: float
    evidence: tuple[Evidence, ...] = ()
    repo: str | None = None
    url: str | None = None


class Unknown(Value, frozen=True, kw_only=True):
    """Something that the report does not know, why, and how to learn it."""

    what: str
    why: str
    how: str = field(name="how to know")


class Explanation(Value, frozen=True, kw_only=True):
    """Why a crash is in its cluster: the rule, what it saw, the distance (0 = same key)."""

    rule: str
    detail: str
    distance: float = 0.0


class Report(Message, frozen=True, kw_only=True):
    """report.v1."""

    cluster: str
    generation: int = 1
    revision: int = 1
    content_hash: str = ""
    title: str
    kind: CrashKind
    root_cause: RootCause = RootCause()
    occurrences: int
    first_seen: Instant | None = None
    last_seen: Instant | None = None
    services: tuple[str, ...] = ()
    builds: tuple[str, ...] = ()
    hosts: int = 0
    fingerprints: int = 1
    representative: str
    status: ClusterStatus = "new"
    introduced: Introduced = Introduced()
    suspects: tuple[Suspect, ...] = ()
    owners: tuple[str, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    explain: tuple[Explanation, ...] = ()

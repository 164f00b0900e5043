"""What a page or program asks of many clusters, and the columns by which stores answer.

In: reports, fingerprinted crashes. Out: questions, answers, texts to search in. Both databases use the same columns, so
that a question has one answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from typing import Final, Literal

import msgspec

from streams.model.crash import CrashKind
from streams.model.events import Fingerprinted
from streams.model.instant import Instant
from streams.model.report import ClusterStatus, Report

Sort = Literal["occurrences", "last_seen", "first_seen", "title"]
# `open`: all but ignored; `all`: those, too.
StatusChoice = Literal["open", "all", "new", "ongoing", "regressed", "resolved", "ignored"]

# Between the parts of a text that is searched in: nobody types it.
_BETWEEN: Final = "\x1f"
_SEARCHED_CHARS: Final = 2000
# What a row is filtered by: a cluster may have thousands of builds.
_MOST_NAMES: Final = 500


class ClusterQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which clusters, in which order. `text` is looked for in `search_text`; `release` is a build as crashes state it.

    Times: seen at `since` or later, and at `until` or earlier.
    """

    text: str = ""
    service: str = ""
    kind: CrashKind | None = None
    status: StatusChoice = "open"
    release: str = ""
    since: Instant | None = None
    until: Instant | None = None
    sort: Sort = "occurrences"
    limit: int = 25
    offset: int = 0


class ClustersFound(msgspec.Struct, frozen=True):
    """The reports of one page, and how many there are on all pages."""

    reports: tuple[Report, ...]
    total: int


class Occurrence(msgspec.Struct, frozen=True):
    """A crash of a cluster: where and when, each None where the crash does not say it."""

    crash: str
    at: Instant | None = None
    service: str | None = None
    build: str | None = None
    env: str | None = None
    region: str | None = None


class Span(msgspec.Struct, frozen=True):
    """`number` steps of `step_seconds` from `start_seconds` (epoch) on."""

    start_seconds: int
    step_seconds: int
    number: int

    @property
    def edges(self) -> tuple[int, ...]:
        """Where steps begin, and where the last one ends, in seconds."""
        return tuple(self.start_seconds + at * self.step_seconds for at in range(self.number + 1))


def search_text(report: Report) -> str:
    """What is searched: title, function, file, package, owners, commits of suspects, ids; case folded."""
    cause = report.root_cause
    parts = (
        report.title,
        cause.function or "",
        cause.file or "",
        cause.package or "",
        *report.owners,
        *(suspect.commit for suspect in report.suspects),
        report.cluster,
        report.representative,
    )
    return (
        _BETWEEN.join(part[:_SEARCHED_CHARS] for part in parts).replace("\0", "\ufffd").casefold()
    )


def statuses(choice: StatusChoice) -> tuple[ClusterStatus, ...]:
    """The statuses that a choice means."""
    every: tuple[ClusterStatus, ...] = ("new", "ongoing", "regressed", "resolved")
    if choice == "open":
        return every
    return (*every, "ignored") if choice == "all" else (choice,)


def joined(names: Iterable[str]) -> str:
    """Names as one text in which `between` finds each."""
    return _BETWEEN + "".join(name + _BETWEEN for name in list(names)[:_MOST_NAMES])


def between(name: str) -> str:
    """What stands in a joined text where it has this name."""
    return f"{_BETWEEN}{name}{_BETWEEN}"


def names_in(text: str) -> tuple[str, ...]:
    """The names of a joined text."""
    return tuple(name for name in text.split(_BETWEEN) if name)


def stack_number(block: str, fingerprint: str) -> int:
    """64 bits for a distinct stack, signed as databases have it."""
    name = f"{block}{_BETWEEN}{fingerprint}".encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(name, digest_size=8).digest(), signed=True)


def occurrence(event: Fingerprinted) -> Occurrence:
    """The columns of a crash."""
    seen = event.seen
    return Occurrence(
        crash=event.crash,
        at=event.at,
        service=event.service,
        build=event.build,
        env=seen.env if seen else None,
        region=seen.region if seen else None,
    )

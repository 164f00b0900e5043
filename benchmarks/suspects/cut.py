"""No peeking: for each case a repository that holds what had been pushed when the crash was first seen.

In: a set (repos, events.jsonl, crashes.jsonl). Out: bare repositories by case, and the events that had happened.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from benchmarks.suspects.history import ENVIRONMENT
from streams.model.events import CiBuild, Deploy, GitPush
from streams.model.message import Value, decode

_LATE: Final = 6 * 3600
"""Deliveries that come so many seconds after the crash still count: a report is refined by them."""


KINDS: Final[Mapping[str, type[GitPush | CiBuild | Deploy]]] = {
    "git.push": GitPush,
    "ci.build": CiBuild,
    "deploy": Deploy,
}


class Occurrence(Value, frozen=True, kw_only=True):
    """One crash of a cluster; `ts` in seconds."""

    ts: int
    region: str
    host: str
    canary: bool


class Row(Value, frozen=True, kw_only=True):
    """A line of crashes.jsonl."""

    case: str
    repo: str
    service: str
    env: str
    first_seen: int
    occurrences: tuple[Occurrence, ...]
    trace: str
    buildinfo: str | None = None
    labels: dict[str, str] = {}


class _Kind(Value, frozen=True, kw_only=True):
    kind: str
    occurred_at: int
    received_at: int


class Happened(Value, frozen=True, kw_only=True):
    """An event and its line."""

    line: bytes
    at: int
    arrived: int
    event: GitPush | CiBuild | Deploy


def rows(folder: Path) -> list[Row]:
    """The crashes of a set."""
    return [decode(line, Row) for line in _lines(folder / "crashes.jsonl")]


def happened(folder: Path) -> list[Happened]:
    """The events of a set, in their order."""
    found = []
    for line in _lines(folder / "events.jsonl"):
        head = decode(line, _Kind)
        event = decode(line, KINDS[head.kind])
        found.append(
            Happened(line=line, at=head.occurred_at, arrived=head.received_at, event=event)
        )
    return found


def known(events: Iterable[Happened], row: Row) -> list[Happened]:
    """What was delivered in time for a case, of its repository and service."""
    return [
        one
        for one in events
        if one.arrived <= row.first_seen + _LATE
        and (
            one.event.service == row.service
            if isinstance(one.event, Deploy)
            else one.event.repo == row.repo
        )
    ]


def repository(folder: Path, out: Path, row: Row, events: Sequence[Happened]) -> Path:
    """The repository of a case; made where it is not there."""
    made = out / row.case
    if made.exists():
        return made
    full = out / "full" / row.repo
    if not full.exists():
        full.parent.mkdir(parents=True, exist_ok=True)
        _git(
            "clone", "--quiet", "--mirror", str(folder / "repos" / f"{row.repo}.bundle"), str(full)
        )
        _git("-C", str(full), "config", "uploadpack.allowAnySHA1InWant", "true")
    refs = _refs(row, events)
    _git("init", "--quiet", "--bare", "--initial-branch=main", str(made))
    wanted = [f"{commit}:{ref}" for ref, commit in sorted(refs.items())]
    _git("-C", str(made), "fetch", "--quiet", "--no-tags", f"file://{full}", *wanted)
    return made


def _refs(row: Row, events: Sequence[Happened]) -> dict[str, str]:
    refs: dict[str, str] = {}
    for one in sorted(events, key=lambda happened: happened.at):
        event = one.event
        if (
            one.at > row.first_seen
            or isinstance(event, Deploy)
            or event.repo != row.repo
            or event.ref is None
        ):
            continue
        if isinstance(event, GitPush) and event.after:
            refs[event.ref] = event.after
        elif isinstance(event, CiBuild) and event.ref.startswith("refs/tags/") and event.commit:
            refs[event.ref] = event.commit
    return refs


def _git(*words: str) -> None:
    subprocess.run(["git", *words], env=ENVIRONMENT, check=True)


def _lines(path: Path) -> list[bytes]:
    return [line for line in path.read_bytes().splitlines() if line.strip()]

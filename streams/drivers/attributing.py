"""Attribution of crashes that are given one by one: for the command `attribute`.

In: lines of crashes and events. Out: Attributions. Raises BadInput that names file, line and what is wrong; events of
other kinds, and lines that are none, are left out.
"""

from __future__ import annotations

import io
import re
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Final, cast

import msgspec

from streams.core.fingerprint.texts import crash_of_text
from streams.core.join.joined import joined
from streams.core.join.sighting import seen_of
from streams.core.join.timeline import Timeline
from streams.core.suspects.asking import attribution, question
from streams.drivers.causes import CauseFacts
from streams.drivers.embedded.inputs import open_file
from streams.model.attributing import SeenIn
from streams.model.cause import Attribution, Caused, cause_request
from streams.model.crash import Build
from streams.model.errors import BadInput
from streams.model.events import CiBuild, Deploy, GitPush
from streams.model.instant import Instant
from streams.model.message import DecodeError, Value, decode
from streams.model.report import Unknown
from streams.model.settings import PipelineSettings
from streams.model.step import Present
from streams.model.text import from_bytes

Event = GitPush | CiBuild | Deploy

_KINDS: Final[tuple[tuple[str, type[Event]], ...]] = (
    ("git.push", GitPush),
    ("ci.build", CiBuild),
    ("deploy", Deploy),
)
_SETTING: Final = re.compile(r"^build\t([\w.-]+)=(.*)$", re.MULTILINE)
_MODULE: Final = re.compile(r"^mod\t(\S+)\t(\S+)", re.MULTILINE)


class Occurrence(Value, frozen=True, kw_only=True):
    """One sighting of a crash."""

    ts: Instant
    region: str | None = None
    host: str | None = None
    canary: bool | None = None


class Case(Value, frozen=True, kw_only=True):
    """One line of CRASHES.jsonl. `repo`: of the service, where it is known."""

    case: str
    trace: str
    service: str = ""
    env: str | None = None
    repo: str | None = None
    first_seen: Instant | None = None
    occurrences: tuple[Occurrence, ...] = ()
    buildinfo: str | None = None
    labels: dict[str, str] | None = None


def _open(path: str) -> IO[bytes]:
    if path == "-":
        return sys.stdin.buffer
    try:
        return io.BufferedReader(cast("io.RawIOBase", open_file(Path(path))))
    except OSError as error:
        message = f"{path}: {error.strerror or error}: name a readable file of JSON lines"
        raise BadInput(message) from None


def read_cases(path: str) -> Iterator[Case]:
    """All crashes of a file or of standard input."""
    with _open(path) as stream:
        for number, line in enumerate(stream, start=1):
            if line.strip():
                try:
                    yield decode(from_bytes(line), Case)
                except DecodeError as error:
                    message = (
                        f'{path}:{number}: {error}: want {{"case": …, "trace": …}} on each line'
                    )
                    raise BadInput(message) from None


def read_events(paths: Sequence[str]) -> list[Event]:
    """Pushes, builds and deploys of files."""
    found: list[Event] = []
    for path in paths:
        with _open(path) as stream:
            for number, line in enumerate(stream, start=1):
                if not line.strip():
                    continue
                event = _event(line)
                if event is None:
                    sys.stderr.write(f"{path}:{number}: no push, build or deploy: left out\n")
                else:
                    found.append(event)
    return found


def _event(line: bytes) -> Event | None:
    text = from_bytes(line)
    for name, kind in _KINDS:
        if f'"{name}"' in text:
            try:
                return decode(text, kind)
            except DecodeError:
                continue
    return None


def _said(case: Case) -> SeenIn:
    """What a crash says of its build: the build info first, then labels."""
    info = case.buildinfo or ""
    built = dict(_SETTING.findall(info))
    module = _MODULE.search(info)
    build = Build(
        version=module[2] if module else None,
        revision=built.get("vcs.revision"),
        modified=built.get("vcs.modified") == "true",
    )
    return seen_of(build, case.labels or {})


def _first(case: Case) -> tuple[Instant | None, SeenIn]:
    """When it was first seen, and where: as the case says it, whatever its labels do."""
    first = min(
        case.occurrences, key=lambda o: (o.ts, o.region or "", bool(o.canary)), default=None
    )
    said = msgspec.structs.replace(_said(case), env=case.env, region=None, canary=None)
    if first is None:
        return case.first_seen, said
    return first.ts, msgspec.structs.replace(said, region=first.region, canary=first.canary)


def attributed(
    case: Case,
    events: Sequence[Event],
    causes: CauseFacts,
    repos: Sequence[str],
    settings: PipelineSettings,
) -> tuple[Attribution, str]:
    """The attribution of one crash, and what it took."""
    began, processes = time.perf_counter(), causes.processes()
    module = _MODULE.search(case.buildinfo or "")
    build = Build(module=module[1] if module else None)
    crash = crash_of_text(case.trace, build, settings)
    timeline = Timeline(e for e in events if _concerns(e, case))
    if crash is None:
        gap = Unknown(
            what="the crash",
            why="none is recognised in its trace",
            how="send the text that Go printed",
        )
        return Attribution(case=case.case, unknown=(gap,)), "nothing was asked"
    at, seen = _first(case)
    known = joined(timeline, case.service, at, seen)
    named = [name for name in repos if name == case.repo]
    asked = question(named or repos, crash, known, at)
    # Also where the revision is known: what was pushed only later is never named here.
    asked = msgspec.structs.replace(asked, later=timeline.later(at) if at else ())
    fact = causes.resolve(cause_request(asked))
    caused = decode(fact.data, Caused) if isinstance(fact, Present) else None
    why = "" if isinstance(fact, Present) else fact.reason
    found = attribution(case.case, known, caused, why)
    took = (time.perf_counter() - began) * 1000
    return found, f"{took:.1f} ms, {causes.processes() - processes} git processes"


def _concerns(event: Event, case: Case) -> bool:
    if isinstance(event, Deploy):
        return event.service == case.service
    return case.repo is None or event.repo == case.repo

"""What one run of the main job read, found and could not use; shown beside the reports.

In: counts from the driver. Out: a value. Never part of a report's content.
"""

from __future__ import annotations

from streams.core.report.history import History
from streams.core.report.source import Sources
from streams.model.crash import Crash
from streams.model.message import Value
from streams.model.report import Report, Unknown
from streams.model.traces import TraceLink


class Miss(Value, frozen=True, kw_only=True):
    """A line that looked like a crash and was none."""

    path: str
    line: int
    text: str
    why: str


class Problem(Value, frozen=True, kw_only=True):
    """An input that could not be used whole: the thing, what is wrong, what to do."""

    thing: str
    what: str
    next_step: str
    fatal: bool = False


class RunSummary(Value, frozen=True, kw_only=True):
    """Counts of one run; `formats` counts lines by recognised shape, `files` inputs really read."""

    files: int = 0
    lines: int = 0
    bytes: int = 0
    formats: dict[str, int] = {}
    crashes: int = 0
    duplicates: int = 0
    events: int = 0
    dead_letters: int = 0
    scrubbed: dict[str, int] = {}
    misses: tuple[Miss, ...] = ()
    problems: tuple[Problem, ...] = ()
    interrupted: bool = False
    state: str | None = None


class Shown(Value, frozen=True, kw_only=True):
    """A report with the crash that stands for it (None where its record is gone) and what all its crashes tell.

    `sources`: its source lines, where a repository was given. `links`: to its trace, by the settings.
    """

    report: Report
    crash: Crash | None = None
    history: History = History()
    sources: Sources = Sources()
    links: tuple[TraceLink, ...] = ()

    @property
    def unknown(self) -> tuple[Unknown, ...]:
        """What the report does not know, and what is unknown of its source."""
        return (*self.report.unknown, *self.sources.unknown)


class Page(Value, frozen=True, kw_only=True):
    """Everything that a person sees: reports, most important first, and the run."""

    shown: tuple[Shown, ...] = ()
    run: RunSummary = RunSummary()

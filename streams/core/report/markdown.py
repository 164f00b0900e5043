"""Reports as Markdown that can be pasted into an issue.

In: a Page. Out: Markdown text. Texts from logs stand in code spans and fences that they cannot
leave; in prose they are escaped: nothing of them becomes markup, a link or a mention of somebody.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from streams.core.report import summary, words
from streams.core.report.run import Page, RunSummary, Shown
from streams.core.report.source import Excerpt, numbered
from streams.core.report.trace import (
    Folded,
    Omitted,
    Stack,
    TraceLine,
    folded_words,
    last_events,
    main_stacks,
    others,
    place,
    shorten,
)
from streams.model.crash import Crash
from streams.model.report import Report, Suspect, Unknown

_TRACE_LINES: Final = 30
_MESSAGE_LINES: Final = 10
_MISSES_SHOWN: Final = 10
_OWNERS_SHOWN: Final = 12
_TITLE_CHARS: Final = 300
_SOURCE_CHARS: Final = 200
_BACKTICKS: Final = re.compile(r"`+")
_SPECIAL: Final = re.compile(r"[\\`*_{}\[\]<>|~&$]")
# What would open a list inside a list item: `- `, `+ `, `1. `, `1) `.
_LIST_START: Final = re.compile(r"^(\d*)([-+.)=])")
# `@name`, `#12` and `!12` notify people and link issues even where Markdown itself says nothing;
# GitHub and GitLab show an empty comment as nothing, but do not see the name behind it.
_REFERENCE: Final = re.compile(r"([@#!])(?=\w)")


def render_markdown(page: Page, *, command: str = summary.DEFAULT_COMMAND) -> str:
    """The page as Markdown; `command` is what the reader typed, for the commands suggested."""
    return "\n".join(_lines(page, command)) + "\n"


def code(text: str) -> str:
    """A code span that the text cannot leave: a fence longer than any run of backticks inside."""
    shown = words.visible(text)
    if not shown.strip():
        return "(empty)"
    fence = "`" * (_longest_run(shown) + 1)
    # CommonMark strips one blank on each side, so a text that touches the fence gets one.
    edge = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{fence}{edge}{shown}{edge}{fence}"


def fenced(lines: Iterable[str], language: str = "text") -> Iterable[str]:
    """A fenced block that its lines cannot close."""
    body = [words.visible(line) for line in lines]
    fence = "`" * max(3, _longest_run("\n".join(body)) + 1)
    return (f"{fence}{language}", *body, fence)


def prose(text: str) -> str:
    """Text in a sentence; whatever Markdown, HTML or a code host would act on is escaped."""
    escaped = _SPECIAL.sub(r"\\\g<0>", words.visible(text).strip())
    escaped = _LIST_START.sub(r"\1\\\2", escaped)
    linkless = escaped.replace("://", ":\\//").replace("www.", "www\\.")
    return _REFERENCE.sub(r"\1<!-- -->", linkless)


def _longest_run(text: str) -> int:
    return max(map(len, _BACKTICKS.findall(text)), default=0)


def _lines(page: Page, command: str) -> Iterable[str]:
    yield f"# {summary.headline(page)}"
    shared = summary.shared_unknowns(page)
    for rank, shown in enumerate(page.shown, 1):
        yield ""
        yield from _cluster(rank, shown, shared)
    if shared:
        yield from ("", "## Unknown for all clusters", "", *map(_unknown, shared))
    if not page.shown:
        yield from _nothing(page.run, command)
    notes = summary.notes(page, command)
    if notes:
        yield from ("", "## This run", "", *(f"- {prose(note)}" for note in notes))


def _cluster(rank: int, shown: Shown, shared: tuple[Unknown, ...]) -> Iterable[str]:
    report = shown.report
    status = "" if report.status == "new" else f" ({report.status})"
    yield f"## {rank}. {code(words.clip(report.title, _TITLE_CHARS))}{status}"
    yield ""
    yield from _facts(shown)
    if shown.crash is not None:
        yield ""
        yield from fenced(_trace(shown.crash, report))
    for excerpt in shown.sources.excerpts:
        yield from ("", _source_head(excerpt), "", *fenced(_source(excerpt), "go"))
    if shown.history.variants:
        yield from ("", "In variants:", "", *_variants(shown))
    yield from ("", _grouped(report), "")
    yield from (f"- {prose(reason)}" for reason in summary.reasons(report))
    if report.suspects:
        yield from ("", "### Who may have brought it", "")
    for suspect in report.suspects:
        yield from _suspect(suspect)
    own = summary.own_unknowns(shown, shared)
    if own:
        yield from ("", "### Unknown, and how to know", "", *map(_unknown, own))


def _facts(shown: Shown) -> Iterable[str]:
    report, times = shown.report, shown.history.times
    yield f"- **Where:** {_where(report)}"
    yield f"- **Seen:** {summary.seen(report)}"
    if times is not None:
        yield f"- **Over time:** {code(summary.bars(times))} {prose(summary.over_time(times))}"
    around = summary.surroundings(report)
    if around:
        yield f"- **In:** {prose(around)}"
    introduced = summary.introduced_words(report.introduced)
    if introduced:
        yield f"- **New in:** {prose(introduced)}"
    for batch in shown.history.batches:
        yield f"- **Batch:** {prose(summary.batch_words(batch))}"
    if report.owners:
        yield f"- **Owners:** {', '.join(map(code, report.owners[:_OWNERS_SHOWN]))}"


def _variants(shown: Shown) -> Iterable[str]:
    for variant in shown.history.variants:
        yield f"- {prose(summary.variant_words(variant, shown.report))}"
        way = summary.variant_way(variant)
        if way:
            yield f"  - {code(way)}"
    if shown.history.more_variants:
        yield f"- … {words.count(shown.history.more_variants, 'more variant')}"


def _grouped(report: Report) -> str:
    fingerprints = words.count(report.fingerprints, "fingerprint")
    return f"Grouped as cluster {code(report.cluster)}, {fingerprints}:"


def _where(report: Report) -> str:
    function = report.root_cause.function
    where = summary.report_place(report)
    if where is None:
        return f"{code(function)}, file and line unknown" if function else "unknown"
    return f"{code(function)} at {code(where)}" if function else code(where)


def _trace(crash: Crash, report: Report) -> Iterable[str]:
    yield from words.visible_lines(crash.message, _MESSAGE_LINES)
    for stack in main_stacks(crash, report.root_cause):
        yield ""
        yield from _stack(stack)
    more = others(crash)
    if more:
        yield from ("", f"… {words.count(more, 'other goroutine')}")
    caveats = summary.caveats(crash)
    if caveats:
        yield from ("", *caveats)
    events = last_events(crash)
    if events:
        yield from ("", "last events before it:", *(f"  {event}" for event in events))


def _stack(stack: Stack) -> Iterable[str]:
    yield f"{stack.head}:"
    for line in shorten(stack.lines, _TRACE_LINES):
        yield from _trace_line(line)
    if stack.elided:
        yield f"  … {words.count(stack.elided, 'frame')} left out by the runtime"
    if stack.created_by is not None:
        by = stack.created_by
        yield from _function_at(f"  started by {by.function}", place(by.file, by.line))


def _trace_line(line: TraceLine) -> Iterable[str]:
    if isinstance(line, Omitted):
        return (f"  … {words.count(line.frames, 'more frame')}",)
    if isinstance(line, Folded):
        return (f"  … {folded_words(line)}",)
    mark = "→" if line.root else " "
    times = f" ({words.number(line.times)} times)" if line.times > 1 else ""
    function = f"{mark} {line.frame.function}{times}"
    return _function_at(function, place(line.frame.file, line.frame.line))


def _function_at(function: str, where: str | None) -> Iterable[str]:
    return (function,) if where is None else (function, f"      {where}")


def _source_head(excerpt: Excerpt) -> str:
    """Which file and revision the lines below are of."""
    path = code(f"{excerpt.path}:{excerpt.line}")
    return f"Source: {path} in {code(excerpt.repo)} {prose(excerpt.at)}"


def _source(excerpt: Excerpt) -> Iterable[str]:
    for row in numbered(excerpt, _SOURCE_CHARS):
        yield f"{'>' if row.named else ' '} {row.number}  {row.text}"


def _suspect(suspect: Suspect) -> Iterable[str]:
    page = f" ([commit]({suspect.url}))" if suspect.url else ""
    yield f"- {prose(summary.suspect_words(suspect))}{page}"
    yield from (f"  - {prose(text)}" for text in summary.evidence_words(suspect))


def _unknown(unknown: Unknown) -> str:
    return f"- {prose(summary.unknown_words(unknown))}. To know: {prose(unknown.how)}"


def _nothing(run: RunSummary, command: str) -> Iterable[str]:
    yield from ("", f"Read: {prose(summary.what_was_read(run))}.")
    if run.misses:
        yield from ("", "## Closest to a crash", "")
    for miss in run.misses[:_MISSES_SHOWN]:
        where = code(f"{miss.path}:{miss.line}")
        yield f"- {where} {code(words.clip(miss.text, 200))}: {prose(miss.why)}"
    yield from ("", "## What to try", "")
    for step in summary.advice(run, command):
        yield f"- {code(step.command)}: {prose(step.why)}"

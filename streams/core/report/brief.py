"""A report in a few lines, as a stream of them is read: what broke, where, how often, who did it, what it is called.

In: a Report. Out: one text that ends in a newline, in which nothing acts. Never looks at other reports.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from streams.core.report import summary
from streams.core.report.words import clip, visible
from streams.model.report import Report

_TITLE_CHARS: Final = 300


def brief(report: Report) -> str:
    """The report, most important line first."""
    rows = "".join(f"   {label:8} {text}\n" for label, text in _rows(report))
    return f"{report.status}: {clip(report.title, _TITLE_CHARS)}\n{rows}"


def _rows(report: Report) -> Iterator[tuple[str, str]]:
    function, where = report.root_cause.function, summary.report_place(report)
    if function:
        yield "where", visible(function)
    if where:
        yield "" if function else "where", f"at {where}" if function else where
    yield "seen", summary.seen(report)
    around = summary.surroundings(report)
    if around:
        yield "in", around
    for suspect in report.suspects[:1]:
        yield "suspect", summary.suspect_words(suspect)
    yield "cluster", f"{visible(report.cluster)}, revision {report.generation}.{report.revision}"

"""What a person sees first: reports in order of importance, each with the crash that shows it.

In: reports, crashes by id, the run's counts. Out: a Page. Never depends on the order of arrival.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from streams.core.report.history import History
from streams.core.report.run import Page, RunSummary, Shown
from streams.core.report.source import Sources
from streams.core.report.trace import own_way
from streams.core.traces import links
from streams.model.crash import Crash
from streams.model.report import Report

_NONE: Final[Mapping[str, History]] = MappingProxyType({})
_NO_SOURCES: Final[Mapping[str, Sources]] = MappingProxyType({})


def order(reports: Iterable[Report]) -> tuple[Report, ...]:
    """Most important first: most occurrences, then last seen, then title, then cluster id."""
    return tuple(sorted(reports, key=_importance))


def _importance(report: Report) -> tuple[int, bool, int, str, str]:
    last = report.last_seen
    newest_first = 0 if last is None else -last.ns
    return (-report.occurrences, last is None, newest_first, report.title, report.cluster)


def page(
    reports: Iterable[Report],
    crashes: Mapping[str, Crash],
    run: RunSummary,
    histories: Mapping[str, History] = _NONE,
    sources: Mapping[str, Sources] = _NO_SOURCES,
) -> Page:
    """The page of a run; a report whose representative is gone is shown without a trace.

    `crashes` also has the examples of variants, as far as they are to be shown with their way; `sources` are by
    cluster.
    """
    shown = (
        Shown(
            report=report,
            crash=crashes.get(report.representative),
            history=_with_ways(histories.get(report.cluster, History()), report, crashes),
            sources=sources.get(report.cluster, Sources()),
        )
        for report in order(reports)
    )
    return Page(shown=tuple(shown), run=run)


def linked(shown: Page, templates: Iterable[tuple[str, str]]) -> Page:
    """The page with links to traces, by templates (name, URL)."""
    every = tuple(templates)
    return msgspec.structs.replace(
        shown,
        shown=tuple(
            msgspec.structs.replace(each, links=links(each.crash, every)) if each.crash else each
            for each in shown.shown
        ),
    )


def _with_ways(history: History, report: Report, crashes: Mapping[str, Crash]) -> History:
    """The history with the way that each variant's example came."""
    variants = tuple(
        msgspec.structs.replace(variant, way=own_way(crashes[variant.example], report.root_cause))
        if variant.example in crashes
        else variant
        for variant in history.variants
    )
    return msgspec.structs.replace(history, variants=variants)

"""What a person sees first: reports in order of importance, each with the crash that shows it.

In: reports, crashes by id, the run's counts. Out: a Page. Never depends on the order of arrival.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from streams.core.report.run import Page, RunSummary, Shown
from streams.model.crash import Crash
from streams.model.report import Report


def order(reports: Iterable[Report]) -> tuple[Report, ...]:
    """Most important first: most occurrences, then last seen, then title, then cluster id."""
    return tuple(sorted(reports, key=_importance))


def _importance(report: Report) -> tuple[int, bool, int, str, str]:
    last = report.last_seen
    newest_first = 0 if last is None else -last.ns
    return (-report.occurrences, last is None, newest_first, report.title, report.cluster)


def page(reports: Iterable[Report], crashes: Mapping[str, Crash], run: RunSummary) -> Page:
    """The page of a run; a report whose representative is gone is shown without a trace."""
    shown = (Shown(report=r, crash=crashes.get(r.representative)) for r in order(reports))
    return Page(shown=tuple(shown), run=run)

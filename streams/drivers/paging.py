"""What the web page shows, read from the view: lists, clusters, crashes; former ids lead on.

In: a finder (ports/lists.py), repositories for source lines. Out: the values of core/page. Reads only. Bounded: so many
stacks, crashes and links of a cluster are looked at, and the page says so where there are more.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from difflib import ndiff
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import Final, NamedTuple

import msgspec

from streams.adapters.sources import Sources as SourceFacts
from streams.core.cluster.assign import cluster_id_of
from streams.core.cluster.template import template
from streams.core.page.asked import Asked
from streams.core.page.commands import commands
from streams.core.page.matrix import matrix
from streams.core.page.printed import printed
from streams.core.page.rates import in_order
from streams.core.page.values import ClusterPage, ListPage, ListRow
from streams.core.report.history import History, Times, step_of, times_of
from streams.core.report.run import Shown
from streams.core.report.source import Sources
from streams.core.report.trace import own_way
from streams.core.traces import links
from streams.drivers.cluster_facts import crash_of, decisions, follow
from streams.drivers.embedded.sources import source_of
from streams.model.cluster_facts import StackVariant
from streams.model.crash import Crash
from streams.model.events import ClusterVariant, VariantName
from streams.model.listing import Span
from streams.model.report import Report
from streams.model.settings import SourceSettings
from streams.model.view import CRASHES, PRINTS, RATES, REDIRECTS, REPORTS, SEPARATOR, VARIANTS
from streams.ports.lists import Lists

_DAY: Final = 86_400
_NS: Final = 1_000_000_000
_BARS: Final = 30
# A storm is a storm: beyond that a bar of the list says no more.
_MOST_BAR: Final = 1000
_STACKS_IN_LIST: Final = 64
_STACKS: Final = 2000
_FEW_STACKS: Final = 8
_VARIANTS_SHOWN: Final = 12
_RATES_SHOWN: Final = 12
# Storms come first: for that all services are looked at, as far as anybody has so many.
_MOST_RATES: Final = 5000
_CRASHES_IN_MATRIX: Final = 1_000
_LINKS: Final = 2000
_SERVICES: Final = 200
_RAW_LINES: Final = 400
_MOST_IDS: Final = 2000
_MOST_STEPS: Final = 100
_KEPT_SOURCES: Final = 256
# Fetched commits are seen after so long.
_SOURCE_SECONDS: Final = 300.0
NEAR: Final = 8
OF_TRACE: Final = 20
TEXT_LINES: Final = 20_000


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where decisions go: `options` of `panictrail clusters`; `held`: this process has the state locked.

    `trace_links`: where traces are looked at, as templates (name, URL).
    """

    options: str
    held: bool = False
    trace_links: tuple[tuple[str, str], ...] = ()


class TraceCrashes(NamedTuple):
    """What a trace led to: crash records, cluster by crash id, ids of crashes whose text retention removed."""

    crashes: tuple[Crash, ...]
    clusters: dict[str, str]
    removed: tuple[str, ...]


class SourceLines:
    """Source lines of reports, from repositories that are kept open for a while."""

    def __init__(self, repos: Mapping[str, Path], settings: SourceSettings) -> None:
        """Nothing is read yet."""
        self._repos = repos
        self._settings = settings
        self._facts: SourceFacts | None = None
        self._until = 0.0
        self._known: OrderedDict[tuple[str, str], Sources] = OrderedDict()

    def of(self, report: Report, crash: Crash | None) -> Sources:
        """What a report shows of the source."""
        if crash is None or not self._repos:
            return Sources()
        facts = self._opened()
        name = (report.cluster, report.content_hash)
        found = self._known.get(name)
        if found is None:
            found = source_of(report, crash, self._repos, self._settings, facts)
            self._known[name] = found
            if len(self._known) > _KEPT_SOURCES:
                self._known.popitem(last=False)
        return found

    def _opened(self) -> SourceFacts:
        if self._facts is None or monotonic() >= self._until:
            self.close()
            self._facts = SourceFacts(self._repos).__enter__()
            self._until = monotonic() + _SOURCE_SECONDS
        return self._facts

    def close(self) -> None:
        """End what is kept open."""
        self._known.clear()
        if self._facts is not None:
            self._facts.__exit__(None, None, None)
            self._facts = None


class Pages:
    """Pages of one store; for one thread."""

    def __init__(self, lists: Lists, sources: SourceLines, place: Place) -> None:
        """Nothing is read yet; `close` closes all of it."""
        self._lists = lists
        self._sources = sources
        self._place = place

    def close(self) -> None:
        """Let go of the store and of repositories."""
        self._lists.close()
        self._sources.close()

    # ---- lists

    def listed(self, asked: Asked) -> ListPage:
        """One page of the list, with bars."""
        found = self._lists.clusters(asked.query)
        span = _span(found.reports)
        bars = self._bars(found.reports, span) if span else {}
        return ListPage(
            asked=asked,
            rows=tuple(
                ListRow(report=report, bars=bars.get(report.cluster, ()))
                for report in found.reports
            ),
            total=found.total,
            span=span,
            most=max((max(row, default=0) for row in bars.values()), default=0),
            services=self._lists.services(_SERVICES),
        )

    def reports(self, asked: Asked) -> tuple[tuple[Report, ...], int]:
        """One page of reports, and how many there are."""
        found = self._lists.clusters(asked.query)
        return found.reports, found.total

    def _bars(self, reports: Sequence[Report], span: Span) -> dict[str, tuple[int, ...]]:
        stacks = {
            report.cluster: self._names(ids)[:_STACKS_IN_LIST]
            for report, ids in zip(reports, self._ids(reports), strict=True)
        }
        every = [stack for names in stacks.values() for stack in names]
        counts = self._lists.bars(every, span, _MOST_BAR)
        return {
            name: tuple(
                min(_MOST_BAR, sum(counts[stack][at] for stack in names))
                for at in range(span.number)
            )
            for name, names in stacks.items()
        }

    def _ids(self, reports: Sequence[Report]) -> list[tuple[str, ...]]:
        """For each report its id and those that lead to it, by questions about all of them at once."""
        found = {report.cluster: [report.cluster] for report in reports}
        # Where an id leads in the end.
        ends = {name: name for name in found}
        waiting = [*found]
        for _ in range(_MOST_STEPS):
            near = self._lists.leading(waiting) if waiting else {}
            waiting = []
            for to, keys in near.items():
                for key in keys:
                    # An id that has a report of its own is a present one, wherever it led once.
                    if key not in ends and self._lists.get(REPORTS, key) is None:
                        ends[key] = ends[to]
                        found[ends[to]].append(key)
                        waiting.append(key)
            if not waiting or len(ends) > _MOST_IDS:
                break
        return [tuple(sorted(found[report.cluster])) for report in reports]

    def _variants(self, ids: Iterable[str]) -> dict[str, list[ClusterVariant]]:
        """The distinct stacks of ids, of those that have some."""
        found: dict[str, list[ClusterVariant]] = {}
        number = 0
        for name in ids:
            for _, variant in self._lists.scan(VARIANTS, name + SEPARATOR):
                found.setdefault(name, []).append(variant)
                number += 1
                if number >= _STACKS:
                    return found
        return found

    def _names(self, ids: Iterable[str]) -> list[VariantName]:
        stacks = (stack for some in self._variants(ids).values() for stack in some)
        return [_name(stack) for stack in stacks]

    # ---- one cluster

    def find(self, name: str) -> tuple[Report, ...]:
        """The cluster that an id, a former id or the beginning of one names; several where it is not unique."""
        if not name or "\0" in name:
            return ()
        exact = self._lists.get(REPORTS, follow(self._lists, name))
        if exact is not None:
            return (exact,)
        found: dict[str, Report] = {}
        for key, report in self._lists.scan(REPORTS, name):
            found[key] = report
            if len(found) > NEAR:
                return tuple(found.values())
        for key, _ in self._lists.scan(REDIRECTS, name):
            led = self._lists.get(REPORTS, follow(self._lists, key))
            if led is not None:
                found[led.cluster] = led
            if len(found) > NEAR:
                break
        return tuple(found.values())

    def cluster(self, report: Report) -> ClusterPage:
        """Everything that a page shows of a cluster."""
        (ids,) = self._ids((report,))
        every = self._variants(ids)
        stacks = [stack for some in every.values() for stack in some]
        stacks.sort(key=lambda each: (each.crash != report.representative, each.fingerprint))
        names = [_name(stack) for stack in stacks]
        crash = crash_of(self._lists, report.representative)
        shown = self._shown(stacks[:_VARIANTS_SHOWN], crash)
        decided = decisions(self._lists, ids)
        newest = self._lists.newest(names, _CRASHES_IN_MATRIX)
        deploys = self._lists.links_of(report.services[:_SERVICES], _LINKS)
        raw, more = printed(crash, _RAW_LINES) if crash else ((), False)
        live = tuple(name for name in ids if name in every)
        # What is under a former id was told before that one came here.
        told = islice(self._lists.scan(RATES, report.cluster + SEPARATOR), _MOST_RATES)
        rates = in_order(rate for _, rate in told)
        return ClusterPage(
            shown=Shown(
                report=report,
                crash=crash,
                history=History(times=self._times(report, names)),
                sources=self._sources.of(report, crash),
                links=links(crash, self._place.trace_links) if crash else (),
            ),
            matrix=matrix(newest, deploys),
            rates=rates[:_RATES_SHOWN],
            more_rates=max(0, len(rates) - _RATES_SHOWN),
            messages=template(text for stack in stacks for text in stack.messages),
            variants=shown,
            more_variants=max(0, len(stacks) - len(shown)),
            parts=live,
            former=tuple(name for name in ids if name not in every and name != report.cluster),
            decisions=decided,
            commands=commands(report, shown, decided, self._place.options),
            raw=raw,
            more_raw=more,
            held=self._place.held,
            removed=crash is None and self.is_removed(report.representative),
        )

    def _times(self, report: Report, stacks: Sequence[VariantName]) -> Times | None:
        if report.first_seen is None or report.last_seen is None:
            return None
        first, last = report.first_seen.ns // _NS, report.last_seen.ns // _NS
        if first == last:
            return None
        step = step_of(first, last, report.occurrences)
        steps = self._steps(
            stacks, Span(first // step * step, step, last // step - first // step + 1)
        )
        return times_of(steps, step, max(0, report.occurrences - sum(steps.values())))

    def _steps(self, stacks: Sequence[VariantName], span: Span) -> Mapping[int, int]:
        """Crashes by number of the step since 1970."""
        if len(stacks) > _FEW_STACKS:
            return self._lists.course(stacks, span.step_seconds)
        rows = self._lists.bars(stacks, span, None).values()
        first = span.start_seconds // span.step_seconds
        counts = enumerate(map(sum, zip(*rows, strict=True)), first)
        return {step: number for step, number in counts if number}

    def _shown(
        self, stacks: Sequence[ClusterVariant], crash: Crash | None
    ) -> tuple[StackVariant, ...]:
        first = own_way(crash) if crash else ()
        found = []
        for stack in stacks:
            other = crash_of(self._lists, stack.crash) if len(stacks) > 1 else crash
            functions = own_way(other) if other else ()
            different = () if functions == first else _difference(first, functions)
            found.append(StackVariant(variant=stack, functions=functions, difference=different))
        return tuple(found)

    # ---- crashes

    def crash(self, name: str) -> Crash | None:
        """A crash record."""
        return None if not name or "\0" in name else crash_of(self._lists, name)

    def is_removed(self, name: str) -> bool:
        """Whether there is such a crash, and retention removed its text."""
        if not name or "\0" in name:
            return False
        row = self._lists.get(CRASHES, name)
        return row is not None and self._lists.blob(row.blob) is None

    def of_trace(self, trace_id: str) -> TraceCrashes:
        """The crashes of a trace, the cluster of each, and those whose text is gone."""
        names = self._lists.of_trace(trace_id, OF_TRACE)
        found = tuple(crash for name in names if (crash := crash_of(self._lists, name)))
        clusters = {key: name for key in names if (name := self._cluster_of(key))}
        here = {crash.id for crash in found}
        return TraceCrashes(found, clusters, tuple(key for key in names if key not in here))

    def _cluster_of(self, crash: str) -> str | None:
        row = self._lists.get(PRINTS, crash)
        if row is None:
            return None
        name = follow(self._lists, cluster_id_of(row.event))
        return name if self._lists.get(REPORTS, name) is not None else None


def _name(stack: ClusterVariant) -> VariantName:
    return VariantName(block=stack.block, fingerprint=stack.fingerprint)


def _difference(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(line for line in ndiff(one[:100], other[:100]) if not line.startswith("?"))


def _span(reports: Sequence[Report]) -> Span | None:
    """What the bars of a list show: up to its newest crash, at most so many days, else hours."""
    last = max((report.last_seen.ns for report in reports if report.last_seen), default=None)
    first = min((report.first_seen.ns for report in reports if report.first_seen), default=None)
    if last is None or first is None:
        return None
    seconds = last // _NS
    step = _DAY if (last - first) // _NS > 2 * _DAY else 3600
    start = (seconds // step - _BARS + 1) * step
    return Span(start, step, _BARS) if start >= 0 else None

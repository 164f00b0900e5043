"""NOTIFY: what people are to be told of: each new cluster, each regression and each storm, once.

In: reports.root_cause, clusters.changed, clusters.rates. Out: notifications. What was told of is a row, so that neither
an event that comes again nor one that comes late is told a second time; whether anything is sent, and to whom, is the
driver's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from streams.core.baseline.burst import QUIET, STORM, joined
from streams.core.baseline.series import HOUR, MINUTE_NS, Span, minute_of
from streams.model.events import (
    ClusterChanged,
    ClusterRate,
    Notice,
    NoticeEvent,
    Severity,
    Storm,
)
from streams.model.identity import content_id
from streams.model.instant import Instant
from streams.model.message import Message, Value
from streams.model.report import Report
from streams.model.step import Done, Emit, Facts, Need, State, Table, put

# A storm that begins within an hour of the message about its cluster is told in that one's summary.
_COVERED: Final = HOUR
_MOST_REMEMBERED: Final = 32


class Covered(Value, frozen=True, kw_only=True):
    """A storm that people know of: its own message, or that about its new or regressed cluster, has `id`.

    `before`: occurrences of the cluster before it.
    """

    id: str
    span: Span
    before: int


class Told(Value, frozen=True, kw_only=True):
    """What NOTIFY knows of a cluster, and what it has told.

    `origin`: `new` where a crash began it, `known` where people made it of others, or it was there before there were
    notifications; empty: nothing says it yet. `resolved_at`: of the resolution in force; `regressed`: of those of which
    it was told that the cluster came back. `announced`: id and minute of the last message that was no storm's.
    """

    origin: str = ""
    report: Report | None = None
    resolved_at: Instant | None = None
    storm: Storm | None = None
    new: bool = False
    regressed: tuple[Instant, ...] = ()
    announced: tuple[str, int] | None = None
    storms: tuple[Covered, ...] = ()


TOLD: Final = Table("notify.clusters", Told)


def step(state: State, event: Message, _facts: Facts) -> Done | Need:
    """Note what is new, and tell what was not told."""
    known = _noted(state, event)
    if known is None:
        return Done()
    cluster = known[0]
    after, notices = _told(known[1])
    if after == state.get(TOLD, cluster):
        return Done()
    outputs = tuple(Emit("notifications", notice.id, notice) for notice in notices)
    return Done((put(TOLD, cluster, after),), outputs, waits=False)


def _noted(state: State, event: Message) -> tuple[str, Told] | None:
    """The row of the event's cluster with what the event says."""
    if not isinstance(event, (Report, ClusterChanged, ClusterRate)):
        return None
    known = state.get(TOLD, event.cluster) or Told()
    if isinstance(event, Report):
        return event.cluster, msgspec.structs.replace(known, report=event)
    if isinstance(event, ClusterRate):
        if event.storm is None:
            return None
        return event.cluster, msgspec.structs.replace(known, storm=_later(known.storm, event.storm))
    if event.summary is None:
        return None
    return event.cluster, _changed(known, event)


def _changed(known: Told, event: ClusterChanged) -> Told:
    origin = known.origin
    if not origin:
        origin = "new" if event.change == "born" and event.crash is not None else "known"
    return msgspec.structs.replace(known, origin=origin, resolved_at=event.resolved_at)


def _later(one: Storm | None, other: Storm) -> Storm:
    """Of two storms, or of the same in two services, the one that goes on."""
    if one is None or (one.last, one.crashes) < (other.last, other.crashes):
        return other
    return one


def _told(known: Told) -> tuple[Told, tuple[Notice, ...]]:
    """The row after everything that can be told now."""
    report = known.report
    if report is None or not known.origin or report.status == "ignored":
        return known, ()
    made: list[Notice] = []
    if known.origin == "new" and not known.new and report.status != "resolved":
        notice = _notice("new", report, (), report.first_seen)
        known = msgspec.structs.replace(known, new=True, announced=_announcing(notice))
        made.append(notice)
    resolved = known.resolved_at
    if report.status == "regressed" and resolved is not None and resolved not in known.regressed:
        notice = _notice("regressed", report, (str(resolved),), report.last_seen)
        told = (*known.regressed, resolved)[-_MOST_REMEMBERED:]
        known = msgspec.structs.replace(known, regressed=told, announced=_announcing(notice))
        made.append(notice)
    if known.storm is not None:
        known, more = _storm(known, report, known.storm)
        made.extend(more)
    return known, tuple(made)


def _announcing(notice: Notice) -> tuple[str, int] | None:
    return None if notice.at is None else (notice.id, minute_of(notice.at))


def _storm(known: Told, report: Report, storm: Storm) -> tuple[Told, tuple[Notice, ...]]:
    """A storm that is told of, or goes on."""
    span = Span(began=minute_of(storm.began), last=minute_of(storm.last))
    met = next((each for each in known.storms if _meet(each.span, span)), None)
    made: list[Notice] = []
    if met is None:
        covered = known.announced if _covers(known.announced, span) else None
        notice = _notice("storm", report, (str(storm.began),), storm.began, storm)
        name = covered[0] if covered else notice.id
        met = Covered(id=name, span=span, before=_before(report, span, storm))
        if covered is None:
            made.append(notice)
        known = msgspec.structs.replace(known, storms=_remembered((*known.storms, met)))
    elif (one := joined((met.span, span))[-1]) != met.span:
        grown = msgspec.structs.replace(met, span=one)
        others = (grown if each is met else each for each in known.storms)
        met = grown
        known = msgspec.structs.replace(known, storms=_remembered(others))
    if report.last_seen is None or minute_of(report.last_seen) > met.span.last + QUIET:
        return known, tuple(made)
    return known, (*made, _summary(met, report, storm))


def _before(report: Report, span: Span, storm: Storm) -> int:
    """Occurrences before a storm; of a merged cluster by its report, whether that knows of the storm yet or not."""
    if storm.before is not None:
        return storm.before
    if report.last_seen is None or minute_of(report.last_seen) < span.began - max(STORM.windows):
        return report.occurrences
    return max(report.occurrences - storm.crashes, 0)


def _meet(one: Span, other: Span) -> bool:
    return one.began - QUIET <= other.last and other.began - QUIET <= one.last


def _covers(announced: tuple[str, int] | None, span: Span) -> bool:
    return announced is not None and announced[1] - QUIET <= span.began <= announced[1] + _COVERED


def _remembered(storms: Iterator[Covered] | tuple[Covered, ...]) -> tuple[Covered, ...]:
    newest = sorted(storms, key=lambda each: (each.span.last, each.id))
    return tuple(newest[-_MOST_REMEMBERED:])


def _summary(met: Covered, report: Report, storm: Storm) -> Notice:
    """How a storm went so far. While it goes on there are several: of its first hour, of the two, four, eight after."""
    hours = (met.span.last - met.span.began) // HOUR
    chapter = (hours + 1).bit_length() - 1
    whole = msgspec.structs.replace(
        storm,
        began=Instant(met.span.began * MINUTE_NS),
        last=Instant(met.span.last * MINUTE_NS),
    )
    made = _notice("summary", report, (met.id, str(chapter)), whole.last, whole)
    return msgspec.structs.replace(made, crashes=report.occurrences - met.before)


def _notice(
    event: NoticeEvent,
    report: Report,
    which: tuple[str, ...],
    at: Instant | None,
    storm: Storm | None = None,
) -> Notice:
    """A notification; `which` tells it from others of its kind about the same cluster."""
    return Notice(
        id=content_id("notification", event, report.cluster, *which),
        event=event,
        cluster=report.cluster,
        title=report.title,
        severity=_severity(event, report),
        services=report.services,
        owners=report.owners,
        at=at,
        storm=storm,
        report=report,
    )


def _severity(event: NoticeEvent, report: Report) -> Severity:
    if event == "summary":
        return "info"
    if event in ("storm", "regressed"):
        return "critical"
    # A logged error did not end its process.
    return "info" if report.kind == "error" else "warning"

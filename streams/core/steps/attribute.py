"""ATTRIBUTE: a cluster, what LINK knows of its first crash, and the repositories' answer, to a root-cause report.

In: clusters.changed, attribution.requests; with repositories, facts of kind `commits`. Out: reports.root_cause, only
when the content changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final, TypeVar

import msgspec

from streams.core.cluster.assign import merged
from streams.core.cluster.grouping import distinct
from streams.core.cluster.regression import asked_about, came_back, unjudged
from streams.core.join.joined import joined
from streams.core.join.timeline import Timeline
from streams.core.report.unknowns import unknowns
from streams.core.suspects.answer import Cause, introduced, suspects
from streams.core.suspects.site import cause_key_of, repositories_of
from streams.model.attributing import Joined
from streams.model.cause import Caused, CauseKey, Fixed, FixedKey, cause_request, fixed_request
from streams.model.events import AttributionRequest, ClusterChanged, ClusterSummary, Sighted
from streams.model.identity import content_id
from streams.model.instant import Instant
from streams.model.message import Message, Value, decode, encode
from streams.model.metrics import NO_SERVICE
from streams.model.report import ClusterStatus, Report, RootCause, Unknown
from streams.model.settings import PipelineSettings
from streams.model.step import Count, Done, Emit, Facts, Need, Present, State, Step, Table, put

# Still seen a day after it was first seen: no clock, only event times (law 1).
_ONGOING_AFTER_NS: Final = 24 * 3600 * 10**9
# Of crashes that do not stand for the cluster, or a part of it, so many are remembered: they did, or are about to.
_MOST_OTHERS: Final = 4

_NOTHING_TO_ASK: Final = "-"

V = TypeVar("V", bound=Value)


class Part(Value, frozen=True, kw_only=True):
    """A part of a cluster that people merged; `hosts`: 8 bytes for each."""

    summary: ClusterSummary
    hosts: bytes = b""


class Attributed(Value, frozen=True, kw_only=True):
    """What ATTRIBUTE remembers of a cluster: its summary, side inputs by service, the last report.

    `parts`: what it is made of, where that is more than itself; then `summary` is of all of them together.
    `sighted`, `joined`: by crash, of those that stand or stood for it. `asked`: which question `caused` answers, and
    `absent` why nothing did; `fix_asked` and `fixed` likewise for which builds have what resolved it. `url`: the page
    of a commit, as the settings have it.
    """

    summary: ClusterSummary | None = None
    parts: dict[str, Part] = {}
    ignored: bool = False
    resolved_at: Instant | None = None
    fixed_in: str | None = None
    fix_asked: str = ""
    fixed: Fixed | None = None
    given: dict[str, tuple[str, ...]] = {}
    sighted: dict[str, Sighted] = {}
    joined: dict[str, Joined] = {}
    url: str = ""
    asked: str = ""
    caused: Caused | None = None
    absent: str = ""
    content_hash: str = ""
    revision: int = 0


ATTRIBUTED: Final = Table("attribute.clusters", Attributed)


def _status(cluster: ClusterSummary, known: Attributed) -> ClusterStatus:
    first, last = cluster.first_seen, cluster.last_seen
    if known.ignored:
        return "ignored"
    if known.resolved_at is not None:
        back = came_back(cluster, known.resolved_at, known.fixed_in, _has_fix(known))
        return "regressed" if back else "resolved"
    if first and last and last.minus(first) >= _ONGOING_AFTER_NS:
        return "ongoing"
    return "new"


def _has_fix(known: Attributed) -> Mapping[str, bool]:
    return known.fixed.has if known.fixed is not None else {}


def _not_judged(cluster: ClusterSummary, known: Attributed) -> Iterator[Unknown]:
    """Builds after which it counts as a regression although nobody knows whether they have the fix."""
    if known.resolved_at is None or known.fixed_in is None:
        return
    names = [*unjudged(cluster, known.resolved_at, known.fixed_in, _has_fix(known))]
    if not names:
        return
    stated = [name for name in names if name]
    why = (
        f"nothing says whether {stated[0]} has {known.fixed_in}"
        if stated
        else "crashes after it was resolved state no build"
    )
    reason = known.fixed.why if known.fixed is not None else ""
    how = (
        "name the repository with its whole history (--repo, [repositories]); build with -buildvcs"
    )
    yield Unknown(
        what="whether it came back after its fix",
        why="; ".join(filter(None, (why, reason))),
        how=how,
    )


def _given(cluster: ClusterSummary, known: Attributed) -> frozenset[str]:
    """Side inputs that every service of the cluster has."""
    sets = [frozenset(known.given.get(service, ())) for service in cluster.services]
    return frozenset.intersection(*sets) if sets else frozenset()


def _cause(cluster: ClusterSummary, known: Attributed) -> Cause:
    """What is known of why it crashes: of the crash that stands for it, and of no other."""
    crash = cluster.representative.crash
    sighted = known.sighted.get(crash)
    return Cause(
        joined=known.joined.get(crash),
        seen=sighted.seen if sighted else None,
        caused=known.caused,
        wanted=bool(known.asked),
        absent=known.absent,
        url=known.url,
    )


def _place(found: RootCause, cause: Cause) -> RootCause:
    """The place with the revision that its line is of."""
    revision = (cause.caused.commit if cause.caused else None) or (
        cause.joined.crashed if cause.joined else None
    )
    return found if revision is None else msgspec.structs.replace(found, revision=revision)


def report_of(cluster: ClusterSummary, known: Attributed) -> Report:
    """The report without envelope and hash."""
    best = cluster.representative
    cause = _cause(cluster, known)
    return Report(
        cluster=cluster.cluster,
        title=best.title,
        kind=best.kind,
        root_cause=_place(best.root_cause, cause),
        occurrences=cluster.occurrences,
        first_seen=cluster.first_seen,
        last_seen=cluster.last_seen,
        services=cluster.services,
        builds=cluster.builds,
        hosts=cluster.hosts,
        fingerprints=cluster.fingerprints,
        representative=best.crash,
        status=_status(cluster, known),
        introduced=introduced(cause),
        suspects=suspects(cause),
        owners=cause.caused.owners if cause.caused else (),
        unknown=(
            *unknowns(cluster, _given(cluster, known), cause),
            *_not_judged(cluster, known),
        ),
        explain=cluster.explain,
    )


def content_hash(report: Report) -> str:
    """The id of a report's content: everything but the envelope."""
    bare = msgspec.structs.replace(report, generation=0, revision=0, content_hash="")
    return content_id("report", encode(bare).decode())


def _parts(cluster: str, known: Attributed, event: ClusterChanged) -> dict[str, Part]:
    """What a cluster is made of after a change of one part."""
    parts = dict(known.parts)
    if not parts and known.summary is not None:
        parts[cluster] = Part(summary=known.summary)
    if event.summary is None:
        parts.pop(event.part or cluster, None)
    else:
        parts[event.part or cluster] = Part(summary=event.summary, hosts=event.hosts)
    return dict(sorted(parts.items()))


def _together(cluster: str, parts: dict[str, Part]) -> ClusterSummary:
    """The summary of all parts. Until each part has sent its hosts, those are counted as if no two parts shared one."""
    hosts = len(distinct(part.hosts for part in parts.values()))
    hosts += sum(part.summary.hosts for part in parts.values() if not part.hosts)
    return merged(cluster, (part.summary for part in parts.values()), hosts=hosts)


def _changed(known: Attributed, event: ClusterChanged) -> Attributed:
    cluster = event.cluster
    if event.summary is not None:
        known = msgspec.structs.replace(
            known,
            ignored=event.ignored,
            resolved_at=event.resolved_at,
            fixed_in=event.fixed_in,
        )
        if event.sighted is not None:
            sighted = {**known.sighted, event.summary.representative.crash: event.sighted}
            known = msgspec.structs.replace(known, sighted=sighted)
        if event.part is None and not known.parts and not event.hosts:
            return msgspec.structs.replace(known, summary=event.summary)
    parts = _parts(cluster, known, event)
    if not parts:
        return msgspec.structs.replace(known, summary=None, parts={})
    if parts.keys() == {cluster} and not parts[cluster].hosts:
        return msgspec.structs.replace(known, summary=parts[cluster].summary, parts={})
    return msgspec.structs.replace(known, summary=_together(cluster, parts), parts=parts)


def _updated(state: State, event: Message) -> Attributed | None:
    if isinstance(event, ClusterChanged):
        return _changed(state.get(ATTRIBUTED, event.cluster) or Attributed(), event)
    if isinstance(event, AttributionRequest):
        known = state.get(ATTRIBUTED, event.cluster) or Attributed()
        given = {**known.given, event.service: event.given}
        known = msgspec.structs.replace(known, given=dict(sorted(given.items())))
        if event.joined is not None:
            rows = {**known.joined, event.crash: event.joined}
            known = msgspec.structs.replace(known, joined=rows)
        return known
    return None


def _remembered(known: Attributed) -> Attributed:
    """The row without what crashes said that stand for nothing any more."""
    summaries = [known.summary, *(part.summary for part in known.parts.values())]
    standing = {each.representative.crash for each in summaries if each is not None}
    return msgspec.structs.replace(
        known, sighted=_of(known.sighted, standing), joined=_of(known.joined, standing)
    )


def _of(rows: dict[str, V], standing: AbstractSet[str]) -> dict[str, V]:
    others = [crash for crash in rows if crash not in standing]
    gone = set(others[:-_MOST_OTHERS])
    return {crash: row for crash, row in rows.items() if crash not in gone} if gone else rows


def _gone(cluster: str, known: Attributed) -> Done:
    """Nothing is shown under this id; a report that was is removed."""
    if not known.content_hash:
        return Done((put(ATTRIBUTED, cluster, known),))
    after = msgspec.structs.replace(known, content_hash="")
    return Done((put(ATTRIBUTED, cluster, after),), (Emit("reports.root_cause", cluster, None),))


def _question(
    cluster: ClusterSummary, known: Attributed, repositories: Sequence[str]
) -> CauseKey | None:
    """What is asked of the repositories; None where there is nothing to ask with, or nobody to ask."""
    if not repositories:
        return None
    best = cluster.representative
    sighted = known.sighted.get(best.crash)
    if sighted is None or sighted.site is None:
        return None
    found = known.joined.get(best.crash)
    if found is None:
        # Nothing is known of builds and deploys: what the crash says of its own revision is enough to ask.
        found = joined(Timeline(()), best.service or "", best.at, sighted.seen)
    repos = repositories_of(found.repos, repositories)
    return cause_key_of(repos, best.kind, sighted.site, found, cluster.first_seen)


def _answered(
    known: Attributed, key: CauseKey | None, facts: Facts, *, again: bool
) -> Attributed | Need:
    """The row with the answer to its question. One that had no answer is asked `again` when LINK says something."""
    if key is None:
        return msgspec.structs.replace(known, asked="", caused=None, absent="")
    if not key.crashed:
        why = "nothing says which revision crashed"
        return msgspec.structs.replace(known, asked=_NOTHING_TO_ASK, caused=None, absent=why)
    request = cause_request(key)
    digest = content_id("question", request.key)
    if digest == known.asked and (known.caused is not None or not again):
        return known
    fact = facts.get(request)
    if fact is None:
        return Need((request,))
    if isinstance(fact, Present):
        caused = decode(fact.data, Caused)
        return msgspec.structs.replace(known, asked=digest, caused=caused, absent="")
    return msgspec.structs.replace(known, asked=digest, caused=None, absent=fact.reason)


def _judged(
    cluster: ClusterSummary,
    known: Attributed,
    repositories: Sequence[str],
    facts: Facts,
    *,
    again: bool,
) -> Attributed | Need:
    """The row with which builds have the fix, where somebody named it."""
    names = asked_about(cluster, known.resolved_at) if known.resolved_at is not None else ()
    if known.fixed_in is None or not names or not repositories:
        return msgspec.structs.replace(known, fix_asked="", fixed=None)
    found = known.joined.get(cluster.representative.crash)
    repos = repositories_of(found.repos if found is not None else (), repositories)
    request = fixed_request(FixedKey(repos=repos, fix=known.fixed_in, revisions=names))
    digest = content_id("fixed", request.key)
    if digest == known.fix_asked and not (again and (known.fixed is None or known.fixed.why)):
        return known
    fact = facts.get(request)
    if fact is None:
        return Need((request,))
    fixed = decode(fact.data, Fixed) if isinstance(fact, Present) else Fixed(why=fact.reason)
    return msgspec.structs.replace(known, fix_asked=digest, fixed=fixed)


def _counts(before: Attributed | None, after: Attributed, event: Message) -> Iterator[Count]:
    """Of how many crashes commit, build and deploy are known, and whether the cluster came back.

    Clusters that people put together or took apart bring crashes that were counted where they were.
    """
    summary = after.summary
    if summary is None:
        return
    known = before if before is not None and before.summary is not None else None
    was = known.summary if known is not None else None
    moved = isinstance(event, ClusterChanged) and event.change in ("merged", "split")
    had = was.occurrences if was is not None else 0
    if not moved and summary.occurrences > had:
        yield Count("panictrail_attributed_crashes_total", summary.occurrences - had)
    told_before = _told(known) if known is not None else frozenset()
    for name in sorted(_told(after)):
        new = summary.occurrences - (had if name in told_before else 0)
        if new > 0 and not (moved and name in told_before):
            yield Count("panictrail_joined_crashes_total", new, (name,))
    if _status(summary, after) == "regressed" and (
        known is None or was is None or _status(was, known) != "regressed"
    ):
        service = summary.representative.service or NO_SERVICE
        yield Count("panictrail_regressions_total", 1, (service,))


def _told(known: Attributed) -> frozenset[str]:
    """What of commit, build and deploy is known of the crash that stands for a cluster; with all three: all."""
    summary = known.summary
    found = known.joined.get(summary.representative.crash) if summary is not None else None
    if found is None:
        return frozenset()
    facts = {"commit": found.crashed, "build": found.build_id, "deploy": found.ran or None}
    told = frozenset(name for name, fact in facts.items() if fact is not None)
    return told | {"all"} if len(told) == len(facts) else told


def attributing(settings: PipelineSettings) -> Step:
    """The step under these settings."""
    urls = dict(settings.commit_urls)

    def step(state: State, event: Message, facts: Facts) -> Done | Need:
        """Make the report; send it when its content is new."""
        known = _updated(state, event)
        cluster = getattr(event, "cluster", "")
        before = state.get(ATTRIBUTED, cluster)
        if known is None:
            return Done()
        summary = known.summary
        if summary is None:
            return _gone(cluster, known)
        known = _remembered(known)
        again = isinstance(event, AttributionRequest)
        question = _question(summary, known, settings.repositories)
        answered = _answered(known, question, facts, again=again)
        if isinstance(answered, Need):
            return answered
        answered = _judged(summary, answered, settings.repositories, facts, again=again)
        if isinstance(answered, Need):
            return answered
        repo = answered.caused.repo if answered.caused else ""
        after = msgspec.structs.replace(answered, url=urls.get(repo, ""))
        counts = tuple(_counts(before, after, event))
        return _reported(cluster, report_of(summary, after), after, counts)

    return step


step = attributing(PipelineSettings())


# LINK asks again when there is something new: nothing waits for a fact.
def _reported(cluster: str, report: Report, known: Attributed, counts: tuple[Count, ...]) -> Done:
    digest = content_hash(report)
    if digest == known.content_hash:
        return Done((put(ATTRIBUTED, cluster, known),), counts=counts, waits=False)
    after = msgspec.structs.replace(known, content_hash=digest, revision=known.revision + 1)
    sent = msgspec.structs.replace(report, revision=after.revision, content_hash=digest)
    return Done(
        (put(ATTRIBUTED, cluster, after),),
        (Emit("reports.root_cause", cluster, sent),),
        (Count("panictrail_reports_total"), *counts),
        waits=False,
    )

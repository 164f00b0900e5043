"""What one event does to the clusters of its partition: crashes counted, points moved, decisions applied.

In: a State, crashes or decisions. Out: changed rows and what is to be told of each cluster. A summary is at any time
what its points amount to together: a crash is added to its point and to its cluster; only where points move, clusters
are put together anew from them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b
from itertools import chain
from typing import Final

import msgspec

from streams.core.cluster.assign import born, grown, less, merged
from streams.core.cluster.draft import Draft
from streams.core.cluster.placement import Place
from streams.core.cluster.points import new_point, one_less, one_more, variant_of
from streams.core.cluster.rates import Rates
from streams.core.cluster.regression import came_back
from streams.core.cluster.rules import first_true, part_id
from streams.core.cluster.state import (
    CLUSTERS,
    DECIDED,
    FACETS,
    HOSTS,
    MEMBERS,
    PINS,
    POINTS,
    SENT,
    SEPARATOR,
    SIGHTED,
    Facet,
    Hosts,
    Member,
    Pin,
    Point,
    Sent,
    point_key,
)
from streams.model.events import (
    ClusterChange,
    ClusterChanged,
    ClusterDecided,
    ClusterRedirected,
    ClusterSummary,
    Fingerprinted,
    ServiceSeen,
    Sighted,
    SplitRule,
)
from streams.model.metrics import NO_SERVICE
from streams.model.step import Change, Count, Emit, State

_HOST: Final = f"{SEPARATOR}host{SEPARATOR}"
_HOST_BYTES: Final = 8
# Splits of what was split off, and so on.
_MAX_DEPTH: Final = 64


def host_hash(host: str) -> bytes:
    """A host as 8 bytes."""
    return blake2b(
        host.encode("utf-8", "surrogatepass"), digest_size=_HOST_BYTES, person=b"host"
    ).digest()


def distinct(hosts: Iterable[bytes]) -> set[bytes]:
    """The distinct hashes of several sets of them."""
    return {
        each[at : at + _HOST_BYTES] for each in hosts for at in range(0, len(each), _HOST_BYTES)
    }


def _service_of(cluster: ClusterSummary) -> str:
    return cluster.representative.service or NO_SERVICE


class _Shift(msgspec.Struct):
    """What moved into and out of a cluster since it was last put together."""

    gained: dict[str, ClusterSummary] = {}
    lost: int = 0
    hosts: int = 0
    heir: tuple[str, str] = ("", "")


class Grouping:
    """Works on one event, or on the crashes of one event."""

    def __init__(self, state: State, place: Place) -> None:
        """Nothing is changed yet."""
        self._draft = Draft(state)
        self._place = place
        self._shifts: dict[str, _Shift] = {}
        self._said: dict[str, tuple[ClusterChange, str | None]] = {}
        self._heirs: dict[str, str] = {}
        self._rehosted: set[str] = set()
        self._variants: dict[str, None] = {}
        self._left: dict[str, None] = {}
        self._standing: dict[str, str] = {}
        self._rates = Rates(self._draft)

    # ---- crashes

    def count(self, event: Fingerprinted) -> None:
        """Take a crash that was not counted before."""
        key = point_key(event.block, event.fingerprint)
        placed = self._place(self._draft, event)
        if placed.changes:
            self._draft.take(placed.changes)
        for fingerprint, _, cluster in placed.moved:
            self._regroup(point_key(event.block, fingerprint), cluster)
        # A stack that is not known yet is in no cluster to be moved from.
        known = self._regroup(key, placed.cluster)
        self._settle()
        self._grow(key, known, placed.cluster, event)

    def _grow(self, key: str, known: Point | None, cluster: str, event: Fingerprinted) -> None:
        draft = self._draft
        before = new_point(event, cluster) if known is None else known
        new_host = event.host is not None and draft.get(FACETS, key + _HOST + event.host) is None
        point = one_more(before, event, new_host=new_host)
        if known is None:
            point = msgspec.structs.replace(point, cluster=self._part_of(key, point))
            draft.put(
                MEMBERS, point.cluster + SEPARATOR + point.fingerprint, Member(block=event.block)
            )
        draft.put(POINTS, key, point)
        if point.summary.representative.crash == event.crash:
            self._note_sighting(key, event, known)
        if known is None or _looks_otherwise(known, point):
            self._variants[key] = None
        part = point.cluster
        self._rates.count(part, event)
        new_in_cluster = new_host and self._add_host(key, part, event.host or "")
        found = draft.get(CLUSTERS, part)
        if known is not None and found is known.summary and new_in_cluster == new_host:
            # A cluster of one stack is what its point is.
            summary = point.summary
        else:
            summary = grown(
                found or born(event, part),
                event,
                new_host=new_in_cluster,
                new_fingerprint=known is None,
            )
            if summary.fingerprints == 1 and summary == point.summary:
                summary = point.summary
        draft.put(CLUSTERS, part, summary)
        self._say(part, self._change(part, found, summary), event.crash)
        if summary.representative.crash == event.crash:
            self._standing[part] = key
        if known is not None and known.kinds != point.kinds:
            self._replace(key)
            self._settle()

    def take_back(self, event: Fingerprinted) -> None:
        """Do not count a crash any more: it is another's twin, which was not known when it was counted."""
        key = point_key(event.block, event.fingerprint)
        point = self._draft.get(POINTS, key)
        summary = self._draft.get(CLUSTERS, point.cluster) if point else None
        if point is None or summary is None:
            return
        self._draft.put(POINTS, key, one_less(point))
        self._draft.put(CLUSTERS, point.cluster, less(summary))
        self._say(point.cluster, "grew", None)

    def _note_sighting(self, key: str, event: Fingerprinted, known: Point | None) -> None:
        """The crash stands for a point from here on."""
        if event.seen is not None or event.site is not None:
            self._draft.put(SIGHTED, key, Sighted(seen=event.seen, site=event.site))
        elif known is not None and self._draft.get(SIGHTED, key) is not None:
            self._draft.put(SIGHTED, key, None)

    def _add_host(self, key: str, part: str, host: str) -> bool:
        """Note a host that is new to a point; whether it is new to the cluster."""
        self._draft.put(FACETS, key + _HOST + host, Facet(count=1))
        new = self._shift_host(part, host, 1) > 0
        hosts = self._draft.get(HOSTS, part) if new else None
        if hosts is not None:
            found = sorted(distinct((hosts.hashes, host_hash(host))))
            self._draft.put(HOSTS, part, Hosts(hashes=b"".join(found)))
        return new

    def _shift_host(self, part: str, host: str, by: int) -> int:
        """One point more or less of a cluster has a host: by how much the number of its hosts changes."""
        place = part + _HOST + host
        facet = self._draft.get(FACETS, place)
        before = facet.count if facet else 0
        after = before + by
        self._draft.put(FACETS, place, Facet(count=after) if after else None)
        return (after > 0) - (before > 0)

    def _change(
        self, part: str, before: ClusterSummary | None, after: ClusterSummary
    ) -> ClusterChange:
        if before is None:
            return "born"
        decided = self._draft.get(DECIDED, part)
        if decided is None or decided.resolved_at is None:
            return "grew"
        # Which builds have the fix only repositories know: ATTRIBUTE asks them.
        at, fixed_in = decided.resolved_at, decided.fixed_in
        back = came_back(after, at, fixed_in) and not came_back(before, at, fixed_in)
        return "regressed" if back else "grew"

    # ---- points that move

    def _part_of(self, key: str, point: Point) -> str:
        """Where decisions put a point: where it is pinned, else grouped; then by the rules taught there."""
        pin = self._draft.get(PINS, key)
        name = pin.cluster if pin else point.summary.cluster
        for _ in range(_MAX_DEPTH):
            decided = self._draft.get(DECIDED, name)
            rule = first_true(decided.rules, point) if decided and decided.rules else None
            if rule is None:
                break
            name = part_id(name, rule)
        return name

    def _regroup(self, key: str, cluster: str) -> Point | None:
        """A known point is grouped into this cluster now: the point after that."""
        point = self._draft.get(POINTS, key)
        if point is None or point.summary.cluster == cluster:
            return point
        summary = msgspec.structs.replace(point.summary, cluster=cluster)
        self._draft.put(POINTS, key, msgspec.structs.replace(point, summary=summary))
        self._replace(key)
        return self._draft.get(POINTS, key)

    def _replace(self, key: str) -> None:
        """Move a known point to where it belongs, if it is not there."""
        point = self._draft.get(POINTS, key)
        if point is None:
            return
        old, new = point.cluster, self._part_of(key, point)
        if old == new:
            return
        draft = self._draft
        lost, gained = self._shift(old), self._shift(new)
        lost.lost += 1
        lost.heir = (
            min(lost.heir, (point.fingerprint, new)) if lost.heir[1] else (point.fingerprint, new)
        )
        gained.gained[key] = point.summary
        for place, _ in tuple(draft.scan(FACETS, key + _HOST)):
            host = place[len(key) + len(_HOST) :]
            lost.hosts += self._shift_host(old, host, -1)
            gained.hosts += self._shift_host(new, host, 1)
        draft.put(MEMBERS, old + SEPARATOR + point.fingerprint, None)
        draft.put(MEMBERS, new + SEPARATOR + point.fingerprint, Member(block=point.summary.block))
        draft.put(POINTS, key, msgspec.structs.replace(point, cluster=new))
        self._variants[key] = None
        self._left[old + SEPARATOR + point.fingerprint] = None

    def _shift(self, part: str) -> _Shift:
        return self._shifts.setdefault(part, _Shift(gained={}))

    def _settle(self) -> None:
        """Put clusters together anew that points moved into or out of."""
        if not self._shifts:
            return
        shifts, self._shifts = self._shifts, {}
        before = {part: self._draft.get(CLUSTERS, part) for part in shifts}
        for part, shift in shifts.items():
            self._rehosted.add(part)
            self._draft.put(CLUSTERS, part, self._after(part, before[part], shift))
        gone = {part for part in shifts if self._draft.get(CLUSTERS, part) is None}
        for part, shift in shifts.items():
            if part in gone:
                self._heirs[part] = shift.heir[1]
                self._say(part, "merged", None)
            elif before[part] is None:
                self._say(part, "born" if gone else "split", None)
            else:
                self._say(part, "merged" if shift.gained else "split", None)

    def _after(
        self, part: str, before: ClusterSummary | None, shift: _Shift
    ) -> ClusterSummary | None:
        if not shift.lost:
            known = (before,) if before else ()
            hosts = (before.hosts if before else 0) + shift.hosts
            after = merged(part, (*known, *shift.gained.values()), hosts=hosts)
            self._note_standing(part, after, shift.gained)
            return after
        if before and not shift.gained and before.fingerprints == shift.lost:
            return None
        points = ((key, self._draft.get(POINTS, key)) for key in self._members(part))
        summaries = {key: point.summary for key, point in points if point}
        if not summaries:
            return None
        hosts = sum(1 for _ in self._draft.scan(FACETS, part + _HOST))
        after = merged(part, summaries.values(), hosts=hosts)
        self._note_standing(part, after, summaries)
        return after

    def _members(self, part: str) -> Iterator[str]:
        """The keys of a cluster's points."""
        for key, member in self._draft.scan(MEMBERS, part + SEPARATOR):
            yield point_key(member.block, key[len(part) + 1 :])

    def _note_standing(
        self, part: str, after: ClusterSummary, points: Mapping[str, ClusterSummary]
    ) -> None:
        """Which of some points has the crash that stands for a cluster."""
        crash = after.representative.crash
        for key, summary in points.items():
            if summary.representative.crash == crash:
                self._standing[part] = key

    # ---- decisions

    def decide(self, event: ClusterDecided) -> None:
        """Apply what people decided about one id."""
        name, plain = event.cluster, ClusterDecided(cluster=event.cluster)
        before = self._draft.get(DECIDED, name) or plain
        if event == before:
            return
        concerned: dict[str, None] = {}
        if event.rules != before.rules:
            for part in self._family(name, (*before.rules, *event.rules)):
                concerned.update(dict.fromkeys(self._members(part)))
        self._draft.put(DECIDED, name, None if event == plain else event)
        if before.shared and not event.shared:
            self._draft.put(HOSTS, name, None)
        concerned.update(dict.fromkeys(self._pinned(before, event)))
        for key in concerned:
            self._replace(key)
        self._settle()
        if self._draft.get(CLUSTERS, name) is not None:
            self._say(name, _decided_change(before, event), None)

    def _family(self, name: str, rules: Iterable[SplitRule]) -> dict[str, None]:
        """A cluster and everything that was, or is to be, split off it."""
        found = {name: None}
        waiting = [part_id(name, rule) for rule in rules]
        while waiting:
            part = waiting.pop()
            if part not in found:
                found[part] = None
                decided = self._draft.get(DECIDED, part)
                waiting.extend(part_id(part, rule) for rule in (decided.rules if decided else ()))
        return found

    def _pinned(self, before: ClusterDecided, after: ClusterDecided) -> Iterator[str]:
        """Points whose pin is another now."""
        for variant in {*before.pinned} ^ {*after.pinned}:
            key = point_key(variant.block, variant.fingerprint)
            pin = self._draft.get(PINS, key)
            if variant in after.pinned:
                self._draft.put(PINS, key, Pin(cluster=after.cluster))
            elif pin is not None and pin.cluster == after.cluster:
                self._draft.put(PINS, key, None)
            yield key

    # ---- what is told

    def _say(self, part: str, change: ClusterChange, crash: str | None) -> None:
        known, crash_before = self._said.get(part, (change, crash))
        label = change if known in ("grew", "assigned") else known
        self._said[part] = (label, crash or crash_before)

    def changes(self) -> tuple[Change, ...]:
        """The changed rows; after `outputs`."""
        return self._draft.changes()

    def outputs(self) -> tuple[Emit, ...]:
        """What is to be told of every cluster that is not as it was."""
        told: list[Emit] = []
        for part in self._said:
            told.extend(self._tell(part))
        if self._variants or self._left:
            told.extend(self._tell_variants())
        told.extend(self._rates.outputs(self._shown))
        return tuple(told)

    def _shown(self, part: str) -> str:
        """The id under which a cluster is shown."""
        decided = self._draft.get(DECIDED, part)
        return (decided.canonical if decided else None) or part

    def counts(self) -> Iterator[Count]:
        """Births, merges, storms and so on."""
        yield from self._rates.counts()
        for part, (change, crash) in self._said.items():
            if change in ("grew", "assigned"):
                # It was there before, and is.
                continue
            yield Count("panictrail_clusters_changed_total", 1, (change,))
            was, now = self._draft.before(CLUSTERS, part), self._draft.get(CLUSTERS, part)
            if (was is None) != (now is None):
                yield Count("clustering_centers_count", -1 if now is None else 1)
            if change == "merged" and was is not None and now is None:
                yield Count("panictrail_merges_total", 1, (_service_of(was),))
            # One that comes of people's decisions alone is nothing new.
            if was is None and now is not None and crash is not None:
                yield Count("panictrail_new_clusters_total", 1, (_service_of(now),))

    def _tell(self, part: str) -> Iterator[Emit]:
        draft = self._draft
        change, crash = self._said[part]
        before, after = draft.before(CLUSTERS, part), draft.get(CLUSTERS, part)
        decided, row = draft.get(DECIDED, part), draft.get(SENT, part)
        shown = (decided.canonical if decided else None) or part
        # Under which id, and where its own leads; mostly its own, and nowhere: that needs no row.
        was = (row.to, row.redirect) if row else (part if before else "", "")
        if after is None:
            to, redirect = "", self._heirs.get(part) or was[1]
        else:
            to, redirect = shown, "" if shown == part else shown
        if (to, redirect) != was:
            usual = (to, redirect) == (part, "")
            draft.put(SENT, part, None if usual else Sent(to=to, redirect=redirect))
        if was[0] and was[0] != to:
            gone = ClusterChanged(cluster=was[0], change=change, part=_other(part, was[0]))
            yield Emit("clusters.changed", was[0], gone)
        hosts = self._hosts(part, after, decided)
        if after is not None:
            told = before if was[0] == to else None
            best = after.representative.crash
            moved = told is None or told.representative.crash != best
            sighted = self._sighted(part, best) if moved else None
            changed = ClusterChanged(
                cluster=to,
                change=change,
                crash=crash,
                summary=after,
                part=_other(part, to),
                hosts=hosts,
                ignored=decided is not None and decided.ignored,
                resolved_at=decided.resolved_at if decided else None,
                fixed_in=decided.fixed_in if decided else None,
                sighted=sighted,
            )
            yield Emit("clusters.changed", to, changed)
            if told is None or moved or after.services is not told.services:
                yield from _services(to, told, after, sighted)
        if redirect != was[1]:
            lead = ClusterRedirected(cluster=part, to=redirect) if redirect else None
            yield Emit("clusters.redirected", part, lead)

    def _sighted(self, part: str, crash: str) -> Sighted | None:
        """What the crash says that stands for a cluster."""
        draft = self._draft
        known = self._standing.get(part)
        # Of a cluster that is told under another id, and is as it was, it may be any of its points.
        for place in chain((known,) if known else (), self._members(part)):
            point = draft.get(POINTS, place)
            if point is not None and point.summary.representative.crash == crash:
                return draft.get(SIGHTED, place)
        return None

    def _hosts(
        self, part: str, summary: ClusterSummary | None, decided: ClusterDecided | None
    ) -> bytes:
        """The hosts of a cluster that is merged with others, kept as a row so that growth need not scan."""
        draft = self._draft
        if decided is None or not decided.shared:
            return b""
        if summary is None:
            draft.put(HOSTS, part, None)
            return b""
        row = draft.get(HOSTS, part)
        if row is None or part in self._rehosted:
            start = len(part) + len(_HOST)
            hosts = (host_hash(key[start:]) for key, _ in draft.scan(FACETS, part + _HOST))
            row = Hosts(hashes=b"".join(sorted(hosts)))
            draft.put(HOSTS, part, row)
        return row.hashes

    def _tell_variants(self) -> Iterator[Emit]:
        now = {}
        for key in self._variants:
            point = self._draft.get(POINTS, key)
            if point is not None:
                now[point.cluster + SEPARATOR + point.fingerprint] = variant_of(point)
        for place in self._left:
            if place not in now:
                yield Emit("clusters.variants", place, None)
        for place, variant in now.items():
            yield Emit("clusters.variants", place, variant)


def _services(
    cluster: str, before: ClusterSummary | None, after: ClusterSummary, sighted: Sighted | None
) -> Iterator[Emit]:
    """Services that LINK is to be told of: new ones, and where the crash was seen that stands for the cluster now."""
    known = before.services if before else ()
    best = after.representative
    moved = before is None or before.representative.crash != best.crash
    for service in after.services:
        if service == best.service and moved:
            seen = ServiceSeen(
                service=service,
                cluster=cluster,
                crash=best.crash,
                at=best.at,
                seen=sighted.seen if sighted else None,
            )
            yield Emit("services.seen", service, seen)
        elif service not in known:
            yield Emit("services.seen", service, ServiceSeen(service=service, cluster=cluster))


def _other(part: str, shown: str) -> str | None:
    return None if part == shown else part


def _looks_otherwise(one: Point, other: Point) -> bool:
    """Whether people see a point otherwise."""
    mine, theirs = one.summary, other.summary
    return (
        one.messages != other.messages
        or mine.representative is not theirs.representative
        or one.kinds != other.kinds
        or (one.frames, one.trees) != (other.frames, other.trees)
        or mine.builds != theirs.builds
        or mine.go_versions != theirs.go_versions
    )


def _decided_change(before: ClusterDecided, after: ClusterDecided) -> ClusterChange:
    if (before.canonical, before.shared) != (after.canonical, after.shared):
        return "merged" if after.shared else "split"
    resolved = (after.resolved_at, after.fixed_in)
    if after.resolved_at is not None and resolved != (before.resolved_at, before.fixed_in):
        return "resolved"
    return "assigned"

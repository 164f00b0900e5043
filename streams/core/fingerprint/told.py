"""Crashes that are told by two routes, the spool and log lines: which record tells again of a crash (ADR 0022).

In: a State with the records of a text so far, one record more. Out: the record that tells of the same crash, or None,
and changed rows. Two records may be one crash where their routes differ, their times are within ten seconds, and their
places do not contradict each other. There are as many pairs as there can be, and that number sees no order.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Final

import msgspec

from streams.core.cluster.applied import own_id
from streams.model.crash import Crash, Told
from streams.model.events import Fingerprinted, Placed
from streams.model.instant import Instant
from streams.model.message import Value
from streams.model.step import Change, State, Table, put

SEPARATOR: Final = "\x1f"
# Who may tell again what this one told. What httpmw logs and panics with again, the server logs, too.
OTHERS: Final = {
    "lines": "spool",
    "spool": "lines",
    "middleware": "server",
    "server": "middleware",
    "core": "process",
    "process": "core",
}
# Where texts differ, what is equal has to be stated: the place, and what groups the crash.
_OF_PROCESS: Final = frozenset(("core", "process"))
WITHIN_NS: Final = 10 * 10**9
# A shard that is full is written again only when a record of it gets another partner.
_SHARD_RECORDS: Final = 256
# Where equal crashes follow each other for hours, they are all linked: what far ones would change is let be.
_MOST_EXAMINED: Final = 20_000
_MOST_SLOTS: Final = 30
# Docker names a container by its id, and the host in it by the first 12 digits of that.
_SHORT_CONTAINER: Final = 12


class Record(Value, frozen=True, kw_only=True):
    """One record of a text. `partner`: the one that tells of the same crash; `story`: hash of what groups it."""

    crash: str
    at: int
    container: str | None = None
    pod: str | None = None
    host: str | None = None
    story: str = ""
    partner: str | None = None


class Records(Value, frozen=True, kw_only=True):
    """Records of one text, route and time slot, in order of arrival; `free`: how many have no partner."""

    records: tuple[Record, ...] = ()
    free: int = 0


# Key: id of the text, route, slot of ten seconds and shard, as hex, SEPARATOR between. Without a text and what follows
# the route there is a row as soon as a route has told anything.
TOLD: Final = Table("fingerprint.told", Records)
_EMPTY: Final = Records()


class Core(Value, frozen=True, kw_only=True):
    """A core that was counted: what was sent of it, in case that a text of its process comes later."""

    sent: Fingerprinted


# Key: id of the crash.
CORES: Final = Table("fingerprint.cores", Core)


def told_of(crash: Crash) -> Told | None:
    """How a crash was told, where another route may tell it too: an id of ours, a time, a route that is known."""
    told = crash.told
    if isinstance(told, msgspec.UnsetType) or told.route not in OTHERS or crash.continues:
        return None
    return told if crash.source.at is not None and own_id(crash.id) is not None else None


def record_of(crash: Crash, story: str) -> Record:
    """The record of a crash that has a time."""
    source = crash.source
    return Record(
        crash=crash.id,
        at=source.at.ns if source.at else 0,
        container=source.container,
        pod=source.pod,
        host=source.host,
        story=story,
    )


def record_of_placed(event: Placed) -> Record:
    """The same of what is known of a process."""
    return Record(
        crash=event.crash,
        at=event.at.ns,
        container=event.container,
        pod=event.pod,
        host=event.host,
        story=event.story,
    )


def same_process(one: Record, other: Record) -> bool:
    """Whether two records whose processes have one number are of one: also a place is equal that both state."""
    stated = (
        (one.container and other.container)
        or (one.pod and other.pod)
        or (one.host and other.host)
        or _named_by_host(one, other)
        or _named_by_host(other, one)
    )
    return bool(stated) and one.story == other.story and same_place(one, other)


def same_place(one: Record, other: Record) -> bool:
    """Whether two records may be of one process: the narrowest place that both state decides."""
    if one.container and other.container:
        return _same_container(one.container, other.container)
    if one.pod and other.pod:
        return one.pod == other.pod
    if _named_by_host(one, other) or _named_by_host(other, one):
        return True
    return not (one.host and other.host) or one.host == other.host


def _same_container(one: str, other: str) -> bool:
    if one == other:
        return True
    short, long = sorted((one, other), key=len)
    return len(short) >= _SHORT_CONTAINER and long.startswith(short)


def _named_by_host(inside: Record, outside: Record) -> bool:
    """Whether the name of the host, as it is inside a container, is that of the pod or container."""
    name, container = inside.host, outside.container
    if not name:
        return False
    return name == outside.pod or bool(container and _same_container(name, container))


class _Near(msgspec.Struct, frozen=True):
    """A record with the shard that it is in, and its place there."""

    key: str
    place: int
    record: Record


class Pairing:
    """The records of one text, as far as they are looked at."""

    def __init__(self, state: State, text: str) -> None:
        """Nothing is read yet."""
        self._state = state
        self._text = text
        self._rows: dict[str, Records] = {}
        self._changed: dict[str, None] = {}
        self._examined = 0
        self._fits = same_place
        # The record without a partner that the last `add` found one for, at the end of the chain.
        self.reached: Record | None = None

    # ---- rows

    def _row(self, key: str) -> Records:
        if key not in self._rows:
            self._rows[key] = self._state.get(TOLD, key) or _EMPTY
        return self._rows[key]

    def _put(self, key: str, row: Records) -> None:
        self._rows[key] = row
        self._changed[key] = None

    def _shards(self, route: str, slot: int) -> Iterator[tuple[str, Records]]:
        """The shards of a slot; the last one has room."""
        prefix = SEPARATOR.join((self._text, route, format(slot, "x"), ""))
        number = 0
        while True:
            key = f"{prefix}{number:x}"
            row = self._row(key)
            yield key, row
            if len(row.records) < _SHARD_RECORDS:
                return
            number += 1

    def changes(self) -> tuple[Change, ...]:
        """The rows that are not as they were."""
        return tuple(put(TOLD, key, self._rows[key]) for key in self._changed)

    def knows(self, crash: str, at: Instant, route: str) -> bool:
        """Whether the record of a crash was taken before."""
        for _, row in self._shards(route, at.ns // WITHIN_NS):
            for each in row.records:
                if each.crash == crash:
                    return True
        return False

    # ---- pairs

    def add(self, record: Record, route: str) -> Record | None:
        """Take a record that was not here before; the one that tells of the same crash, if there is one."""
        other = OTHERS[route]
        self._fits = same_process if route in _OF_PROCESS else same_place
        *_, (key, row) = self._shards(route, record.at // WITHIN_NS)
        mine = _Near(key, len(row.records), record)
        self._put(key, Records(records=(*row.records, record), free=row.free + 1))
        if self._state.get(TOLD, SEPARATOR + route) is None:
            self._put(SEPARATOR + route, _EMPTY)
        if self._state.get(TOLD, SEPARATOR + other) is None:
            return None
        if not self._has_free(record.at // WITHIN_NS, other):
            return None
        found = self._search(mine, route, other)
        if found is None:
            return None
        self._settle(*found)
        self.reached = self._now(found[0])
        partner = self._rows[key].records[mine.place].partner
        return next(
            each.record for each in self._near(record, other) if each.record.crash == partner
        )

    def _now(self, near: _Near) -> Record:
        return self._rows[near.key].records[near.place]

    def _has_free(self, slot: int, other: str) -> bool:
        """Whether a record without partner is within reach: over slots with records, one beside the other."""
        near = [row for at in (slot, slot - 1, slot + 1) for _, row in self._shards(other, at)]
        if any(row.free for row in near):
            return True
        # Most texts are nobody else's.
        alone = not any(row.records for row in near)
        return not alone and any(self._free_towards(slot, step, other) for step in (-1, 1))

    def _free_towards(self, slot: int, step: int, other: str) -> bool:
        for at in range(slot + step, slot + step * (_MOST_SLOTS + 1), step):
            if any(row.free for _, row in self._shards(other, at)):
                return True
            if not any(
                row.records
                for route in (other, OTHERS[other])
                for _, row in self._shards(route, at)
            ):
                return False
        return False

    def _near(self, record: Record, route: str, *, free: bool = False) -> Iterator[_Near]:
        """Records of a route that may tell of the same crash; `free`: those without partner."""
        first, last = record.at - WITHIN_NS, record.at + WITHIN_NS
        for slot in range(max(first, 0) // WITHIN_NS, last // WITHIN_NS + 1):
            for key, row in self._shards(route, slot):
                if free and not row.free:
                    continue
                self._examined += len(row.records)
                for place, each in enumerate(row.records):
                    if free and each.partner is not None:
                        continue
                    if first <= each.at <= last and self._fits(record, each):
                        yield _Near(key, place, each)

    def _search(self, mine: _Near, route: str, other: str) -> tuple[_Near, dict[str, _Near]] | None:
        """A free record, and by whom each record was reached (the augmenting path of a bipartite matching)."""
        reached: dict[str, _Near] = {}
        waiting = deque((mine,))
        while waiting and self._examined < _MOST_EXAMINED:
            asking = waiting.popleft()
            own = asking.record
            free = (
                each
                for each in self._near(own, other, free=True)
                if each.record.crash not in reached
            )
            nearest = min(free, key=lambda each: _distance(own, each.record), default=None)
            if nearest is not None:
                reached[nearest.record.crash] = asking
                return nearest, reached
            for each in self._near(own, other):
                name, partner = each.record.crash, each.record.partner
                if name in reached or partner is None:
                    continue
                reached[name] = asking
                found = (
                    back for back in self._near(each.record, route) if back.record.crash == partner
                )
                waiting.extend(found)
        return None

    def _settle(self, free: _Near, reached: dict[str, _Near]) -> None:
        """Along the way that led to a free record everyone takes the partner that it found."""
        theirs = free
        while True:
            mine = reached[theirs.record.crash]
            before = mine.record.partner
            self._join(mine, theirs.record.crash)
            self._join(theirs, mine.record.crash)
            if before is None:
                return
            theirs = next(each for each in self._partners(mine) if each.record.crash == before)

    def _partners(self, mine: _Near) -> Iterator[_Near]:
        route = mine.key.split(SEPARATOR)[1]
        return self._near(mine.record, OTHERS[route])

    def _join(self, near: _Near, partner: str) -> None:
        row = self._rows[near.key]
        before = row.records[near.place]
        after = msgspec.structs.replace(before, partner=partner)
        records = (*row.records[: near.place], after, *row.records[near.place + 1 :])
        self._put(near.key, Records(records=records, free=row.free - (before.partner is None)))


def _distance(one: Record, other: Record) -> tuple[int, int, str]:
    return abs(one.at - other.at), other.at, other.crash

"""Which record tells again of a crash that another one told: as many pairs as there can be (ADR 0022).

In: a State with the records of a text so far, one record more. Out: the record that tells of the same crash, or None,
and changed rows. Two records may be one crash where their routes differ, their times are within ten seconds, and their
places do not contradict each other. A core has several records, one for each time and place that was stated of it, and
one partner. The number of pairs sees no order.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from streams.core.fingerprint.told import (
    OF_PROCESS,
    OTHERS,
    TOLD,
    WITHIN_NS,
    Record,
    Records,
    same_place,
    same_process,
    slot_of,
)
from streams.model.instant import Instant
from streams.model.step import Change, State, put

SEPARATOR: Final = "\x1f"
# A shard that is full is written again only when a record of it gets another partner.
_SHARD_RECORDS: Final = 256
# Where equal crashes follow each other for hours, they are all linked: what far ones would change is let be.
_MOST_EXAMINED: Final = 20_000
_MOST_SLOTS: Final = 30
_EMPTY: Final = Records()


class _Near(msgspec.Struct, frozen=True):
    """A record with the shard that it is in, and its place there."""

    key: str
    place: int
    record: Record

    @property
    def route(self) -> str:
        """By which route it came."""
        return self.key.split(SEPARATOR)[1]


class _Way(msgspec.Struct, frozen=True):
    """How a free record was reached: by whom each record was, and from whom it began."""

    start: str
    free: _Near
    reached: dict[str, tuple[_Near, _Near]]


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
        return any(True for _ in self._named(crash, route, (slot_of(at.ns),)))

    def is_partner(self, crash: str, record: Record, route: str) -> bool:
        """Whether a record that may be of the same place and time as a new one of this route has this partner."""
        self._fits = same_place
        return any(each.record.partner == crash for each in self._near(record, OTHERS[route]))

    def _named(self, crash: str, route: str, slots: Iterable[int]) -> Iterator[_Near]:
        for slot in slots:
            for key, row in self._shards(route, slot):
                for place, each in enumerate(row.records):
                    if each.crash == crash:
                        yield _Near(key, place, each)

    def _all_of(self, near: _Near) -> Iterator[_Near]:
        """A record, and the others of the same core."""
        if not near.record.slots:
            yield near
            return
        yield from self._named(near.record.crash, near.route, near.record.slots)

    # ---- pairs

    def add(self, record: Record, route: str) -> Record | None:
        """Take a record that was not here before; the one that tells of the same crash, if there is one."""
        mine = self._take(record, route)
        found = self._way(mine, route)
        if found is None:
            return None
        self._settle(found)
        self.reached = self._now(found.free)
        partner = self._now(mine).partner
        others = self._near(record, OTHERS[route])
        return next(each.record for each in others if each.record.crash == partner)

    def again(self, record: Record, slots: tuple[int, ...]) -> Record | None:
        """Take another time and place of a core that is here in these slots; the core that finds a text by it.

        That is this one, or where it has one already, another one that waits for a text: of two ways that meet in this
        core, one leads to a text without a core, and one back to a core without a text.
        """
        route = "core"
        known = [*self._named(record.crash, route, slots)]
        together = tuple(sorted({*slots, slot_of(record.at)}))
        partner = known[0].record.partner if known else None
        for each in known:
            self._change(each, msgspec.structs.replace(each.record, slots=together))
        slots = together if known else ()
        mine = self._take(msgspec.structs.replace(record, partner=partner, slots=slots), route)
        ahead = self._way(mine, route)
        if ahead is None:
            return None
        if partner is None:
            self._settle(ahead)
            return self._now(mine)
        its = self._partners(mine, OTHERS[route])
        back = next((way for text in its if (way := self._way(text, OTHERS[route]))), None)
        if back is None:
            return None
        self._settle(ahead)
        self._settle(back)
        return self._now(back.free)

    def _take(self, record: Record, route: str) -> _Near:
        self._fits = same_process if route in OF_PROCESS else same_place
        *_, (key, row) = self._shards(route, slot_of(record.at))
        free = row.free + (record.partner is None)
        self._put(key, Records(records=(*row.records, record), free=free))
        if self._state.get(TOLD, SEPARATOR + route) is None:
            self._put(SEPARATOR + route, _EMPTY)
        return _Near(key, len(row.records), record)

    def _way(self, mine: _Near, route: str) -> _Way | None:
        """The way from a record to one without partner, if it is worth looking for."""
        other = OTHERS[route]
        if self._state.get(TOLD, SEPARATOR + other) is None:
            return None
        if not self._has_free(slot_of(mine.record.at), other):
            return None
        return self._search(mine, route, other)

    def _now(self, near: _Near) -> Record:
        return self._rows[near.key].records[near.place]

    def _has_free(self, slot: int, other: str) -> bool:
        """Whether a record without partner is within reach: over slots with records, one beside the other."""
        near = [row for at in (slot, slot - 1, slot + 1) for _, row in self._shards(other, at)]
        if any(row.free for row in near):
            return True
        # Most texts are nobody else's.
        if not any(row.records for row in near):
            return False
        if other in OF_PROCESS:
            near += (
                row
                for at in (slot, slot - 1, slot + 1)
                for _, row in self._shards(OTHERS[other], at)
            )
            if _leads_on(near):
                return True
        return any(self._free_towards(slot, step, other) for step in (-1, 1))

    def _free_towards(self, slot: int, step: int, other: str) -> bool:
        for at in range(slot + step, slot + step * (_MOST_SLOTS + 1), step):
            rows = [row for _, row in self._shards(other, at)]
            if any(row.free for row in rows):
                return True
            rows += (row for _, row in self._shards(OTHERS[other], at))
            if other in OF_PROCESS and _leads_on(rows):
                return True
            if not any(row.records for row in rows):
                return False
        return False

    def _near(self, record: Record, route: str, *, free: bool = False) -> Iterator[_Near]:
        """Records of a route that may tell of the same crash; `free`: those without partner."""
        first, last = record.at - WITHIN_NS, record.at + WITHIN_NS
        for slot in range(slot_of(max(first, 0)), slot_of(last) + 1):
            for key, row in self._shards(route, slot):
                if free and not row.free:
                    continue
                self._examined += len(row.records)
                for place, each in enumerate(row.records):
                    if free and each.partner is not None:
                        continue
                    if first <= each.at <= last and self._fits(record, each):
                        yield _Near(key, place, each)

    def _search(self, mine: _Near, route: str, other: str) -> _Way | None:
        """The way to a free record (the augmenting path of a bipartite matching)."""
        reached: dict[str, tuple[_Near, _Near]] = {}
        waiting = deque((mine,))
        while waiting and self._examined < _MOST_EXAMINED:
            asking = waiting.popleft()
            own = asking.record
            free = self._near(own, other, free=True)
            nearest = min(free, key=lambda each: _distance(own, each.record), default=None)
            if nearest is not None:
                reached[nearest.record.crash] = (nearest, asking)
                return _Way(mine.record.crash, nearest, reached)
            for each in self._near(own, other):
                if each.record.crash not in reached and each.record.partner is not None:
                    reached[each.record.crash] = (each, asking)
                    waiting.extend(self._partners(each, route))
        return None

    def _partners(self, near: _Near, route: str) -> Iterator[_Near]:
        """All records of the partner of a record."""
        partner = near.record.partner
        for each in self._all_of(near):
            for back in self._near(each.record, route):
                if back.record.crash == partner:
                    yield from self._all_of(back)
                    return

    def _settle(self, way: _Way) -> None:
        """Along the way that led to a free record everyone takes the partner that it found."""
        theirs, mine = way.reached[way.free.record.crash]
        while True:
            before = mine.record.partner
            self._join(mine, theirs.record.crash)
            self._join(theirs, mine.record.crash)
            if before is None or mine.record.crash == way.start:
                return
            theirs, mine = way.reached[before]

    def _join(self, near: _Near, partner: str) -> None:
        for each in self._all_of(near):
            self._change(each, msgspec.structs.replace(self._now(each), partner=partner))

    def _change(self, near: _Near, after: Record) -> None:
        row = self._rows[near.key]
        before = row.records[near.place]
        records = (*row.records[: near.place], after, *row.records[near.place + 1 :])
        free = row.free + (after.partner is None) - (before.partner is None)
        self._put(near.key, Records(records=records, free=free))


def _leads_on(rows: Iterable[Records]) -> bool:
    """Whether a core is told of elsewhere, too."""
    return any(each.slots for row in rows for each in row.records)


def _distance(one: Record, other: Record) -> tuple[int, int, str]:
    return abs(one.at - other.at), other.at, other.crash

"""Which rows of trace_link are kept, where `links_keep_days` says how long, and which were told.

In: rows as they should be, times of events. Out: what to send, once for each change. Days are those of event times,
UTC; what is kept does not depend on the order of events.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from typing import Final

from streams.core.cluster.draft import Draft
from streams.core.join.given import SEPARATOR, Named
from streams.core.join.rows import time_of
from streams.core.join.ties import joined, learn
from streams.model.events import CiBuild, Deploy, LinkChanged
from streams.model.instant import Instant
from streams.model.message import Value, encode
from streams.model.step import Emit, State, Table

_DAY_NS: Final = 24 * 3600 * 10**9
_HASH_BYTES: Final = 8
# More days than this at once are found faster by reading all of them.
_DAYS_ONE_BY_ONE: Final = 1000
# They leave what runs as it is.
_SAME_BUILD: Final = frozenset(("restart", "scale"))


class Sent(Value, frozen=True, kw_only=True):
    """A row as it was told: its hash, its day (none where its time is not known)."""

    content: str
    day: int | None = None


class Newest(Value, frozen=True, kw_only=True):
    """The newest deploy of a place."""

    at: Instant
    delivery: str


class Days(Value, frozen=True, kw_only=True):
    """The day of the newest event, and the first day that is kept."""

    now: int
    kept: int = 0


SENT: Final = Table("link.sent", Sent)
# Key: day, row id; the delivery id of a deploy.
BY_DAY: Final = Table("link.by_day", Named)
# Key: service, environment, region, whether it changed what runs: of a place both are kept, the newest row and the
# newest that says what runs there.
NEWEST: Final = Table("link.newest", Newest)
DAYS: Final = Table("link.days", Days)
TABLES: Final = (SENT, BY_DAY, NEWEST, DAYS)


def _day(at: Instant) -> int:
    return at.ns // _DAY_NS


def _key(day: int, link: str = "") -> str:
    return joined(f"{day:07d}", link)


def _place(deploy: Deploy) -> str:
    changed = deploy.action not in _SAME_BUILD and deploy.phase != "failed"
    parts = (deploy.service, deploy.env or "", deploy.region or "")
    return joined(*parts, "changed" if changed else "same")


def _happened(event: CiBuild | Deploy) -> Instant | None:
    """When it happened, but not after it was received: a sender's clock may be wrong by years."""
    times = [at for at in (event.occurred_at, event.received_at) if at is not None]
    return min(times, default=None)


def note_time(draft: Draft, event: CiBuild | Deploy) -> None:
    """Time goes on by events."""
    at = _happened(event)
    known = draft.get(DAYS, "") or Days(now=0)
    if at is not None and _day(at) > known.now:
        learn(draft, DAYS, "", Days(now=_day(at), kept=known.kept))


def note_place(draft: Draft, event: Deploy) -> str | None:
    """Remember the newest deploy of a place; the delivery id of the one that is the newest no more."""
    at = time_of(event)
    if at is None:
        return None
    known = draft.get(NEWEST, _place(event))
    newest = Newest(at=at, delivery=event.delivery_id)
    if known is not None and (known.at, known.delivery) >= (newest.at, newest.delivery):
        return None
    learn(draft, NEWEST, _place(event), newest)
    return known.delivery if known else None


def _first_kept(state: State, keep_days: int | None) -> int:
    days = state.get(DAYS, "")
    return 0 if keep_days is None or days is None else max(0, days.now - keep_days)


def is_kept(state: State, keep_days: int | None, at: Instant | None, deploy: Deploy | None) -> bool:
    """Whether a row of this time, and of this deploy, is new enough or the newest of its place."""
    if at is None or _day(at) >= _first_kept(state, keep_days):
        return True
    if deploy is None:
        return False  # a build has no place
    newest = state.get(NEWEST, _place(deploy))
    return newest is not None and newest.delivery == deploy.delivery_id


def outdated(draft: Draft, keep_days: int | None) -> Iterator[tuple[str, str]]:
    """Rows whose day is not kept any more, each once: row id and delivery id, or nothing where it is a build's.

    Those that are the newest of a place are among them.
    """
    days, first = draft.get(DAYS, ""), _first_kept(draft, keep_days)
    if days is None or days.kept >= first:
        return
    learn(draft, DAYS, "", Days(now=days.now, kept=first))
    if first - days.kept > _DAYS_ONE_BY_ONE:
        found = [*draft.scan(BY_DAY, "")]
    else:
        found = [row for day in range(days.kept, first) for row in draft.scan(BY_DAY, _key(day))]
    for key, row in found:
        if key < _key(first):
            yield key.rpartition(SEPARATOR)[2], row.name


def is_told(state: State, link: str) -> bool:
    """Whether there is such a row."""
    return state.get(SENT, link) is not None


def tell(draft: Draft, link: str, row: LinkChanged | None, delivery: str = "") -> Iterator[Emit]:
    """What to send, where the row is another one than was told."""
    known = draft.get(SENT, link)
    sent = None
    if row is not None:
        content = blake2b(encode(row), digest_size=_HASH_BYTES).hexdigest()
        sent = Sent(content=content, day=None if row.timestamp is None else _day(row.timestamp))
    if known == sent:
        return
    draft.put(SENT, link, sent)
    if known is not None and known.day is not None:
        draft.put(BY_DAY, _key(known.day, link), None)
    if sent is not None and sent.day is not None:
        draft.put(BY_DAY, _key(sent.day, link), Named(name=delivery))
    yield Emit("links.changed", link, row)

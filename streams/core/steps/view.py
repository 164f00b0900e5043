"""VIEW: reports, crashes, decisions, links and dead letters into the tables that commands, API and pages read.

In: what other stages made of them. Out: rows only. Large records are kept by content.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import Final

import msgspec

from streams.core.fingerprint.fold import unfold
from streams.core.traces import traced
from streams.model.crash import Crash
from streams.model.errors import Reason
from streams.model.events import (
    ClusterRate,
    ClusterRedirected,
    ClusterVariant,
    DeadLetter,
    DecisionMade,
    Fingerprinted,
    LinkChanged,
)
from streams.model.identity import content_id
from streams.model.message import Message, encode
from streams.model.report import Report
from streams.model.step import Change, Count, Done, Facts, Keep, Need, State, put
from streams.model.view import (
    CRASHES,
    DEAD,
    DECISIONS,
    LINKS,
    PRINTS,
    RATES,
    REDIRECTS,
    REPORTS,
    SEPARATOR,
    VARIANTS,
    CrashRow,
    PrintRow,
)

_NS: Final = 1_000_000_000


def _crash(event: Crash) -> Done:
    data = encode(event)
    name = sha256(data).hexdigest()
    seen, at = traced(event), event.source.at
    row = CrashRow(
        blob=name,
        kind=event.kind,
        continues=event.continues,
        trace_id=seen.trace_id,
        span_id=seen.span_id,
        at_seconds=at.ns // _NS if at else None,
    )
    return Done((Keep(name, data), put(CRASHES, event.id, row)))


def _print(event: Fingerprinted) -> PrintRow:
    """Whoever counts from the rows anew counts no twin, and so takes none back."""
    if event.taken_back:
        event = msgspec.structs.replace(event, taken_back=False)
    return PrintRow(event=event)


def dead_letter_id(letter: DeadLetter) -> str:
    """A dead letter's own content id: the same event dead again is one letter."""
    return content_id(
        "deadletter", letter.topic, letter.stage, letter.bytes_base64, letter.place or ""
    )[:16]


def replayed(letter: DeadLetter) -> DeadLetter:
    """The mark of a letter whose event was sent again: the same id, listed no more unless it dies again."""
    return msgspec.structs.replace(letter, reason=Reason.REPLAYED.value, error="sent again")


def latest(before: DeadLetter | None, letter: DeadLetter) -> DeadLetter | None:
    """What is listed under an id after one more letter of it, in the order of the topic; None: nothing."""
    if letter.reason == Reason.REPLAYED:
        return None
    attempt = max(letter.attempt, before.attempt if before else 1)
    return msgspec.structs.replace(letter, attempt=attempt)


def _dead(state: State, event: DeadLetter) -> Done:
    key = dead_letter_id(event)
    before = state.get(DEAD, key)
    after = latest(before, event)
    change: tuple[Change, ...] = (put(DEAD, key, after),)
    if before is not None or after is None:
        return Done(change)
    secrets = (
        Count("panictrail_secrets_scrubbed_total", number, (name,))
        for name, number in sorted(event.scrubbed.items())
    )
    labels = (event.stage, event.reason)
    return Done(change, counts=(Count("panictrail_dead_letters_total", 1, labels), *secrets))


def _row(event: Message) -> Iterator[Change]:
    if isinstance(event, ClusterRedirected):
        yield put(REDIRECTS, event.cluster, event)
    elif isinstance(event, ClusterVariant):
        yield put(VARIANTS, event.cluster + SEPARATOR + event.fingerprint, event)
    elif isinstance(event, ClusterRate):
        yield put(RATES, event.cluster + SEPARATOR + (event.service or ""), event)
    elif isinstance(event, DecisionMade):
        yield put(DECISIONS, event.decision, event)
    elif isinstance(event, LinkChanged) and event.link:
        yield put(LINKS, event.link, event)


def step(state: State, event: Message, _facts: Facts) -> Done | Need:
    """Upsert what people look at."""
    if isinstance(event, Report):
        return Done((put(REPORTS, event.cluster, event),))
    if isinstance(event, Crash):
        # The first record of an id stays: a repeat of it carries nothing new but provenance.
        return Done() if state.get(CRASHES, event.id) else _crash(event)
    if isinstance(event, Fingerprinted):
        return Done(tuple(put(PRINTS, e.crash, _print(e)) for e in unfold(event)))
    if isinstance(event, DeadLetter):
        return _dead(state, event)
    return Done(tuple(_row(event)))

"""FINGERPRINT: crash record to group key and features, once for each crash id.

In: crash.v1, crashes.placed; where repositories are to be had, the fact place. Out: crashes.fingerprinted, keyed by
block; crashes.placed, for cores. An id that was sent on changes nothing, whatever is known of it by now (ADR 0019); a
crash that comes by two routes counts once (ADR 0022), also by its text and by a core of its process, and so does a core
by several references.
"""

from __future__ import annotations

from typing import Final

import msgspec

from streams.core.cluster.applied import Ledger, Shard, own_id, short_id
from streams.core.fingerprint.cores import is_told, of_process, placed, told_again, told_first
from streams.core.fingerprint.explain import fingerprint
from streams.core.fingerprint.pairing import Pairing
from streams.core.fingerprint.told import CORES, core_of, record_of, told_of
from streams.model.crash import Crash, Told
from streams.model.events import Fingerprinted, Placed
from streams.model.identity import content_id
from streams.model.message import Message, Value
from streams.model.settings import PipelineSettings
from streams.model.step import Change, Count, Done, Emit, Facts, Need, State, Step, Table, put


class Named(Value, frozen=True, kw_only=True):
    """A crash that was sent on, of which the key says all."""


# An id of ours is made of the time, too, so that ids of a minute are kept together (core/cluster/applied.py). One that
# a producer made may come with another time, and some have none: each has a row, under its hash.
SENT: Final = Table("fingerprint.sent", Shard)
NAMED: Final = Table("fingerprint.named", Named)
_NAMED: Final = Named()


def _noted(state: State, event: Crash, *, by_facts: bool) -> tuple[Change, ...] | None:
    """The changes that remember a crash; None where it was sent on before.

    An id of ours is a hash of the text and the time: it is grouped as it was, and CLUSTER knows it, unless that depends
    on facts which may be others by now.
    """
    ours = own_id(event.id) is not None
    if ours and not by_facts:
        return ()
    if ours and event.source.at is not None:
        ledger = Ledger(state, table=SENT)
        return tuple(ledger.changes()) if ledger.add("", event.id, event.source.at) else None
    key = short_id(event.id).hex()
    return None if state.get(NAMED, key) is not None else (put(NAMED, key, _NAMED),)


class _Fingerprinting:
    """The step under some settings."""

    def __init__(self, settings: PipelineSettings) -> None:
        self._settings = settings
        self._by_facts = bool(settings.repositories or settings.binaries)

    def step(self, state: State, event: Message, facts: Facts) -> Done | Need:
        """Normalise, choose the frame, hash."""
        if isinstance(event, Placed):
            return placed(state, event)
        return self._crash(state, event, facts) if isinstance(event, Crash) else Done()

    def _crash(self, state: State, event: Crash, facts: Facts) -> Done | Need:
        name = core_of(event)
        if name is not None:
            return self._of_core(state, event, facts, name)
        told, at = told_of(event), event.source.at
        if told is None or at is None:
            return self._by_id(state, event, facts)
        pairing = Pairing(state, told.text)
        if pairing.knows(event.id, at, told.route):
            return Done(counts=(Count("panictrail_duplicates_total"),))
        made = fingerprint(event, self._settings, facts)
        if isinstance(made, Need):
            return made
        return _text(pairing, event, told, made)

    def _of_core(self, state: State, event: Crash, facts: Facts, name: str) -> Done | Need:
        known = state.get(CORES, name)
        if is_told(state, event, name, known):
            return Done(counts=(Count("panictrail_duplicates_total"),))
        made = fingerprint(event, self._settings, facts)
        if isinstance(made, Need):
            return made
        if known is None:
            return told_first(state, event, name, made)
        return told_again(state, event, known, made)

    def _by_id(self, state: State, event: Crash, facts: Facts) -> Done | Need:
        # What continues another record is not counted, so it may come as often as it likes.
        noted = () if event.continues else _noted(state, event, by_facts=self._by_facts)
        if noted is None:
            return Done(counts=(Count("panictrail_duplicates_total"),))
        made = fingerprint(event, self._settings, facts)
        if isinstance(made, Need):
            return made
        sent = Emit("crashes.fingerprinted", made.block, made)
        # What was counted stays: source that comes later is for `regroup`.
        return Done(noted, (sent,), waits=False)


def _text(pairing: Pairing, event: Crash, told: Told, made: Fingerprinted) -> Done:
    """A crash that another route may tell too: what was sent on is in the records of its text."""
    story = content_id("story", made.block, made.fingerprint)
    first = pairing.add(record_of(event, story), told.route)
    process = of_process(event, made, told)
    if first is not None:
        # What says something else of where it belongs adds nothing: the first one stands (ADR 0019).
        other = None if first.story == story else first.crash
        made = msgspec.structs.replace(made, twin=first.crash, continues=other)
    sent = Emit("crashes.fingerprinted", made.block, made)
    return Done(pairing.changes(), (sent, *process), waits=False)


def fingerprinting(settings: PipelineSettings) -> Step:
    """The step under these settings."""
    return _Fingerprinting(settings).step

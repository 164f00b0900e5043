"""A crash is grouped once: what was counted stays where it is until `regroup` moves it, whatever settings a run has.

In: the stages of a run, a store. Out: the same stages; FINGERPRINT gives a crash that it gave before as it was. So a
log that is read again under another name, with other repositories or another method, counts nothing twice.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from streams.core.fingerprint.told import CORES, core_of, told_of
from streams.drivers.embedded.tails import TAILS
from streams.model.crash import Crash
from streams.model.events import Fingerprinted, RawPanic
from streams.model.message import Message
from streams.model.step import Done, Emit, Facts, Need, State
from streams.model.view import PRINTS
from streams.topology import Stage


def grouped_once(stage: Stage, tails: Mapping[str, Fingerprinted]) -> Stage:
    """The stage as it is; FINGERPRINT with a memory. `tails`: crashes of which the store was cleared."""
    if stage.name != "fingerprint":
        return stage
    own = stage.step

    def step(state: State, event: Message, facts: Facts) -> Done | Need:
        known = _known(state, event, tails)
        if known is None:
            return own(state, event, facts)
        if isinstance(event, Crash) and known.crash == event.id and _may_come_again(event):
            return _told_again(own(state, event, facts), known)
        return Done(outputs=(Emit("crashes.fingerprinted", known.block, known),), waits=False)

    return msgspec.structs.replace(stage, step=step)


def _may_come_again(event: Crash) -> bool:
    return told_of(event) is not None or core_of(event) is not None


def _told_again(made: Done | Need, known: Fingerprinted) -> Done | Need:
    """As it was grouped; whether another route has told it is seen anew: that one may have come since."""
    if isinstance(made, Need):
        return made
    others = []
    for sent in made.outputs:
        event = sent.event
        if isinstance(event, Fingerprinted) and event.crash == known.crash:
            known = msgspec.structs.replace(known, twin=event.twin, continues=event.continues)
        else:
            others.append(sent)
    again = Emit("crashes.fingerprinted", known.block, known)
    return Done(made.changes, (again, *others), made.counts, waits=False)


def _known(
    state: State, event: Message, tails: Mapping[str, Fingerprinted]
) -> Fingerprinted | None:
    if not isinstance(event, Crash):
        return None
    row = state.get(PRINTS, event.id)
    name = core_of(event)
    if row is None and name is not None and state.get(CORES, name) is None:
        # Before references were told apart the record had the core's name.
        row = state.get(PRINTS, name)
    return row.event if row is not None else tails.get(event.id)


def prints_of_tails(store: State) -> dict[str, Fingerprinted]:
    """The crashes that the ends of files gave, as they are grouped."""
    found = {}
    for _, row in store.scan(TAILS, ""):
        event = row.message()
        name = event.event_id if isinstance(event, RawPanic) else None
        known = store.get(PRINTS, name) if name else None
        if known is not None:
            found[known.event.crash] = known.event
    return found

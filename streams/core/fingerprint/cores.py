"""A core and the texts of its process are one crash, and so are all references to one core (ADR 0022).

In: a State, a core's crash record with what groups it, or what is known of a text's process. Out: what is counted of
it: a core that finds its text is that one's twin, and where it was counted before, its count is taken back.
"""

from __future__ import annotations

from typing import Final

import msgspec

from streams.core.fingerprint.pairing import Pairing
from streams.core.fingerprint.told import (
    CORES,
    Core,
    Record,
    core_of,
    record_of,
    record_of_placed,
    slot_of,
)
from streams.model.crash import Crash, Told, mark_id, mark_of, process_id
from streams.model.events import Fingerprinted, Placed
from streams.model.identity import content_id
from streams.model.instant import Instant
from streams.model.step import Change, Done, Emit, State, put

_EXIT_OF_A_PANIC: Final = 2
# References to one core that state different times or places: what comes after so many says nothing.
_MOST_STATED: Final = 16


def of_process(crash: Crash, made: Fingerprinted, told: Told) -> tuple[Emit, ...]:
    """What a core of its process is to know, where there may be one: with exit code 2 a Go program leaves none.

    By the number of the process; where the text states none, by its mark.
    """
    ended, at = crash.exit, crash.source.at
    if at is None or (ended is not None and ended.code == _EXIT_OF_A_PANIC):
        return ()
    mark = mark_of(crash)
    pid = None if isinstance(told.pid, msgspec.UnsetType) else told.pid
    if pid is None and mark is None:
        return ()
    event = msgspec.structs.replace(_placed_of(crash, at, mark, made), pid=pid)
    return (Emit("crashes.placed", _meets(event), event),)


def _meets(event: Placed) -> str:
    """The key under which a core and the texts of its process meet."""
    return mark_id(event.mark or "") if event.pid is None else process_id(event.pid)


def _placed_of(crash: Crash, at: Instant, mark: str | None, made: Fingerprinted) -> Placed:
    source = crash.source
    return Placed(
        crash=crash.id,
        mark=mark or "",
        at=at,
        container=source.container,
        pod=source.pod,
        host=source.host,
        story=_locus(made),
    )


def _locus(made: Fingerprinted) -> str:
    """What puts a crash into its cluster: a core may have frames that its text has not."""
    return content_id("locus", made.block, made.locus)


def placed(state: State, event: Placed) -> Done:
    """A text of a process, or a core for such texts: the core that was counted is taken back."""
    pairing = Pairing(state, _meets(event))
    if event.core is not None and event.sent is not None:
        return _marked(state, pairing, event, event.sent)
    if pairing.knows(event.crash, event.at, "process"):
        return Done()
    pairing.add(record_of_placed(event), "process")
    core = pairing.reached
    row = state.get(CORES, core.crash) if core else None
    if core is None or row is None:
        return Done(pairing.changes())
    change, sent = _taken_back(core, row)
    return Done((*pairing.changes(), change), (sent,))


def _marked(state: State, pairing: Pairing, event: Placed, sent: Fingerprinted) -> Done:
    """A core that was counted, where texts of its process may be that state no number.

    It is kept under another name than where its number is: both may be one state. Who finds out there and here that it
    is to be taken back says the same, which counts once.
    """
    name = content_id("marked", event.core or "")
    row, slot = state.get(CORES, name), slot_of(event.at.ns)
    record = msgspec.structs.replace(record_of_placed(event), crash=name)
    core: Record | None
    if row is None:
        text = pairing.add(record, "core")
        core = msgspec.structs.replace(record, partner=text.crash) if text else None
        row = Core(sent=sent, told=(event.crash,), slots=(slot,))
    elif event.crash in row.told:
        return Done()
    else:
        core = pairing.again(record, row.slots)
        slots = tuple(sorted({*row.slots, slot}))
        row = Core(sent=row.sent, told=(*row.told, event.crash), slots=slots)
    changes, outputs = _settled(state, name, row, core)
    return Done((*pairing.changes(), *changes), outputs)


def _settled(
    state: State, name: str, own: Core, core: Record | None
) -> tuple[tuple[Change, ...], tuple[Emit, ...]]:
    """A core as it is known now, and the core that has found its text: this one or another, which leaves it its own."""
    row = None
    if core is not None:
        row = own if core.crash == name else state.get(CORES, core.crash)
    kept = put(CORES, name, own)
    if core is None or row is None:
        return (kept,), ()
    change, back = _taken_back(core, row)
    return (kept, change), (back,)


def _taken_back(core: Record, row: Core) -> tuple[Change, Emit]:
    """A core that was counted has found its text: it is not counted any more."""
    sent = msgspec.structs.replace(row.sent, twin=core.partner)
    back = msgspec.structs.replace(sent, taken_back=True)
    return (
        put(CORES, core.crash, msgspec.structs.replace(row, sent=sent)),
        _emit(back),
    )


def is_told(state: State, event: Crash, name: str, known: Core | None) -> bool:
    """Whether a reference says nothing new of a core, or more is known of it than is kept."""
    if known is not None:
        stated = (known.sent.crash, *known.told)
        return event.id in stated or len(stated) >= _MOST_STATED
    pairing, at = _pairing(state, event), event.source.at
    if pairing is None or at is None:
        return False
    # Before cores were known by what they hold, nothing else was kept of one that had found its text.
    record = record_of(event, "", name)
    return pairing.knows(name, at, "core") or pairing.is_partner(name, record, "core")


def _pairing(state: State, event: Crash) -> Pairing | None:
    """Of a core's process, where it says which one it was, and the reference says when."""
    told = event.told
    if isinstance(told, msgspec.UnsetType) or isinstance(told.pid, msgspec.UnsetType):
        return None
    return None if event.source.at is None else Pairing(state, told.text)


def told_first(state: State, event: Crash, name: str, made: Fingerprinted) -> Done:
    """A core that was not known: its text may be counted already, or come later."""
    pairing, at = _pairing(state, event), event.source.at
    changes: tuple[Change, ...] = ()
    if pairing is not None:
        text = pairing.add(record_of(event, _locus(made), name), "core")
        made = msgspec.structs.replace(made, twin=text.crash if text else None)
        changes = pairing.changes()
    row = Core(sent=made, slots=() if at is None else (slot_of(at.ns),))
    outputs = (_emit(made), *_for_marked(event, name, row))
    return Done((*changes, put(CORES, name, row)), outputs, waits=False)


def told_again(state: State, event: Crash, known: Core, made: Fingerprinted) -> Done:
    """A core that is known, by a reference that states another time or place: one crash, told again.

    How the first one was grouped stands, as for texts. By what this one states the core may find its text, or leave the
    one that it has to another core.
    """
    name, first, at = core_of(event) or "", known.sent, event.source.at
    same = (made.block, made.fingerprint) == (first.block, first.fingerprint)
    made = msgspec.structs.replace(made, twin=first.crash, continues=None if same else first.crash)
    slots = known.slots
    if not slots and first.at is not None:
        slots = (slot_of(first.at.ns),)
    together = slots if at is None else tuple(sorted({*slots, slot_of(at.ns)}))
    own = Core(sent=first, told=(*known.told, event.id), slots=together)
    pairing = _pairing(state, event)
    core = pairing.again(record_of(event, _locus(first), name), slots) if pairing else None
    changes, back = _settled(state, name, own, core)
    outputs = (_emit(made), *_for_marked(event, name, own), *back)
    return Done((*(pairing.changes() if pairing else ()), *changes), outputs, waits=False)


def _for_marked(event: Crash, name: str, row: Core) -> tuple[Emit, ...]:
    """A core that is counted, for texts that state no number of their process."""
    mark, at = mark_of(event), event.source.at
    if row.sent.twin is not None or mark is None or at is None:
        return ()
    found = _placed_of(event, at, mark, row.sent)
    found = msgspec.structs.replace(found, core=name, sent=row.sent)
    return (Emit("crashes.placed", _meets(found), found),)


def _emit(made: Fingerprinted) -> Emit:
    return Emit("crashes.fingerprinted", made.block, made)

"""Crashes that are told by two routes, the spool and log lines, or a text and a core: what is kept of them (ADR 0022).

In: crash records, what is known of a process. Out: records of them as rows, and whether two may be of one crash: where
their places do not contradict each other; how records are paired is told in pairing.py.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from streams.core.cluster.applied import own_id
from streams.model.crash import Crash, Told, mark_of
from streams.model.events import Fingerprinted, Placed
from streams.model.message import Value
from streams.model.step import Table

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
OF_PROCESS: Final = frozenset(("core", "process"))
WITHIN_NS: Final = 10 * 10**9
# Docker names a container by its id, and the host in it by the first 12 digits of that.
_SHORT_CONTAINER: Final = 12
_CONTAINER: Final = re.compile(r"[0-9a-f]{12,64}")


class Record(Value, frozen=True, kw_only=True):
    """One record of a text. `partner`: the one that tells of the same crash; `story`: hash of what groups it.

    Of a core there is a record for each time and place that a reference stated, all under the core's name, with one
    partner; `slots`: where they are, if there are several. `mark`: what tells its process from others,
    empty where nothing does; None: it was not looked for.
    """

    crash: str
    at: int
    container: str | None = None
    pod: str | None = None
    host: str | None = None
    story: str = ""
    partner: str | None = None
    slots: tuple[int, ...] = ()
    mark: str | None = None


class Records(Value, frozen=True, kw_only=True):
    """Records of one text, route and time slot, in order of arrival; `free`: how many have no partner."""

    records: tuple[Record, ...] = ()
    free: int = 0


# Key: id of the text, route, slot of ten seconds and shard, as hex, SEPARATOR between. Without a text and what follows
# the route there is a row as soon as a route has told anything.
TOLD: Final = Table("fingerprint.told", Records)


class Core(Value, frozen=True, kw_only=True):
    """A core that is known: what was sent of its first record, which is counted where that is nobody's twin.

    `told`: further records of it, by id (where it is kept by its mark, the first one, too); `slots`: those of their
    times, and of the first one's. Before cores were known by what they hold, a row was kept of those that were
    counted only.
    """

    sent: Fingerprinted
    told: tuple[str, ...] = ()
    slots: tuple[int, ...] = ()


# Key: name of the core.
CORES: Final = Table("fingerprint.cores", Core)


def told_of(crash: Crash) -> Told | None:
    """How a crash was told, where another route may tell it too: an id of ours, a time, a route that is known."""
    told = crash.told
    if isinstance(told, msgspec.UnsetType) or told.route not in OTHERS or crash.continues:
        return None
    return told if crash.source.at is not None and own_id(crash.id) is not None else None


def core_of(crash: Crash) -> str | None:
    """The name of the core that a crash record is of: the same for every reference to it; None: of no core."""
    told = crash.told
    if isinstance(told, msgspec.UnsetType) or told.route != "core":
        return None
    # Before references were told apart the record had the core's name.
    return crash.id if isinstance(told.core, msgspec.UnsetType) else told.core


def slot_of(at_ns: int) -> int:
    """The ten seconds that a time is in."""
    return at_ns // WITHIN_NS


def record_of(crash: Crash, story: str, name: str | None = None) -> Record:
    """The record of a crash that has a time; `name`: of the core that it is of."""
    source = crash.source
    return Record(
        crash=name or crash.id,
        at=source.at.ns if source.at else 0,
        container=source.container,
        pod=source.pod,
        host=source.host,
        story=story,
        mark=(mark_of(crash) or "") if name else None,
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
        mark=event.mark,
    )


def same_process(one: Record, other: Record) -> bool:
    """Whether two records whose processes have one number are of one: also a place is equal that both state.

    Where both state a mark, that decides, and no place is needed: no two processes have the same one.
    """
    if one.story != other.story or not same_place(one, other):
        return False
    if one.mark is not None and other.mark is not None:
        if one.mark != other.mark:
            return False
        if one.mark:
            return True
    return bool(
        _both_state_container(one, other)
        or (one.pod and other.pod)
        or (one.host and other.host)
        or _named_by_host(one, other)
        or _named_by_host(other, one)
    )


def same_place(one: Record, other: Record) -> bool:
    """Whether two records may be of one process: the narrowest place that both state decides."""
    if one.container and other.container and _both_state_container(one, other):
        return _same_container(one.container, other.container)
    if one.pod and other.pod:
        return one.pod == other.pod
    if _named_by_host(one, other) or _named_by_host(other, one):
        return True
    return not (one.host and other.host) or one.host == other.host


def _both_state_container(one: Record, other: Record) -> bool:
    """Whether both do, in the same way: shippers name a container as its pod does, others say its id."""
    if not one.container or not other.container:
        return False
    return bool(_CONTAINER.fullmatch(one.container)) is bool(_CONTAINER.fullmatch(other.container))


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

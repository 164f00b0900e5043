"""A storm in one event: crashes of a batch that differ only in who, when and where are folded into one.

In: fingerprinted crashes. Out: the same crashes in fewer events, and back. Nothing is lost on the way.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from operator import attrgetter

import msgspec

from streams.model.events import Fingerprinted, Member
from streams.model.step import Emit

# What a Member says for itself; everything else has to be equal.
_OWN = (
    "crash",
    "at",
    "service",
    "host",
    "build",
    "go",
    "anonymous",
    "at_zone_assumed",
    "title",
    "twin",
)
_SHARED = tuple(
    name for name in Fingerprinted.__struct_fields__ if name not in (*_OWN, "site", "folded")
)
_shared = attrgetter(*_SHARED)


def _member(event: Fingerprinted, first: Fingerprinted) -> Member:
    return Member(
        crash=event.crash,
        at=event.at,
        service=event.service,
        host=event.host,
        build=event.build,
        go=event.go,
        anonymous=event.anonymous,
        at_zone_assumed=event.at_zone_assumed,
        title=None if event.title == first.title else event.title,
        site=None if event.site == first.site else event.site,
        twin=event.twin,
    )


def unfold(event: Fingerprinted) -> Iterator[Fingerprinted]:
    """Every crash of an event as one of its own."""
    if not event.folded:
        yield event
        return
    alone = msgspec.structs.replace(event, folded=())
    yield alone
    for member in event.folded:
        own = {name: getattr(member, name) for name in _OWN}
        if member.title is None:
            own["title"] = event.title
        own["site"] = event.site if member.site is None else member.site
        yield msgspec.structs.replace(alone, **own)


def fold(outputs: Iterable[Emit]) -> Iterator[Emit]:
    """The outputs of FINGERPRINT for one batch, in order of first appearance."""
    groups: dict[Hashable, list[Fingerprinted]] = {}
    for number, sent in enumerate(outputs):
        event = sent.event
        if isinstance(event, Fingerprinted) and not event.continues:
            groups.setdefault(_shared(event), []).extend(unfold(event))
        elif isinstance(event, Fingerprinted):
            groups[number] = [event]
        else:
            yield sent
    for first, *others in groups.values():
        members = tuple(_member(other, first) for other in others)
        folded = msgspec.structs.replace(first, folded=members) if members else first
        yield Emit("crashes.fingerprinted", first.block, folded)

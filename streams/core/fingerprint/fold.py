"""A storm in one event: crashes of a batch that differ only in who, when and where are folded into one.

In: fingerprinted crashes. Out: the same crashes in fewer events, and back. Nothing is lost on the way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from streams.model.events import Fingerprinted, Member
from streams.model.message import encode
from streams.model.step import Emit

# What a Member says for itself; everything else has to be equal.
_OWN = ("crash", "at", "service", "host", "build", "go", "anonymous", "at_zone_assumed", "title")


def _shared(event: Fingerprinted) -> bytes:
    """Everything that a Member does not say, as bytes to compare."""
    return encode(
        msgspec.structs.replace(
            event,
            crash="",
            at=None,
            service=None,
            host=None,
            build=None,
            go=None,
            anonymous=False,
            at_zone_assumed=False,
            title="",
            folded=(),
        )
    )


def _member(event: Fingerprinted, title: str) -> Member:
    own = {name: getattr(event, name) for name in _OWN}
    return Member(**{**own, "title": None if event.title == title else event.title})


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
        yield msgspec.structs.replace(alone, **own)


def fold(outputs: Iterable[Emit]) -> Iterator[Emit]:
    """The outputs of FINGERPRINT for one batch, in order of first appearance."""
    groups: dict[bytes, list[Fingerprinted]] = {}
    for number, sent in enumerate(outputs):
        event = sent.event
        if isinstance(event, Fingerprinted) and not event.continues:
            groups.setdefault(_shared(event), []).extend(unfold(event))
        elif isinstance(event, Fingerprinted):
            groups[b"%d" % number] = [event]
        else:
            yield sent
    for first, *others in groups.values():
        members = tuple(_member(other, first.title) for other in others)
        folded = msgspec.structs.replace(first, folded=members) if members else first
        yield Emit("crashes.fingerprinted", first.block, folded)

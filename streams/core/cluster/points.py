"""One distinct stack: what is counted of it, one crash more.

In: the point as it is, a fingerprinted crash. Out: the point as it will be, or as others see it. Sees no order.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

import msgspec

from streams.core.cluster.assign import born, grown, less
from streams.core.cluster.state import Point
from streams.model.events import ClusterVariant, Fingerprinted

MESSAGES: Final = 8
_MESSAGE_CHARS: Final = 400
_CUT: Final = "…"


def _rank(message: str) -> bytes:
    return blake2b(
        message.encode("utf-8", "surrogatepass"), digest_size=8, person=b"sample"
    ).digest()


def sampled(messages: tuple[str, ...], message: str) -> tuple[str, ...]:
    """The messages with the smallest hashes: the same ones whatever came first, and however often."""
    cut = message if len(message) <= _MESSAGE_CHARS else message[: _MESSAGE_CHARS - 1] + _CUT
    if cut in messages:
        return messages
    return tuple(sorted((*messages, cut), key=_rank)[:MESSAGES])


def new_point(event: Fingerprinted, cluster: str) -> Point:
    """A point before its first crash is counted."""
    return Point(
        fingerprint=event.fingerprint,
        cluster=cluster,
        summary=msgspec.structs.replace(born(event, cluster), fingerprints=1),
    )


def one_more(point: Point, event: Fingerprinted, *, new_host: bool) -> Point:
    """The point with one crash more."""
    kinds = point.kinds
    if event.kind not in kinds:
        kinds = tuple(sorted((*kinds, event.kind)))
    return Point(
        fingerprint=point.fingerprint,
        cluster=point.cluster,
        summary=grown(point.summary, event, new_host=new_host, new_fingerprint=False),
        kinds=kinds,
        frames=_smaller(point.frames, event.frames),
        trees=_smaller(point.trees, event.trees),
        messages=sampled(point.messages, event.title),
    )


def one_less(point: Point) -> Point:
    """The point without a crash that was counted before it was known to be another's twin: it stays known."""
    return msgspec.structs.replace(point, summary=less(point.summary))


def _smaller(one: bytes, other: bytes) -> bytes:
    """The same one of two whatever came first; nothing is larger than something."""
    if one == other or not other:
        return one
    return min(one, other) if one else other


def variant_of(point: Point) -> ClusterVariant:
    """The point as people see it."""
    best = point.summary.representative
    return ClusterVariant(
        cluster=point.cluster,
        block=point.summary.block,
        fingerprint=point.fingerprint,
        crash=best.crash,
        title=best.title,
        kinds=point.kinds,
        frames=point.frames,
        trees=point.trees,
        messages=point.messages,
        builds=point.summary.builds,
        go_versions=point.summary.go_versions,
    )

"""What builds and deploys say of a sighting, as one value that travels on.

In: a Timeline of a service, a sighting. Out: a Joined. It depends on what happened until the crash was first seen, so
most of what comes later changes nothing in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from streams.core.join.sighting import sighting_of, stated_of
from streams.core.join.timeline import Timeline
from streams.model.attributing import Joined, Ran, SeenIn
from streams.model.instant import Instant
from streams.model.links import Place, Window

_EMPTY: Final = SeenIn()


def joined(
    timeline: Timeline,
    service: str,
    at: Instant | None,
    seen: SeenIn | None,
    repos: Iterable[str] = (),
) -> Joined:
    """The revision that crashed, what ran there before, and which batches brought what."""
    where = seen or _EMPTY
    sightings = () if at is None else (sighting_of(service, at, where),)
    crashed = timeline.crashed(stated_of(where), sightings)
    window = timeline.window(crashed, sightings)
    ran = tuple(_ran(timeline, sightings[0].place, at, window)) if at and sightings else ()
    first = window.first
    built = timeline.build(crashed.build_id) if crashed.build_id else None
    return Joined(
        crashed=crashed.commit or None,
        names=crashed.names,
        build_id=crashed.build_id,
        by=crashed.by,
        why=crashed.why,
        confidence=crashed.confidence,
        status="success" if built else None,
        attempt=built.attempt if built else None,
        good=window.good,
        good_builds=window.good_builds,
        ran=ran,
        later=() if crashed.commit else window.later,
        repos=tuple(sorted(set(repos))),
        first=next((n for n, one in enumerate(ran) if first and one.batch == first.batch), None),
    )


def _ran(timeline: Timeline, place: Place, until: Instant, window: Window) -> Iterator[Ran]:
    """The first batch of each commit that ran in a place until a moment, in the order of the window's `ran`."""
    for commit in window.ran:
        batch = timeline.brought(place, (commit,), until)
        if batch is not None:
            yield Ran(
                commit=commit,
                batch=batch.batch,
                build_id=batch.build_id or None,
                began=batch.began,
                share=batch.share,
            )

"""How often a cluster was seen before and after each deploy batch.

In: rows of trace_link, when and where crashes of a cluster were seen. Out: the batches between which it was. Depends on
no order of arrival.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Final

from streams.core.join.timeline import CHANGES
from streams.model.events import LinkChanged
from streams.model.instant import Instant
from streams.model.links import Place
from streams.model.message import Value

_SHOWN: Final = 6


class Batch(Value, frozen=True, kw_only=True):
    """A deploy batch in one place; `began`: its first step that did not fail.

    Crashes are counted `before` it, since the batch that ran there began, and `after`, until the next one began.
    """

    batch: str
    place: Place
    began: Instant
    build_id: str | None = None
    commit: str | None = None
    before: int = 0
    after: int = 0


def batches_of(rows: Iterable[LinkChanged]) -> dict[str, dict[Place, list[Batch]]]:
    """The batches of each service and place, the first one first."""
    found: dict[tuple[Place, str], Batch] = {}
    for row in rows:
        if not row.service or not row.deploy_batch or row.timestamp is None:
            continue
        if row.action not in CHANGES or row.phase == "failed":
            continue
        place = Place(row.service, row.env or "", row.region or "")
        known = found.get((place, row.deploy_batch))
        # Steps of a batch agree on their build, once it is known.
        found[place, row.deploy_batch] = Batch(
            batch=row.deploy_batch,
            place=place,
            began=row.timestamp if known is None else min(known.began, row.timestamp),
            build_id=max(row.build_id or "", (known and known.build_id) or "") or None,
            commit=max(row.commit_sha or "", (known and known.commit) or "") or None,
        )
    services: dict[str, dict[Place, list[Batch]]] = {}
    for batch in sorted(found.values(), key=lambda each: (each.place, each.began, each.batch)):
        services.setdefault(batch.place.service, {}).setdefault(batch.place, []).append(batch)
    return services


def counted(
    services: Mapping[str, Mapping[Place, Sequence[Batch]]], seen: Mapping[Place, Sequence[int]]
) -> tuple[Batch, ...]:
    """The batches next to which crashes were seen, the first ones; `seen`: epoch ns by place, sorted.

    A crash that states no environment or region counts in every one of its service.
    """
    found: list[Batch] = []
    for service in sorted({place.service for place in seen}):
        for place, batches in services.get(service, {}).items():
            times = sorted(
                at for where, all_at in seen.items() if _fits(where, place) for at in all_at
            )
            found += _counted(batches, times)
    near = [batch for batch in found if batch.before or batch.after]
    near.sort(key=attrgetter("began", "place", "batch"))
    return tuple(near[:_SHOWN])


def _fits(seen: Place, place: Place) -> bool:
    return (
        seen.service == place.service
        and seen.env in ("", place.env)
        and seen.region in ("", place.region)
    )


def _counted(batches: Sequence[Batch], times: Sequence[int]) -> list[Batch]:
    edges = [0, *(bisect_left(times, batch.began.ns) for batch in batches), len(times)]
    return [
        Batch(
            batch=batch.batch,
            place=batch.place,
            began=batch.began,
            build_id=batch.build_id,
            commit=batch.commit,
            before=edges[number] - edges[number - 1],
            after=edges[number + 1] - edges[number],
        )
        for number, batch in enumerate(batches, 1)
    ]

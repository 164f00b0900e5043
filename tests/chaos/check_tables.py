"""Tables of a run, rebuilt from the changelogs, and local stores beside them.

In: a broker that has been drained, folders of workers, the truth. Out: figures. No table code of the product.
"""

from __future__ import annotations

from base64 import b64decode
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import orjson

from tests.chaos.reading import Event, Row, changelog, ends, table
from tests.chaos.scene import WITH_TABLES, Figure, Scene, difference
from tests.chaos.stores import Store, ahead, catches_up, dropped, stores
from tests.chaos.truth import Truth

_SEPARATOR: Final = "\x1f"
_ID_BYTES: Final = 16

Logs = Mapping[str, Sequence[Sequence[Row]]]


async def logs_of(scene: Scene) -> dict[str, list[list[Row]]]:
    """The changelogs of all stages."""
    return {
        stage.name: await changelog(scene.bootstrap, scene.changelog(stage.name))
        for stage in WITH_TABLES
    }


def _rows(logs: Logs, stage: str, name: str) -> Iterator[tuple[str, Event]]:
    for rows in logs[stage]:
        for (of, key), value in table(rows).items():
            if of == name:
                yield key, orjson.loads(value)


def tables(logs: Logs, truth: Truth) -> list[Figure]:
    """Counts in the tables, rebuilt from nothing but the changelogs."""
    wanted = Counter({name: seen.occurrences for name, seen in truth.clusters.items()})
    counted = Counter(
        {k: int(v["occurrences"]) for k, v in _rows(logs, "cluster", "cluster.clusters")}
    )
    applied: Counter[str] = Counter()
    for key, shard in _rows(logs, "cluster", "cluster.applied"):
        block = key.rsplit(_SEPARATOR, 2)[0]
        applied[block] += len(b64decode(shard["ids"])) // _ID_BYTES
    stacks = sum(
        int(point["summary"]["occurrences"])
        for _, point in _rows(logs, "cluster", "cluster.points")
    )
    places = [
        (tuple(key.split(_SEPARATOR)), int(facet["count"]))
        for key, facet in _rows(logs, "cluster", "cluster.facets")
    ]
    # cluster, "host", name: of so many stacks; block, fingerprint, "host", name: of a stack.
    hosts = {(place[0], place[-1]): count for place, count in places if place[1] == "host"}
    wanted_hosts = {(name, host) for name, seen in truth.clusters.items() for host in seen.hosts}
    positions = {
        number: orjson.loads(row)["offset"]
        for number, rows in enumerate(logs["symbolize"])
        for (name, key), row in table(rows).items()
        if (name, key) == ("driver.position", "panics.raw")
    }
    held = sum(1 for _ in _rows(logs, "attribute", "driver.held"))
    return [
        Figure("lost in the cluster table", difference(wanted, counted)[0]),
        Figure("surplus in the cluster table", difference(wanted, counted)[1]),
        Figure("lost among applied ids", difference(truth.blocks, applied)[0]),
        Figure("surplus among applied ids", difference(truth.blocks, applied)[1]),
        Figure("error of the counts of stacks", stacks - truth.distinct),
        Figure("hosts lost or too many in clusters", len(hosts.keys() ^ wanted_hosts)),
        Figure("error of the hosts of stacks", 2 * sum(hosts.values()) - sum(n for _, n in places)),
        Figure("positions that are not the end", len(truth.ends.items() ^ positions.items())),
        Figure("reports still held back", held),
    ]


def _of(logs: Logs, scene: Scene, store: Store) -> Sequence[Row]:
    stage = next(s.name for s in WITH_TABLES if scene.names.group(s.name) == store.group)
    return logs[stage][store.partition]


async def local(
    scene: Scene, logs: Logs, living: Sequence[Path], dead: Sequence[Path]
) -> list[Figure]:
    """Stores of the workers at the end, and of those that were killed as they lay there."""
    last = await ends(scene.bootstrap, [scene.changelog(s.name) for s in WITH_TABLES])
    found = [store for folder in (*living, *dead) for store in stores(folder)]
    past = sum(
        store.copied > end
        for store in found
        for part, end in last.items()
        if (part.topic, part.partition) == (f"{store.group}-changelog", store.partition)
    )
    judged = [(store, _of(logs, scene, store)) for store in found]
    kept = [(store, log) for store, log in judged if not dropped(store, log)]
    return [
        Figure("local stores looked at", len(found), None),
        Figure("stores that are dropped for what was undone", len(found) - len(kept), None),
        Figure("stores that copied past the end", past),
        Figure("stores ahead of the changelog", sum(bool(ahead(s, log)) for s, log in kept)),
        Figure("stores that do not catch up", sum(not catches_up(s, log) for s, log in kept)),
    ]

"""Where the crashes went that decisions are about, when they are grouped in another way.

In: decisions, what is kept of the crashes before and after, where each stack was grouped. Out: Whereabouts. Reads only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from streams.core.cluster.assign import cluster_id_of
from streams.core.cluster.difference import flows_of, heirs
from streams.core.cluster.following import Kept, Whereabouts, ids_named, stacks_named
from streams.drivers.cluster_facts import follow
from streams.model.events import Fingerprinted, VariantName
from streams.model.view import PRINTS, VARIANTS
from streams.ports.reader import Reader

Grouped = Callable[[Fingerprinted], str]


def counted(reader: Reader) -> Iterator[Fingerprinted]:
    """Every crash that is counted."""
    return (row.event for _, row in reader.scan(PRINTS) if not row.event.continues)


def order_of(event: Fingerprinted) -> tuple[bool, int, str]:
    """The place of a crash among those that may stand as an example."""
    return (event.at is None, event.at.ns if event.at else 0, event.crash)


def grouped_in(reader: Reader) -> Grouped:
    """The cluster that a crash was grouped into, as far as the view tells: by its key, or where its stack is."""
    known: dict[tuple[str, str], str] = {}

    def look(event: Fingerprinted) -> str:
        if not known:
            known.update(
                ((row.block, row.fingerprint), row.cluster) for _, row in reader.scan(VARIANTS)
            )
        return known.get((event.block, event.fingerprint), cluster_id_of(event))

    def grouped(event: Fingerprinted) -> str:
        # By distances no key says it.
        return look(event) if event.fingerprint.startswith("dual1:") else cluster_id_of(event)

    return grouped


def whereabouts(
    kept: Mapping[str, Kept],
    before: tuple[Reader, Grouped],
    after: tuple[Reader, Grouped],
) -> Whereabouts:
    """Where everything went that decisions are about."""
    ids = ids_named(kept.values())
    pinned, fingerprints = stacks_named(kept.values())
    present: set[str] = set()
    stacks: dict[VariantName, set[VariantName]] = {}
    known: set[VariantName] = set()
    placed = []
    for old in counted(before[0]):
        row = after[0].get(PRINTS, old.crash)
        if row is None:
            continue
        home = after[1](row.event)
        if home in ids:
            present.add(home)
        placed.append((before[1](old), home, (False, 0, "")))
        stack, other = _variant(old), _variant(row.event)
        if stack in pinned or stack.fingerprint in fingerprints:
            stacks.setdefault(stack, set()).add(other)
        if other in pinned or other.fingerprint in fingerprints:
            known.add(other)
    found = heirs(flows_of(placed))
    gone = {name: follow(before[0], name) for name in ids if name not in found}
    found.update({name: found[to] for name, to in gone.items() if to in found})
    return Whereabouts(
        present=frozenset(present),
        heirs=found,
        stacks={stack: tuple(sorted(others)) for stack, others in stacks.items()},
        known=frozenset(known),
    )


def _variant(event: Fingerprinted) -> VariantName:
    return VariantName(block=event.block, fingerprint=event.fingerprint)

"""Where a crash belongs: its cluster, and what else has to move there because of it.

In: a State, a fingerprinted crash. Out: one value, the same for every method; here by the key of the crash alone.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from streams.core.cluster.assign import cluster_id_of
from streams.model.events import Fingerprinted
from streams.model.step import Change, State


class Placement(msgspec.Struct, frozen=True):
    """`cluster`: of the event. `moved`: (fingerprint, old cluster, new cluster) of known points of this block."""

    cluster: str
    moved: tuple[tuple[str, str, str], ...] = ()
    changes: tuple[Change, ...] = ()


Place = Callable[[State, Fingerprinted], Placement]


def place(_state: State, event: Fingerprinted) -> Placement:
    """Crashes of one block and key are one cluster, and nothing ever moves."""
    return Placement(cluster_id_of(event))

"""What clustering remembers: distinct stacks as points, clusters, hosts, what people decided (applied ids: applied.py).

In: nothing. Out: table declarations. Rows are documented in docs/reference/tables.md.
"""

from __future__ import annotations

from typing import Final

from streams.model.crash import CrashKind
from streams.model.events import ClusterDecided, ClusterSummary, Sighted
from streams.model.message import Value
from streams.model.step import Table

SEPARATOR: Final = "\x1f"


class Point(Value, frozen=True, kw_only=True):
    """A distinct fingerprint of a block with everything that is counted of it.

    `summary.cluster` is where its crashes are grouped; `cluster` is where people's decisions put it, mostly the same.
    `messages`: those of its titles that have the smallest hashes.
    """

    fingerprint: str
    cluster: str
    summary: ClusterSummary
    kinds: tuple[CrashKind, ...] = ()
    frames: bytes = b""
    trees: bytes = b""
    messages: tuple[str, ...] = ()


class Member(Value, frozen=True, kw_only=True):
    """A point of a cluster, which has its block."""

    block: str


class Facet(Value, frozen=True, kw_only=True):
    """How many points of a cluster have a host; of a point: that it has it."""

    count: int


class Pin(Value, frozen=True, kw_only=True):
    """The cluster that a stack stays in."""

    cluster: str


class Sent(Value, frozen=True, kw_only=True):
    """Under which id a cluster was sent last, and to which one its own id leads; empty: none."""

    to: str
    redirect: str


class Hosts(Value, frozen=True, kw_only=True):
    """The hosts of a part of a merged cluster: sorted hashes of 8 bytes each."""

    hashes: bytes


POINTS: Final = Table("cluster.points", Point)
CLUSTERS: Final = Table("cluster.clusters", ClusterSummary)
MEMBERS: Final = Table("cluster.members", Member)
FACETS: Final = Table("cluster.facets", Facet)
DECIDED: Final = Table("cluster.decided", ClusterDecided)
PINS: Final = Table("cluster.pins", Pin)
SENT: Final = Table("cluster.sent", Sent)
HOSTS: Final = Table("cluster.hosts", Hosts)
# By point, of the crash that stands for it; no row where that says nothing.
SIGHTED: Final = Table("cluster.sighted", Sighted)


def point_key(block: str, fingerprint: str) -> str:
    """The key of a point."""
    return block + SEPARATOR + fingerprint

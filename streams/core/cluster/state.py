"""What clustering remembers: clusters, the distinct values of a cluster (applied ids: applied.py).

In: nothing. Out: table declarations. Rows are documented in docs/reference/tables.md.
"""

from __future__ import annotations

from typing import Final

from streams.model.events import ClusterSummary
from streams.model.message import Value
from streams.model.step import Table


class Facet(Value, frozen=True, kw_only=True):
    """How often a value (a host, a fingerprint) occurs in a cluster."""

    count: int


CLUSTERS: Final = Table("cluster.clusters", ClusterSummary)
FACETS: Final = Table("cluster.facets", Facet)

SEPARATOR: Final = "\x1f"

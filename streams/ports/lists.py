"""The lists port: what the web page asks of the view beyond single rows; SQLite and PostgreSQL answer alike.

Reads only, and never waits for who writes. One thread at a time may ask.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from streams.model.events import LinkChanged, VariantName
from streams.model.listing import ClusterQuery, ClustersFound, Occurrence, Span
from streams.ports.reader import Reader


class Lists(Reader, Protocol):
    """A reader that finds rows by what is in them. Raises BadInput or ServiceMissing."""

    def clusters(self, query: ClusterQuery) -> ClustersFound:
        """The clusters that a query means, in its order, which is total."""
        ...

    def services(self, most: int) -> tuple[str, ...]:
        """The services in which clusters were seen, by name."""
        ...

    def leading(self, clusters: Collection[str]) -> Mapping[str, tuple[str, ...]]:
        """The ids that lead straight to each of these."""
        ...

    def bars(
        self, stacks: Collection[VariantName], span: Span, most: int | None
    ) -> Mapping[VariantName, tuple[int, ...]]:
        """How many crashes each stack had in each step; a step is counted up to `most`, which bounds the cost."""
        ...

    def course(self, stacks: Collection[VariantName], step_seconds: int) -> Mapping[int, int]:
        """How many crashes all stacks together had, by the number of the step since 1970; those with a time.

        What `bars` say, for many stacks at once.
        """
        ...

    def newest(self, stacks: Collection[VariantName], most: int) -> tuple[Occurrence, ...]:
        """The newest crashes of stacks, newest first, those without a time last; of one time the greater id first."""
        ...

    def of_trace(self, trace_id: str, most: int) -> tuple[str, ...]:
        """The crashes that state a trace id, by crash id."""
        ...

    def links_of(self, services: Collection[str], most: int) -> tuple[LinkChanged, ...]:
        """Rows of trace_link of services, the newest first; those with a time."""
        ...

"""Facts for a run on one machine: what reads binaries is imported when there is one to read.

In: requests. Out: facts. Most runs are over text only, and pay for nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence

from streams.adapters.no_facts import NoFacts
from streams.model.step import Fact, Request
from streams.ports.facts import Resolver

_OURS = frozenset(("binary", "core", "postmortem", "frames"))


class LazyFacts:
    """Implements the facts port."""

    def __init__(self, binaries: Sequence[str]) -> None:
        """Paths of binaries, and of folders of them. Raises NotReadable for one that was named and is none."""
        self._binaries = tuple(binaries)
        self._made: Resolver | None = self._make() if self._binaries else None

    def _make(self) -> Resolver:
        from streams.drivers.binaries import (  # noqa: PLC0415 - see above
            Binaries,
            IndexCache,
            cache_folder,
        )
        from streams.drivers.symbol_facts import SymbolFacts  # noqa: PLC0415 - see above

        folder = cache_folder()
        return SymbolFacts(Binaries(self._binaries, (), IndexCache(folder)), NoFacts())

    def resolve(self, request: Request) -> Fact:
        """The fact, or Absent with its reason."""
        if request.kind not in _OURS:
            return NoFacts().resolve(request)
        if self._made is None:
            self._made = self._make()
        return self._made.resolve(request)

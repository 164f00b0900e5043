"""Facts for a run on one machine: what reads binaries and source is imported when there is some to read.

In: requests. Out: facts. Most runs are over text only, and pay for nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from streams.adapters.no_facts import NoFacts
from streams.model.settings import Substitute
from streams.model.step import Fact, Request
from streams.ports.facts import Resolver

if TYPE_CHECKING:
    from streams.drivers.causes import CauseFacts
    from streams.drivers.places import PlaceFacts

_OURS = frozenset(("binary", "core", "postmortem", "frames"))


class LazyFacts:
    """Implements the facts port."""

    def __init__(
        self,
        binaries: Sequence[str],
        repos: Mapping[str, Path] | None = None,
        substitutes: tuple[Substitute, ...] = (),
    ) -> None:
        """Paths of binaries, and of folders of them; repositories by name.

        Raises NotReadable for a binary that was named and is none.
        """
        self._binaries = tuple(binaries)
        self._repos = repos or {}
        self._substitutes = substitutes
        self._places: PlaceFacts | None = None
        self._causes: CauseFacts | None = None
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

    def _place(self) -> PlaceFacts:
        if self._places is None:
            from streams.drivers.binaries import cache_folder  # noqa: PLC0415 - see above
            from streams.drivers.place_cache import PlaceCache  # noqa: PLC0415 - see above
            from streams.drivers.places import PlaceFacts  # noqa: PLC0415 - see above

            cache = PlaceCache(cache_folder())
            self._places = PlaceFacts(self._repos, self._substitutes, cache=cache)
        return self._places

    def _cause(self) -> CauseFacts:
        if self._causes is None:
            from streams.drivers.causes import CauseFacts  # noqa: PLC0415 - see above

            self._causes = CauseFacts(self._repos)
        return self._causes

    def close(self) -> None:
        """End the git processes."""
        if self._places is not None:
            self._places.close()
        if self._causes is not None:
            self._causes.close()

    def resolve(self, request: Request) -> Fact:
        """The fact, or Absent with its reason."""
        if request.kind == "place" and self._repos:
            return self._place().resolve(request)
        if request.kind in {"commits", "fixed"} and self._repos:
            return self._cause().resolve(request)
        if request.kind not in _OURS:
            return NoFacts().resolve(request)
        if self._made is None:
            self._made = self._make()
        return self._made.resolve(request)

"""A resolver with nothing to look in: every fact is absent, and says how to give it."""

from __future__ import annotations

from streams.model.step import Absent, Fact, Request


class NoFacts:
    """Implements the facts port where no binary, repository or database is configured."""

    def resolve(self, request: Request) -> Fact:
        """Absent, always."""
        return Absent(f"no source of {request.kind} facts is configured")

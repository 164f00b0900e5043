"""The facts port: what a step asked for, from outside.

`resolve` answers Present or Absent, or raises PassingTrouble when it cannot say now.
"""

from __future__ import annotations

from typing import Protocol

from streams.model.step import Fact, Request


class Resolver(Protocol):
    """Looks a fact up by its content key."""

    def resolve(self, request: Request) -> Fact:
        """The fact, or Absent with its reason. Raises PassingTrouble."""
        ...

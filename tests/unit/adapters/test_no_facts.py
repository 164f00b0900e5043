"""Nothing to look in."""

from __future__ import annotations

from streams.adapters.no_facts import NoFacts
from streams.model.step import Absent, Request


def test_every_fact_is_absent_and_says_what_is_missing() -> None:
    fact = NoFacts().resolve(Request("source", "4f2a"))
    assert fact == Absent("no source of source facts is configured")
